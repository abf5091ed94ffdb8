// SPDX-License-Identifier: BSD-3-Clause
// XXH64.

#include "base/checksum.h"

#include "base/little.h"

#include <string.h>

static const uint64_t prime1 = 0x9E3779B185EBCA87;
static const uint64_t prime2 = 0xC2B2AE3D27D4EB4F;
static const uint64_t prime3 = 0x165667B19E3779F9;
static const uint64_t prime4 = 0x85EBCA77C2B2AE63;
static const uint64_t prime5 = 0x27D4EB2F165667C5;

enum { STRIPE = 32 };

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * prime2, 31) * prime1;
}

void checksum_start(struct checksum *c)
{
    *c = (struct checksum){.lane = {prime1 + prime2, prime2, 0, 0 - prime1}};
}

// Takes whole stripes of 32 bytes.
static void add_stripes(struct checksum *c, const unsigned char *data, size_t size)
{
    uint64_t a = c->lane[0], b = c->lane[1], d = c->lane[2], e = c->lane[3];
    for (const unsigned char *end = data + size; data < end; data += STRIPE) {
        a = mix(a, little_load64(data));
        b = mix(b, little_load64(data + 8));
        d = mix(d, little_load64(data + 16));
        e = mix(e, little_load64(data + 24));
    }
    c->lane[0] = a, c->lane[1] = b, c->lane[2] = d, c->lane[3] = e;
}

void checksum_add(struct checksum *c, const void *data, size_t size)
{
    const unsigned char *at = data;
    size_t held = c->size % STRIPE;
    c->size += size;
    if (held > 0) {
        size_t part = size < STRIPE - held ? size : STRIPE - held;
        memcpy(c->rest + held, at, part);
        at += part;
        size -= part;
        if (held + part < STRIPE)
            return;
        add_stripes(c, c->rest, STRIPE);
    }
    size_t whole = size - size % STRIPE;
    add_stripes(c, at, whole);
    if (size > whole)
        memcpy(c->rest, at + whole, size - whole);
}

static uint64_t merge_lanes(const struct checksum *c)
{
    const uint64_t *lane = c->lane;
    uint64_t sum =
        rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
    for (int i = 0; i < 4; i++)
        sum = (sum ^ mix(0, lane[i])) * prime1 + prime4;
    return sum;
}

static uint64_t add_rest(uint64_t sum, const unsigned char *at, size_t size)
{
    for (; size >= 8; at += 8, size -= 8)
        sum = rotate(sum ^ mix(0, little_load64(at)), 27) * prime1 + prime4;
    for (; size >= 4; at += 4, size -= 4)
        sum = rotate(sum ^ little_load32(at) * prime1, 23) * prime2 + prime3;
    for (; size > 0; at++, size--)
        sum = rotate(sum ^ *at * prime5, 11) * prime1;
    return sum;
}

uint64_t checksum_value(const struct checksum *c)
{
    uint64_t sum = c->size < STRIPE ? prime5 : merge_lanes(c);
    sum = add_rest(sum + c->size, c->rest, c->size % STRIPE);
    sum = (sum ^ sum >> 33) * prime2;
    sum = (sum ^ sum >> 29) * prime3;
    return sum ^ sum >> 32;
}

uint64_t checksum_of(const void *data, size_t size)
{
    struct checksum c;
    checksum_start(&c);
    checksum_add(&c, data, size);
    return checksum_value(&c);
}
