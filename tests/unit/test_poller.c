// SPDX-License-Identifier: BSD-3-Clause
// The poller, whichever backend it has: ops go in and come back on a list.

#include "loop/poller.h"

#include "loop_kit.h"

#include <fcntl.h>
#include <pthread.h>

static struct poller *poller;
static struct streams shared;
static struct stream *pair[2];
static struct list ready, closed;
static struct op op, other;

static void begin(bool tcp)
{
    ck_assert_int_eq(poller_new(&poller_epoll, &poller), 0);
    ck_assert_int_eq(streams_init(&shared), 0);
    kit_pair(&shared, tcp, pair);
    list_init(&ready);
    list_init(&closed);
    op_init(&op);
    op_init(&other);
}

static void drop(struct stream *s)
{
    poller_forget(poller, s, true);
    kit_end(s);
}

static void finish(void)
{
    drop(pair[0]);
    drop(pair[1]);
    poller_free(poller);
    streams_free(&shared);
}

// Waits at most MS, if none is ready yet, then the first op that is worth a try.
static struct op *waited(int ms)
{
    if (!list_is_empty(&ready))
        ms = 0;
    ck_assert_int_eq(poller_wait(poller, (uint64_t)ms * 1000000, &ready, &closed), 0);
    struct list *link = list_pop(&ready);
    return link ? container_of(link, struct op, link) : NULL;
}

// Waits until OP has its result.
static void await(struct op *wanted)
{
    for (;;) {
        struct op *one = waited(60000);
        ck_assert_ptr_eq(one, wanted);
        ck_assert_int_eq(one->state, OP_READY);
        if (poller_finish(poller, one, &ready))
            break;
        ck_assert_int_eq(one->state, OP_PENDING);
    }
    ck_assert_int_eq(wanted->state, OP_IDLE);
}

static void read_line(struct op *o, struct stream *s)
{
    kit_read(o, s, READER_LINE, 0);
}

START_TEST(what_can_be_done_at_once_is)
{
    begin(false);
    kit_put(pair[1]->fd, "now\n");
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 1);
    ck_assert_int_eq(op.state, OP_IDLE);
    ck_assert(!pair[0]->registered);
    kit_expect(&op, "now\n");
    finish();
}
END_TEST

START_TEST(what_waits_comes_back_when_it_is_time)
{
    begin(true);
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    ck_assert_int_eq(op.state, OP_PENDING);
    ck_assert_ptr_null(waited(0));
    kit_put(pair[1]->fd, "half ");
    struct op *one = waited(60000);
    ck_assert_ptr_eq(one, &op);
    ck_assert(!poller_finish(poller, one, &ready));
    ck_assert_ptr_null(waited(10)); // half a line is not worth another try
    kit_put(pair[1]->fd, "line\n");
    await(&op);
    kit_expect(&op, "half line\n");
    ck_assert_ptr_null(pair[0]->reader);
    finish();
}
END_TEST

static void empty(int fd, size_t count)
{
    static char sink[1 << 16];
    while (count > 0)
        count -= (size_t)sock_recv(fd, sink, count < sizeof sink ? count : sizeof sink, 0);
}

START_TEST(one_reader_beside_one_writer)
{
    begin(false);
    struct iovec part = kit_text("x");
    size_t stuffed = kit_stuff(pair[0]->fd);
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    read_line(&other, pair[0]);
    ck_assert_int_eq(poller_start(poller, &other), -EBUSY);
    ck_assert_int_eq(other.state, OP_IDLE);
    kit_send(&other, pair[0], &part);
    ck_assert_int_eq(poller_start(poller, &other), 0);
    empty(pair[1]->fd, stuffed);
    await(&other);
    ck_assert_int_eq(other.result, 1);
    kit_put(pair[1]->fd, "\n");
    await(&op);
    kit_expect(&op, "\n");
    finish();
}
END_TEST

enum { WRITERS = 5 };

static struct op writers[WRITERS];

// On a socket that takes no more.
static void start_writers(void)
{
    static const char *texts[WRITERS] = {"a", "b", "c", "d", "e"};
    static struct iovec parts[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        parts[i] = kit_text(texts[i]);
        op_init(&writers[i]);
        kit_send(&writers[i], pair[0], &parts[i]);
        int r = i % 2 == 0 ? poller_start(poller, &writers[i])
                           : poller_defer(poller, &writers[i], &ready);
        ck_assert_int_eq(r, 0);
        ck_assert_int_eq(writers[i].state, i == 0 ? OP_PENDING : OP_QUEUED);
    }
}

