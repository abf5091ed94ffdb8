// SPDX-License-Identifier: BSD-3-Clause
// For the unit tests of the loop: what they begin with, a loop with a pair of streams and two ops.

#ifndef SSS_TESTS_LOOP_PAIR_H
#define SSS_TESTS_LOOP_PAIR_H

#include "loop_kit.h"

static struct loop *loop;
static struct stream *pair[2];
static struct op op, timer;

static inline void begin(void)
{
    loop = kit_loop();
    kit_pair(loop_streams(loop), true, pair);
    op_init(&op);
    op_init(&timer);
}

static inline void finish(void)
{
    ck_assert_uint_eq(loop_in_flight(loop), 0);
    ck_assert_int_eq(loop_close(loop, pair[0]), 0);
    ck_assert_int_eq(loop_close(loop, pair[1]), 0);
    loop_drop(loop, &op);
    loop_drop(loop, &timer);
    loop_free(loop);
}

#endif
