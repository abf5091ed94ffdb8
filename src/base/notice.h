// SPDX-License-Identifier: BSD-3-Clause
// What the program says on stderr.

#ifndef SSS_BASE_NOTICE_H
#define SSS_BASE_NOTICE_H

// A notice is "sssrun: TEXT" and the end of the line, written by one system call, so that the
// notices of several processes on one terminal do not mix. It does not report a failure: there is
// no other place to report it.

#include <stddef.h>

// SIZE bytes of TEXT, perhaps several lines.
void notice_write(const char *text, size_t size);

#endif