START_TEST(writers_queue)
{
    begin(false);
    size_t stuffed = kit_stuff(pair[0]->fd);
    start_writers();
    ck_assert(list_is_empty(&ready));
    poller_cancel(poller, &writers[2], &ready); // in the middle: nobody's turn comes by that
    ck_assert(list_is_empty(&ready));
    ck_assert_int_eq(writers[2].state, OP_IDLE);
    poller_cancel(poller, &writers[0], &ready);
    ck_assert_ptr_eq(list_pop(&ready), &writers[1].link);
    ck_assert_ptr_eq(pair[0]->writer, &writers[1]);
    ck_assert(!poller_finish(poller, &writers[1], &ready)); // there is still no room
    empty(pair[1]->fd, stuffed);
    await(&writers[1]);
    await(&writers[3]);
    await(&writers[4]);
    ck_assert(list_is_empty(&ready));
    ck_assert_ptr_null(pair[0]->writer);
    kit_get(pair[1]->fd, "bde");
    finish();
}
END_TEST

START_TEST(a_connect_does_not_queue)
{
    begin(true);
    struct addr where;
    kit_stuff(pair[0]->fd);
    start_writers();
    ck_assert_int_eq(sock_peer(pair[0]->fd, &where), 0);
    kit_op(&op, OP_CONNECT, pair[0]);
    op.u.connect.to = &where;
    ck_assert_int_eq(poller_start(poller, &op), -EBUSY);
    ck_assert_int_eq(op.state, OP_IDLE);
    for (int i = WRITERS - 1; i >= 0; i--)
        poller_cancel(poller, &writers[i], &ready);
    ck_assert(list_is_empty(&ready));
    finish();
}
END_TEST

START_TEST(a_cancelled_op_leaves_the_bytes)
{
    begin(true);
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    poller_cancel(poller, &op, &ready);
    ck_assert_int_eq(op.state, OP_IDLE);
    kit_put(pair[1]->fd, "still ");
    ck_assert_ptr_null(waited(50));
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    kit_put(pair[1]->fd, "there\n");
    ck_assert_ptr_eq(waited(60000), &op);
    poller_cancel(poller, &op, &ready); // between ready and its try
    ck_assert(list_is_empty(&ready));
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 1);
    kit_expect(&op, "still there\n");
    finish();
}
END_TEST

START_TEST(a_ready_op_is_taken_off_its_list)
{
    begin(true);
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    kit_put(pair[1]->fd, "x\n");
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 60000), 0);
    ck_assert_int_eq(poller_wait(poller, 0, &ready, &closed), 0);
    ck_assert(!list_is_empty(&ready));
    poller_cancel(poller, &op, &ready);
    ck_assert(list_is_empty(&ready));
    finish();
}
END_TEST

START_TEST(a_deferred_op_is_ready_untried)
{
    begin(false);
    kit_put(pair[1]->fd, "later\n");
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_defer(poller, &op, &ready), 0);
    ck_assert_int_eq(op.result, -4711);
    ck_assert_int_eq(op.state, OP_READY);
    read_line(&other, pair[0]);
    ck_assert_int_eq(poller_defer(poller, &other, &ready), -EBUSY);
    ck_assert_ptr_eq(waited(0), &op); // once, though an event tells of it too
    ck_assert(list_is_empty(&ready));
    ck_assert(poller_finish(poller, &op, &ready));
    kit_expect(&op, "later\n");
    finish();
}
END_TEST

START_TEST(the_end_is_seen_behind_the_data)
{
    begin(true);
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    kit_put(pair[1]->fd, "one\ntwo");
    ck_assert_int_eq(sock_shutdown(pair[1]->fd, SHUT_WR), 0);
    await(&op);
    kit_expect(&op, "one\n");
    for (int i = 0; i < 2; i++) {
        read_line(&op, pair[0]);
        if (poller_start(poller, &op) == 0)
            await(&op);
        if (i == 0)
            kit_expect(&op, "two");
        else
            ck_assert_int_eq(op.result, -ERROR_ENDED);
    }
    finish();
}
END_TEST

