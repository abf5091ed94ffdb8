// SPDX-License-Identifier: BSD-3-Clause
// Ops in the order of their deadlines.

#ifndef SSS_LOOP_TIMERS_H
#define SSS_LOOP_TIMERS_H

// A heap of ops, the earliest deadline first; equal deadlines are in the order in which they were
// armed. It is lazy: an op that is done stays in the heap until its time, so that the next wait of
// the same op, with a later deadline, costs nothing. An op gets a timer when it first has a
// deadline, which most never have. Timers come from a pool, per process and without a lock: for one
// thread only. It refuses to know a clock: the caller gives the time.

#include "base/error.h"
#include "base/heap.h"
#include "loop/op.h"

struct timers {
    struct heap heap;
    uint64_t seq;
    unsigned count; // nodes in the heap
};

// Makes sure that OP has a timer. False: no memory.
bool timers_reserve(struct op *op) MUST_CHECK;

// Makes sure that OP is found at its deadline. Does nothing for DEADLINE_NONE, or when there is no
// memory for a timer: see timers_reserve().
void timers_arm(struct timers *t, struct op *op);

// Takes OP out and frees its timer, before OP is freed.
void timers_drop(struct timers *t, struct op *op);

// Is OP in the heap?
bool timers_contain(const struct timers *t, const struct op *op);

// The earliest time at which timers_expired() may find something, or DEADLINE_NONE.
uint64_t timers_next(const struct timers *t);

// Takes an op in flight (PENDING) whose deadline is at or before NOW out of the heap; NULL when
// there is none.
struct op *timers_expired(struct timers *t, uint64_t now);

#endif
