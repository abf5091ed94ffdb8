// SPDX-License-Identifier: BSD-3-Clause
// The ops that are ready, and their order.

#include "loop/lanes.h"

// How long the haste lasts. A client is accepted, its task begins and asks another task over a
// channel, which answers: those are a few steps.
enum { STEPS = 8 };

static void lane_init(struct lane *lane)
{
    list_init(&lane->done);
    list_init(&lane->ready);
}

void lanes_init(struct lanes *lanes)
{
    lane_init(&lanes->turn);
    lane_init(&lanes->coming);
    lane_init(&lanes->arrived);
    lane_init(&lanes->left);
    lanes->haste = 0;
    lanes->favoured = lanes->shared = false;
}

bool lane_is_empty(const struct lane *lane)
{
    return list_is_empty(&lane->done) && list_is_empty(&lane->ready);
}

bool lanes_are_empty(const struct lanes *lanes)
{
    return lane_is_empty(&lanes->turn) && lane_is_empty(&lanes->coming) &&
           lane_is_empty(&lanes->arrived) && lane_is_empty(&lanes->left);
}

// Moves all of FROM to the end of LANE.
static void append_lane(struct lane *lane, struct lane *from)
{
    list_splice(&lane->done, &from->done);
    list_splice(&lane->ready, &from->ready);
}

struct lane *lanes_open(struct lanes *lanes)
{
    lanes->favoured = !lanes_are_empty(lanes);
    lanes->haste = lanes->favoured ? STEPS : 0;
    return lanes->favoured ? &lanes->arrived : &lanes->turn;
}

static void put_done(struct lane *lane, struct op *op, unsigned char haste)
{
    op->state = OP_DONE;
    op->haste = haste;
    list_append(&lane->done, &op->link);
}

void lanes_arrive(struct lanes *lanes, struct lane *lane, struct op *op)
{
    put_done(lane, op, lanes->haste);
}

void lanes_wake(struct lanes *lanes, struct op *op)
{
    if (lanes->haste > 0)
        put_done(&lanes->arrived, op, lanes->haste - 1);
    else
        put_done(&lanes->coming, op, 0);
}

void lanes_requeue(struct lanes *lanes, struct op *op)
{
    put_done(&lanes->coming, op, 0);
}

struct list *lanes_behind(struct lanes *lanes)
{
    return lanes->haste > 0 ? &lanes->left.ready : &lanes->coming.ready;
}

bool lanes_share(struct lanes *lanes)
{
    lanes->shared = !lanes->shared && !lane_is_empty(&lanes->left);
    return lanes->shared;
}

// Takes the first op of LIST, a list of LANE: its owner runs now.
static struct op *take(struct lanes *lanes, const struct lane *lane, struct list *list)
{
    struct list *link = list_pop(list);
    if (link && lane == &lanes->turn)
        lanes->favoured = false;
    return link ? container_of(link, struct op, link) : NULL;
}

struct op *lanes_take_done(struct lanes *lanes, struct lane *lane)
{
    struct op *op = take(lanes, lane, &lane->done);
    lanes->haste = op && lane != &lanes->turn ? op->haste : 0;
    return op;
}

struct op *lanes_take_ready(struct lanes *lanes, struct lane *lane)
{
    struct op *op = take(lanes, lane, &lane->ready);
    lanes->haste = op && lane != &lanes->turn ? STEPS : 0;
    return op;
}

bool lanes_change(struct lanes *lanes)
{
    bool owed = !lane_is_empty(&lanes->turn) || !lane_is_empty(&lanes->coming);
    if (!lanes->favoured || !owed)
        return false;
    append_lane(&lanes->left, &lanes->arrived);
    lanes->favoured = false;
    lanes->shared = true; // an op of the turn goes first
    return true;
}

// What is left comes first, so that it does not come later than the ops that it has woken, or than
// those that wait for it behind their own sss.yield().
void lanes_begin_turn(struct lanes *lanes)
{
    append_lane(&lanes->turn, &lanes->arrived);
    append_lane(&lanes->turn, &lanes->left);
    append_lane(&lanes->turn, &lanes->coming);
    lanes->haste = 0;
}
