// SPDX-License-Identifier: BSD-3-Clause
// Growable queue of bytes, and the pool of its smallest buffers.

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A buffer in the pool is poisoned: the address sanitizer reports who still uses it.
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(data, size) ((void)(data), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(data, size) ((void)(data), (void)(size))
#endif

enum { SMALLEST = 4096, POOL_MAX = 64 };

struct bytes_counts bytes_counts;

static struct buffer *pool[POOL_MAX];
static size_t pool_count;

static struct buffer *buffer_take(size_t capacity)
{
    struct buffer *buffer;
    if (capacity == SMALLEST && pool_count > 0) {
        buffer = pool[--pool_count];
        ASAN_UNPOISON_MEMORY_REGION(buffer->data, SMALLEST);
    } else {
        buffer = malloc(sizeof *buffer + capacity);
    }
    if (!buffer)
        return NULL;
    *buffer = (struct buffer){.capacity = capacity};
    bytes_counts.buffers++;
    bytes_counts.bytes += capacity;
    return buffer;
}

static void buffer_give(struct buffer *buffer)
{
    bytes_counts.buffers--;
    bytes_counts.bytes -= buffer->capacity;
    if (buffer->capacity != SMALLEST || pool_count == POOL_MAX) {
        free(buffer);
        return;
    }
    ASAN_POISON_MEMORY_REGION(buffer->data, SMALLEST);
    pool[pool_count++] = buffer;
}

void bytes_drain_pool(void)
{
    while (pool_count > 0) {
        struct buffer *buffer = pool[--pool_count];
        ASAN_UNPOISON_MEMORY_REGION(buffer->data, SMALLEST);
        free(buffer);
    }
}

void bytes_clear(struct bytes *b)
{
    if (b->buffer)
        buffer_give(b->buffer);
    b->buffer = NULL;
}

// Moves the bytes to the front of TO, which may be the buffer that they are in.
static void bytes_move(struct bytes *b, struct buffer *to)
{
    size_t length = bytes_length(b);
    if (length > 0)
        memmove(to->data, bytes_front(b), length);
    to->start = 0;
    to->end = length;
}

// Does moving the bytes to the front make room for SIZE more, and is the gap there at least as long
// as what has to be moved? Otherwise a long queue with a short gap would be moved at every call.
static bool bytes_compaction_pays(const struct bytes *b, size_t size)
{
    const struct buffer *buffer = b->buffer;
    size_t length = bytes_length(b);
    return size <= buffer->capacity - length &&
           (buffer->capacity == SMALLEST || buffer->start >= length);
}

// The capacity for LENGTH + SIZE bytes, larger than what is there now; 0 when it cannot be.
static size_t bytes_next_capacity(const struct bytes *b, size_t size)
{
    if (size > SIZE_MAX / 4 - bytes_length(b))
        return 0;
    size_t need = bytes_length(b) + size;
    size_t capacity = b->buffer ? b->buffer->capacity * 2 : SMALLEST;
    while (capacity < need)
        capacity *= 2;
    return capacity;
}

static int bytes_grow(struct bytes *b, size_t size)
{
    size_t capacity = bytes_next_capacity(b, size);
    struct buffer *buffer = capacity == 0 ? NULL : buffer_take(capacity);
    if (!buffer)
        return -ENOMEM;
    bytes_move(b, buffer);
    if (b->buffer)
        buffer_give(b->buffer);
    b->buffer = buffer;
    return 0;
}

int bytes_make_room(struct bytes *b, size_t size)
{
    if (!b->buffer || !bytes_compaction_pays(b, size))
        return bytes_grow(b, size);
    bytes_move(b, b->buffer);
    return 0;
}

// An empty queue holds no buffer.
static void bytes_settle(struct bytes *b)
{
    if (bytes_length(b) == 0)
        bytes_clear(b);
}

void bytes_commit(struct bytes *b, size_t size)
{
    if (size > 0)
        b->buffer->end += size;
    bytes_settle(b);
}

void bytes_consume(struct bytes *b, size_t size)
{
    if (size > 0)
        b->buffer->start += size;
    bytes_settle(b);
}
