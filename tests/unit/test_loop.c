// SPDX-License-Identifier: BSD-3-Clause
// The loop: what comes back, in which order, and when there is nothing to wait for.

#include "loop/loop.h"

#include "loop_pair.h"
#include "random.h"

#include <poll.h>

static void start(struct op *o)
{
    ck_assert(!loop_start(loop, o));
    ck_assert_int_ne(o->state, OP_IDLE);
}

static uint64_t in_ms(unsigned ms)
{
    return clock_now() + ms * 1000000u;
}

START_TEST(an_op_that_is_done_at_once_does_not_come_back)
{
    begin();
    kit_put(pair[1]->fd, "x\n");
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 60000), 0);
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(loop_start(loop, &op));
    ck_assert_int_eq(op.state, OP_IDLE);
    kit_expect(&op, "x\n");
    ck_assert_ptr_null(loop_next(loop));
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    finish();
}
END_TEST

START_TEST(a_read_that_waits_comes_back_once)
{
    begin();
    kit_read(&op, pair[0], READER_LINE, 0);
    start(&op);
    ck_assert_uint_eq(loop_in_flight(loop), 1);
    kit_idle(loop, &timer, 0.01);
    kit_put(pair[1]->fd, "later\n");
    ck_assert_ptr_eq(kit_next(loop), &op);
    kit_expect(&op, "later\n");
    ck_assert_ptr_null(loop_next(loop));
    finish();
}
END_TEST

START_TEST(nothing_to_wait_for_is_told)
{
    begin();
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    kit_op(&op, OP_WAIT, NULL);
    start(&op); // without a deadline, nothing of the loop's own can end it
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    loop_complete(loop, &op, 42);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, 42);
    kit_idle(loop, &timer, 0.02); // a deadline does
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    finish();
}
END_TEST

START_TEST(a_second_reader_is_refused)
{
    begin();
    kit_read(&op, pair[0], READER_LINE, 0);
    start(&op);
    kit_read(&timer, pair[0], READER_LINE, 0);
    ck_assert(loop_start(loop, &timer));
    ck_assert_int_eq(timer.result, -EBUSY);
    ck_assert(loop_defer(loop, &timer));
    ck_assert_int_eq(timer.result, -EBUSY);
    loop_cancel(loop, &op);
    ck_assert_int_eq(op.state, OP_IDLE);
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    finish();
}
END_TEST

START_TEST(a_deadline_is_kept_and_loses_nothing)
{
    begin();
    kit_put(pair[1]->fd, "half ");
    for (int i = 0; i < 3; i++) {
        kit_read(&op, pair[0], READER_LINE, 0);
        op.deadline = in_ms(20);
        uint64_t deadline = op.deadline;
        ck_assert_int_eq(kit_do(loop, &op), -ERROR_EXPIRED);
        ck_assert_uint_ge(clock_now(), deadline);
        ck_assert_uint_lt(clock_now(), deadline + 60000000000u);
    }
    kit_read(&op, pair[0], READER_LINE, 0);
    op.deadline = clock_now(); // only what is there now
    ck_assert_int_eq(kit_do(loop, &op), -ERROR_EXPIRED);
    kit_put(pair[1]->fd, "line\n");
    kit_read(&op, pair[0], READER_LINE, 0);
    op.deadline = in_ms(60000);
    kit_do(loop, &op);
    kit_expect(&op, "half line\n");
    finish();
}
END_TEST

// The loop is busy with something else when the time comes; the bytes are there as well.
START_TEST(what_is_there_wins_over_the_deadline)
{
    begin();
    kit_read(&op, pair[0], READER_LINE, 0);
    op.deadline = in_ms(200);
    start(&op);
    kit_put(pair[1]->fd, "in time\n");
    usleep(250 * 1000);
    ck_assert_ptr_eq(kit_next(loop), &op);
    kit_expect(&op, "in time\n");
    finish();
}
END_TEST

START_TEST(half_a_line_at_the_deadline_does_not_wait_for_ever)
{
    begin();
    kit_read(&op, pair[0], READER_LINE, 0);
    op.deadline = in_ms(200);
    start(&op);
    kit_put(pair[1]->fd, "half");
    usleep(250 * 1000); // ready and late at once
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, -ERROR_EXPIRED);
    kit_read(&op, pair[0], READER_EXACT, 4);
    kit_do(loop, &op);
    kit_expect(&op, "half");
    finish();
}
END_TEST

