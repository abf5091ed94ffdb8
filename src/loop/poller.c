// SPDX-License-Identifier: BSD-3-Clause
// What all pollers have in common: ops in flight, and the events of their streams.

#include "loop/poller.h"

#include "loop/op.h"
#include "loop/stream.h"

struct poller_counts poller_counts;

int poller_new(const struct poller_class *class, struct poller **made)
{
    return class->make(made);
}

void poller_free(struct poller *p)
{
    p->class->free(p);
}

int poller_watch(struct poller *p, struct stream *s)
{
    return s->registered ? 0 : p->class->watch(p, s);
}

void poller_forget(struct poller *p, struct stream *s, bool closing)
{
    if (s->registered)
        p->class->forget(p, s, closing);
}

int poller_wait(struct poller *p, uint64_t ns, struct list *ready, struct list *closed)
{
    return p->class->wait(p, ns, ready, closed);
}

void poller_wake(struct poller *p)
{
    p->class->wake(p);
}

int poller_reopen(struct poller *p)
{
    return p->class->reopen(p);
}

static struct op **slot_of(struct op *op)
{
    return op_is_read(op) ? &op->stream->reader : &op->stream->writer;
}

// Queues OP: another op writes to its stream already.
static int queue(struct op *op)
{
    if (!op_queues(op))
        return -EBUSY;
    struct stream_rare *rare = stream_rare(op->stream);
    if (!rare)
        return -ENOMEM;
    op->state = OP_QUEUED;
    list_append(&rare->queue, &op->link);
    return 0;
}

int poller_start(struct poller *p, struct op *op)
{
    if (*slot_of(op))
        return queue(op);
    if (op_perform(op))
        return 1;
    int error = poller_watch(p, op->stream);
    if (error < 0)
        return error;
    *slot_of(op) = op;
    op->state = OP_PENDING;
    return 0;
}

int poller_defer(struct poller *p, struct op *op, struct list *ready)
{
    if (*slot_of(op))
        return queue(op);
    int error = poller_watch(p, op->stream);
    if (error < 0)
        return error;
    *slot_of(op) = op;
    op->state = OP_READY;
    list_append(ready, &op->link);
    return 0;
}

// OP no longer writes to its stream: the next op in the queue does.
static void pass_on(struct op *op, struct list *ready)
{
    struct stream_rare *rare = op_is_read(op) ? NULL : op->stream->rare;
    struct list *link = rare ? list_pop(&rare->queue) : NULL;
    if (!link)
        return;
    struct op *next = container_of(link, struct op, link);
    op->stream->writer = next;
    next->state = OP_READY;
    list_append(ready, &next->link);
}

static void take_back(struct op *op, struct list *ready)
{
    list_remove(&op->link);
    if (op->state != OP_QUEUED) {
        *slot_of(op) = NULL;
        pass_on(op, ready);
    }
    op->state = OP_IDLE;
}

void poller_cancel(struct poller *p, struct op *op, struct list *ready)
{
    (void)p;
    take_back(op, ready);
}

bool poller_finish(struct poller *p, struct op *op, struct list *ready)
{
    (void)p;
    if (op_perform(op)) {
        take_back(op, ready);
        return true;
    }
    op->state = OP_PENDING;
    return false;
}

static void make_ready(struct op *op, struct list *ready)
{
    if (!op || op->state != OP_PENDING)
        return;
    op->state = OP_READY;
    list_append(ready, &op->link);
}

// No op waits for room, but output is held back: sends it.
static void drain(struct stream *s, struct list *closed)
{
    int error = bytes_length(&s->out) > 0 ? stream_flush(s) : 0;
    if (error == -EAGAIN)
        return;
    if (error < 0)
        s->failed = -error;
    if (s->closing) {
        list_remove(&s->link);
        list_append(closed, &s->link);
    }
}

// Puts S into the list of marked streams that have had events.
static void note_mark(struct stream *s, unsigned events)
{
    s->readable |= (events & ~(unsigned)POLLER_ROOM) != 0;
    s->writable |= (events & (POLLER_ROOM | POLLER_OVER)) != 0;
    list_remove(&s->link);
    list_append(&s->shared->marked, &s->link);
}

void poller_note(struct stream *s, unsigned events, struct list *ready, struct list *closed)
{
    // After the peer has ended, and near urgent data (where a receive stops early), only EAGAIN
    // proves that nothing is left.
    if (events & (POLLER_END | POLLER_OVER))
        s->unsure = true;
    if (s->is_marked) {
        note_mark(s, events);
        return;
    }
    if (events & (POLLER_INPUT | POLLER_END | POLLER_OVER)) {
        s->readable = true;
        make_ready(s->reader, ready);
    }
    if (events & (POLLER_ROOM | POLLER_OVER)) {
        s->writable = true;
        if (s->writer)
            make_ready(s->writer, ready);
        else
            drain(s, closed);
    }
}
