// SPDX-License-Identifier: BSD-3-Clause
// The poller: how long it waits, with epoll_pwait2(2) and where there is none.

#include "loop/poller.h"

#include "loop_kit.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

enum { US = 1000, MS = 1000 * US, NUMBER_OF_PWAIT2 = 441 };

static struct poller *poller;
static struct list ready, closed;

static void begin(void)
{
    ck_assert_int_eq(poller_new(&poller_epoll, &poller), 0);
    list_init(&ready);
    list_init(&closed);
}

// One wait of at most NS in which nothing comes: how long it took.
static uint64_t waited(uint64_t ns)
{
    uint64_t began = clock_now();
    ck_assert_int_eq(poller_wait(poller, ns, &ready, &closed), 0);
    uint64_t took = clock_now() - began;
    ck_assert(list_is_empty(&ready) && list_is_empty(&closed));
    return took;
}

// The shortest of many waits: the machine may be busy with something else.
static uint64_t best(uint64_t ns)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 50; i++) {
        uint64_t took = waited(ns);
        least = took < least ? took : least;
    }
    return least;
}

START_TEST(a_wait_is_exact_and_never_short)
{
    begin();
    ck_assert_uint_ge(best(300 * US), 300 * US);
    ck_assert_uint_lt(best(300 * US), MS); // whole milliseconds would be more
    ck_assert_uint_ge(best(2 * MS + 1), 2 * MS + 1);
    ck_assert_uint_lt(best(0), MS);
    poller_free(poller);
}
END_TEST

START_TEST(a_long_wait_may_end_early_by_a_little)
{
    begin();
    uint64_t took = waited(300 * (uint64_t)MS);
    ck_assert_uint_ge(took, 290 * (uint64_t)MS);
    poller_wake(poller);
    ck_assert_uint_lt(waited(DEADLINE_NONE), 60000 * (uint64_t)MS);
    poller_wake(poller);
    ck_assert_uint_lt(waited(DEADLINE_NONE - 1), 60000 * (uint64_t)MS); // beyond what it can count
    poller_free(poller);
}
END_TEST

// From here on this process gets ERROR for epoll_pwait2(2). False: it may not have that.
static bool refuse_pwait2(int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NUMBER_OF_PWAIT2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void wait_without_pwait2(int error)
{
    if (!refuse_pwait2(error))
        return;
    begin();
    ck_assert_uint_ge(best(300 * US), MS); // rounded up: still never short
    ck_assert_uint_lt(best(0), MS);
    uint64_t took = waited(100 * (uint64_t)MS);
    ck_assert_uint_ge(took, 100 * (uint64_t)MS);
    poller_wake(poller);
    ck_assert_uint_lt(waited(DEADLINE_NONE), 60000 * (uint64_t)MS);
    poller_free(poller);
}

START_TEST(an_old_kernel_has_whole_milliseconds)
{
    wait_without_pwait2(ENOSYS);
}
END_TEST

START_TEST(so_has_a_container_that_forbids_new_calls)
{
    wait_without_pwait2(EPERM);
}
END_TEST

UNIT_MAIN("poller_wait", a_wait_is_exact_and_never_short, a_long_wait_may_end_early_by_a_little,
          an_old_kernel_has_whole_milliseconds, so_has_a_container_that_forbids_new_calls)
