// SPDX-License-Identifier: BSD-3-Clause
// Timers against a list that is searched from end to end.

#include "loop/timers.h"

#include "base/clock.h"
#include "random.h"
#include "unit.h"

#include <string.h>

enum { OPS = 40, STEPS = 20000 };

// What the timers should know about one op.
struct expected {
    struct op op;
    uint64_t due;   // its deadline, or the time it is asked for again
    uint64_t order; // of arming
};

static struct expected model[OPS];
static struct timers timers;
static uint64_t order, now;

static void model_reset(void)
{
    memset(&timers, 0, sizeof timers);
    for (int i = 0; i < OPS; i++)
        op_init(&model[i].op);
    order = 0;
    now = 1000;
}

static void model_arm(struct expected *e, uint64_t deadline)
{
    e->op.deadline = e->due = deadline;
    e->op.state = OP_PENDING;
    e->order = ++order;
    timers_arm(&timers, &e->op);
}

static bool model_waits(const struct expected *e)
{
    return e->op.state == OP_PENDING && e->due != DEADLINE_NONE && e->due <= now;
}

// The one that has to come next, or NULL.
static struct expected *model_next(void)
{
    struct expected *best = NULL;
    for (int i = 0; i < OPS; i++) {
        struct expected *e = &model[i];
        if (!model_waits(e))
            continue;
        if (!best || e->due < best->due || (e->due == best->due && e->order < best->order))
            best = e;
    }
    return best;
}

static void model_drain(uint64_t seed)
{
    struct expected *e;
    while ((e = model_next())) {
        ck_assert_msg(timers_next(&timers) <= e->due, "next() is late, seed %llu",
                      (unsigned long long)seed);
        struct op *op = timers_expired(&timers, now);
        ck_assert_msg(op == &e->op, "wrong op, seed %llu", (unsigned long long)seed);
        e->op.state = random_below(2) ? OP_IDLE : OP_DONE;
    }
    ck_assert_msg(!timers_expired(&timers, now), "one too many, seed %llu",
                  (unsigned long long)seed);
    ck_assert(timers_next(&timers) > now);
    for (int i = 0; i < OPS; i++) // what was being tried is asked for again
        if (model[i].op.state == OP_READY && model[i].due <= now)
            model[i].due = now + 1;
}

static void model_step(uint64_t seed)
{
    struct expected *e = &model[random_below(OPS)];
    switch (random_below(8)) {
    case 0:
        now += random_below(12);
        model_drain(seed);
        break;
    case 1: // done before its time: its node stays
        e->op.state = OP_IDLE;
        break;
    case 2: // found ready, or back in flight after a try
        if (e->op.state == OP_PENDING || e->op.state == OP_READY)
            e->op.state = e->op.state == OP_READY ? OP_PENDING : OP_READY;
        break;
    case 3:
        timers_drop(&timers, &e->op);
        op_init(&e->op);
        break;
    case 4:
        model_arm(e, DEADLINE_NONE);
        break;
    default:
        model_arm(e, now + random_below(20));
        break;
    }
}

START_TEST(gives_what_a_sorted_list_would)
{
    uint64_t seed = random_start("timers");
    model_reset();
    for (int i = 0; i < STEPS; i++)
        model_step(seed);
    now += 1000;
    model_drain(seed);
}
END_TEST

START_TEST(keeps_the_order_of_arming_among_equal_deadlines)
{
    model_reset();
    model_arm(&model[0], now + 5); // leaves a node behind, at +5
    model[0].op.state = OP_IDLE;
    model_arm(&model[1], now + 50);
    model_arm(&model[0], now + 50); // found by that node, yet armed after [1]
    model_arm(&model[2], now + 50);
    now += 50;
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_eq(timers_expired(&timers, now), &model[i == 0 ? 1 : i == 1 ? 0 : 2].op);
    ck_assert_ptr_null(timers_expired(&timers, now));
}
END_TEST

START_TEST(keeps_the_order_when_the_old_node_has_the_same_deadline)
{
    model_reset();
    model_arm(&model[0], now + 50);
    model[0].op.state = OP_IDLE;
    model_arm(&model[1], now + 50);
    model_arm(&model[0], now + 50);
    now += 50;
    ck_assert_ptr_eq(timers_expired(&timers, now), &model[1].op);
    ck_assert_ptr_eq(timers_expired(&timers, now), &model[0].op);
}
END_TEST

START_TEST(an_earlier_deadline_moves_the_op_forward)
{
    model_reset();
    model_arm(&model[0], now + 1000);
    model_arm(&model[0], now + 10);
    ck_assert_uint_eq(timers_next(&timers), now + 10);
    ck_assert_ptr_null(timers_expired(&timers, now + 9));
    ck_assert_ptr_eq(timers_expired(&timers, now + 10), &model[0].op);
    ck_assert_uint_eq(timers_next(&timers), DEADLINE_NONE);
}
END_TEST

START_TEST(an_op_that_is_tried_when_its_time_comes_is_not_forgotten)
{
    model_reset();
    model_arm(&model[0], now + 10);
    model[0].op.state = OP_READY;
    now += 10;
    ck_assert_ptr_null(timers_expired(&timers, now));
    model[0].op.state = OP_PENDING; // the try found nothing
    ck_assert_uint_ne(timers_next(&timers), DEADLINE_NONE);
    ck_assert_ptr_eq(timers_expired(&timers, now + 1), &model[0].op);
}
END_TEST

START_TEST(no_deadline_is_never_found)
{
    model_reset();
    model_arm(&model[0], DEADLINE_NONE);
    ck_assert_uint_eq(timers_next(&timers), DEADLINE_NONE);
    ck_assert_ptr_null(timers_expired(&timers, DEADLINE_NONE - 1));
    model_arm(&model[1], now + 1);
    model_arm(&model[1], DEADLINE_NONE); // its node is left over
    ck_assert_ptr_null(timers_expired(&timers, now + 1));
    ck_assert_uint_eq(timers_next(&timers), DEADLINE_NONE);
}
END_TEST

START_TEST(a_dropped_op_is_gone)
{
    model_reset();
    model_arm(&model[0], now + 1);
    model_arm(&model[1], now + 2);
    timers_drop(&timers, &model[0].op);
    timers_drop(&timers, &model[0].op); // twice does no harm
    timers_drop(&timers, &model[2].op); // nor does one that was never armed
    ck_assert_ptr_eq(timers_expired(&timers, now + 5), &model[1].op);
    ck_assert_ptr_null(timers_expired(&timers, now + 5));
}
END_TEST

UNIT_MAIN("timers", gives_what_a_sorted_list_would, keeps_the_order_of_arming_among_equal_deadlines,
          keeps_the_order_when_the_old_node_has_the_same_deadline,
          an_earlier_deadline_moves_the_op_forward,
          an_op_that_is_tried_when_its_time_comes_is_not_forgotten, no_deadline_is_never_found,
          a_dropped_op_is_gone)
