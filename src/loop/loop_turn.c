// SPDX-License-Identifier: BSD-3-Clause
// A turn of the loop: what is ready, in which order, and when events are asked for.

#include "loop/loop_inner.h"

#include "base/clock.h"
#include "loop/flush.h"
#include "loop/poller.h"
#include "loop/signals.h"

#include <stdio.h>
#include <stdio_ext.h>

enum { TURNS_UNPOLLED = 16 };         // the most turns of ready ops before events are asked for
enum { SLICE_NS = 10000000 };         // the same as a time
static const double gather_s = 0.001; // how long small output waits for output of other streams

// Begins a slice of time at NOW. The coarse clock may be two of its steps behind: one that it has
// not counted yet, and one that is not over.
void loop_begin_slice(struct loop *loop, uint64_t now)
{
    loop->now = now;
    uint64_t behind = 2 * loop->step;
    loop->due = now + (behind < SLICE_NS ? SLICE_NS - behind : 0);
}

// The deadline of OP has passed: OP goes into LANE.
static void expire(struct loop *loop, struct lane *lane, struct op *op)
{
    if (op->retry && loop->now < op->u.connect.until) {
        list_remove(&op->link); // it may be ready already, for an event of the same turn
        op->state = OP_READY;
        list_append(&lane->ready, &op->link);
        return;
    }
    loop_cancel(loop, op);
    op->result = -ERROR_EXPIRED;
    lanes_arrive(&loop->lanes, lane, op);
}

// Tries a ready op. True: it has its result and is idle.
static bool finish(struct loop *loop, struct op *op)
{
    if (poller_finish(loop->poller, op, lanes_behind(&loop->lanes))) {
        loop_now_idle(loop, op);
        return true;
    }
    loop_let_others_go_first(loop, op);
    loop_arm(loop, op);
    if (op->deadline > loop->now)
        return false;
    loop_cancel(loop, op);
    op->result = -ERROR_EXPIRED;
    return true;
}

// Receives for all ready ops, one after the other, before the first of them goes on; their output
// is sent together, too. The same code runs many times in a row, which is good for the processor's
// caches.
static void receive_ahead(struct loop *loop)
{
    loop_flush(loop);
    const struct list *ready = &loop->lanes.turn.ready;
    for (struct list *l = ready->next; l != ready && loop->ahead < STREAM_LENDERS;
         l = l->next, loop->ahead++) {
        struct op *op = container_of(l, struct op, link);
        if (op->kind == OP_READ)
            stream_fill_ahead(op->stream);
    }
    loop->streams.gathering = loop->ahead > 1;
    loop->gathered = clock_deadline(clock_now(), gather_s);
}

// An op of the turn is about to be tried.
static void prepare_try(struct loop *loop)
{
    if (loop->ahead == 0)
        receive_ahead(loop);
    loop->ahead--;
}

static void collect_signals(struct loop *loop)
{
    struct list woken, *link;
    list_init(&woken);
    signals_collect(&woken);
    while ((link = list_pop(&woken)))
        loop_complete(loop, container_of(link, struct op, link), 0);
}

static void collect_expired(struct loop *loop, struct lane *lane)
{
    struct op *op;
    while ((op = timers_expired(&loop->timers, loop->now)))
        expire(loop, lane, op);
}

// Asks for events and waits at most NS nanoseconds: ops that are ready then go into a lane. 0 or
// -errno.
static int look(struct loop *loop, uint64_t ns)
{
    struct list closed, *link;
    unsigned char running = loop->lanes.haste;
    struct lane *lane = lanes_open(&loop->lanes);
    list_init(&closed);
    loop->unpolled = 0;
    int error = poller_wait(loop->poller, ns, &lane->ready, &closed);
    sources_turn(&loop->sources);
    loop_begin_slice(loop, clock_now());
    while ((link = list_pop(&closed)))
        flush_end(loop->poller, container_of(link, struct stream, link));
    collect_signals(loop);
    collect_expired(loop, lane);
    flush_give_up(loop->poller, &loop->streams, loop->now);
    loop->lanes.haste = running;
    return error;
}

bool loop_slice_is_over(const struct loop *loop)
{
    return clock_coarse() >= loop->due;
}

// Begins the next slice: for the ops that have waited longer, or for what has arrived.
static void change_slice(struct loop *loop)
{
    if (lanes_change(&loop->lanes)) {
        loop_begin_slice(loop, clock_now());
        return;
    }
    int error = look(loop, 0);
    (void)error; // the next turn will report the error
}

bool loop_others_due(struct loop *loop)
{
    if (!loop_slice_is_over(loop))
        return false;
    change_slice(loop);
    return !lanes_are_empty(&loop->lanes);
}

// The next op of LANE that has its result, or gets it when it is tried; it is idle again.
static struct op *next_of(struct loop *loop, struct lane *lane)
{
    struct op *op = lanes_take_done(&loop->lanes, lane);
    if (op) {
        op->state = OP_IDLE;
        return op;
    }
    while (!list_is_empty(&lane->ready)) {
        if (lane == &loop->lanes.turn)
            prepare_try(loop);
        op = lanes_take_ready(&loop->lanes, lane);
        if (finish(loop, op))
            return op;
    }
    return NULL;
}

struct op *loop_next(struct loop *loop)
{
    if (loop_slice_is_over(loop))
        change_slice(loop);
    struct lanes *lanes = &loop->lanes;
    struct op *op = next_of(loop, &lanes->arrived);
    if (!op && lanes_share(lanes))
        op = next_of(loop, &lanes->left);
    return op ? op : next_of(loop, &lanes->turn);
}

// How many nanoseconds the poller may wait: 0 when there is something to do already.
static uint64_t patience(struct loop *loop)
{
    if (!lanes_are_empty(&loop->lanes) || loop->woken)
        return 0;
    uint64_t next = timers_next(&loop->timers);
    uint64_t closing = flush_next(&loop->streams);
    uint64_t sources = sources_next(&loop->sources);
    if (closing < next)
        next = closing;
    if (sources < next)
        next = sources;
    if (next == DEADLINE_NONE)
        return DEADLINE_NONE;
    uint64_t now = clock_now();
    return next > now ? next - now : 0;
}

static bool can_end(const struct loop *loop)
{
    return loop->polled > 0 || sources_are_awaited(&loop->sources) || loop_is_draining(loop) ||
           signals_awaited();
}

// Standard output is flushed before the program waits, and only then, so that a busy program prints
// in blocks.
static int look_or_wait(struct loop *loop, uint64_t ns)
{
    if (ns == 0 || __fpending(stdout) == 0)
        return look(loop, ns);
    int error = look(loop, 0);
    ns = patience(loop);
    if (error < 0 || ns == 0)
        return error;
    fflush(stdout);
    return look(loop, ns);
}

int loop_turn(struct loop *loop)
{
    loop_flush(loop);
    loop->ahead = 0;
    lanes_begin_turn(&loop->lanes);
    bool idle = lanes_are_empty(&loop->lanes);
    if (idle || loop->woken || ++loop->unpolled >= TURNS_UNPOLLED || loop_slice_is_over(loop)) {
        uint64_t ns = patience(loop);
        if (ns == DEADLINE_NONE && !can_end(loop))
            return -EDEADLK;
        int error = look_or_wait(loop, ns);
        if (error < 0)
            return error;
    }
    if (!loop->woken)
        return 0;
    loop->woken = false;
    return -EINTR;
}
