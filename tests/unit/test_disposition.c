// SPDX-License-Identifier: BSD-3-Clause
// Tests of what signals do.

#include "sys/disposition.h"

#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t heard;

static void hear(int number)
{
    heard = number;
}

START_TEST(sets_and_gives_back)
{
    struct sigaction before, other;
    ck_assert_int_eq(disposition_set(SIGUSR1, SIG_IGN, SA_RESTART, NULL), 0);
    ck_assert_int_eq(disposition_set(SIGUSR1, hear, 0, &before), 0);
    ck_assert(disposition_handler(SIGUSR1) == hear);
    ck_assert(before.sa_handler == SIG_IGN);
    ck_assert_int_ne(before.sa_flags & SA_RESTART, 0);
    raise(SIGUSR1);
    ck_assert_int_eq(heard, SIGUSR1);
    disposition_restore(SIGUSR1, &before);
    ck_assert(disposition_handler(SIGUSR1) == SIG_IGN);
    ck_assert_int_eq(disposition_set(SIGUSR1, hear, 0, &other), 0);
    ck_assert_int_ne(other.sa_flags & SA_RESTART, 0); // the flags came back too
}
END_TEST

START_TEST(says_what_is_no_signal)
{
    ck_assert(disposition_handler(0) == SIG_ERR);
    ck_assert_int_eq(disposition_set(SIGKILL, hear, 0, NULL), -EINVAL);
}
END_TEST

// This is not process 1.
START_TEST(leaves_the_default)
{
    disposition_begin();
    ck_assert(disposition_handler(SIGQUIT) == SIG_DFL);
    ck_assert(disposition_default() == SIG_DFL);
}
END_TEST

static void end_later(int number)
{
    disposition_end(number);
    heard = number; // the signal waits until this handler returns
}

static void end_now(int number)
{
    disposition_set(number, SIG_IGN, 0, NULL);
    disposition_end(number);
}

// The child that RUN has ended: by which signal, or -1 when it went on.
static int child_end(void (*run)(int number))
{
    int status;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        run(SIGTERM);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void handle(int number)
{
    disposition_set(number, end_later, 0, NULL);
    raise(number);
}

START_TEST(ends_the_program_by_the_signal)
{
    ck_assert_int_eq(child_end(end_now), SIGTERM);
    ck_assert_int_eq(child_end(handle), SIGTERM);
}
END_TEST

UNIT_MAIN("disposition", sets_and_gives_back, says_what_is_no_signal, leaves_the_default,
          ends_the_program_by_the_signal)
