// SPDX-License-Identifier: BSD-3-Clause
// Random numbers that can be had again.
//
// A property test begins with random_start(), which prints its seed; SSS_TEST_SEED in the
// environment gives the same numbers once more. It refuses to be good at anything but tests.
#ifndef SSS_TESTS_RANDOM_H
#define SSS_TESTS_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static uint64_t random_state = 1;

// The seed, also printed to stderr.
static inline uint64_t random_start(const char *what)
{
    const char *given = getenv("SSS_TEST_SEED");
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t seed = (uint64_t)t.tv_nsec * 1000003u + (uint64_t)getpid();
    if (given)
        seed = strtoull(given, NULL, 10);
    fprintf(stderr, "%s: SSS_TEST_SEED=%llu\n", what, (unsigned long long)seed);
    random_state = seed * 2 + 1;
    return seed;
}

// 0 .. below - 1 (splitmix64).
static inline uint64_t random_below(uint64_t below)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}

#endif
