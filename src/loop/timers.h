// SPDX-License-Identifier: BSD-3-Clause
// Ops by deadline.

#ifndef SSS_LOOP_TIMERS_H
#define SSS_LOOP_TIMERS_H

// A heap of ops, earliest deadline first, equal deadlines in the order in which they were armed.
// Lazy: an op that is done stays in the heap until its time, so that the next wait of the same op
// with a later deadline costs nothing. An op has a timer as soon as it has had a deadline: most
// never have. Timers come from a pool, per process and not locked: one thread only. It refuses to
// know a clock: it is told the time.

#include "base/error.h"
#include "base/heap.h"
#include "loop/op.h"

struct timers {
    struct heap heap;
    uint64_t seq;
    unsigned count; // nodes in the heap
};

// Sees to it that OP has a timer. False: no memory.
bool timers_reserve(struct op *op) MUST_CHECK;

// Sees to it that OP is found at its deadline. Does nothing for DEADLINE_NONE, or without memory
// for a timer: see timers_reserve().
void timers_arm(struct timers *t, struct op *op);

// Takes OP out for good, before it is freed, with its timer.
void timers_drop(struct timers *t, struct op *op);

// Is OP in the heap?
bool timers_contain(const struct timers *t, const struct op *op);

// The earliest time at which timers_expired() may find something, or DEADLINE_NONE.
uint64_t timers_next(const struct timers *t);

// An op in flight (PENDING) whose deadline is at or before NOW, taken out of the heap; NULL when
// there is none.
struct op *timers_expired(struct timers *t, uint64_t now);

#endif
