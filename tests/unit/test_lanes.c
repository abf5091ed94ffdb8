// SPDX-License-Identifier: BSD-3-Clause
// Who goes next: the turn, what comes for the next one, and what arrives in between.

#include "loop/lanes.h"

#include "unit.h"

enum { OPS = 12, MANY_STEPS = 8 };

static struct lanes lanes;
static struct op ops[OPS];

static void begin(void)
{
    lanes_init(&lanes);
    for (int i = 0; i < OPS; i++)
        op_init(&ops[i]);
}

static struct op *next_of(struct lane *lane)
{
    struct op *op = lanes_take_done(&lanes, lane);
    return op ? op : lanes_take_ready(&lanes, lane);
}

static struct op *next(void)
{
    struct op *op = next_of(&lanes.arrived);
    if (!op && lanes_share(&lanes))
        op = next_of(&lanes.left);
    return op ? op : next_of(&lanes.turn);
}

// The next of them is number I; -1: there is none.
static void expect(int i)
{
    struct op *op = next();
    ck_assert_int_eq(op ? (int)(op - ops) : -1, i);
    if (op)
        op->state = OP_IDLE;
}

// Number I arrives from outside: with its result, or worth a try.
static void arrive(int i, bool done)
{
    struct lane *lane = lanes_open(&lanes);
    if (done)
        lanes_arrive(&lanes, lane, &ops[i]);
    else
        list_append(&lane->ready, &ops[i].link);
    lanes.haste = 0;
}

START_TEST(a_turn_goes_in_order)
{
    begin();
    ck_assert(lanes_are_empty(&lanes));
    list_append(&lanes.coming.ready, &ops[3].link);
    for (int i = 0; i < 3; i++)
        lanes_requeue(&lanes, &ops[i]);
    expect(-1); // they are for the next turn
    ck_assert(!lanes_are_empty(&lanes));
    lanes_begin_turn(&lanes);
    expect(0);
    lanes_requeue(&lanes, &ops[0]);
    lanes_wake(&lanes, &ops[4]);
    expect(1);
    expect(2);
    expect(3);
    expect(-1);
    lanes_begin_turn(&lanes);
    expect(0);
    expect(4);
    expect(-1);
    ck_assert(lanes_are_empty(&lanes));
}
END_TEST

START_TEST(what_arrives_goes_before_the_rest_of_the_turn)
{
    begin();
    for (int i = 0; i < 4; i++)
        lanes_requeue(&lanes, &ops[i]);
    lanes_begin_turn(&lanes);
    expect(0);
    arrive(4, false);
    arrive(5, true);
    expect(5);
    expect(4);
    expect(1);
    expect(2);
    arrive(6, true);
    expect(6);
    expect(3);
    expect(-1);
}
END_TEST

START_TEST(what_arrives_when_nobody_is_ready_is_a_turn)
{
    begin();
    arrive(0, false);
    arrive(1, true); // now somebody is
    ck_assert(lanes.favoured);
    expect(1);
    expect(0);
    ck_assert(!lanes.favoured);
    lanes_wake(&lanes, &ops[2]); // by one of the turn
    expect(-1);
}
END_TEST

START_TEST(who_is_woken_by_what_arrived_goes_first_for_some_steps)
{
    begin();
    lanes_requeue(&lanes, &ops[0]);
    lanes_requeue(&lanes, &ops[1]);
    lanes_begin_turn(&lanes);
    expect(0);
    arrive(2, true);
    expect(2);
    for (int step = 0; step < MANY_STEPS; step++) {
        int woken = 3 + step % 2;
        lanes_wake(&lanes, &ops[woken]);
        expect(woken);
    }
    lanes_wake(&lanes, &ops[5]); // one step too many
    expect(1);
    lanes_wake(&lanes, &ops[6]);
    expect(-1);
    lanes_begin_turn(&lanes);
    expect(5);
    expect(6);
}
END_TEST

