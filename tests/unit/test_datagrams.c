// SPDX-License-Identifier: BSD-3-Clause
// Datagrams that are fetched several at a time.

#include "loop/datagrams.h"

#include "loop_kit.h"

static struct loop *loop;
static struct streams *all;
static struct stream *here;
static struct addr to, sender;
static int there;

// A bound UDP socket; its address in *WHERE.
static int bound(struct addr *where)
{
    struct addr any = kit_address("127.0.0.1", 0);
    int fd = sock_open(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sock_bind(fd, &any), 0);
    ck_assert_int_eq(sock_local(fd, where), 0);
    return fd;
}

static void begin(void)
{
    loop = kit_loop();
    all = loop_streams(loop);
    here = kit_stream(all, bound(&to), AF_INET, SOCK_DGRAM);
    there = bound(&sender);
}

static void finish(void)
{
    if (here)
        ck_assert_int_eq(loop_close(loop, here), 0);
    sock_close(there);
    loop_free(loop);
}

static void put(const struct addr *where, const char *text)
{
    size_t len = strlen(text);
    ck_assert_int_eq(sock_sendto(there, text, len, where), (ssize_t)len);
}

// The next one of S, cut to SIZE bytes, is TEXT.
static void get_cut(struct stream *s, size_t size, bool peek, const char *text)
{
    struct addr from = {0};
    const char *data = NULL;
    if (!datagrams_has(s))
        ck_assert_int_gt(sock_poll(s->fd, POLLIN, 60000), 0);
    ck_assert_int_eq(datagrams_receive(s, size, peek, &from, &data), (ssize_t)strlen(text));
    ck_assert_mem_eq(data, text, strlen(text));
    ck_assert_uint_eq(from.len, sender.len);
    ck_assert_mem_eq(&from.u, &sender.u, sender.len);
}

static void get(struct stream *s, const char *text)
{
    get_cut(s, 65536, false, text);
}

static void expect_nothing(struct stream *s)
{
    const char *data;
    ck_assert_int_eq(datagrams_receive(s, 65536, false, NULL, &data), -EAGAIN);
    ck_assert_int_eq(datagrams_receive(s, 65536, true, NULL, &data), -EAGAIN);
    ck_assert(!datagrams_has(s));
}

static const char *const words[] = {"zero", "one", "", "three", "four", "five", "six", "seven"};
enum { WORDS = sizeof words / sizeof *words, FETCHED = BATCH_AFTER + 1 };

// All words are sent, and so many of them received that some of the rest, from words[FETCHED] on,
// have been fetched ahead; which is tried again where they come slowly.
static void fetch_some(void)
{
    for (int tries = 0; tries < 1000; tries++) {
        for (int i = 0; i < WORDS; i++)
            put(&to, words[i]);
        for (int i = 0; i < FETCHED; i++)
            get(here, words[i]);
        if (datagrams_has(here))
            return;
        for (int i = FETCHED; i < WORDS; i++)
            get(here, words[i]);
        expect_nothing(here);
    }
    ck_abort_msg("nothing is fetched ahead");
}

START_TEST(one_at_a_time_where_there_is_no_burst)
{
    begin();
    for (int i = 0; i < 50; i++) {
        put(&to, "alone");
        get(here, "alone");
        expect_nothing(here);
    }
    ck_assert_ptr_null(all->batch);
    finish();
}
END_TEST

START_TEST(a_burst_is_fetched_at_once)
{
    begin();
    fetch_some();
    uint64_t calls = sock_counts.recv;
    get(here, words[FETCHED]);
    ck_assert_uint_eq(sock_counts.recv, calls);
    for (int i = FETCHED + 1; i < WORDS; i++)
        get(here, words[i]);
    expect_nothing(here);
    finish();
}
END_TEST

START_TEST(order_is_kept_over_many_batches)
{
    char text[16];
    begin();
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 50; i++) {
            snprintf(text, sizeof text, "%d", round * 50 + i);
            put(&to, text);
        }
        for (int i = 0; i < 50; i++) {
            snprintf(text, sizeof text, "%d", round * 50 + i);
            get(here, text);
        }
    }
    expect_nothing(here);
    finish();
}
END_TEST

START_TEST(what_is_too_long_is_cut_and_that_alone)
{
    begin();
    fetch_some();
    get_cut(here, 2, false, "th");
    get_cut(here, 4, false, "four");
    get_cut(here, 0, false, "");
    get(here, "six");
    finish();
}
END_TEST

START_TEST(a_look_takes_nothing)
{
    begin();
    fetch_some();
    for (int i = FETCHED; i < WORDS; i++) {
        get_cut(here, 1, true, (char[]){words[i][0], 0});
        get_cut(here, 65536, true, words[i]);
        get(here, words[i]);
    }
    expect_nothing(here);
    finish();
}
END_TEST

