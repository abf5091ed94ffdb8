// SPDX-License-Identifier: BSD-3-Clause
// Tests of the checksum, against what `xxhsum -H1` prints.

#include "base/checksum.h"
#include "random.h"
#include "unit.h"

#include <string.h>

static unsigned char bytes[1000];

static void fill(void)
{
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + 3);
}

START_TEST(agrees_with_others)
{
    static const struct {
        size_t size;
        uint64_t sum;
    } known[] = {
        {0, 0xef46db3751d8e999},  {1, 0x1f25c8d0bc1f4bb6},   {3, 0x31d2363f52e564c9},
        {4, 0x9bb64b7d66ee9fda},  {8, 0xdab99d95c6f90092},   {31, 0xa2aa5f33cc4a6119},
        {32, 0x23c3c17ef790fd97}, {33, 0x50a7cfc7ba588784},  {63, 0x5e3e54b431c7493c},
        {64, 0x0eb64b3ef6eeb01f}, {100, 0xa61f8d4c170fe531}, {1000, 0x5f235fa033f1a3fb},
    };
    fill();
    ck_assert_uint_eq(checksum_of("abc", 3), 0x44bc2cf5ad770999);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        ck_assert_uint_eq(checksum_of(bytes, known[i].size), known[i].sum);
}
END_TEST

START_TEST(is_the_same_in_pieces)
{
    random_start("checksum");
    fill();
    for (int round = 0; round < 2000; round++) {
        struct checksum c;
        size_t size = random_below(sizeof bytes + 1);
        checksum_start(&c);
        for (size_t done = 0; done < size;) {
            size_t part = random_below(size - done + 1);
            checksum_add(&c, bytes + done, part);
            done += part;
        }
        ck_assert_uint_eq(checksum_value(&c), checksum_of(bytes, size));
        ck_assert_uint_eq(checksum_value(&c), checksum_value(&c));
    }
}
END_TEST

START_TEST(notices_each_changed_byte)
{
    fill();
    uint64_t whole = checksum_of(bytes, 300);
    for (size_t i = 0; i < 300; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            ck_assert_uint_ne(checksum_of(bytes, 300), whole);
            bytes[i] ^= (unsigned char)(1 << bit);
        }
        ck_assert_uint_ne(checksum_of(bytes, i), whole);
    }
}
END_TEST

UNIT_MAIN("checksum", agrees_with_others, is_the_same_in_pieces, notices_each_changed_byte)
