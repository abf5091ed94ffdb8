// SPDX-License-Identifier: BSD-3-Clause
// The loop: who computes for long lets the others in after some time, however many are ready.

#include "loop/loop.h"

#include "loop_pair.h"

// What is measured is the number of pieces, which are never shorter: a busy machine makes them
// fewer in the same time. The system's coarse clock may be two ticks late, of ten milliseconds at
// most.
enum { BUSY = 100, PIECE_NS = 3000000, PIECES_MAX = 12 };

static struct op busy[BUSY];

static void compute(uint64_t ns)
{
    uint64_t until = clock_now() + ns;
    while (clock_now() < until)
        ;
}

static void start_busy(void)
{
    for (int i = 0; i < BUSY; i++) {
        op_init(&busy[i]);
        loop_requeue(loop, &busy[i]);
    }
    ck_assert_int_eq(loop_turn(loop), 0);
}

static bool is_busy(const struct op *o)
{
    return o >= busy && o < busy + BUSY;
}

static void end_busy(void)
{
    for (int i = 0; i < BUSY; i++)
        loop_cancel(loop, &busy[i]);
}

// Computes in pieces until somebody else comes: his op. How many pieces were begun after WHEN.
static struct op *other_after(uint64_t when, int *pieces)
{
    *pieces = 0;
    for (;;) {
        struct op *one = loop_next(loop);
        if (!one) {
            ck_assert_int_eq(loop_turn(loop), 0);
            continue;
        }
        if (!is_busy(one))
            return one;
        *pieces += clock_now() >= when;
        compute(PIECE_NS);
        loop_requeue(loop, one);
    }
}

static void expect_between(struct op *wanted, uint64_t when)
{
    int pieces;
    ck_assert_ptr_eq(other_after(when, &pieces), wanted);
    ck_assert_msg(pieces <= PIECES_MAX, "%d pieces", pieces);
}

START_TEST(a_deadline_comes_in_the_middle_of_a_turn)
{
    begin();
    start_busy();
    for (int i = 0; i < 3; i++) {
        kit_op(&timer, OP_WAIT, NULL);
        timer.deadline = clock_now() + 5000000;
        ck_assert(!loop_start(loop, &timer));
        expect_between(&timer, timer.deadline);
        ck_assert_int_eq(timer.result, -ERROR_EXPIRED);
        ck_assert_uint_ge(clock_now(), timer.deadline);
    }
    end_busy();
    finish();
}
END_TEST

START_TEST(input_comes_in_the_middle_of_a_turn_and_so_does_who_is_woken_by_it)
{
    begin();
    start_busy();
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    kit_put(pair[1]->fd, "x\n");
    expect_between(&op, 0);
    kit_expect(&op, "x\n");
    timer.result = 1;
    loop_post(loop, &timer);
    ck_assert_ptr_eq(loop_next(loop), &timer);
    loop_requeue(loop, &timer); // it lets all others go first
    int pieces;
    ck_assert_ptr_eq(other_after(0, &pieces), &timer);
    ck_assert_int_ge(pieces, BUSY / 2);
    end_busy();
    finish();
}
END_TEST

START_TEST(who_is_woken_by_one_of_the_turn_waits_for_the_next)
{
    begin();
    start_busy();
    kit_op(&timer, OP_WAIT, NULL);
    ck_assert(!loop_start(loop, &timer));
    struct op *one = loop_next(loop);
    ck_assert(is_busy(one));
    loop_complete(loop, &timer, 7); // by one of the turn: it has to wait for the next
    int pieces;
    ck_assert_ptr_eq(other_after(0, &pieces), &timer);
    ck_assert_int_ge(pieces, BUSY - 1);
    end_busy();
    finish();
}
END_TEST

// Each time its input is here again; what it does takes longer than a slice of time.
START_TEST(who_always_gets_input_does_not_keep_out_the_turn)
{
    begin();
    start_busy();
    int inputs = 0, pieces = 0;
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    kit_put(pair[1]->fd, "x\n");
    while (pieces < 20) {
        struct op *one = loop_next(loop);
        if (!one) {
            ck_assert_int_eq(loop_turn(loop), 0);
            continue;
        }
        if (one != &op) {
            pieces++;
            compute(PIECE_NS);
            loop_requeue(loop, one);
            continue;
        }
        kit_expect(&op, "x\n");
        ck_assert_int_le(++inputs, 20);
        kit_read(&op, pair[0], READER_LINE, 0);
        ck_assert(!loop_start(loop, &op));
        kit_put(pair[1]->fd, "x\n");
        compute(4 * PIECE_NS);
    }
    ck_assert_int_ge(inputs, 2);
    loop_cancel(loop, &op);
    end_busy();
    finish();
}
END_TEST

START_TEST(who_need_not_wait_asks_whether_others_should_go_first)
{
    begin();
    ck_assert(!loop_slice_is_over(loop) || !loop_others_due(loop));
    compute(25000000);
    ck_assert(loop_slice_is_over(loop));
    ck_assert(!loop_others_due(loop)); // nobody is there
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    kit_put(pair[1]->fd, "x\n");
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 60000), 0);
    compute(25000000);
    ck_assert(loop_others_due(loop));
    ck_assert_ptr_eq(kit_next(loop), &op);
    kit_expect(&op, "x\n");
    finish();
}
END_TEST

// One that came from outside has used up its slice, and lets others go first: some of the turn, not
// all of it.
START_TEST(who_came_from_outside_does_not_wait_for_the_whole_turn)
{
    begin();
    start_busy();
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    kit_put(pair[1]->fd, "x\ny\n");
    expect_between(&op, 0);
    kit_expect(&op, "x\n");
    for (int i = 0; i < 3; i++) {
        compute(25000000);
        ck_assert(loop_others_due(loop));
        kit_read(&op, pair[0], READER_LINE, 0);
        ck_assert(!loop_defer(loop, &op));
        int pieces;
        ck_assert_ptr_eq(other_after(0, &pieces), &op);
        ck_assert_msg(pieces > 0 && pieces <= PIECES_MAX, "%d pieces", pieces);
        kit_expect(&op, i == 0 ? "y\n" : "z\n");
        kit_put(pair[1]->fd, "z\n");
    }
    end_busy();
    finish();
}
END_TEST

// Its time was over before it was tried; nothing else has to happen for it to be told.
START_TEST(a_late_try_that_comes_to_nothing_is_the_last)
{
    begin();
    kit_put(pair[1]->fd, "half");
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 60000), 0);
    kit_read(&op, pair[0], READER_LINE, 0);
    op.deadline = 0;
    ck_assert(!loop_defer(loop, &op));
    ck_assert_int_eq(loop_turn(loop), 0);
    ck_assert_ptr_eq(loop_next(loop), &op); // in the same turn
    ck_assert_int_eq(op.result, -ERROR_EXPIRED);
    kit_read(&op, pair[0], READER_EXACT, 4);
    ck_assert(loop_start(loop, &op));
    kit_expect(&op, "half");
    finish();
}
END_TEST

UNIT_MAIN("loop_fair", a_deadline_comes_in_the_middle_of_a_turn,
          input_comes_in_the_middle_of_a_turn_and_so_does_who_is_woken_by_it,
          who_is_woken_by_one_of_the_turn_waits_for_the_next,
          who_always_gets_input_does_not_keep_out_the_turn,
          who_need_not_wait_asks_whether_others_should_go_first,
          who_came_from_outside_does_not_wait_for_the_whole_turn,
          a_late_try_that_comes_to_nothing_is_the_last)
