// SPDX-License-Identifier: BSD-3-Clause
// For the unit tests of ops: what they begin with, a pair of streams and an op, and no loop.

#ifndef SSS_TESTS_OP_PAIR_H
#define SSS_TESTS_OP_PAIR_H

#include "loop_kit.h"

static struct streams shared;
static struct stream *pair[2];
static struct op op;

static inline void begin(bool tcp)
{
    ck_assert_int_eq(streams_init(&shared), 0);
    kit_pair(&shared, tcp, pair);
    op_init(&op);
}

static inline void finish(void)
{
    kit_end(pair[0]);
    kit_end(pair[1]);
    streams_free(&shared);
}

#endif
