// SPDX-License-Identifier: BSD-3-Clause
// Waiting for everything at once.

// A long file, since all of it works on struct loop and its four lists, which nobody else may know.

#include "loop/loop.h"

#include "base/clock.h"
#include "loop/batch.h"
#include "loop/drain.h"
#include "loop/poller.h"
#include "loop/signals.h"
#include "loop/timers.h"

#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>

enum { TURNS_UNPOLLED = 16 };               // turns over ready ops between two looks at the system
static const double gather_s = 0.001;       // how long small output waits for that of other streams
static const double connect_retry_s = 0.01; // between tries on a full unix backlog

struct loop {
    struct poller *poller;
    struct resolver *resolver; // made when first needed
    struct timers timers;
    struct streams streams;
    struct list ready; // worth a try
    struct list done;  // have their result: of this turn
    struct list next;  // and of the next one
    struct list later; // worth a try in the next turn
    uint64_t now;      // at the start of the turn
    unsigned polled;   // ops that the poller has
    unsigned waiting;  // OP_WAITs in flight
    unsigned resolving;
    unsigned unpolled;           // turns since the last look at the system
    unsigned ahead;              // ops at the head of `ready` whose input is here
    uint64_t gathered;           // until when output is held back for them
    volatile sig_atomic_t woken; // also by signal handlers
};

static int init_parts(struct loop *loop)
{
    list_init(&loop->ready);
    list_init(&loop->done);
    list_init(&loop->next);
    list_init(&loop->later);
    int r = streams_init(&loop->streams);
    return r < 0 ? r : poller_new(&loop->poller);
}

int loop_new(struct loop **made)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return -ENOMEM;
    int r = init_parts(loop);
    if (r < 0) {
        loop_free(loop);
        return r;
    }
    loop->now = clock_now();
    signals_wake(loop->poller);
    *made = loop;
    return 0;
}