enum { SLEEPERS = 200 };

START_TEST(deadlines_come_in_order)
{
    static struct op sleepers[SLEEPERS];
    uint64_t seed = random_start("loop"), base = in_ms(20);
    begin();
    for (int i = 0; i < SLEEPERS; i++) {
        op_init(&sleepers[i]);
        kit_op(&sleepers[i], OP_WAIT, NULL);
        sleepers[i].deadline = base + random_below(20) * 1000000u;
        start(&sleepers[i]);
    }
    struct op *last = NULL;
    for (int i = 0; i < SLEEPERS; i++) {
        struct op *one = kit_next(loop);
        ck_assert_int_eq(one->result, -ERROR_EXPIRED);
        ck_assert_uint_ge(clock_now(), one->deadline);
        if (last) // among equals, the one that was started first
            ck_assert_msg(last->deadline < one->deadline ||
                              (last->deadline == one->deadline && last < one),
                          "seed %llu", (unsigned long long)seed);
        last = one;
    }
    finish();
}
END_TEST

START_TEST(completing_and_cancelling_from_outside)
{
    begin();
    kit_read(&op, pair[0], READER_LINE, 0);
    start(&op);
    loop_complete(loop, &op, -ERROR_CANCELLED);
    ck_assert_uint_eq(loop_in_flight(loop), 0);
    loop_complete(loop, &op, 5); // it has its result already
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, -ERROR_CANCELLED);
    loop_complete(loop, &op, 6); // idle: nothing
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    loop_requeue(loop, &op);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, -ERROR_CANCELLED);
    loop_requeue(loop, &op);
    loop_cancel(loop, &op);
    ck_assert_int_eq(op.state, OP_IDLE);
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    finish();
}
END_TEST

START_TEST(a_requeued_op_waits_for_the_next_turn)
{
    begin();
    op.result = timer.result = 1;
    loop_requeue(loop, &op);
    ck_assert_ptr_null(loop_next(loop));
    ck_assert_int_eq(loop_turn(loop), 0);
    ck_assert_ptr_eq(loop_next(loop), &op);
    loop_requeue(loop, &timer);
    loop_requeue(loop, &op);
    ck_assert_ptr_null(loop_next(loop));
    ck_assert_int_eq(loop_turn(loop), 0);
    ck_assert_ptr_eq(loop_next(loop), &timer);
    ck_assert_ptr_eq(loop_next(loop), &op);
    finish();
}
END_TEST

START_TEST(a_deferred_op_waits_for_the_next_turn)
{
    begin();
    kit_put(pair[1]->fd, "there\n");
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 60000), 0);
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_defer(loop, &op));
    timer.result = 1;
    loop_requeue(loop, &timer);
    ck_assert_ptr_null(loop_next(loop));
    ck_assert_int_eq(loop_turn(loop), 0);
    ck_assert_ptr_eq(loop_next(loop), &timer);
    ck_assert_ptr_eq(loop_next(loop), &op);
    kit_expect(&op, "there\n");
    kit_read(&op, pair[0], READER_LINE, 0);
    op.deadline = in_ms(10);
    ck_assert(!loop_defer(loop, &op)); // nothing is there: it waits, and ends in time
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, -ERROR_EXPIRED);
    kit_op(&op, OP_WAIT, NULL);
    op.deadline = in_ms(10);
    ck_assert(!loop_defer(loop, &op));
    ck_assert_ptr_eq(kit_next(loop), &op);
    finish();
}
END_TEST

// A task whose op is always ready again must not keep out input, nor deadlines.
START_TEST(who_is_always_ready_starves_nobody)
{
    begin();
    struct op busy;
    op_init(&busy);
    kit_read(&op, pair[0], READER_LINE, 0);
    start(&op);
    kit_op(&timer, OP_WAIT, NULL);
    timer.deadline = in_ms(200);
    start(&timer);
    kit_put(pair[1]->fd, "news\n");
    usleep(250 * 1000);
    int came = 0;
    loop_requeue(loop, &busy);
    for (int i = 0; i < 200 && came < 2; i++) {
        ck_assert_int_eq(loop_turn(loop), 0);
        for (struct op *one; (one = loop_next(loop));)
            if (one == &busy)
                loop_requeue(loop, &busy);
            else
                came++;
    }
    ck_assert_int_eq(came, 2);
    kit_expect(&op, "news\n");
    ck_assert_int_eq(timer.result, -ERROR_EXPIRED);
    loop_cancel(loop, &busy);
    finish();
}
END_TEST

