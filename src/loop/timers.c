// SPDX-License-Identifier: BSD-3-Clause
// A heap that is changed only when it must be.

#include "loop/timers.h"

#include "base/clock.h"

#include <stdlib.h>

// While an op is in flight, the key of its node is never later than its deadline. It may be
// earlier, left over from an earlier wait: then the node is put in its place when that time comes.

struct timer {
    struct heap_node node;
    struct op *op;
    uint64_t armed; // orders equal deadlines
    unsigned number;
    unsigned spare; // the number of the next unused one
};

enum { BLOCK = 64 };

static struct {
    struct timer **blocks;
    unsigned size;  // timers in all of them
    unsigned spare; // the number of the first unused one, or 0
} pool;

static struct timer *timer_at(unsigned number)
{
    return &pool.blocks[number / BLOCK][number % BLOCK];
}

// Number 0 stays unused.
static bool add_block(void)
{
    unsigned count = pool.size / BLOCK;
    struct timer **blocks = realloc(pool.blocks, (count + 1) * sizeof *blocks);
    if (blocks)
        pool.blocks = blocks;
    if (!blocks || !(blocks[count] = calloc(BLOCK, sizeof **blocks)))
        return false;
    pool.size += BLOCK;
    for (unsigned number = pool.size - 1; number >= pool.size - BLOCK && number > 0; number--) {
        timer_at(number)->number = number;
        timer_at(number)->spare = pool.spare;
        pool.spare = number;
    }
    return true;
}

bool timers_reserve(struct op *op)
{
    if (op->timer)
        return true;
    if (!pool.spare && !add_block())
        return false;
    struct timer *timer = timer_at(pool.spare);
    pool.spare = timer->spare;
    heap_node_init(&timer->node);
    timer->op = op;
    op->timer = timer->number;
    return true;
}

static void timers_put(struct timers *t, struct timer *timer, uint64_t key, uint64_t seq)
{
    heap_insert(&t->heap, &timer->node, key, seq);
    t->count++;
}

static void timers_take(struct timers *t, struct timer *timer)
{
    heap_remove(&t->heap, &timer->node);
    t->count--;
}

void timers_arm(struct timers *t, struct op *op)
{
    if (op->deadline == DEADLINE_NONE || !timers_reserve(op))
        return;
    struct timer *timer = timer_at(op->timer);
    timer->armed = ++t->seq;
    if (heap_contains(&t->heap, &timer->node)) {
        if (timer->node.key <= op->deadline)
            return;
        timers_take(t, timer);
    }
    timers_put(t, timer, op->deadline, timer->armed);
}

bool timers_contain(const struct timers *t, const struct op *op)
{
    return op->timer && heap_contains(&t->heap, &timer_at(op->timer)->node);
}

void timers_drop(struct timers *t, struct op *op)
{
    if (!op->timer)
        return;
    struct timer *timer = timer_at(op->timer);
    if (timers_contain(t, op))
        timers_take(t, timer);
    timer->spare = pool.spare;
    pool.spare = timer->number;
    op->timer = 0;
}

uint64_t timers_next(const struct timers *t)
{
    const struct heap_node *first = heap_min(&t->heap);
    return first ? first->key : DEADLINE_NONE;
}

// Puts TIMER back in its place, if its op still waits for a deadline. True when that deadline has
// passed.
static bool timers_settle(struct timers *t, struct timer *timer, uint64_t now)
{
    const struct op *op = timer->op;
    bool in_flight = op->state != OP_IDLE && op->state != OP_DONE;
    if (!in_flight || op->deadline == DEADLINE_NONE)
        return false;
    if (op->deadline > now || timer->node.seq != timer->armed) {
        // The seq is an old one: others with the same deadline may have been armed earlier.
        timers_put(t, timer, op->deadline, timer->armed);
        return false;
    }
    if (op->state != OP_READY)
        return true;
    // READY: the op is tried first, so its timer is put back. Otherwise an op that stays in flight
    // after that try would wait for ever.
    timers_put(t, timer, now + 1, timer->armed);
    return false;
}

struct op *timers_expired(struct timers *t, uint64_t now)
{
    for (;;) {
        struct heap_node *first = heap_min(&t->heap);
        if (!first || first->key > now)
            return NULL;
        struct timer *timer = container_of(first, struct timer, node);
        timers_take(t, timer);
        if (timers_settle(t, timer, now))
            return timer->op;
    }
}
