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
// A request is "CALL[@PLACE]:NTH:WHAT[:TIMES]": the NTH call from now on (1 is the next), of those
// that are made at the PLACE, and the TIMES - 1 behind it get WHAT:
//   ERRNO  the call fails with it and does nothing; but close(2) does close, and connect(2) with
//          EINTR goes on, as Linux does it
//   short  a receive gives one byte, a send takes half of them (stream sockets only)
// Behind EAGAIN and "short" the descriptor's edge comes again, as the system would tell of it.
//
// A place is where in the program a call is made: the call, and the chain of C functions that led
// to it, by their return addresses, up to the entry from Lua's machine (interpreter or compiled
// code) or from libc, at most FAULT_FRAMES of them. A loop that sends a thousand times is one
// place; a send that is done at once and one that the event loop does later are two. Lua's own
// functions that allocate count as C functions. The Lua line that runs is no part of it: each test
// is a few lines, and has places of its own. A place is known by a number, which is another one in
// another build.

#include <stdbool.h>
#include <stdint.h>

enum { FAULT_FRAMES = 32 };

struct fault_place {
    int call;                        // its number
    unsigned id;                     // the PLACE of a request, in hexadecimal there
    long count;                      // how often the call was made there
    long first;                      // the first of them is the NTH of all places together
    int frames;                      // how many callers are known
    uintptr_t callers[FAULT_FRAMES]; // return addresses, from the program's start on
};

// 0, or -1: the request makes no sense. The counts begin again.
int fault_arm(const char *request);

// No more faults. How often there was one since fault_arm().
long fault_disarm(void);

// While they are paused, by the thread that says so, calls neither fail nor count.
void fault_pause(bool paused);

// The calls that are counted: the name of number I from 0, NULL behind the last.
const char *fault_call(int i);

// How often the call number I was made since fault_arm() or fault_restart().
long fault_count(int i);
void fault_restart(void);

// The places of the calls since fault_restart(), while there was no fault_arm(): the next one
// behind *AT, which begins with 0 and is moved on; NULL behind the last.
const struct fault_place *fault_place(int *at);

// Its chain of functions in words, "inner < outer", until the next time; "" when nobody knows.
const char *fault_place_name(const struct fault_place *place);

// How many descriptors this process has open, but for pipes and files of proc(5).
int fault_descriptors(void);

// Looks for memory that is lost by now and reports it: 1 when there is some.
int fault_leaks(void);

#endif