// Over a unix socket a receive stops at each message that carries a descriptor (unix(7)): as many
// receives in a row as wanted, without another process.
enum { MESSAGES = 30 };

static void begin_unix(void)
{
    loop = kit_loop();
    kit_pair(loop_streams(loop), false, pair);
    op_init(&op);
    op_init(&timer);
}

static void put_messages(void)
{
    for (int i = 0; i < MESSAGES; i++)
        ck_assert_int_eq(sock_sendfd(pair[1]->fd, pair[1]->fd, "m", 1), 1);
}

START_TEST(an_op_that_could_go_on_for_long_lets_others_go_first)
{
    begin_unix();
    put_messages();
    kit_read(&op, pair[0], READER_EXACT, MESSAGES);
    start(&op);
    kit_op(&timer, OP_WAIT, NULL);
    loop_requeue(loop, &timer);
    ck_assert_ptr_eq(kit_next(loop), &timer);
    ck_assert_int_ne(op.state, OP_IDLE);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, MESSAGES);
    stream_consume(pair[0], op.progress);
    finish();
}
END_TEST

START_TEST(an_op_that_let_others_go_first_goes_on_without_an_event)
{
    begin_unix();
    kit_read(&op, pair[0], READER_EXACT, MESSAGES);
    start(&op);
    kit_idle(loop, &timer, 0.01); // what epoll tells of a new descriptor is over
    put_messages();
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, MESSAGES);
    stream_consume(pair[0], op.progress);
    finish();
}
END_TEST

START_TEST(what_came_together_is_answered_together)
{
    begin();
    struct streams *all = loop_streams(loop);
    struct stream *more[2];
    struct op second;
    kit_pair(all, true, more);
    op_init(&second);
    kit_read(&op, pair[0], READER_LINE, 0);
    kit_read(&second, more[0], READER_LINE, 0);
    start(&op);
    start(&second);
    kit_put(pair[1]->fd, "one\n");
    kit_put(more[1]->fd, "two\n");
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 60000), 0);
    ck_assert_int_gt(sock_poll(more[0]->fd, POLLIN, 60000), 0);
    struct op *first = kit_next(loop);
    ck_assert_uint_eq(all->lending, 2); // the other's input is here as well
    kit_expect(first, first == &op ? "one\n" : "two\n");
    ck_assert(stream_holds(pair[0], 1));
    ck_assert_int_eq(stream_hold(pair[0], "answer", 6), 0);
    first = loop_next(loop);
    ck_assert_ptr_nonnull(first);
    kit_expect(first, first == &op ? "one\n" : "two\n");
    char none[1];
    ck_assert_int_eq(sock_recv(pair[1]->fd, none, 1, 0), -EAGAIN);
    ck_assert_ptr_null(loop_next(loop));
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    kit_get(pair[1]->fd, "answer");
    ck_assert(!stream_holds(pair[0], 1));
    ck_assert_int_eq(loop_close(loop, more[0]), 0);
    ck_assert_int_eq(loop_close(loop, more[1]), 0);
    loop_drop(loop, &second);
    finish();
}
END_TEST

UNIT_MAIN("loop", what_came_together_is_answered_together,
          an_op_that_is_done_at_once_does_not_come_back, a_read_that_waits_comes_back_once,
          nothing_to_wait_for_is_told, a_second_reader_is_refused,
          a_deadline_is_kept_and_loses_nothing, what_is_there_wins_over_the_deadline,
          half_a_line_at_the_deadline_does_not_wait_for_ever, deadlines_come_in_order,
          completing_and_cancelling_from_outside, a_requeued_op_waits_for_the_next_turn,
          a_deferred_op_waits_for_the_next_turn, who_is_always_ready_starves_nobody,
          an_op_that_could_go_on_for_long_lets_others_go_first,
          an_op_that_let_others_go_first_goes_on_without_an_event)
