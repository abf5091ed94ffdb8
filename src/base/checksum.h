// SPDX-License-Identifier: BSD-3-Clause
// A fast 64-bit checksum.

#ifndef SSS_BASE_CHECKSUM_H
#define SSS_BASE_CHECKSUM_H

// XXH64 with seed 0, as in the specification "xxHash fast digest algorithm" (version 0.1.1) of Yann
// Collet; `xxhsum -H1` prints the same numbers. A change of up to eight neighbouring bytes in one
// of its lanes always changes the sum; any other change goes unnoticed with a probability of 1 in
// 2^64. It is no defence against somebody who changes a file with intent.

#include <stddef.h>
#include <stdint.h>

struct checksum {
    uint64_t lane[4];
    uint64_t size;          // bytes added so far
    unsigned char rest[32]; // the last size % 32 of them, not yet in the lanes
};

void checksum_start(struct checksum *c);

// Adds SIZE bytes. The sum is the same however the bytes are divided among calls.
void checksum_add(struct checksum *c, const void *data, size_t size);

// The sum of everything added; more may be added afterwards.
uint64_t checksum_value(const struct checksum *c);

// The sum of these SIZE bytes alone.
uint64_t checksum_of(const void *data, size_t size);

#endif
