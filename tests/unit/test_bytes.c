// SPDX-License-Identifier: BSD-3-Clause
// Tests of the byte queue, the last of them against a plain large array.

#include "base/bytes.h"
#include "random.h"
#include "unit.h"

#include <stdint.h>
#include <string.h>

START_TEST(holds_no_memory_when_empty)
{
    struct bytes b = {0};
    ck_assert_uint_eq(bytes_length(&b), 0);
    ck_assert_ptr_nonnull(bytes_front(&b));
    ck_assert_int_eq(bytes_append(&b, "", 0), 0);
    ck_assert_ptr_null(b.buffer);
    ck_assert_int_eq(bytes_append(&b, "abc", 3), 0);
    ck_assert_ptr_nonnull(b.buffer);
    bytes_consume(&b, 2);
    ck_assert_ptr_nonnull(b.buffer);
    bytes_consume(&b, 1);
    ck_assert_ptr_null(b.buffer);
    ck_assert_ptr_nonnull(bytes_reserve(&b, 10));
    bytes_commit(&b, 0); // nothing came
    ck_assert_ptr_null(b.buffer);
    bytes_clear(&b);
    bytes_drain_pool();
}
END_TEST

START_TEST(consume_moves_nothing)
{
    struct bytes b = {0};
    ck_assert_int_eq(bytes_append(&b, "hello world", 11), 0);
    const char *front = bytes_front(&b);
    bytes_consume(&b, 6);
    ck_assert_ptr_eq(bytes_front(&b), front + 6);
    ck_assert_mem_eq(bytes_front(&b), "world", 5);
    ck_assert_uint_eq(bytes_length(&b), 5);
    bytes_clear(&b);
    bytes_drain_pool();
}
END_TEST

START_TEST(reserve_compacts_when_that_suffices)
{
    static char filler[4096];
    struct bytes b = {0};
    ck_assert_int_eq(bytes_append(&b, filler, sizeof filler - 3), 0);
    ck_assert_int_eq(bytes_append(&b, "end", 3), 0);
    size_t capacity = b.buffer->capacity;
    ck_assert_uint_eq(capacity, 4096);
    bytes_consume(&b, sizeof filler - 3);
    ck_assert_ptr_nonnull(bytes_reserve(&b, 4093));
    ck_assert_uint_eq(b.buffer->capacity, capacity);
    ck_assert_mem_eq(bytes_front(&b), "end", 3);
    ck_assert_ptr_nonnull(bytes_reserve(&b, 4094)); // one more does not fit
    ck_assert_uint_eq(b.buffer->capacity, 8192);
    ck_assert_mem_eq(bytes_front(&b), "end", 3);
    bytes_clear(&b);
    bytes_drain_pool();
}
END_TEST

// A long queue that loses a few bytes and gets a few must not be moved each time.
START_TEST(a_sliding_queue_does_not_grow_for_ever)
{
    static char block[60000];
    struct bytes b = {0};
    size_t largest = 0, moves = 0, start = 0;
    ck_assert_int_eq(bytes_append(&b, block, sizeof block), 0);
    for (int i = 0; i < 1000000; i++) {
        bytes_consume(&b, 10);
        start = b.buffer->start;
        if (bytes_append(&b, block, 10) < 0)
            ck_abort_msg("no memory");
        moves += b.buffer->start < start;
        largest = b.buffer->capacity > largest ? b.buffer->capacity : largest;
    }
    ck_assert_uint_le(largest, 4 * sizeof block + 4096);
    ck_assert_uint_le(moves, 10 * 1000000 / sizeof block + 2);
    bytes_clear(&b);
    bytes_drain_pool();
}
END_TEST

// malloc() refuses the largest sizes; the sanitizer's would make a report of it.
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
#define SIZES_FOR_MALLOC SIZE_MAX / 4 - 3, SIZE_MAX / 8
#else
#define SIZES_FOR_MALLOC
#endif

START_TEST(refuses_what_cannot_be)
{
    static const size_t sizes[] = {SIZE_MAX,         SIZE_MAX - 1, SIZE_MAX - 4096,
                                   SIZE_MAX / 2 + 1, SIZE_MAX / 2, SIZE_MAX / 4 + 1,
                                   SIZES_FOR_MALLOC};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes b = {0};
        ck_assert_ptr_null(bytes_reserve(&b, sizes[i]));
        ck_assert_ptr_null(b.buffer);
        ck_assert_int_eq(bytes_append(&b, "xabc", 4), 0);
        bytes_consume(&b, 1);
        ck_assert_ptr_null(bytes_reserve(&b, sizes[i]));
        ck_assert_int_eq(bytes_append(&b, "abc", sizes[i]), -ENOMEM);
        ck_assert_uint_eq(bytes_length(&b), 3);
        ck_assert_mem_eq(bytes_front(&b), "abc", 3);
        bytes_clear(&b);
    }
    bytes_drain_pool();
}
END_TEST

