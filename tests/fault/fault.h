// SPDX-License-Identifier: BSD-3-Clause
// Calls of the system that fail when a test wants them to.

#ifndef SSS_FAULT_H
#define SSS_FAULT_H

// The program build/fault/sssrun is the sanitizers' one, linked with `ld --wrap`: each call of the
// product to a function of libc that wrap.c names comes here first, is counted, and is made to
// fail when that was asked for. Calls that libc makes itself are not seen. A test asks by
// SSS_FAULT in the environment, or from Lua by ffi.C with the functions below. It refuses to know
// what a failure means.
//
// A request is "CALL:NTH:WHAT[:TIMES]": the NTH call from now on (1 is the next) and the TIMES - 1
// behind it get WHAT:
//   ERRNO, EAI_CODE  the call fails with it and does nothing; but close(2) does close, and
//                    connect(2) with EINTR goes on, as Linux does it
//   slow             a look-up takes a second and a half
//   short            a receive gives one byte, a send takes half of them (stream sockets only)
// Behind EAGAIN and "short" the descriptor's edge comes again, as the system would tell of it.

#include <stdbool.h>

// 0, or -1: the request makes no sense. The counts begin again.
int fault_arm(const char *request);

// No more faults. How often there was one since fault_arm().
long fault_disarm(void);

// The calls that are counted: the name of number I from 0, NULL behind the last.
const char *fault_call(int i);

// How often the call number I was made since fault_arm() or fault_restart().
long fault_count(int i);
void fault_restart(void);

// How many descriptors this process has open, but for pipes and files of proc(5).
int fault_descriptors(void);

// Looks for memory that is lost by now and reports it: 1 when there is some.
int fault_leaks(void);

#endif
