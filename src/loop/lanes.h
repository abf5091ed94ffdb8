// SPDX-License-Identifier: BSD-3-Clause
// What is ready, and who goes next.

#ifndef SSS_LOOP_LANES_H
#define SSS_LOOP_LANES_H

// A turn goes through all that was ready at its beginning, in that order; what becomes ready
// meanwhile is for the next one. That may be thousands of tasks, each of which computes for a
// while. So what comes from outside in the middle of a turn (input, a deadline, a signal) has a
// lane of its own that goes first, and so do, for a few steps, the tasks that it wakes or starts.
// What arrives may be more than there is time for. So those of the turn have every other slice of
// time, and share it with what is left over of those before. These are lists alone; they refuse to
// know the clock and the poller.

#include "base/list.h"
#include "loop/op.h"

struct lane {
    struct list done;  // ops that have their result, and go first
    struct list ready; // ops worth a try
};

struct lanes {
    struct lane turn;    // of this turn
    struct lane coming;  // of the next one
    struct lane arrived; // from outside, in the middle of this one
    struct lane left;    // of what had arrived when its slice was over
    unsigned char haste; // of the op that runs now: for how many steps what it wakes goes first
    bool favoured;       // what arrived goes first, and none of the turn has gone since it came
    bool shared;         // one of those that are left has gone last, and now one of the turn does
};

void lanes_init(struct lanes *lanes);

bool lane_is_empty(const struct lane *lane);
bool lanes_are_empty(const struct lanes *lanes);

// Before a look at the system. What it brings goes into the lane that is the result; what is woken
// meanwhile has the haste of what arrives.
struct lane *lanes_open(struct lanes *lanes);

// OP, idle, came from outside with its result and goes into the LANE of lanes_open().
void lanes_arrive(struct lanes *lanes, struct lane *lane, struct op *op);

// OP, idle, has its result from the one who runs now.
void lanes_wake(struct lanes *lanes, struct op *op);

// OP, idle, has its result and goes behind all that is ready.
void lanes_requeue(struct lanes *lanes, struct op *op);

// The list for an op, worth a try, that lets others go first. Whoever came from outside not long
// ago does not wait for all of the turn by that: he is one of those that are left.
struct list *lanes_behind(struct lanes *lanes);

// While nothing else has arrived: is the next one of those that are left, and not of the turn?
bool lanes_share(struct lanes *lanes);

// Takes the first op that has its result, or the first that is worth a try, out of LANE; NULL when
// there is none. It is the one who runs now.
struct op *lanes_take_done(struct lanes *lanes, struct lane *lane);
struct op *lanes_take_ready(struct lanes *lanes, struct lane *lane);

// The slice of time is over. True: it was that of what arrived, and the others have the next one.
// False: it is time to look what has arrived.
bool lanes_change(struct lanes *lanes);

// This turn has come to its end, and the next one begins, with what is left.
void lanes_begin_turn(struct lanes *lanes);

#endif
