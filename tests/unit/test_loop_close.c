// SPDX-License-Identifier: BSD-3-Clause
// The loop when streams end: what was held back goes out, who waits is told, nothing is left.

#include "loop/loop.h"

#include "loop/poller.h"
#include "loop_kit.h"

#include <sys/wait.h>

static struct loop *loop;
static struct stream *s;
static int peer, descriptors;
static struct op op, other;

static void begin(bool tcp)
{
    int fds[2];
    descriptors = kit_descriptors();
    loop = kit_loop();
    kit_fds(tcp, SOCK_STREAM, fds);
    s = kit_stream(loop_streams(loop), fds[0], tcp ? AF_INET : AF_UNIX, SOCK_STREAM);
    peer = fds[1];
    op_init(&op);
    op_init(&other);
}

// The stream is closed already.
static void finish(void)
{
    ck_assert_uint_eq(loop_in_flight(loop), 0);
    sock_close(peer);
    loop_drop(loop, &op);
    loop_drop(loop, &other);
    loop_free(loop);
    ck_assert_int_eq(kit_descriptors(), descriptors);
}

static void hold(const char *text)
{
    ck_assert_int_eq(stream_hold(s, text, strlen(text)), 0);
}

// Takes SIZE bytes from the peer's end.
static void take(size_t size)
{
    static char sink[1 << 16];
    while (size > 0) {
        ck_assert_int_gt(sock_poll(peer, POLLIN, 60000), 0);
        ssize_t got = sock_recv(peer, sink, size < sizeof sink ? size : sizeof sink, 0);
        ck_assert_int_gt(got, 0);
        size -= (size_t)got;
    }
}

static void expect_end(void)
{
    char c;
    ck_assert_int_gt(sock_poll(peer, POLLIN, 60000), 0);
    ck_assert_int_eq(sock_recv(peer, &c, 1, 0), 0);
}

START_TEST(a_flush_sends_what_is_held)
{
    begin(true);
    hold("one ");
    hold("two");
    ck_assert_int_eq(sock_poll(peer, POLLIN, 20), 0); // not before
    loop_flush(loop);
    ck_assert(!loop_is_draining(loop));
    kit_get(peer, "one two");
    ck_assert_ptr_null(s->out.buffer);
    ck_assert_int_eq(loop_close(loop, s), 0);
    finish();
}
END_TEST

START_TEST(what_a_flush_leaves_follows_in_the_background)
{
    begin(false);
    size_t stuffed = kit_stuff(s->fd);
    hold("held");
    loop_flush(loop);
    ck_assert(loop_is_draining(loop));
    hold(" more"); // meanwhile
    take(stuffed);
    while (loop_is_draining(loop))
        ck_assert_int_eq(loop_turn(loop), 0);
    kit_get(peer, "held more");
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    ck_assert_int_eq(loop_close(loop, s), 0);
    finish();
}
END_TEST

START_TEST(a_send_goes_behind_what_drains)
{
    begin(false);
    struct iovec part = kit_text("after");
    size_t stuffed = kit_stuff(s->fd);
    hold("before ");
    loop_flush(loop);
    kit_send(&op, s, &part);
    ck_assert(!loop_start(loop, &op));
    take(stuffed);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, 5);
    ck_assert(!loop_is_draining(loop));
    kit_get(peer, "before after");
    ck_assert_int_eq(loop_close(loop, s), 0);
    finish();
}
END_TEST

START_TEST(a_failure_in_the_background_is_told_by_the_next_send)
{
    begin(false);
    struct iovec part = kit_text("x");
    kit_stuff(s->fd);
    hold("lost");
    loop_flush(loop);
    sock_close(peer);
    peer = sock_open(AF_UNIX, SOCK_STREAM, 0);
    while (loop_is_draining(loop))
        ck_assert_int_eq(loop_turn(loop), 0);
    kit_send(&op, s, &part);
    ck_assert(loop_start(loop, &op));
    ck_assert(op.result == -EPIPE || op.result == -ECONNRESET);
    ck_assert_int_eq(loop_close(loop, s), 0); // told already
    finish();
}
END_TEST

