// SPDX-License-Identifier: BSD-3-Clause
// The loop: who wakes it, from another thread and from handlers of signals.

#include "loop/loop.h"

#include "loop_pair.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

// An op that waits for what does not come.
static void start(void)
{
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!loop_start(loop, &op));
}

// Turns until the loop tells something; nothing may come back meanwhile.
static int turned(void)
{
    int rc;
    while ((rc = loop_turn(loop)) == 0)
        ck_assert_ptr_null(loop_next(loop));
    return rc;
}

static void *wake_soon(void *arg)
{
    usleep(20 * 1000);
    loop_wake(arg);
    return NULL;
}

START_TEST(a_wake_from_another_thread_is_told)
{
    pthread_t thread;
    begin();
    start();
    ck_assert_int_eq(pthread_create(&thread, NULL, wake_soon, loop), 0);
    ck_assert_int_eq(turned(), -EINTR);
    pthread_join(thread, NULL);
    ck_assert_ptr_null(loop_next(loop));
    kit_idle(loop, &timer, 0.01); // it was told once
    loop_wake(loop);
    ck_assert_int_eq(loop_turn(loop), -EINTR);
    loop_cancel(loop, &op);
    loop_wake(loop);
    ck_assert_int_eq(loop_turn(loop), -EINTR); // before "nothing to wait for"
    finish();
}
END_TEST

static void on_alarm(int number)
{
    (void)number;
    loop_wake(loop);
}

START_TEST(a_wake_from_a_signal_handler_is_told)
{
    struct sigaction action = {.sa_handler = on_alarm}, before;
    struct itimerval soon = {.it_value = {.tv_usec = 20 * 1000}};
    begin();
    start();
    ck_assert_int_eq(sigaction(SIGALRM, &action, &before), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
    ck_assert_int_eq(turned(), -EINTR);
    sigaction(SIGALRM, &before, NULL);
    loop_cancel(loop, &op);
    finish();
}
END_TEST

static void on_nothing(int number)
{
    (void)number;
}

START_TEST(any_other_signal_just_goes_by)
{
    struct sigaction action = {.sa_handler = on_nothing}, before;
    struct itimerval often = {.it_interval = {.tv_usec = 3000}, .it_value = {.tv_usec = 3000}};
    struct itimerval never = {.it_value = {0, 0}};
    begin();
    ck_assert_int_eq(sigaction(SIGALRM, &action, &before), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    uint64_t until = clock_deadline(clock_now(), 0.05);
    kit_idle(loop, &timer, 0.05);
    ck_assert_uint_ge(clock_now(), until);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    finish();
}
END_TEST

UNIT_MAIN("loop_wake", a_wake_from_another_thread_is_told, a_wake_from_a_signal_handler_is_told,
          any_other_signal_just_goes_by)
