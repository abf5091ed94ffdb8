// SPDX-License-Identifier: BSD-3-Clause
// The ops that are ready, and their order.

#ifndef SSS_LOOP_LANES_H
#define SSS_LOOP_LANES_H

// A turn handles all ops that were ready at its beginning, in their order; ops that become ready
// meanwhile are for the next turn. A turn may have thousands of tasks, each of which computes for a
// while. So an op that is ready because of an event from outside (input, a deadline, a signal)
// during a turn goes first, in a lane of its own, and so do, for a few steps, the tasks that it
// wakes or starts. More events may arrive than there is time for. So the ops of the turn get every
// other slice of time, and share it with those that are left over from earlier slices. These are
// only lists; they refuse to know the clock and the poller.

#include "base/list.h"
#include "loop/op.h"

struct lane {
    struct list done;  // ops that have their result; they go first
    struct list ready; // ops that are to be tried
};

struct lanes {
    struct lane turn;    // of this turn
    struct lane coming;  // of the next one
    struct lane arrived; // by events from outside during this turn
    struct lane left;    // what had arrived, and was not handled in its slice of time
    unsigned char
        haste;     // of the running op: for how many more steps the ops that it wakes go first
    bool favoured; // what has arrived goes first, and no op of the turn has run since it came
    bool shared;   // an op of `left` has run last, so one of the turn is next
};

void lanes_init(struct lanes *lanes);

bool lane_is_empty(const struct lane *lane);
bool lanes_are_empty(const struct lanes *lanes);

// To be called before events are asked for. Ops that they make ready go into the lane that is
// returned; ops that are woken meanwhile have the same haste.
struct lane *lanes_open(struct lanes *lanes);

// OP, which is idle and has its result from an event, goes into the LANE of lanes_open().
void lanes_arrive(struct lanes *lanes, struct lane *lane, struct op *op);

// OP, which is idle, has got its result from the running op's owner.
void lanes_wake(struct lanes *lanes, struct op *op);

// OP, which is idle and has its result, goes behind all others that are ready.
void lanes_requeue(struct lanes *lanes, struct op *op);

// The list for an op that is to be tried but lets others go first. If its owner runs because of a
// recent event, it need not wait for the whole turn: it goes into the lane `left`.
struct list *lanes_behind(struct lanes *lanes);

// When nothing new has arrived: is the next op one of the lane `left`, and not of the turn?
bool lanes_share(struct lanes *lanes);

// Takes the first op that has its result, or the first that is to be tried, out of LANE; NULL when
// there is none. It becomes the running op.
struct op *lanes_take_done(struct lanes *lanes, struct lane *lane);
struct op *lanes_take_ready(struct lanes *lanes, struct lane *lane);

// The slice of time is over. True: it was the slice of what had arrived, and the other ops have the
// next one. False: events are to be asked for.
bool lanes_change(struct lanes *lanes);

// Ends this turn and begins the next one, with what is left.
void lanes_begin_turn(struct lanes *lanes);

#endif