START_TEST(a_close_sends_what_is_held)
{
    begin(true);
    hold("last words");
    ck_assert_int_eq(loop_close(loop, s), 0);
    kit_get(peer, "last words");
    expect_end();
    finish();
}
END_TEST

START_TEST(a_close_goes_on_in_the_background)
{
    begin(false);
    size_t stuffed = kit_stuff(s->fd);
    hold("last words");
    ck_assert_int_eq(loop_close(loop, s), 0);
    ck_assert(loop_is_draining(loop));
    take(stuffed);
    while (loop_is_draining(loop))
        ck_assert_int_eq(loop_turn(loop), 0);
    kit_get(peer, "last words");
    expect_end();
    finish();
}
END_TEST

START_TEST(a_close_gives_up_in_time)
{
    begin(false);
    kit_stuff(s->fd);
    hold("never taken");
    ck_assert_int_eq(loop_close(loop, s), 0);
    ck_assert(loop_is_draining(loop));
    ck_assert(loop_is_closing(loop, s->fd) && !loop_is_closing(loop, peer));
    s->give_up = clock_deadline(clock_now(), 0.05); // instead of a minute
    uint64_t late = clock_deadline(clock_now(), 50);
    while (loop_is_draining(loop)) { // nothing else happens that would end the wait
        ck_assert_int_eq(loop_turn(loop), 0);
        ck_assert_uint_lt(clock_now(), late);
    }
    finish();
}
END_TEST

