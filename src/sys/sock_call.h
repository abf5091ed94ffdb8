// SPDX-License-Identifier: BSD-3-Clause
// How a system call is made and counted.

#ifndef SSS_SYS_SOCK_CALL_H
#define SSS_SYS_SOCK_CALL_H

// What the rooms of net that make system calls share: nobody else includes this. It refuses to know
// which calls those are.

#include "sys/sock.h"

static inline ssize_t outcome(ssize_t result)
{
    return result < 0 ? -errno : result;
}

// Counts CALL as one of KIND and makes it: its result or -errno.
#define CALLED(kind, call) (sock_counts.kind++, outcome(call))

// The one EINTR loop: makes CALL again while a signal interrupts it; its result or -errno.
#define RESTARTED(kind, call)                                                                      \
    ({                                                                                             \
        ssize_t outcome_;                                                                          \
        do                                                                                         \
            outcome_ = CALLED(kind, call);                                                         \
        while (outcome_ == -EINTR);                                                                \
        outcome_;                                                                                  \
    })

#endif
