// SPDX-License-Identifier: BSD-3-Clause
// Processes: forking with a loop, signals, ends.

#include "loop/process.h"

#include "dns/lookups.h"
#include "loop_kit.h"
#include "name_server.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

static struct loop *loop;
static struct stream *pair[2];
static struct op op;

static void begin(void)
{
    loop = kit_loop();
    kit_pair(loop_streams(loop), true, pair);
    op_init(&op);
}

static void finish(void)
{
    ck_assert_int_eq(loop_close(loop, pair[0]), 0);
    ck_assert_int_eq(loop_close(loop, pair[1]), 0);
    loop_drop(loop, &op);
    loop_free(loop);
}

// How CHILD ends, within a minute.
static struct process_end end_of(pid_t child)
{
    struct process_end end = {false, -1};
    uint64_t until = clock_deadline(clock_now(), 60);
    int r;
    while ((r = process_reap(child, &end)) == 0 && clock_now() < until)
        usleep(2000);
    ck_assert_int_eq(r, 1);
    ck_assert_int_eq(process_reap(child, &end), -ECHILD);
    return end;
}

static void expect_status(pid_t child, int status)
{
    struct process_end end = end_of(child);
    ck_assert(!end.killed);
    ck_assert_int_eq(end.number, status);
}

// Reads a line from pair[0] in the loop, within a minute.
static bool reads(const char *line)
{
    kit_read(&op, pair[0], READER_LINE, 0);
    op.deadline = clock_deadline(clock_now(), 60);
    bool ok = kit_do(loop, &op) == (int64_t)strlen(line);
    if (ok)
        stream_consume(pair[0], op.progress);
    return ok;
}

START_TEST(a_child_ends_with_its_status)
{
    begin();
    pid_t parent = getpid(), child = process_fork(loop);
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(process_parent() == parent ? 7 : 8);
    expect_status(child, 7);
    finish();
}
END_TEST

START_TEST(a_killed_child_tells_the_signal)
{
    begin();
    pid_t child = process_fork(loop);
    ck_assert_int_ge(child, 0);
    if (child == 0)
        for (;;)
            pause();
    struct process_end end;
    ck_assert_int_eq(process_reap(child, &end), 0);
    ck_assert_int_eq(process_kill(child, SIGKILL), 0);
    end = end_of(child);
    ck_assert(end.killed);
    ck_assert_int_eq(end.number, SIGKILL);
    ck_assert_int_eq(process_kill(child, SIGKILL), -ESRCH);
    finish();
}
END_TEST

START_TEST(an_end_is_told_until_it_is_reaped)
{
    begin();
    ck_assert_int_eq(process_ended(), -ECHILD);
    pid_t child = process_fork(loop);
    ck_assert_int_ge(child, 0);
    if (child == 0)
        for (;;)
            pause();
    ck_assert_int_eq(process_ended(), 0);
    ck_assert_int_eq(process_kill(child, SIGKILL), 0);
    uint64_t until = clock_deadline(clock_now(), 60);
    while (process_ended() == 0 && clock_now() < until)
        usleep(2000);
    ck_assert_int_eq(process_ended(), child);
    ck_assert(end_of(child).killed);
    ck_assert_int_eq(process_ended(), -ECHILD);
    finish();
}
END_TEST

START_TEST(nothing_may_be_under_way)
{
    begin();
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    ck_assert_int_eq(process_fork(loop), -EBUSY);
    loop_cancel(loop, &op);
    kit_op(&op, OP_WAIT, NULL);
    ck_assert(!loop_start(loop, &op));
    ck_assert_int_eq(process_fork(loop), -EBUSY);
    loop_cancel(loop, &op);
    pid_t child = process_fork(loop);
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(0);
    expect_status(child, 0);
    finish();
}
END_TEST

// The stream is registered with the parent's poller, and then waited for in both processes.
START_TEST(the_child_waits_with_a_loop_of_its_own)
{
    begin();
    kit_idle(loop, &op, 0.001);
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    loop_cancel(loop, &op);
    pid_t child = process_fork(loop);
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(reads("to the child\n") ? 3 : 4);
    kit_put(pair[1]->fd, "to the child\n");
    expect_status(child, 3);
    kit_put(pair[1]->fd, "to the parent\n");
    ck_assert(reads("to the parent\n"));
    finish();
}
END_TEST

START_TEST(what_the_child_closes_stays_open_here)
{
    begin();
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    loop_cancel(loop, &op);
    pid_t child = process_fork(loop);
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)loop_close(loop, pair[0]);
        (void)loop_close(loop, pair[1]);
        loop_free(loop);
        _exit(0);
    }
    expect_status(child, 0);
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
    kit_put(pair[1]->fd, "still here\n");
    ck_assert_ptr_eq(kit_next(loop), &op);
    kit_expect(&op, "still here\n");
    finish();
}
END_TEST

