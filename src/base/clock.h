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

// The time of the kernel's last clock tick (CLOCK_MONOTONIC_COARSE), in nanoseconds: five times as
// cheap as clock_now(). clock_coarse_step() is the time from one tick to the next; clock_getres(2).
uint64_t clock_coarse(void);
uint64_t clock_coarse_step(void);

// CLOCK_REALTIME, in seconds since the Epoch; clock_gettime(2).
double clock_wall(void);

// NOW + SECONDS as a deadline. Negative or NaN: NOW itself. More than 292 years, or infinity:
// DEADLINE_NONE.
uint64_t clock_deadline(uint64_t now, double seconds);

// From NOW to DEADLINE in whole milliseconds, rounded up, for poll(2)-like calls: 0 when it has
// passed, -1 for DEADLINE_NONE, at most INT_MAX.
int clock_timeout_ms(uint64_t now, uint64_t deadline);

#endif