START_TEST(who_lets_all_others_go_first_comes_behind_those_he_has_woken)
{
    begin();
    lanes_requeue(&lanes, &ops[0]);
    lanes_begin_turn(&lanes);
    arrive(1, true);
    expect(1);
    lanes_wake(&lanes, &ops[2]);
    lanes_wake(&lanes, &ops[3]);
    lanes_requeue(&lanes, &ops[1]);
    expect(2);
    ck_assert(lanes_change(&lanes)); // 3 has no time any more
    expect(0);
    expect(3);
    expect(-1);
    lanes_begin_turn(&lanes);
    expect(1);
}
END_TEST

START_TEST(what_is_left_over_shares_the_slice_of_the_turn)
{
    begin();
    for (int i = 0; i < 3; i++)
        lanes_requeue(&lanes, &ops[i]);
    lanes_begin_turn(&lanes);
    for (int i = 3; i < 8; i++)
        arrive(i, true);
    expect(3);
    ck_assert(lanes_change(&lanes));
    expect(0);
    expect(4);
    lanes_wake(&lanes, &ops[8]); // it is still as hasty
    expect(8);
    expect(1);
    expect(5);
    arrive(9, false);
    expect(9);
    expect(2);
    expect(6);
    expect(-1); // the turn is over, and 7 is not forgotten
    lanes_requeue(&lanes, &ops[0]);
    lanes_begin_turn(&lanes);
    expect(7);
    expect(0);
    expect(-1);
    ck_assert(lanes_are_empty(&lanes));
}
END_TEST

START_TEST(a_slice_for_what_arrived_and_one_for_the_others)
{
    begin();
    ck_assert(!lanes_change(&lanes)); // nobody: look
    lanes_requeue(&lanes, &ops[0]);
    lanes_begin_turn(&lanes);
    ck_assert(!lanes_change(&lanes)); // nothing has gone before the turn: look
    arrive(1, true);
    expect(1);
    ck_assert(lanes_change(&lanes));
    ck_assert(!lanes_change(&lanes)); // they have had the slice in between
    arrive(2, true);
    expect(2);
    expect(0);
    ck_assert(!lanes_change(&lanes)); // one of the turn has gone
    arrive(3, true);
    expect(3);
    ck_assert(!lanes_change(&lanes)); // there is nobody else
}
END_TEST

// Every look brings more than a slice has time for.
START_TEST(nobody_starves_when_more_arrives_than_there_is_time_for)
{
    begin();
    int gone[OPS] = {0};
    lanes_requeue(&lanes, &ops[0]);
    lanes_requeue(&lanes, &ops[1]);
    for (int slice = 0; slice < 100; slice++) {
        if (!lanes_change(&lanes))
            for (int i = 2; i < OPS; i++)
                if (list_is_empty(&ops[i].link))
                    arrive(i, i % 2);
        for (int n = 0; n < 3; n++) { // as many as there is time for
            struct op *op = next();
            if (!op)
                lanes_begin_turn(&lanes);
            if (!op && !(op = next()))
                break;
            op->state = OP_IDLE;
            gone[op - ops]++;
            if (op < &ops[2])
                lanes_requeue(&lanes, op);
        }
    }
    for (int i = 0; i < OPS; i++)
        ck_assert_msg(gone[i] >= 5, "%d has gone %d times", i, gone[i]);
}
END_TEST

UNIT_MAIN("lanes", a_turn_goes_in_order, what_arrives_goes_before_the_rest_of_the_turn,
          what_arrives_when_nobody_is_ready_is_a_turn,
          who_is_woken_by_what_arrived_goes_first_for_some_steps,
          who_lets_all_others_go_first_comes_behind_those_he_has_woken,
          what_is_left_over_shares_the_slice_of_the_turn,
          a_slice_for_what_arrived_and_one_for_the_others,
          nobody_starves_when_more_arrives_than_there_is_time_for)
