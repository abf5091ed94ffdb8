// SPDX-License-Identifier: BSD-3-Clause
// A histogram of latencies: 32 buckets for each doubling, so a bucket is 3 % wide.

#include "load.h"

#include <string.h>

#define STEPS 32

// Values below STEPS have a bucket each; above, the highest bit and the five bits after it count.
static unsigned bucket_of(uint64_t ns)
{
    if (ns < STEPS)
        return (unsigned)ns;
    unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - 5;
    return (shift + 1) * STEPS + (unsigned)(ns >> shift) - STEPS;
}

static uint64_t bucket_value(unsigned bucket)
{
    if (bucket < STEPS)
        return bucket;
    unsigned shift = bucket / STEPS - 1;
    return (uint64_t)(bucket % STEPS + STEPS) << shift;
}

void latency_clear(struct latency *latency)
{
    memset(latency, 0, sizeof(*latency));
}

void latency_add(struct latency *latency, uint64_t ns)
{
    latency->count++;
    latency->buckets[bucket_of(ns)]++;
}

uint64_t latency_share(const struct latency *latency, double share)
{
    uint64_t seen = 0, last = 0;
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
        if (!latency->buckets[i])
            continue;
        seen += latency->buckets[i];
        last = bucket_value(i);
        if ((double)seen >= share * (double)latency->count)
            break;
    }
    return last;
}
