// SPDX-License-Identifier: BSD-3-Clause
// Tests of loop/signals, through the loop that collects them.

#include "loop/signals.h"

#include "loop_kit.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

static int number_of(const char *name)
{
    return signals_number(name, strlen(name));
}

static void watch(struct signal_watch *w, int number)
{
    ck_assert_int_eq(signals_watch(w, number), 0);
}

// Starts OP, which waits for the signal of W.
static void await(struct loop *loop, struct signal_watch *w, struct op *op)
{
    kit_op(op, OP_WAIT, NULL);
    ck_assert(!signals_await(w, op));
    ck_assert(!loop_start(loop, op));
}

// Has the signal of W come since it was told last?
static bool has_come(struct signal_watch *w)
{
    struct op op;
    op_init(&op);
    op.kind = OP_WAIT;
    bool come = signals_await(w, &op);
    list_remove(&op.link);
    return come;
}

// SIGALRM comes after some milliseconds.
static void alarm_in(int ms)
{
    struct itimerval timer = {.it_value.tv_usec = ms * 1000};
    ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void (*action_of(int number))(int)
{
    struct sigaction now;
    ck_assert_int_eq(sigaction(number, NULL, &now), 0);
    return now.sa_handler;
}

static void other_handler(int number)
{
    (void)number;
}

START_TEST(knows_names)
{
    ck_assert_int_eq(number_of("TERM"), SIGTERM);
    ck_assert_int_eq(number_of("sigterm"), SIGTERM);
    ck_assert_int_eq(number_of("SIGTERM"), SIGTERM);
    ck_assert_int_eq(number_of("Usr1"), SIGUSR1);
    ck_assert_int_eq(number_of("cld"), SIGCHLD);
    ck_assert_str_eq(names_name(signals_names, SIGCHLD), "CHLD");
    const char *const wrong[] = {"",     "SIG", "SIGSIGTERM", "TERM ", "KILL", "SIGKILL", "STOP",
                                 "SEGV", "BUS", "FPE",        "ILL",   "15",   "sig",     "TER"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(number_of(wrong[i]) == -ENOENT, "\"%s\"", wrong[i]);
    ck_assert_int_eq(signals_number("TERM\0X", 6), -ENOENT);
}
END_TEST

START_TEST(refuses_what_cannot_be_watched)
{
    const int wrong[] = {0, -1, 65, 1 << 30, 32, SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    struct signal_watch w;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_eq(signals_watch(&w, wrong[i]), -EINVAL);
    ck_assert(action_of(SIGSEGV) != other_handler);
}
END_TEST

START_TEST(every_name_can_be_watched)
{
    for (const struct name *n = signals_names; n->name; n++) {
        struct signal_watch w;
        watch(&w, n->value);
        raise(n->value);
        ck_assert_msg(has_come(&w), "%s", n->name);
        signals_unwatch(&w);
    }
}
END_TEST

START_TEST(wakes_who_waits)
{
    struct loop *loop = kit_loop();
    struct signal_watch w;
    struct op op;
    op_init(&op);
    watch(&w, SIGALRM);
    await(loop, &w, &op);
    ck_assert_uint_eq(loop_in_flight(loop), 1);
    alarm_in(30); // while the loop waits
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, 0);
    ck_assert_uint_eq(loop_in_flight(loop), 0);
    ck_assert(!has_come(&w));
    signals_unwatch(&w);
    loop_drop(loop, &op);
    loop_free(loop);
}
END_TEST

START_TEST(one_that_came_before_the_wait_is_not_lost)
{
    struct loop *loop = kit_loop();
    struct signal_watch w;
    struct op op;
    op_init(&op);
    watch(&w, SIGUSR1);
    ck_assert(!has_come(&w));
    raise(SIGUSR1);
    raise(SIGUSR1);
    ck_assert(has_come(&w)); // both as one
    ck_assert(!has_come(&w));
    await(loop, &w, &op);
    raise(SIGUSR1); // between the start and the turn
    ck_assert_ptr_eq(kit_next(loop), &op);
    signals_unwatch(&w);
    loop_free(loop);
}
END_TEST

START_TEST(each_watch_sees_it)
{
    struct loop *loop = kit_loop();
    struct signal_watch early[3], late;
    struct op ops[3];
    for (int i = 0; i < 3; i++)
        watch(&early[i], SIGUSR1);
    for (int i = 0; i < 3; i++) {
        op_init(&ops[i]);
        await(loop, &early[i / 2], &ops[i]); // two on the first, one on the second
    }
    raise(SIGUSR1);
    watch(&late, SIGUSR1);
    for (int i = 0; i < 3; i++) {
        struct op *op = kit_next(loop);
        ck_assert(op >= ops && op < ops + 3);
        ck_assert_int_eq(op->result, 0);
    }
    ck_assert(!has_come(&early[0]));
    ck_assert(!has_come(&early[1]));
    ck_assert(has_come(&early[2]));
    ck_assert(!has_come(&late)); // it came before
    for (int i = 0; i < 3; i++)
        signals_unwatch(&early[i]);
    signals_unwatch(&late);
    loop_free(loop);
}
END_TEST

START_TEST(signals_do_not_mix)
{
    struct loop *loop = kit_loop();
    struct signal_watch one, two;
    struct op first, second;
    op_init(&first);
    op_init(&second);
    watch(&one, SIGUSR1);
    watch(&two, SIGUSR2);
    await(loop, &one, &first);
    await(loop, &two, &second);
    raise(SIGUSR2);
    ck_assert_ptr_eq(kit_next(loop), &second);
    ck_assert_uint_eq(loop_in_flight(loop), 1);
    ck_assert_int_eq(first.state, OP_PENDING);
    loop_cancel(loop, &first);
    ck_assert(!signals_awaited());
    signals_unwatch(&one);
    signals_unwatch(&two);
    loop_free(loop);
}
END_TEST

START_TEST(a_wait_that_ends_otherwise_takes_no_signal)
{
    struct loop *loop = kit_loop();
    struct signal_watch w;
    struct op op;
    op_init(&op);
    watch(&w, SIGUSR1);
    kit_op(&op, OP_WAIT, NULL);
    op.deadline = clock_deadline(clock_now(), 0.2);
    ck_assert(!signals_await(&w, &op));
    ck_assert_int_eq(kit_do(loop, &op), -ERROR_EXPIRED);
    ck_assert(!signals_awaited());
    raise(SIGUSR1);
    ck_assert(has_come(&w));
    await(loop, &w, &op);
    raise(SIGUSR1);
    loop_complete(loop, &op, -ERROR_CANCELLED);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(op.result, -ERROR_CANCELLED);
    ck_assert(has_come(&w));
    signals_unwatch(&w);
    loop_drop(loop, &op);
    loop_free(loop);
}
END_TEST

START_TEST(only_a_wait_is_no_deadlock)
{
    struct loop *loop = kit_loop();
    struct signal_watch w;
    struct op other, op;
    op_init(&other);
    op_init(&op);
    watch(&w, SIGALRM);
    kit_op(&other, OP_WAIT, NULL);
    ck_assert(!loop_start(loop, &other));
    ck_assert_int_eq(loop_turn(loop), -EDEADLK); // watched, but nobody waits for it
    await(loop, &w, &op);
    alarm_in(30);
    ck_assert_ptr_eq(kit_next(loop), &op);
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    loop_cancel(loop, &other);
    signals_unwatch(&w);
    loop_free(loop);
}
END_TEST

START_TEST(the_last_watch_gives_the_action_back)
{
    struct signal_watch one, two;
    signal(SIGUSR1, other_handler);
    watch(&one, SIGUSR1);
    watch(&two, SIGUSR1);
    ck_assert(action_of(SIGUSR1) != other_handler);
    signals_unwatch(&one);
    ck_assert(action_of(SIGUSR1) != other_handler);
    signals_unwatch(&two);
    ck_assert(action_of(SIGUSR1) == other_handler);
    watch(&one, SIGUSR2);
    signal(SIGUSR2, SIG_IGN); // somebody else's now
    signals_unwatch(&one);
    ck_assert(action_of(SIGUSR2) == SIG_IGN);
}
END_TEST

START_TEST(no_call_is_interrupted_and_errno_is_kept)
{
    struct loop *loop = kit_loop();
    struct signal_watch w;
    int pipes[2];
    char byte = 0;
    ck_assert_int_eq(pipe(pipes), 0);
    watch(&w, SIGALRM);
    alarm_in(20); // of this process, not of the child
    pid_t child = fork();
    if (child == 0) {
        usleep(100000);
        _exit(write(pipes[1], "x", 1) == 1 ? 0 : 1);
    }
    ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 'x');
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert(has_come(&w));
    errno = ENOTTY;
    raise(SIGALRM);
    ck_assert_int_eq(errno, ENOTTY);
    signals_unwatch(&w);
    close(pipes[0]);
    close(pipes[1]);
    loop_free(loop);
}
END_TEST

START_TEST(another_program_starts_without_handlers)
{
    struct signal_watch w;
    int status;
    watch(&w, SIGUSR1);
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "kill -USR1 $$; exit 3", (char *)NULL);
        _exit(4);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGUSR1);
    ck_assert(!has_come(&w));
    signals_unwatch(&w);
}
END_TEST