static void *wake_soon(void *arg)
{
    usleep(20 * 1000);
    poller_wake(arg);
    return NULL;
}

START_TEST(a_wake_ends_the_wait_from_elsewhere)
{
    pthread_t thread;
    begin(false);
    ck_assert_int_eq(pthread_create(&thread, NULL, wake_soon, poller), 0);
    ck_assert_ptr_null(waited(-1));
    pthread_join(thread, NULL);
    poller_wake(poller); // before the wait, and more than once
    poller_wake(poller);
    ck_assert_ptr_null(waited(-1));
    uint64_t before = clock_now();
    ck_assert_ptr_null(waited(30)); // it was said once
    ck_assert_uint_ge(clock_now() - before, 29 * 1000000u);
    finish();
}
END_TEST

START_TEST(what_is_held_goes_out_behind_the_back)
{
    begin(false);
    size_t stuffed = kit_stuff(pair[0]->fd);
    ck_assert_int_eq(stream_hold(pair[0], "held", 4), 0);
    ck_assert_int_eq(stream_flush(pair[0]), -EAGAIN);
    ck_assert_int_eq(poller_watch(poller, pair[0]), 0);
    static char sink[1 << 16];
    while (stuffed > 0)
        stuffed -= (size_t)sock_recv(pair[1]->fd, sink, sizeof sink, 0);
    ck_assert_ptr_null(waited(60000));
    kit_get(pair[1]->fd, "held");
    ck_assert(list_is_empty(&closed));
    ck_assert_ptr_null(pair[0]->out.buffer);
    finish();
}
END_TEST

START_TEST(a_closing_stream_is_handed_back_when_it_is_empty)
{
    begin(false);
    size_t stuffed = kit_stuff(pair[0]->fd);
    ck_assert_int_eq(stream_hold(pair[0], "last", 4), 0);
    ck_assert_int_eq(stream_flush(pair[0]), -EAGAIN);
    pair[0]->closing = true;
    ck_assert_int_eq(poller_watch(poller, pair[0]), 0);
    ck_assert_ptr_null(waited(0));
    ck_assert(list_is_empty(&closed));
    static char sink[1 << 16];
    while (stuffed > 0)
        stuffed -= (size_t)sock_recv(pair[1]->fd, sink, sizeof sink, 0);
    ck_assert_ptr_null(waited(60000));
    ck_assert_ptr_eq(list_pop(&closed), &pair[0]->link);
    kit_get(pair[1]->fd, "last");
    finish();
}
END_TEST

START_TEST(a_closing_stream_whose_peer_vanishes_is_handed_back_too)
{
    begin(true);
    kit_stuff(pair[0]->fd);
    ck_assert_int_eq(stream_hold(pair[0], "last", 4), 0);
    pair[0]->writable = false;
    pair[0]->closing = true;
    ck_assert_int_eq(poller_watch(poller, pair[0]), 0);
    while (list_is_empty(&closed) && sock_poll(pair[0]->fd, POLLOUT, 0) == 0) {
        drop(pair[1]); // with all its input unread: a reset
        pair[1] = kit_stream(&shared, sock_open(AF_INET, SOCK_STREAM, 0), AF_INET, SOCK_STREAM);
        ck_assert_ptr_null(waited(60000));
    }
    ck_assert_ptr_eq(list_pop(&closed), &pair[0]->link);
    finish();
}
END_TEST

// A copy of the descriptor keeps the old registration alive; its events are nobody's.
START_TEST(events_of_a_closed_descriptor_are_not_the_next_ones)
{
    begin(false);
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    poller_cancel(poller, &op, &ready);
    int old = pair[0]->fd, copy = dup(old);
    poller_forget(poller, pair[0], true);
    kit_end(pair[0]);
    int fds[2];
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    ck_assert_int_eq(fds[0], old); // the lowest free number
    pair[0] = kit_stream(&shared, fds[0], AF_UNIX, SOCK_STREAM);
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    kit_put(pair[1]->fd, "for the copy\n");
    ck_assert_ptr_null(waited(50));
    kit_put(fds[1], "mine\n");
    await(&op);
    kit_expect(&op, "mine\n");
    close(copy);
    sock_close(fds[1]);
    finish();
}
END_TEST

