// SPDX-License-Identifier: BSD-3-Clause
// Where in the program a call was made.

#ifndef SSS_FAULT_PLACE_H
#define SSS_FAULT_PLACE_H

// The same chain of callers is the same place: fault.h says what that means. It stands on frame
// pointers; where code keeps none the chain is only shorter. It refuses to make any wrapped call.

#include "fault.h"

// The place of the call whose frame, with that of its caller above it, is FRAME: what
// __builtin_frame_address(0) gives. Never 0.
unsigned place_of(void *frame);

// Notes that CALL is made for the NTH time, from FRAME.
void place_note(int call, long nth, void *frame);

// Forgets all that were noted.
void place_forget(void);

#endif
