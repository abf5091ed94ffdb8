// SPDX-License-Identifier: BSD-3-Clause
// Waits for everything at once: ops begin and end, streams close, the process forks.

#include "loop/loop.h"

#include "base/clock.h"
#include "loop/datagrams.h"
#include "loop/flush.h"
#include "loop/loop_inner.h"
#include "loop/poller.h"
#include "loop/signals.h"

#include <stdlib.h>

static const double connect_retry_s = 0.01; // between tries when a unix listener's backlog is full

static int init_parts(struct loop *loop, const struct poller_class *class)
{
    list_init(&loop->sources);
    lanes_init(&loop->lanes);
    int error = streams_init(&loop->streams);
    return error < 0 ? error : poller_new(class, &loop->poller);
}

int loop_new(struct loop **made)
{
    return loop_new_with(&poller_epoll, made);
}

int loop_new_with(const struct poller_class *class, struct loop **made)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return -ENOMEM;
    int error = init_parts(loop, class);
    if (error < 0) {
        loop_free(loop);
        return error;
    }
    loop->step = clock_coarse_step();
    loop_begin_slice(loop, clock_now());
    signals_wake(loop->poller);
    *made = loop;
    return 0;
}

void loop_free(struct loop *loop)
{
    struct list *link;
    while (loop->streams.scratch && (link = list_pop(&loop->streams.closing)))
        flush_end(loop->poller, container_of(link, struct stream, link));
    sources_free(&loop->sources);
    signals_forget(loop->poller);
    if (loop->poller)
        poller_free(loop->poller);
    streams_free(&loop->streams);
    free(loop);
}

struct streams *loop_streams(struct loop *loop)
{
    return &loop->streams;
}

// A connect that has to be tried again is woken before its deadline.
void loop_arm(struct loop *loop, struct op *op)
{
    if (op->retry) {
        uint64_t next = clock_deadline(clock_now(), connect_retry_s);
        op->deadline = next < op->u.connect.until ? next : op->u.connect.until;
    }
    timers_arm(&loop->timers, op);
}

void loop_let_others_go_first(struct loop *loop, struct op *op)
{
    if (op->state != OP_PENDING || !op_goes_on(op))
        return;
    op->state = OP_READY;
    list_append(lanes_behind(&loop->lanes), &op->link);
}

static void now_in_flight(struct loop *loop, struct op *op)
{
    if (op->kind == OP_WAIT) {
        loop->waiting++;
    } else {
        loop->polled++;
        loop_let_others_go_first(loop, op);
    }
    loop_arm(loop, op);
}

void loop_now_idle(struct loop *loop, struct op *op)
{
    if (op->kind == OP_WAIT)
        loop->waiting--;
    else
        loop->polled--;
    list_remove(&op->link);
    op->state = OP_IDLE;
}

// R is the result of the poller: > 0 done, 0 in flight, -errno refused. Is OP done?
static bool started(struct loop *loop, struct op *op, int r)
{
    if (r < 0)
        op->result = r;
    if (r != 0)
        return true;
    now_in_flight(loop, op);
    return false;
}

static bool start_wait(struct loop *loop, struct op *op)
{
    op->state = OP_PENDING;
    now_in_flight(loop, op);
    return false;
}

// Prepares the fields that the op itself uses. A connect that has to be tried again has two
// deadlines.
static void prepare(struct op *op)
{
    op->retry = false;
    if (op->kind == OP_CONNECT)
        op->u.connect.until = op->deadline;
    if ((op->kind == OP_SEND || op->kind == OP_SENDFD) && op->u.send.parts)
        op->u.send.first = op->u.send.before = 0;
}

// There is no memory for a timer, so OP is not started.
static bool refused(struct op *op)
{
    bool timed = op->deadline != DEADLINE_NONE || op->kind == OP_CONNECT;
    if (!timed || timers_reserve(op))
        return false;
    list_remove(&op->link); // it may be in the list of a signal that it was to wait for
    op->result = -ENOMEM;
    return true;
}

