// SPDX-License-Identifier: BSD-3-Clause
// The loop while connections come to be: accept, connect, names.

#include "loop/loop.h"

#include "loop_kit.h"
#include "random.h"

#include <stdio.h>
#include <sys/resource.h>

static struct loop *loop;
static struct op op, timer;
static int descriptors;

static void begin(void)
{
    descriptors = kit_descriptors();
    loop = kit_loop();
    op_init(&op);
    op_init(&timer);
}

static void finish(void)
{
    ck_assert_uint_eq(loop_in_flight(loop), 0);
    loop_drop(loop, &op);
    loop_drop(loop, &timer);
    loop_free(loop);
    ck_assert_int_eq(kit_descriptors(), descriptors);
}

static struct stream *over(int fd, int domain)
{
    ck_assert_int_ge(fd, 0);
    return kit_stream(loop_streams(loop), fd, domain, SOCK_STREAM);
}

static uint64_t in_ms(unsigned ms)
{
    return clock_now() + ms * 1000000u;
}

static void accept_one(struct stream *listener, struct addr *from)
{
    kit_op(&op, OP_ACCEPT, listener);
    op.u.accept.peer = from;
}

static void connect_to(struct stream *s, const struct addr *to)
{
    kit_op(&op, OP_CONNECT, s);
    op.u.connect.to = to;
}

START_TEST(an_accept_gives_the_client_and_its_address)
{
    begin();
    struct addr where, from, client;
    struct stream *listener = over(kit_listen(&where), AF_INET);
    accept_one(listener, &from);
    ck_assert(!loop_start(loop, &op));
    kit_idle(loop, &timer, 0.01);
    int fd = sock_open(AF_INET, SOCK_STREAM, 0);
    int rc = sock_connect(fd, &where);
    ck_assert(rc == 0 || rc == -EINPROGRESS);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_ge((int)op.result, 0);
    ck_assert_int_eq(sock_local(fd, &client), 0);
    ck_assert(addr_equal(&from, &client));
    sock_close((int)op.result);
    sock_close(fd);
    ck_assert_int_eq(loop_close(loop, listener), 0);
    finish();
}
END_TEST

enum { CLIENTS = 60 };

// Each client sends its number; every one of them has to be accepted, once.
static void client_check(int fd, bool *seen)
{
    unsigned char number;
    ck_assert_int_gt(sock_poll(fd, POLLIN, 60000), 0);
    ck_assert_int_eq(sock_recv(fd, &number, 1, 0), 1);
    ck_assert(!seen[number]);
    seen[number] = true;
    sock_close(fd);
}

static int client_start(const struct addr *where, int number)
{
    unsigned char byte = (unsigned char)number;
    int fd = sock_open(AF_INET, SOCK_STREAM, 0);
    int rc = sock_connect(fd, where);
    ck_assert(rc == 0 || rc == -EINPROGRESS);
    ck_assert_int_gt(sock_poll(fd, POLLOUT, 60000), 0);
    ck_assert_int_eq(sock_send(fd, &byte, 1, 0), 1);
    return fd;
}

static void end_accept_sometimes(void)
{
    if (op.state != OP_IDLE && random_below(2))
        loop_complete(loop, &op, -ERROR_CANCELLED);
    else if (op.state != OP_IDLE && random_below(3) == 0)
        loop_cancel(loop, &op);
}

// Begins to accept, if nothing is under way, or lets the loop turn. Returns an op that is done, or
// NULL.
static struct op *accept_some(struct stream *listener, struct addr *from)
{
    struct op *done = NULL;
    if (op.state == OP_IDLE) {
        accept_one(listener, from);
        op.deadline = clock_now() + random_below(300000);
        done = loop_start(loop, &op) ? &op : NULL;
    }
    if (!done && random_below(3)) {
        ck_assert_int_eq(loop_turn(loop), 0);
        done = loop_next(loop);
    }
    return done;
}

START_TEST(a_cancelled_accept_drops_no_client)
{
    begin();
    random_start("loop accept");
    bool seen[CLIENTS] = {false};
    int fds[CLIENTS], started = 0, accepted = 0;
    struct addr where, from;
    struct stream *listener = over(kit_listen(&where), AF_INET);
    while (accepted < CLIENTS) {
        if (started < CLIENTS && random_below(2)) {
            fds[started] = client_start(&where, started);
            started++;
        }
        end_accept_sometimes();
        struct op *done = accept_some(listener, &from);
        if (!done)
            continue;
        ck_assert(done->result >= 0 || done->result == -ERROR_EXPIRED ||
                  done->result == -ERROR_CANCELLED);
        if (done->result >= 0) {
            client_check((int)done->result, seen);
            accepted++;
        }
    }
    loop_cancel(loop, &op);
    ck_assert_int_eq(started, CLIENTS);
    while (started > 0)
        sock_close(fds[--started]);
    ck_assert_int_eq(loop_close(loop, listener), 0);
    finish();
}
END_TEST