START_TEST(a_released_descriptor_is_forgotten)
{
    begin(false);
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    poller_cancel(poller, &op, &ready);
    int fd = pair[0]->fd;
    poller_forget(poller, pair[0], false);
    stream_free(pair[0]);
    pair[0] = kit_stream(&shared, fd, AF_UNIX, SOCK_STREAM); // and can come again
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0);
    kit_put(pair[1]->fd, "back\n");
    await(&op);
    kit_expect(&op, "back\n");
    finish();
}
END_TEST

START_TEST(what_cannot_be_waited_for_is_refused)
{
    begin(false);
    int tube[2], file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(pipe2(tube, O_CLOEXEC | O_NONBLOCK), 0);
    struct stream *s = kit_stream(&shared, tube[0], AF_UNSPEC, SOCK_RAW);
    kit_op(&op, OP_READABLE, s);
    ck_assert_int_eq(poller_start(poller, &op), 0); // a pipe can
    poller_cancel(poller, &op, &ready);
    drop(s);
    close(tube[1]);
    s = kit_stream(&shared, file, AF_UNSPEC, SOCK_RAW);
    s->readable = false;
    read_line(&op, s);
    ck_assert_int_eq(poller_start(poller, &op), -EPERM); // epoll_ctl(2): a regular file cannot
    ck_assert_int_eq(op.state, OP_IDLE);
    ck_assert_ptr_null(s->reader);
    drop(s);
    finish();
}
END_TEST

enum { MANY = 300 }; // more than one wait returns

START_TEST(none_of_many_is_forgotten)
{
    static struct stream *many[MANY][2];
    static struct op ops[MANY];
    begin(false);
    for (int i = 0; i < MANY; i++) {
        kit_pair(&shared, false, many[i]);
        op_init(&ops[i]);
        read_line(&ops[i], many[i][0]);
        ck_assert_int_eq(poller_start(poller, &ops[i]), 0);
    }
    for (int i = 0; i < MANY; i++)
        kit_put(many[i][1]->fd, "x\n");
    struct op *one;
    int count = 0;
    while ((one = waited(0))) {
        ck_assert(poller_finish(poller, one, &ready));
        kit_expect(one, "x\n");
        count++;
    }
    ck_assert_int_eq(count, MANY);
    for (int i = 0; i < MANY; i++) {
        ck_assert_ptr_null(many[i][0]->in.buffer);
        drop(many[i][0]);
        drop(many[i][1]);
    }
    finish();
}
END_TEST

START_TEST(counts_its_questions)
{
    begin(true);
    struct poller_counts before = poller_counts;
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0); // registers
    ck_assert_ptr_null(waited(0));
    ck_assert_uint_eq(poller_counts.changes - before.changes, 1);
    ck_assert_uint_eq(poller_counts.waits - before.waits, 1);
    kit_put(pair[1]->fd, "x\n");
    await(&op);
    kit_expect(&op, "x\n");
    read_line(&op, pair[0]);
    ck_assert_int_eq(poller_start(poller, &op), 0); // is registered already
    poller_cancel(poller, &op, &ready);
    ck_assert_uint_eq(poller_counts.changes - before.changes, 1);
    poller_forget(poller, pair[0], false);
    ck_assert_uint_eq(poller_counts.changes - before.changes, 2);
    finish();
}
END_TEST

UNIT_MAIN("poller", what_can_be_done_at_once_is, what_waits_comes_back_when_it_is_time,
          one_reader_beside_one_writer, writers_queue, a_connect_does_not_queue,
          a_cancelled_op_leaves_the_bytes, a_ready_op_is_taken_off_its_list,
          a_deferred_op_is_ready_untried, the_end_is_seen_behind_the_data,
          a_wake_ends_the_wait_from_elsewhere, what_is_held_goes_out_behind_the_back,
          a_closing_stream_is_handed_back_when_it_is_empty,
          a_closing_stream_whose_peer_vanishes_is_handed_back_too,
          events_of_a_closed_descriptor_are_not_the_next_ones, a_released_descriptor_is_forgotten,
          what_cannot_be_waited_for_is_refused, none_of_many_is_forgotten, counts_its_questions)