bool loop_start(struct loop *loop, struct op *op)
{
    if (refused(op))
        return true;
    prepare(op);
    if (op->kind == OP_WAIT)
        return start_wait(loop, op);
    return started(loop, op, poller_start(loop->poller, op));
}

bool loop_defer(struct loop *loop, struct op *op)
{
    if (refused(op))
        return true;
    prepare(op);
    if (op->kind == OP_WAIT)
        return start_wait(loop, op);
    return started(loop, op, poller_defer(loop->poller, op, lanes_behind(&loop->lanes)));
}

void loop_cancel(struct loop *loop, struct op *op)
{
    if (op->state == OP_IDLE)
        return;
    if (op->state == OP_DONE) {
        list_remove(&op->link);
        op->state = OP_IDLE;
        return;
    }
    if (op->kind != OP_WAIT)
        poller_cancel(loop->poller, op, lanes_behind(&loop->lanes));
    loop_now_idle(loop, op);
}

void loop_requeue(struct loop *loop, struct op *op)
{
    lanes_requeue(&loop->lanes, op);
}

void loop_post(struct loop *loop, struct op *op)
{
    lanes_wake(&loop->lanes, op);
}

void loop_complete(struct loop *loop, struct op *op, int64_t result)
{
    if (op->state == OP_IDLE || op->state == OP_DONE)
        return;
    loop_cancel(loop, op);
    op->result = result;
    loop_post(loop, op);
}

void loop_drop(struct loop *loop, struct op *op)
{
    timers_drop(&loop->timers, op);
}

void loop_flush(struct loop *loop)
{
    loop->streams.gathering = false;
    flush_held(loop->poller, &loop->streams);
}

void loop_flush_due(struct loop *loop)
{
    if (!loop->streams.gathering || clock_now() >= loop->gathered)
        loop_flush(loop);
}

bool loop_is_draining(const struct loop *loop)
{
    return flush_is_busy(&loop->streams);
}

bool loop_is_closing(struct loop *loop, int fd)
{
    return flush_holds(&loop->streams, fd);
}

void loop_finish(struct loop *loop, double seconds)
{
    flush_finish(loop->poller, &loop->streams, seconds);
}

static void end_ops(struct loop *loop, struct stream *s)
{
    if (s->reader)
        loop_complete(loop, s->reader, -ERROR_CLOSED);
    while (s->writer)
        loop_complete(loop, s->writer, -ERROR_CLOSED);
}

int loop_close(struct loop *loop, struct stream *s)
{
    end_ops(loop, s);
    return flush_close(loop->poller, s);
}

void loop_release(struct loop *loop, struct stream *s)
{
    end_ops(loop, s);
    if (bytes_length(&s->out) > 0)
        flush_stream(loop->poller, s);
    poller_forget(loop->poller, s, false);
    stream_free(s);
}

void loop_attach(struct loop *loop, struct source *source)
{
    list_append(&loop->sources, &source->link);
}

struct source *loop_source(struct loop *loop, const struct source_class *class)
{
    return sources_find(&loop->sources, class);
}

struct poller *loop_poller(struct loop *loop)
{
    return loop->poller;
}

int loop_prepare_fork(struct loop *loop)
{
    loop_flush(loop);
    if (loop_in_flight(loop) > 0 || sources_are_awaited(&loop->sources) || loop_is_draining(loop))
        return -EBUSY;
    sources_rest(&loop->sources);
    return 0;
}

int loop_forked(struct loop *loop)
{
    loop->woken = false;
    loop_begin_slice(loop, clock_now());
    return poller_reopen(loop->poller);
}

void loop_has_child(struct loop *loop)
{
    datagrams_clear(&loop->streams);
}

void loop_wake(struct loop *loop)
{
    loop->woken = true;
    poller_wake(loop->poller);
}

void loop_forget_wake(struct loop *loop)
{
    loop->woken = false;
}

unsigned loop_in_flight(const struct loop *loop)
{
    return loop->polled + loop->waiting;
}

unsigned loop_timers(const struct loop *loop, const struct op *op)
{
    return loop->timers.count - timers_contain(&loop->timers, op);
}