START_TEST(a_connect_ends_connected)
{
    begin();
    struct addr where, from;
    int listener = kit_listen(&where);
    struct stream *s = over(sock_open(AF_INET, SOCK_STREAM, 0), AF_INET);
    connect_to(s, &where);
    ck_assert_int_eq(kit_do(loop, &op), 0);
    ck_assert_int_eq(sock_peer(s->fd, &from), 0);
    ck_assert(addr_equal(&from, &where));
    int client = sock_accept(listener, &from);
    ck_assert_int_ge(client, 0);
    kit_put(client, "hello\n");
    kit_read(&op, s, READER_LINE, 0); // and it can be used
    op.deadline = in_ms(60000);
    kit_do(loop, &op);
    kit_expect(&op, "hello\n");
    ck_assert_int_eq(loop_close(loop, s), 0);
    sock_close(client);
    sock_close(listener);
    finish();
}
END_TEST

START_TEST(a_connect_to_nobody_is_refused)
{
    begin();
    struct addr where;
    sock_close(kit_listen(&where)); // a port where nobody listens
    for (int i = 0; i < 2; i++) {
        struct stream *s = over(sock_open(AF_INET, SOCK_STREAM, 0), AF_INET);
        connect_to(s, &where);
        op.deadline = in_ms(60000);
        ck_assert_int_eq(kit_do(loop, &op), -ECONNREFUSED);
        ck_assert_int_eq(loop_close(loop, s), 0);
    }
    finish();
}
END_TEST

// A listener whose backlog is full; *CLIENTS are those that filled it.
static int full_listener(struct addr *where, int clients[16], int *count)
{
    char name[64] = "";
    const char *why;
    int len = snprintf(name + 1, sizeof name - 1, "sss-test-%d", (int)getpid());
    ck_assert_int_eq(addr_from_path(where, name, (size_t)len + 1, &why), 0);
    int fd = sock_open(AF_UNIX, SOCK_STREAM, 0), rc;
    ck_assert_int_eq(sock_bind(fd, where), 0);
    ck_assert_int_eq(sock_listen(fd, 1), 0);
    *count = 0;
    do {
        ck_assert_int_lt(*count, 16);
        clients[*count] = sock_open(AF_UNIX, SOCK_STREAM, 0);
        rc = sock_connect(clients[(*count)++], where);
    } while (rc == 0);
    ck_assert_int_eq(rc, -EAGAIN);
    return fd;
}

START_TEST(a_full_unix_backlog_is_waited_for_until_the_deadline)
{
    begin();
    struct addr where;
    int clients[16], count, listener = full_listener(&where, clients, &count);
    struct stream *s = over(sock_open(AF_UNIX, SOCK_STREAM, 0), AF_UNIX);
    connect_to(s, &where);
    uint64_t deadline = op.deadline = in_ms(60);
    ck_assert_int_eq(kit_do(loop, &op), -ERROR_EXPIRED);
    ck_assert_uint_ge(clock_now(), deadline);
    ck_assert_uint_lt(clock_now(), deadline + 60000000000u);
    connect_to(s, &where);
    op.deadline = in_ms(60000);
    ck_assert(!loop_start(loop, &op));
    kit_idle(loop, &timer, 0.03); // several tries later
    ck_assert_int_ne(op.state, OP_IDLE);
    struct addr from;
    int first = sock_accept(listener, &from);
    ck_assert_int_ge(first, 0);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, 0);
    connect_to(s, &where); // without a deadline, and called off
    op.stream = over(sock_open(AF_UNIX, SOCK_STREAM, 0), AF_UNIX);
    ck_assert(!loop_start(loop, &op));
    kit_idle(loop, &timer, 0.03);
    loop_complete(loop, &op, -ERROR_CANCELLED);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, -ERROR_CANCELLED);
    ck_assert_int_eq(loop_close(loop, op.stream), 0);
    ck_assert_int_eq(loop_close(loop, s), 0);
    while (count > 0)
        sock_close(clients[--count]);
    sock_close(first);
    sock_close(listener);
    finish();
}
END_TEST

START_TEST(running_out_of_descriptors_is_an_error_and_passes)
{
    begin();
    struct addr where, from;
    struct stream *listener = over(kit_listen(&where), AF_INET);
    int client = client_start(&where, 1);
    ck_assert_int_gt(sock_poll(listener->fd, POLLIN, 60000), 0);
    struct rlimit limit, none_left;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none_left = limit;
    none_left.rlim_cur = (rlim_t)client + 1; // all numbers up to the newest are taken
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none_left), 0);
    accept_one(listener, &from);
    bool done = loop_start(loop, &op);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert(done);
    ck_assert_int_eq(op.result, -EMFILE);
    accept_one(listener, &from); // the client is still there
    op.deadline = in_ms(60000);
    ck_assert_int_ge((int)kit_do(loop, &op), 0);
    sock_close((int)op.result);
    sock_close(client);
    ck_assert_int_eq(loop_close(loop, listener), 0);
    finish();
}
END_TEST

UNIT_MAIN("loop connect", an_accept_gives_the_client_and_its_address,
          a_cancelled_accept_drops_no_client, a_connect_ends_connected,
          a_connect_to_nobody_is_refused, a_full_unix_backlog_is_waited_for_until_the_deadline,
          running_out_of_descriptors_is_an_error_and_passes)
