// SPDX-License-Identifier: BSD-3-Clause
// What the two files of the loop share.

#ifndef SSS_LOOP_LOOP_INNER_H
#define SSS_LOOP_LOOP_INNER_H

// loop.c has ops that begin and end, streams that close, forks; loop_turn.c has the turns. Nobody
// else includes this header: for all others struct loop has no fields.

#include "loop/lanes.h"
#include "loop/loop.h"
#include "loop/timers.h"

#include <signal.h>

struct loop {
    struct poller *poller;
    struct list sources;
    struct timers timers;
    struct streams streams;
    struct lanes lanes;
    uint64_t now;                // when events were asked for last
    uint64_t due;                // when to ask for them next, as a time of clock_coarse()
    uint64_t step;               // the step of that clock
    unsigned polled;             // ops that the poller has
    unsigned waiting;            // OP_WAITs in flight
    unsigned unpolled;           // turns since events were asked for
    unsigned ahead;              // ops at the head of `ready` whose input was received already
    uint64_t gathered;           // until when output is held back to go out together
    volatile sig_atomic_t woken; // also set by signal handlers
};

// Begins a slice of time at NOW.
void loop_begin_slice(struct loop *loop, uint64_t now);

// Sets the timer of OP, which is in flight.
void loop_arm(struct loop *loop, struct op *op);

// OP, in flight, has no result yet, but can be tried again without waiting for its stream.
void loop_let_others_go_first(struct loop *loop, struct op *op);

// OP is in flight no longer.
void loop_now_idle(struct loop *loop, struct op *op);

#endif
