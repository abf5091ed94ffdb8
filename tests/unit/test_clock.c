// SPDX-License-Identifier: BSD-3-Clause
// Tests of the clocks and of deadlines.

#include "base/clock.h"
#include "unit.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)
#define MS UINT64_C(1000000)

START_TEST(now_only_goes_on)
{
    uint64_t before = clock_now();
    struct timespec pause = {.tv_nsec = 20 * 1000000};
    nanosleep(&pause, NULL);
    uint64_t after = clock_now();
    ck_assert_uint_ge(after - before, 20 * MS);
    ck_assert_uint_lt(after - before, 15 * SECOND); // nanoseconds and not some other unit
    for (int i = 0; i < 10000; i++) {
        before = after;
        after = clock_now();
        if (after < before)
            ck_abort_msg("from %" PRIu64 " back to %" PRIu64, before, after);
    }
}
END_TEST

START_TEST(wall_is_the_time_of_day)
{
    double before = (double)time(NULL);
    double wall = clock_wall();
    ck_assert_double_ge(wall, before - 1);
    ck_assert_double_le(wall, before + 15);
}
END_TEST

START_TEST(the_coarse_clock_is_a_little_behind)
{
    uint64_t step = clock_coarse_step(), began = clock_now(), last = 0, coarse;
    ck_assert_uint_gt(step, 0);
    ck_assert_uint_le(step, SECOND);
    while ((coarse = clock_coarse()) < began) { // it goes on by itself
        ck_assert_uint_le(last, coarse);
        ck_assert_uint_le(coarse, clock_now());
        ck_assert_uint_lt(clock_now(), began + 60 * SECOND);
        last = coarse;
    }
}
END_TEST

START_TEST(deadline_adds_seconds)
{
    ck_assert_uint_eq(clock_deadline(5 * SECOND, 1.5), 6 * SECOND + 500 * MS);
    ck_assert_uint_eq(clock_deadline(0, 0.3), 300 * MS);
    ck_assert_uint_eq(clock_deadline(0, 2.01), 2010 * MS); // 2009999999.9999998 before rounding
    ck_assert_uint_eq(clock_deadline(7, 1e-9), 8);
    ck_assert_uint_eq(clock_deadline(7, 1e-12), 7);
    ck_assert_uint_eq(clock_deadline(1, 86400.0 * 365), 1 + 86400 * 365 * SECOND);
}
END_TEST

START_TEST(deadline_of_nothing_is_now)
{
    static const double nothing[] = {0.0, -0.0, -1e-9, -5, -1e300, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        ck_assert_uint_eq(clock_deadline(42, nothing[i]), 42);
}
END_TEST

START_TEST(deadline_too_far_is_none)
{
    static const double far[] = {9223372036.0, 1e10, 1.8446744073709552e10, 1e300, INFINITY};
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++)
        ck_assert_uint_eq(clock_deadline(42, far[i]), DEADLINE_NONE);
    ck_assert_uint_lt(clock_deadline(42, 9223372035.0), DEADLINE_NONE);
    ck_assert_uint_eq(clock_deadline(UINT64_MAX - SECOND, 1), DEADLINE_NONE);
    ck_assert_uint_eq(clock_deadline(UINT64_MAX - SECOND, 2), DEADLINE_NONE); // no wrapping
    ck_assert_uint_eq(clock_deadline(UINT64_MAX - SECOND - 1, 1), UINT64_MAX - 1);
}
END_TEST

START_TEST(timeout_rounds_up)
{
    ck_assert_int_eq(clock_timeout_ms(1000, 1001), 1);
    ck_assert_int_eq(clock_timeout_ms(1000, 1000 + MS), 1);
    ck_assert_int_eq(clock_timeout_ms(1000, 1001 + MS), 2);
    ck_assert_int_eq(clock_timeout_ms(0, 90 * SECOND), 90000);
}
END_TEST

START_TEST(timeout_has_limits)
{
    ck_assert_int_eq(clock_timeout_ms(5, 5), 0);
    ck_assert_int_eq(clock_timeout_ms(6, 5), 0);
    ck_assert_int_eq(clock_timeout_ms(UINT64_MAX, 0), 0);
    ck_assert_int_eq(clock_timeout_ms(0, DEADLINE_NONE), -1);
    ck_assert_int_eq(clock_timeout_ms(UINT64_MAX, DEADLINE_NONE), -1);
    ck_assert_int_eq(clock_timeout_ms(0, DEADLINE_NONE - 1), INT_MAX);
    ck_assert_int_eq(clock_timeout_ms(0, (uint64_t)INT_MAX * MS), INT_MAX);
    ck_assert_int_eq(clock_timeout_ms(0, (uint64_t)INT_MAX * MS + 1), INT_MAX);
    ck_assert_int_eq(clock_timeout_ms(0, (uint64_t)INT_MAX * MS - MS), INT_MAX - 1);
}
END_TEST

UNIT_MAIN("clock", now_only_goes_on, the_coarse_clock_is_a_little_behind, wall_is_the_time_of_day,
          deadline_adds_seconds, deadline_of_nothing_is_now, deadline_too_far_is_none,
          timeout_rounds_up, timeout_has_limits)