START_TEST(others_receive_one_by_one_meanwhile)
{
    struct addr to_other;
    begin();
    struct stream *other = kit_stream(all, bound(&to_other), AF_INET, SOCK_DGRAM);
    fetch_some();
    for (int i = 0; i < 10; i++) {
        put(&to_other, "another's");
        get(other, "another's");
        ck_assert(!datagrams_has(other));
    }
    ck_assert(datagrams_has(here));
    get(here, words[FETCHED]);
    ck_assert_int_eq(loop_close(loop, other), 0);
    get(here, words[FETCHED + 1]);
    finish();
}
END_TEST

START_TEST(a_closed_stream_leaves_none_to_the_next)
{
    begin();
    fetch_some();
    ck_assert_int_eq(loop_close(loop, here), 0);
    here = kit_stream(all, bound(&to), AF_INET, SOCK_DGRAM);
    expect_nothing(here);
    fetch_some();
    stream_drop_input(here);
    ck_assert(!datagrams_has(here));
    finish();
}
END_TEST

START_TEST(what_a_child_has_is_forgotten)
{
    begin();
    loop_has_child(loop); // there is nothing yet
    fetch_some();
    loop_has_child(loop);
    ck_assert(!datagrams_has(here));
    finish();
}
END_TEST

START_TEST(only_datagrams_over_ip)
{
    int fds[2];
    begin();
    ck_assert_int_eq(sock_pair(SOCK_DGRAM, fds), 0);
    struct stream *s = kit_stream(all, fds[0], AF_UNIX, SOCK_DGRAM);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 8; i++)
            kit_put(fds[1], "message");
        for (int i = 0; i < 8; i++) {
            const char *data;
            ck_assert_int_eq(datagrams_receive(s, 3, false, NULL, &data), 3);
            ck_assert_mem_eq(data, "mes", 3);
        }
    }
    ck_assert_ptr_null(all->batch);
    kit_end(s);
    sock_close(fds[1]);
    finish();
}
END_TEST

static void expect_word(struct op *op, int i)
{
    ck_assert(op_perform(op));
    kit_expect(op, words[i]);
}

START_TEST(every_op_sees_what_was_fetched)
{
    struct op op;
    struct addr from = {0};
    op_init(&op);
    begin();
    fetch_some();
    uint64_t calls = sock_counts.recv + sock_counts.other;
    kit_op(&op, OP_READABLE, here);
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 0);
    kit_read(&op, here, READER_SOME, 100);
    op.kind = OP_PEEK;
    expect_word(&op, FETCHED);
    ck_assert_uint_eq(sock_counts.recv + sock_counts.other, calls);
    kit_read(&op, here, READER_SOME, 100);
    expect_word(&op, FETCHED);
    kit_read(&op, here, READER_SOME, 100);
    op.kind = OP_RECVFROM;
    op.u.read.from = &from;
    ck_assert_int_eq(kit_do(loop, &op), (int64_t)strlen(words[FETCHED + 1]));
    ck_assert_mem_eq(&from.u, &sender.u, sender.len);
    loop_drop(loop, &op);
    finish();
}
END_TEST

// No event of the poller would tell of them.
START_TEST(an_op_that_let_others_go_first_gets_them)
{
    struct op op;
    op_init(&op);
    begin();
    fetch_some();
    for (int i = FETCHED; i < WORDS; i++) {
        kit_read(&op, here, READER_SOME, 100);
        ck_assert(!loop_defer(loop, &op));
        ck_assert_ptr_eq(kit_next(loop), &op);
        kit_expect(&op, words[i]);
    }
    loop_drop(loop, &op);
    finish();
}
END_TEST

START_TEST(a_cancelled_op_has_taken_none)
{
    struct op op;
    op_init(&op);
    begin();
    fetch_some();
    kit_read(&op, here, READER_SOME, 100);
    ck_assert(!loop_defer(loop, &op));
    loop_cancel(loop, &op);
    ck_assert_int_eq(op.state, OP_IDLE);
    get(here, words[FETCHED]);
    loop_drop(loop, &op);
    finish();
}
END_TEST

UNIT_MAIN("datagrams", one_at_a_time_where_there_is_no_burst, a_burst_is_fetched_at_once,
          order_is_kept_over_many_batches, what_is_too_long_is_cut_and_that_alone,
          a_look_takes_nothing, others_receive_one_by_one_meanwhile,
          a_closed_stream_leaves_none_to_the_next, what_a_child_has_is_forgotten,
          only_datagrams_over_ip, every_op_sees_what_was_fetched,
          an_op_that_let_others_go_first_gets_them, a_cancelled_op_has_taken_none)
