// SPDX-License-Identifier: BSD-3-Clause
// What <ares.h> needs of the system, instead of the file that c-ares' configure script writes:
// vendor/cares.mk puts this one beside ares.h as ares_build.h.
#ifndef SSS_VENDOR_CARES_BUILD_H
#define SSS_VENDOR_CARES_BUILD_H

#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>

#define CARES_TYPEOF_ARES_SOCKLEN_T socklen_t
#define CARES_TYPEOF_ARES_SSIZE_T ssize_t

#endif
