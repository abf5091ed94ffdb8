// SPDX-License-Identifier: BSD-3-Clause
// Time: the monotonic clock, deadlines.

#ifndef SSS_BASE_CLOCK_H
#define SSS_BASE_CLOCK_H

// All waiting is measured on the monotonic clock in nanoseconds. A timeout is relative and in
// seconds (as the script writer gives it); a deadline is absolute and in nanoseconds. It refuses
// to wait: it only tells the time.

#include <stdint.h>

#define DEADLINE_NONE UINT64_MAX

// CLOCK_MONOTONIC, in nanoseconds; clock_gettime(2).
uint64_t clock_now(void);

// CLOCK_MONOTONIC_COARSE: the same, but of the last tick of the system's own clock, and five times
// as cheap. How far apart these are; clock_getres(2).
uint64_t clock_coarse(void);
uint64_t clock_coarse_step(void);

// CLOCK_REALTIME, in seconds since the Epoch; clock_gettime(2).
double clock_wall(void);

// NOW + SECONDS as a deadline. Negative or NaN: NOW itself. Too far to count (more than 292
// years, infinity): DEADLINE_NONE.
uint64_t clock_deadline(uint64_t now, double seconds);

// From NOW to DEADLINE in whole milliseconds, rounded up, for poll(2)-like calls: 0 when it has
// passed, -1 for DEADLINE_NONE, at most INT_MAX.
int clock_timeout_ms(uint64_t now, uint64_t deadline);

#endif