// How a shell ends that gets SIGUSR1, executed by a child of this process.
static int end_of_shell(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "kill -USR1 $$; exit 3", (char *)NULL);
        _exit(4);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

START_TEST(a_disarmed_signal_does_nothing_unwatched)
{
    struct signal_watch w;
    signals_disarm(SIGUSR1);
    raise(SIGUSR1);
    watch(&w, SIGUSR1);
    ck_assert(!has_come(&w));
    raise(SIGUSR1);
    ck_assert(has_come(&w));
    signals_unwatch(&w);
    raise(SIGUSR1);
    ck_assert(WIFSIGNALED(end_of_shell()));
    signal(SIGUSR1, SIG_DFL);
}
END_TEST

START_TEST(disarming_while_it_is_watched)
{
    struct signal_watch w;
    watch(&w, SIGUSR1);
    signals_disarm(SIGUSR1);
    raise(SIGUSR1);
    ck_assert(has_come(&w));
    signals_unwatch(&w);
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_DFL);
}
END_TEST

START_TEST(disarming_leaves_what_somebody_else_has_set)
{
    struct signal_watch w;
    signal(SIGUSR1, SIG_IGN);
    signals_disarm(SIGUSR1);
    ck_assert(action_of(SIGUSR1) == SIG_IGN);
    signal(SIGUSR1, other_handler);
    signals_disarm(SIGUSR1);
    ck_assert(action_of(SIGUSR1) == other_handler);
    watch(&w, SIGUSR1);
    signals_disarm(SIGUSR1);
    signals_unwatch(&w);
    ck_assert(action_of(SIGUSR1) == other_handler);
    signal(SIGUSR1, SIG_DFL);
}
END_TEST

START_TEST(the_loop_made_last_is_woken)
{
    struct loop *old = kit_loop(), *loop = kit_loop();
    struct signal_watch w;
    struct op op;
    op_init(&op);
    watch(&w, SIGALRM);
    loop_free(old);
    await(loop, &w, &op);
    alarm_in(30);
    ck_assert_ptr_eq(kit_next(loop), &op);
    loop_free(loop);
    raise(SIGALRM); // wakes nobody
    ck_assert(has_come(&w));
    signals_unwatch(&w);
}
END_TEST

UNIT_MAIN("signals", knows_names, refuses_what_cannot_be_watched, every_name_can_be_watched,
          wakes_who_waits, one_that_came_before_the_wait_is_not_lost, each_watch_sees_it,
          signals_do_not_mix, a_wait_that_ends_otherwise_takes_no_signal,
          only_a_wait_is_no_deadlock, the_last_watch_gives_the_action_back,
          no_call_is_interrupted_and_errno_is_kept, another_program_starts_without_handlers,
          a_disarmed_signal_does_nothing_unwatched, disarming_while_it_is_watched,
          disarming_leaves_what_somebody_else_has_set, the_loop_made_last_is_woken)