START_TEST(pool_takes_more_than_it_keeps)
{
    static struct bytes queues[200];
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 200; i++)
            ck_assert_int_eq(bytes_append(&queues[i], &i, sizeof i), 0);
        for (size_t i = 0; i < 200; i++)
            ck_assert_mem_eq(bytes_front(&queues[i]), &i, sizeof i); // no two share a buffer
        for (size_t i = 0; i < 200; i++)
            bytes_clear(&queues[i]);
    }
    bytes_drain_pool();
    bytes_drain_pool(); // nothing left
}
END_TEST

START_TEST(pool_gives_a_buffer_again)
{
    struct bytes a = {0}, b = {0};
    ck_assert_int_eq(bytes_append(&a, "a", 1), 0);
    const struct buffer *buffer = a.buffer;
    bytes_clear(&a);
    ck_assert_int_eq(bytes_append(&b, "b", 1), 0);
    ck_assert_ptr_eq(b.buffer, buffer);
    bytes_clear(&b);
    bytes_drain_pool();
}
END_TEST

// ---- against a plain large array

enum { STREAM = 1 << 24 };

static unsigned char stream_byte(size_t at)
{
    return (unsigned char)((at * 2654435761u) >> 13);
}

// Mostly small, now and then large.
static size_t some_size(void)
{
    static const size_t limits[] = {2, 20, 300, 5000, 70000};
    return random_below(limits[random_below(5)]);
}

static void put(struct bytes *b, char *model, size_t *written)
{
    size_t size = some_size();
    if (size > STREAM - *written)
        return;
    for (size_t i = 0; i < size; i++)
        model[*written + i] = (char)stream_byte(*written + i);
    if (random_below(2) == 0) {
        ck_assert_int_eq(bytes_append(b, model + *written, size), 0);
    } else {
        char *room = bytes_reserve(b, size + random_below(5000)); // more than is then used
        ck_assert_ptr_nonnull(room);
        memcpy(room, model + *written, size);
        bytes_commit(b, size);
    }
    *written += size;
}

START_TEST(behaves_like_a_plain_array)
{
    char *model = malloc(STREAM);
    size_t written = 0, taken = 0;
    struct bytes b = {0};
    random_start("bytes");
    for (int step = 0; step < 4000; step++) {
        if (random_below(2) == 0) {
            put(&b, model, &written);
        } else {
            size_t size = some_size();
            size = size < written - taken ? size : written - taken;
            bytes_consume(&b, size);
            taken += size;
        }
        ck_assert_uint_eq(bytes_length(&b), written - taken);
        ck_assert_int_eq(memcmp(bytes_front(&b), model + taken, written - taken), 0);
        ck_assert_int_eq(!b.buffer, written == taken);
    }
    bytes_clear(&b);
    bytes_drain_pool();
    free(model);
}
END_TEST

START_TEST(counts_the_buffers_in_use)
{
    struct bytes small = {0}, large = {0};
    ck_assert_uint_eq(bytes_counts.buffers, 0);
    ck_assert_uint_eq(bytes_counts.bytes, 0);
    ck_assert_int_eq(bytes_append(&small, "x", 1), 0);
    size_t one = bytes_counts.bytes;
    ck_assert_uint_eq(bytes_counts.buffers, 1);
    ck_assert_uint_eq(one, small.buffer->capacity);
    ck_assert_ptr_nonnull(bytes_reserve(&large, 100000));
    ck_assert_uint_eq(bytes_counts.buffers, 2);
    ck_assert_uint_eq(bytes_counts.bytes, one + large.buffer->capacity);
    ck_assert_ptr_nonnull(bytes_reserve(&small, 2 * one)); // the larger one replaces the smaller
    ck_assert_uint_eq(bytes_counts.buffers, 2);
    ck_assert_uint_eq(bytes_counts.bytes, small.buffer->capacity + large.buffer->capacity);
    ck_assert_ptr_null(bytes_reserve(&small, SIZE_MAX)); // changes nothing
    ck_assert_uint_eq(bytes_counts.buffers, 2);
    bytes_clear(&small);
    bytes_clear(&large);
    ck_assert_uint_eq(bytes_counts.buffers, 0);
    ck_assert_uint_eq(bytes_counts.bytes, 0);
    bytes_drain_pool();
    ck_assert_uint_eq(bytes_counts.buffers, 0);
}
END_TEST

UNIT_MAIN("bytes", holds_no_memory_when_empty, consume_moves_nothing,
          reserve_compacts_when_that_suffices, a_sliding_queue_does_not_grow_for_ever,
          refuses_what_cannot_be, pool_takes_more_than_it_keeps, pool_gives_a_buffer_again,
          behaves_like_a_plain_array, counts_the_buffers_in_use)
