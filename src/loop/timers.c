// SPDX-License-Identifier: BSD-3-Clause
// A heap that is only touched when it must be.

#include "loop/timers.h"

#include "base/clock.h"

// A node's key is never later than its op's deadline while the op is in flight, but may be much
// earlier: it is then left over from an earlier wait. Such a node is looked at when its time comes.

static void timers_put(struct timers *t, struct op *op, uint64_t key, uint64_t seq)
{
    heap_insert(&t->heap, &op->timer, key, seq);
    t->count++;
}

static void timers_take(struct timers *t, struct heap_node *node)
{
    heap_remove(&t->heap, node);
    t->count--;
}

void timers_arm(struct timers *t, struct op *op)
{
    if (op->deadline == DEADLINE_NONE)
        return;
    op->armed = ++t->seq;
    if (heap_contains(&t->heap, &op->timer)) {
        if (op->timer.key <= op->deadline)
            return;
        timers_take(t, &op->timer);
    }
    timers_put(t, op, op->deadline, op->armed);
}

void timers_drop(struct timers *t, struct op *op)
{
    if (heap_contains(&t->heap, &op->timer))
        timers_take(t, &op->timer);
}

uint64_t timers_next(const struct timers *t)
{
    const struct heap_node *first = heap_min(&t->heap);
    return first != NULL ? first->key : DEADLINE_NONE;
}

// Puts OP back where it belongs, if it still waits for a time. True when that time is now.
static bool timers_settle(struct timers *t, struct op *op, uint64_t seq, uint64_t now)
{
    bool in_flight = op->state == OP_PENDING || op->state == OP_READY;
    if (!in_flight || op->deadline == DEADLINE_NONE)
        return false;
    if (op->deadline > now || seq != op->armed) {
        // A stale seq: among equal deadlines others may have been armed earlier.
        timers_put(t, op, op->deadline, op->armed);
        return false;
    }
    if (op->state == OP_PENDING)
        return true;
    // READY: it is tried first, and is asked for again only when time has gone on. Were it left
    // out, an op that stays in flight after that try would wait for ever.
    timers_put(t, op, now + 1, op->armed);
    return false;
}

struct op *timers_expired(struct timers *t, uint64_t now)
{
    for (;;) {
        struct heap_node *first = heap_min(&t->heap);
        if (first == NULL || first->key > now)
            return NULL;
        struct op *op = container_of(first, struct op, timer);
        uint64_t seq = first->seq;
        timers_take(t, first);
        if (timers_settle(t, op, seq, now))
            return op;
    }
}
