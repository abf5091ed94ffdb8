// SPDX-License-Identifier: BSD-3-Clause
// How a system call is made and counted.

#ifndef SSS_SYS_SOCK_CALL_H
#define SSS_SYS_SOCK_CALL_H

// For the rooms of this floor that make system calls; no others include it. It refuses to know
// which calls those are.

#include "sys/sock.h"

static inline ssize_t outcome(ssize_t result)
{
    return result < 0 ? -errno : result;
}

// Makes CALL and counts it as one of KIND: its result or -errno.
#define CALLED(kind, call) (sock_counts.kind++, outcome(call))

// Makes CALL, and again while a signal interrupts it: its result or -errno.
#define RESTARTED(kind, call)                                                                      \
    ({                                                                                             \
        ssize_t outcome_;                                                                          \
        do                                                                                         \
            outcome_ = CALLED(kind, call);                                                         \
        while (outcome_ == -EINTR);                                                                \
        outcome_;                                                                                  \
    })

#endif
