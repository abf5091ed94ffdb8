// SPDX-License-Identifier: BSD-3-Clause
// Waits for everything at once.

// A long file, since all of it works on struct loop, which nobody else may know.

#include "loop/loop.h"

#include "base/clock.h"
#include "loop/datagrams.h"
#include "loop/flush.h"
#include "loop/lanes.h"
#include "loop/poller.h"
#include "loop/signals.h"
#include "loop/timers.h"

#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>

enum { TURNS_UNPOLLED = 16 };         // the most turns of ready ops before events are asked for
enum { SLICE_NS = 10000000 };         // the same as a time
static const double gather_s = 0.001; // how long small output waits for output of other streams
static const double connect_retry_s = 0.01; // between tries when a unix listener's backlog is full

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

static int init_parts(struct loop *loop, const struct poller_class *class)
{
    list_init(&loop->sources);
    lanes_init(&loop->lanes);
    int error = streams_init(&loop->streams);
    return error < 0 ? error : poller_new(class, &loop->poller);
}

// Begins a slice of time at NOW. The coarse clock may be two of its steps behind: one that it has
// not counted yet, and one that is not over.
static void begin_slice(struct loop *loop, uint64_t now)
{
    loop->now = now;
    uint64_t behind = 2 * loop->step;
    loop->due = now + (behind < SLICE_NS ? SLICE_NS - behind : 0);
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
    begin_slice(loop, clock_now());
    signals_wake(loop->poller);
    *made = loop;
    return 0;
}

static struct source *source_at(struct list *link)
{
    return container_of(link, struct source, link);
}

void loop_free(struct loop *loop)
{
    struct list *link;
    while (loop->streams.scratch && (link = list_pop(&loop->streams.closing)))
        flush_end(loop->poller, container_of(link, struct stream, link));
    while ((link = list_pop(&loop->sources))) {
        struct source *source = source_at(link);
        source->class->free(source);
    }
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
static void arm(struct loop *loop, struct op *op)
{
    if (op->retry) {
        uint64_t next = clock_deadline(clock_now(), connect_retry_s);
        op->deadline = next < op->u.connect.until ? next : op->u.connect.until;
    }
    timers_arm(&loop->timers, op);
}

// OP, in flight, has no result yet, but can be tried again without waiting for its stream.
static void let_others_go_first(struct loop *loop, struct op *op)
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
        let_others_go_first(loop, op);
    }
    arm(loop, op);
}

static void now_idle(struct loop *loop, struct op *op)
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
    now_idle(loop, op);
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
        now_idle(loop, op);
        return true;
    }
    let_others_go_first(loop, op);
    arm(loop, op);
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

static void give_sources_their_turn(struct loop *loop)
{
    for (struct list *l = loop->sources.next; l != &loop->sources; l = l->next) {
        struct source *source = source_at(l);
        source->class->turn(source);
    }
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
    give_sources_their_turn(loop);
    begin_slice(loop, clock_now());
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
        begin_slice(loop, clock_now());
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

// The first time at which a source has something to do.
static uint64_t next_of_sources(const struct loop *loop)
{
    uint64_t first = DEADLINE_NONE;
    for (struct list *l = loop->sources.next; l != &loop->sources; l = l->next) {
        uint64_t next = source_at(l)->class->next(source_at(l));
        first = next < first ? next : first;
    }
    return first;
}

static bool sources_are_awaited(const struct loop *loop)
{
    for (struct list *l = loop->sources.next; l != &loop->sources; l = l->next) {
        if (source_at(l)->waiting > 0)
            return true;
    }
    return false;
}

// How many nanoseconds the poller may wait: 0 when there is something to do already.
static uint64_t patience(struct loop *loop)
{
    if (!lanes_are_empty(&loop->lanes) || loop->woken)
        return 0;
    uint64_t next = timers_next(&loop->timers);
    uint64_t closing = flush_next(&loop->streams);
    uint64_t sources = next_of_sources(loop);
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
    return loop->polled > 0 || sources_are_awaited(loop) || loop_is_draining(loop) ||
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
    for (struct list *l = loop->sources.next; l != &loop->sources; l = l->next) {
        if (source_at(l)->class == class)
            return source_at(l);
    }
    return NULL;
}

struct poller *loop_poller(struct loop *loop)
{
    return loop->poller;
}

int loop_prepare_fork(struct loop *loop)
{
    loop_flush(loop);
    if (loop_in_flight(loop) > 0 || sources_are_awaited(loop) || loop_is_draining(loop))
        return -EBUSY;
    for (struct list *l = loop->sources.next; l != &loop->sources; l = l->next)
        source_at(l)->class->rest(source_at(l));
    return 0;
}

int loop_forked(struct loop *loop)
{
    loop->woken = false;
    begin_slice(loop, clock_now());
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
