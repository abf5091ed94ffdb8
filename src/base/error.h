// SPDX-License-Identifier: BSD-3-Clause
// Error codes: number, name, text.

#ifndef SSS_BASE_ERROR_H
#define SSS_BASE_ERROR_H

// One table holds every code that a function of ours can return; it is searched by number and by
// name. Codes are those of errno(3) (positive here; functions return them negated) and our own,
// which are larger: failures of a resolver (the EAI_* names of getaddrinfo(3)) and ways in which a
// wait can end. It refuses to print anything.

#include <errno.h>

#define MUST_CHECK __attribute__((warn_unused_result))

enum error_code {
    ERROR_FIRST = 20000, // above every errno
    // getaddrinfo(3)
    ERROR_EAI_AGAIN = ERROR_FIRST,
    ERROR_EAI_BADFLAGS,
    ERROR_EAI_FAIL,
    ERROR_EAI_FAMILY,
    ERROR_EAI_MEMORY,
    ERROR_EAI_NONAME,
    ERROR_EAI_SERVICE,
    ERROR_EAI_SOCKTYPE,
    ERROR_EAI_OVERFLOW,
    // how a wait of ours ended
    ERROR_ENDED,       // the stream has ended: the peer closed it
    ERROR_CLOSED,      // the object was closed by its owner while it was waited on
    ERROR_CANCELLED,   // the task was cancelled; name "cancelled"
    ERROR_EXPIRED,     // its deadline has passed (ETIMEDOUT is the system's, for a connection)
    ERROR_CANNOT_WAIT, // a task cannot wait in this place (inside a C callback)
    ERROR_LAST
};

// "ECONNREFUSED" for ECONNREFUSED, "EAI_NONAME" for ERROR_EAI_NONAME; never NULL ("EUNKNOWN").
const char *error_name(int code);

// "Connection refused": a fixed text of our own, the same on every libc; never NULL.
const char *error_text(int code);

// The code with this NAME, or 0.
int error_code(const char *name);

#endif