void loop_free(struct loop *loop)
{
    struct list *link;
    while (loop->streams.scratch && (link = list_pop(&loop->streams.closing)))
        drain_end(loop->poller, container_of(link, struct stream, link));
    if (loop->resolver)
        resolver_free(loop->resolver);
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

// OP, in flight, has not come to its end, but need not wait for its stream either.
static void let_others_go_first(struct loop *loop, struct op *op)
{
    if (op->state != OP_PENDING || !op_goes_on(op))
        return;
    op->state = OP_READY;
    list_append(&loop->later, &op->link);
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

// R is what the poller said: > 0 done, 0 in flight, -errno refused.
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

// What the op itself goes on with. A connect that has to be tried again has two deadlines.
static void prepare(struct op *op)
{
    op->retry = false;
    if (op->kind == OP_CONNECT)
        op->u.connect.until = op->deadline;
    if ((op->kind == OP_SEND || op->kind == OP_SENDFD) && op->u.send.parts)
        op->u.send.first = op->u.send.before = 0;
}

// There is no memory for the timer of OP, which therefore is not started.
static bool refused(struct op *op)
{
    bool timed = op->deadline != DEADLINE_NONE || op->kind == OP_CONNECT;
    if (!timed || timers_reserve(op))
        return false;
    list_remove(&op->link); // a signal that it wants to wait for may have it
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
    return started(loop, op, poller_defer(loop->poller, op, &loop->later));
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
        poller_cancel(loop->poller, op);
    now_idle(loop, op);
}

void loop_requeue(struct loop *loop, struct op *op)
{
    op->state = OP_DONE;
    list_append(&loop->next, &op->link);
}

void loop_complete(struct loop *loop, struct op *op, int64_t result)
{
    if (op->state != OP_PENDING && op->state != OP_READY)
        return;
    loop_cancel(loop, op);
    op->result = result;
    loop_requeue(loop, op);
}

void loop_drop(struct loop *loop, struct op *op)
{
    timers_drop(&loop->timers, op);
}

// The deadline of OP has come.
static void expire(struct loop *loop, struct op *op)
{
    if (op->retry && loop->now < op->u.connect.until) {
        list_remove(&op->link); // it may be ready already, for an event of the same turn
        op->state = OP_READY;
        list_append(&loop->ready, &op->link);
        return;
    }
    loop_cancel(loop, op);
    op->result = -ERROR_EXPIRED;
    op->state = OP_DONE;
    list_append(&loop->done, &op->link);
}

// Tries a ready op. True: it has its result, and is idle.
static bool finish(struct loop *loop, struct op *op)
{
    if (poller_finish(loop->poller, op)) {
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

// Receives for all that are ready, one after the other, before the first of them goes on; what they
// send goes out together as well. So the caches are warm with the same code for a while.
static void receive_ahead(struct loop *loop)
{
    loop_flush(loop);
    for (struct list *l = loop->ready.next; l != &loop->ready && loop->ahead < STREAM_LENDERS;
         l = l->next, loop->ahead++) {
        struct op *op = container_of(l, struct op, link);
        if (op->kind == OP_READ)
            stream_fill_ahead(op->stream);
    }
    loop->streams.gathering = loop->ahead > 1;
    loop->gathered = clock_deadline(clock_now(), gather_s);
}

struct op *loop_next(struct loop *loop)
{
    struct list *link = list_pop(&loop->done);
    if (link) {
        struct op *op = container_of(link, struct op, link);
        op->state = OP_IDLE;
        return op;
    }
    while (!list_is_empty(&loop->ready)) {
        if (loop->ahead == 0)
            receive_ahead(loop);
        loop->ahead--;
        struct op *op = container_of(list_pop(&loop->ready), struct op, link);
        if (finish(loop, op))
            return op;
    }
    return NULL;
}

static void collect_resolved(struct loop *loop)
{
    struct resolve *req;
    while (loop->resolving > 0 && (req = resolver_collect(loop->resolver))) {
        struct op *op = req->owner;
        req->owner = NULL;
        loop->resolving--;
        loop_complete(loop, op, req->result);
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

static void collect_expired(struct loop *loop)
{
    struct op *op;
    loop->now = clock_now();
    while ((op = timers_expired(&loop->timers, loop->now)))
        expire(loop, op);
}

static int look(struct loop *loop, uint64_t ns)
{
    struct list closed, *link;
    list_init(&closed);
    int r = poller_wait(loop->poller, ns, &loop->ready, &closed);
    if (loop->resolver)
        resolver_turn(loop->resolver);
    while ((link = list_pop(&closed)))
        drain_end(loop->poller, container_of(link, struct stream, link));
    collect_resolved(loop);
    collect_signals(loop);
    collect_expired(loop);
    drain_give_up(loop->poller, &loop->streams, loop->now);
    return r;
}

// How many nanoseconds the next look may wait: 0 when there is something to do already.
static uint64_t patience(struct loop *loop)
{
    if (!list_is_empty(&loop->done) || !list_is_empty(&loop->ready) || loop->woken)
        return 0;
    uint64_t next = timers_next(&loop->timers);
    uint64_t closing = drain_next(&loop->streams);
    uint64_t resolving = loop->resolver ? resolver_next(loop->resolver) : DEADLINE_NONE;
    if (closing < next)
        next = closing;
    if (resolving < next)
        next = resolving;
    if (next == DEADLINE_NONE)
        return DEADLINE_NONE;
    uint64_t now = clock_now();
    return next > now ? next - now : 0;
}

static bool can_end(const struct loop *loop)
{
    return loop->polled > 0 || loop->resolving > 0 || loop_is_draining(loop) || signals_awaited();
}

// What was printed goes out before the program waits, and only then: a busy one prints in blocks.
static int look_or_wait(struct loop *loop, uint64_t ns)
{
    if (ns == 0 || __fpending(stdout) == 0)
        return look(loop, ns);
    int r = look(loop, 0);
    ns = patience(loop);
    if (r < 0 || ns == 0)
        return r;
    fflush(stdout);
    return look(loop, ns);
}

int loop_turn(struct loop *loop)
{
    loop_flush(loop);
    loop->ahead = 0;
    list_splice(&loop->done, &loop->next);
    list_splice(&loop->ready, &loop->later);
    bool busy = !list_is_empty(&loop->done) || !list_is_empty(&loop->ready);
    if (!busy || loop->woken || ++loop->unpolled >= TURNS_UNPOLLED) {
        uint64_t ns = patience(loop);
        if (ns == DEADLINE_NONE && !can_end(loop))
            return -EDEADLK;
        loop->unpolled = 0;
        int r = look_or_wait(loop, ns);
        if (r < 0)
            return r;
    }
    if (!loop->woken)
        return 0;
    loop->woken = false;
    return -EINTR;
}

void loop_flush(struct loop *loop)
{
    loop->streams.gathering = false;
    drain_held(loop->poller, &loop->streams);
}

void loop_flush_due(struct loop *loop)
{
    if (!loop->streams.gathering || clock_now() >= loop->gathered)
        loop_flush(loop);
}

bool loop_is_draining(const struct loop *loop)
{
    return drain_is_busy(&loop->streams);
}

bool loop_is_closing(struct loop *loop, int fd)
{
    return drain_holds(&loop->streams, fd);
}

void loop_finish(struct loop *loop, double seconds)
{
    drain_finish(loop->poller, &loop->streams, seconds);
}

static void end_ops(struct loop *loop, struct stream *s)
{
    if (s->reader)
        loop_complete(loop, s->reader, -ERROR_CLOSED);
    if (s->writer)
        loop_complete(loop, s->writer, -ERROR_CLOSED);
}

int loop_close(struct loop *loop, struct stream *s)
{
    end_ops(loop, s);
    return drain_close(loop->poller, s);
}

void loop_release(struct loop *loop, struct stream *s)
{
    end_ops(loop, s);
    if (bytes_length(&s->out) > 0)
        drain_stream(loop->poller, s);
    poller_forget(loop->poller, s, false);
    stream_free(s);
}

int loop_resolver(struct loop *loop, struct resolver **out)
{
    int r = 0;
    if (!loop->resolver)
        r = resolver_new(&loop->resolver, loop->poller, &loop->streams);
    *out = loop->resolver;
    return r;
}

// What took no time need not be waited for.
static int take_resolved(struct loop *loop, struct op *op, struct resolve *req)
{
    if (resolver_take(req)) {
        op->result = req->result;
        return 1;
    }
    loop->resolving++;
    return 0;
}

int loop_resolve(struct loop *loop, struct op *op, const struct question *q, struct resolve **made)
{
    struct resolver *resolver;
    int r = loop_resolver(loop, &resolver);
    if (r == 0)
        r = resolver_start(resolver, q, op, made);
    return r < 0 ? r : take_resolved(loop, op, *made);
}

int loop_resolve_rest(struct loop *loop, struct op *op, struct resolve *req)
{
    resolver_await(req, op);
    return take_resolved(loop, op, req);
}

void loop_abandon(struct loop *loop, struct resolve *req)
{
    if (req->owner)
        loop->resolving--;
    resolve_free(req);
}

// The child asks with sockets and random numbers of its own.
int loop_prepare_fork(struct loop *loop)
{
    loop_flush(loop);
    if (loop_in_flight(loop) > 0 || loop->resolving > 0 || loop_is_draining(loop))
        return -EBUSY;
    if (loop->resolver)
        resolver_rest(loop->resolver);
    return 0;
}

int loop_forked(struct loop *loop)
{
    loop->woken = false;
    return poller_reopen(loop->poller);
}

void loop_has_child(struct loop *loop)
{
    batch_clear(&loop->streams);
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