START_TEST(a_close_tells_what_could_not_be_sent)
{
    begin(false);
    hold("lost");
    sock_close(peer);
    peer = sock_open(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(loop_close(loop, s), -EPIPE);
    finish();
}
END_TEST

START_TEST(a_close_tells_reader_and_writer)
{
    begin(false);
    struct iovec part = kit_text("x");
    kit_stuff(s->fd);
    kit_read(&op, s, READER_LINE, 0);
    op.deadline = clock_now() + 200000000;
    ck_assert(!loop_start(loop, &op));
    kit_send(&other, s, &part);
    ck_assert(!loop_start(loop, &other));
    ck_assert_int_eq(loop_close(loop, s), 0);
    struct op *first = kit_next(loop), *second = kit_next(loop);
    ck_assert(first != second);
    ck_assert_int_eq(op.result, -ERROR_CLOSED);
    ck_assert_int_eq(other.result, -ERROR_CLOSED);
    ck_assert_uint_eq(other.progress, 0);
    kit_idle(loop, &other, 0.25); // past the deadline: it comes back once only
    finish();
}
END_TEST

// Both are on their way back with something else when the stream is closed.
START_TEST(a_close_beside_ready_ops)
{
    begin(false);
    kit_read(&op, s, READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    kit_put(peer, "there\n");
    ck_assert_int_eq(loop_turn(loop), 0); // it is ready now, and not tried
    ck_assert_int_eq(loop_close(loop, s), 0);
    ck_assert_ptr_null(loop_next(loop));
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, -ERROR_CLOSED);
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    finish();
}
END_TEST

// How often the loop looks at the system while it waits for 50 ms.
static uint64_t looks(void)
{
    uint64_t before = poller_counts.waits;
    op_init(&other);
    other.deadline = clock_deadline(clock_now(), 0.05);
    ck_assert(!loop_start(loop, &other));
    while (!loop_next(loop))
        ck_assert_int_eq(loop_turn(loop), 0);
    ck_assert_int_eq(other.result, -ERROR_EXPIRED);
    return poller_counts.waits - before;
}

START_TEST(a_released_descriptor_stays_open)
{
    begin(false);
    int fd = s->fd;
    kit_read(&op, s, READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    hold("sent first");
    loop_release(loop, s);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, -ERROR_CLOSED);
    kit_get(peer, "sent first");
    kit_put(fd, "still open");
    kit_get(peer, "still open");
    (void)looks();
    uint64_t usual = looks();
    kit_put(peer, "for its owner"); // and nothing that wakes the loop any more
    ck_assert_uint_eq(looks(), usual);
    sock_close(fd);
    finish();
}
END_TEST

START_TEST(the_end_of_the_program_sends_what_is_left)
{
    begin(true);
    int fds[2];
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    struct stream *second = kit_stream(loop_streams(loop), fds[0], AF_UNIX, SOCK_STREAM);
    hold("by tcp");
    ck_assert_int_eq(stream_hold(second, "by unix", 7), 0);
    loop_finish(loop, 60);
    kit_get(peer, "by tcp");
    kit_get(fds[1], "by unix");
    ck_assert_int_eq(loop_close(loop, s), 0);
    ck_assert_int_eq(loop_close(loop, second), 0);
    sock_close(fds[1]);
    finish();
}
END_TEST

START_TEST(the_end_of_the_program_does_not_wait_for_ever)
{
    begin(false);
    kit_stuff(s->fd);
    hold("nobody reads this");
    ck_assert_int_eq(loop_close(loop, s), 0);
    uint64_t before = clock_now();
    loop_finish(loop, 0.1);
    uint64_t took = clock_now() - before;
    ck_assert_uint_ge(took, 99 * 1000000u);
    ck_assert_uint_lt(took, 60000 * UINT64_C(1000000));
    ck_assert(!loop_is_draining(loop));
    finish();
}
END_TEST

START_TEST(the_end_of_the_program_waits_for_a_slow_reader)
{
    begin(false);
    size_t stuffed = kit_stuff(s->fd);
    hold("in the end");
    ck_assert_int_eq(loop_close(loop, s), 0);
    pid_t reader = fork(); // another process, for here the loop waits
    if (reader == 0) {
        usleep(50 * 1000);
        char sink[4096];
        size_t total = 0;
        for (ssize_t got; total<stuffed + 10; total += got> 0 ? (size_t)got : 0)
            if (sock_poll(peer, POLLIN, 60000) <= 0 ||
                (got = sock_recv(peer, sink, sizeof sink, 0)) <= 0)
                _exit(1);
        _exit(total == stuffed + 10 ? 0 : 2);
    }
    loop_finish(loop, 60);
    int status;
    ck_assert_int_eq(waitpid(reader, &status, 0), reader);
    ck_assert_int_eq(status, 0);
    finish();
}
END_TEST

START_TEST(a_loop_that_goes_away_takes_its_closing_streams_along)
{
    begin(false);
    kit_stuff(s->fd);
    hold("never");
    ck_assert_int_eq(loop_close(loop, s), 0);
    ck_assert(loop_is_draining(loop));
    finish(); // counts descriptors
}
END_TEST

// An idle stream keeps nothing, however it came to be idle.
START_TEST(idle_streams_hold_no_buffer)
{
    begin(true);
    struct iovec part = kit_text("answer");
    for (int i = 0; i < 3; i++) {
        kit_put(peer, "question\nrest");
        kit_read(&op, s, READER_LINE, 0);
        kit_do(loop, &op);
        kit_expect(&op, "question\n");
        kit_send(&op, s, &part);
        ck_assert_int_eq(kit_do(loop, &op), 6);
        kit_read(&op, s, READER_EXACT, 4);
        kit_do(loop, &op);
        kit_expect(&op, "rest");
        kit_read(&op, s, READER_LINE, 0);
        ck_assert(!loop_start(loop, &op)); // it waits
        kit_idle(loop, &other, 0.005);
        ck_assert_ptr_null(s->in.buffer);
        ck_assert_ptr_null(s->out.buffer);
        ck_assert_uint_eq(loop_streams(loop)->lending, 0);
        loop_cancel(loop, &op);
    }
    ck_assert_int_eq(loop_close(loop, s), 0);
    finish();
}
END_TEST

UNIT_MAIN("loop close", a_flush_sends_what_is_held, what_a_flush_leaves_follows_in_the_background,
          a_send_goes_behind_what_drains, a_failure_in_the_background_is_told_by_the_next_send,
          a_close_sends_what_is_held, a_close_goes_on_in_the_background, a_close_gives_up_in_time,
          a_close_tells_what_could_not_be_sent, a_close_tells_reader_and_writer,
          a_close_beside_ready_ops, a_released_descriptor_stays_open,
          the_end_of_the_program_sends_what_is_left, the_end_of_the_program_does_not_wait_for_ever,
          the_end_of_the_program_waits_for_a_slow_reader,
          a_loop_that_goes_away_takes_its_closing_streams_along, idle_streams_hold_no_buffer)
