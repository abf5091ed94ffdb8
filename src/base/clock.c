// SPDX-License-Identifier: BSD-3-Clause
// The system's two clocks, and arithmetic with deadlines that cannot overflow.

#include "base/clock.h"

#include <limits.h>
#include <time.h>

#define NS_PER_SECOND 1000000000u
#define NS_PER_MS 1000000u
#define SECONDS_MAX 9223372036.0 // 2^63 ns, about 292 years

static uint64_t in_ns(const struct timespec *t)
{
    return (uint64_t)t->tv_sec * NS_PER_SECOND + (uint64_t)t->tv_nsec;
}

uint64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t); // cannot fail on Linux with this clock
    return in_ns(&t);
}

uint64_t clock_coarse(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t); // cannot fail either
    return in_ns(&t);
}

uint64_t clock_coarse_step(void)
{
    struct timespec t;
    clock_getres(CLOCK_MONOTONIC_COARSE, &t);
    return in_ns(&t);
}

double clock_wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / NS_PER_SECOND;
}

uint64_t clock_deadline(uint64_t now, double seconds)
{
    if (!(seconds > 0)) // NaN too
        return now;
    if (seconds >= SECONDS_MAX)
        return DEADLINE_NONE;
    uint64_t delta = (uint64_t)(seconds * NS_PER_SECOND + 0.5);
    return delta < DEADLINE_NONE - now ? now + delta : DEADLINE_NONE;
}

int clock_timeout_ms(uint64_t now, uint64_t deadline)
{
    if (deadline == DEADLINE_NONE)
        return -1;
    if (deadline <= now)
        return 0;
    uint64_t left = deadline - now;
    // Rounded up: otherwise a loop would spin until the deadline.
    uint64_t ms = left / NS_PER_MS + (left % NS_PER_MS != 0);
    return ms < INT_MAX ? (int)ms : INT_MAX;
}
