// SPDX-License-Identifier: BSD-3-Clause
// Growable queue of bytes, and the pool of its smallest buffers.

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A buffer in the pool is poisoned, so that a test sees a use after it was given back.
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(data, size) ((void)(data), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(data, size) ((void)(data), (void)(size))
#endif

enum { SMALLEST = 4096, POOL_MAX = 64 };

static char *pool[POOL_MAX];
static size_t pool_count;

static char *buffer_take(size_t capacity)
{
    if (capacity != SMALLEST || pool_count == 0)
        return malloc(capacity);
    char *data = pool[--pool_count];
    ASAN_UNPOISON_MEMORY_REGION(data, SMALLEST);
    return data;
}

static void buffer_give(char *data, size_t capacity)
{
    if (capacity != SMALLEST || pool_count == POOL_MAX) {
        free(data);
        return;
    }
    ASAN_POISON_MEMORY_REGION(data, SMALLEST);
    pool[pool_count++] = data;
}

void bytes_drain_pool(void)
{
    while (pool_count > 0) {
        char *data = pool[--pool_count];
        ASAN_UNPOISON_MEMORY_REGION(data, SMALLEST);
        free(data);
    }
}

void bytes_clear(struct bytes *b)
{
    if (b->data != NULL)
        buffer_give(b->data, b->capacity);
    *b = (struct bytes){0};
}

// Moves the bytes to the front of DATA, which may be the buffer that they are in.
static void bytes_move(struct bytes *b, char *data)
{
    size_t length = bytes_length(b);
    if (length > 0)
        memmove(data, b->data + b->start, length);
    b->start = 0;
    b->end = length;
}

// Would moving the bytes to the front make room for SIZE, at a price that the bytes consumed
// since the last move have paid? Otherwise a long queue with a short gap would move at every call.
static bool bytes_compaction_pays(const struct bytes *b, size_t size)
{
    size_t length = bytes_length(b);
    return size <= b->capacity - length && (b->capacity == SMALLEST || b->start >= length);
}

// The capacity for LENGTH + SIZE bytes, larger than what is there now; 0 when it cannot be.
static size_t bytes_next_capacity(const struct bytes *b, size_t size)
{
    if (size > SIZE_MAX / 4 - bytes_length(b))
        return 0;
    size_t need = bytes_length(b) + size;
    size_t capacity = b->capacity == 0 ? SMALLEST : b->capacity * 2;
    while (capacity < need)
        capacity *= 2;
    return capacity;
}

static int bytes_grow(struct bytes *b, size_t size)
{
    size_t capacity = bytes_next_capacity(b, size);
    char *data = capacity == 0 ? NULL : buffer_take(capacity);
    if (data == NULL)
        return -ENOMEM;
    char *old = b->data;
    size_t old_capacity = b->capacity;
    bytes_move(b, data);
    if (old != NULL)
        buffer_give(old, old_capacity);
    b->data = data;
    b->capacity = capacity;
    return 0;
}

char *bytes_reserve(struct bytes *b, size_t size)
{
    if (b->data == NULL || size > b->capacity - b->end) {
        if (b->data != NULL && bytes_compaction_pays(b, size))
            bytes_move(b, b->data);
        else if (bytes_grow(b, size) < 0)
            return NULL;
    }
    return b->data + b->end;
}

void bytes_commit(struct bytes *b, size_t size)
{
    b->end += size;
    if (b->start == b->end)
        bytes_clear(b);
}

int bytes_append(struct bytes *b, const void *data, size_t size)
{
    if (size == 0)
        return 0;
    char *room = bytes_reserve(b, size);
    if (room == NULL)
        return -ENOMEM;
    memcpy(room, data, size);
    bytes_commit(b, size);
    return 0;
}

void bytes_consume(struct bytes *b, size_t size)
{
    b->start += size;
    if (b->start == b->end)
        bytes_clear(b);
}