// Looks a name up, and answers what the name server is asked: by this process.
static int64_t look_up(const char *name)
{
    struct question q = {.host = name, .service = "80", .family = AF_INET, .type = SOCK_STREAM};
    struct resolve *req;
    struct asked asked;
    kit_op(&op, OP_WAIT, NULL);
    if (lookups_start(loop, &op, &q, &req) != 0 || loop_start(loop, &op))
        return -1;
    while (loop_next(loop) != &op) {
        if (loop_turn(loop) < 0)
            return -1;
        if (name_server_take(&asked, 0))
            name_server_answer(&asked, 0, 1);
    }
    lookups_abandon(loop, req);
    return op.result;
}

// The child has the settings, and sockets of its own.
START_TEST(look_ups_work_before_and_after)
{
    struct resolver *resolver;
    begin();
    struct addr where = name_server_open();
    ck_assert_int_eq(lookups_resolver(loop, &resolver), 0);
    resolver_set_servers(resolver, &where, 1);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(look_up(i == 0 ? "parent0.example." : "parent1.example."), 0);
        pid_t child = process_fork(loop);
        ck_assert_int_ge(child, 0);
        if (child == 0)
            _exit(look_up(i == 0 ? "child0.example." : "child1.example.") == 0 ? 5 : 6);
        expect_status(child, 5);
    }
    sock_close(name_server);
    finish();
}
END_TEST

static volatile sig_atomic_t heard;

static void hear(int number)
{
    heard = number;
}

START_TEST(signals_wait_until_the_child_is_ready)
{
    begin();
    signal(SIGTERM, hear);
    pid_t child = process_fork(loop);
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        kit_get(pair[0]->fd, "sent\n");
        bool early = heard != 0;
        process_unblock();
        _exit(early ? 1 : heard == SIGTERM ? 2 : 3);
    }
    ck_assert_int_eq(process_kill(child, SIGTERM), 0);
    kit_put(pair[1]->fd, "sent\n");
    expect_status(child, 2);
    ck_assert_int_eq(heard, 0);
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    ck_assert(!sigismember(&mask, SIGTERM));
    finish();
}
END_TEST

// A parent that is killed: its child, which this process adopts, ends by TERM.
START_TEST(a_child_gets_term_when_its_parent_dies)
{
    begin();
    signal(SIGTERM, SIG_DFL); // Check's own handler would end every test
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    pid_t parent = process_fork(loop);
    ck_assert_int_ge(parent, 0);
    if (parent == 0) {
        process_unblock();
        pid_t child = process_fork(loop);
        if (child == 0) {
            process_unblock();
            for (;;)
                pause();
        }
        char text[32];
        snprintf(text, sizeof text, "%d\n", (int)child);
        kit_put(pair[0]->fd, text);
        for (;;)
            pause();
    }
    char text[32] = "";
    ck_assert_int_gt(sock_poll(pair[1]->fd, POLLIN, 5000), 0);
    ck_assert_int_gt(sock_recv(pair[1]->fd, text, sizeof text - 1, 0), 0);
    pid_t child = atoi(text);
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(process_kill(parent, SIGKILL), 0);
    ck_assert(end_of(parent).killed);
    struct process_end end = end_of(child);
    ck_assert(end.killed);
    ck_assert_int_eq(end.number, SIGTERM);
    finish();
}
END_TEST

START_TEST(there_is_at_least_one_core)
{
    ck_assert_int_ge(process_cores(), 1);
}
END_TEST

static bool connects(const struct addr *where)
{
    int fd = sock_open(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    int r = sock_connect(fd, where);
    bool ok = r == 0 || (sock_poll(fd, POLLOUT, 200) > 0 && sock_connected(fd) == 0);
    sock_close(fd);
    return ok;
}

START_TEST(a_listener_that_refuses_keeps_those_who_wait)
{
    struct addr where, peer;
    int listener = kit_listen(&where);
    int early = sock_open(AF_INET, SOCK_STREAM, 0);
    int r = sock_connect(early, &where);
    ck_assert(r == 0 || sock_poll(early, POLLOUT, 5000) > 0);
    ck_assert_int_eq(sock_refuse(listener), 0);
    ck_assert(!connects(&where));
    kit_put(early, "hello\n");
    int client = sock_accept(listener, &peer);
    ck_assert_int_ge(client, 0);
    sock_close(listener);
    kit_get(client, "hello\n");
    kit_put(client, "answer\n");
    kit_get(early, "answer\n");
    sock_close(client);
    sock_close(early);
}
END_TEST

UNIT_MAIN("process", a_child_ends_with_its_status, a_killed_child_tells_the_signal,
          an_end_is_told_until_it_is_reaped, nothing_may_be_under_way,
          the_child_waits_with_a_loop_of_its_own, what_the_child_closes_stays_open_here,
          look_ups_work_before_and_after, signals_wait_until_the_child_is_ready,
          a_child_gets_term_when_its_parent_dies, there_is_at_least_one_core,
          a_listener_that_refuses_keeps_those_who_wait)
