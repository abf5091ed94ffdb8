// SPDX-License-Identifier: BSD-3-Clause
// Growable queue of bytes.

#ifndef SSS_BASE_BYTES_H
#define SSS_BASE_BYTES_H

// Bytes go in at the end and come out at the front. An empty queue holds no memory: the buffer is
// taken when bytes come and given back when the last one is consumed; buffers of the smallest size
// come from a small pool. The pool is per process and not locked: one thread only. It refuses to
// know where the bytes come from or what they mean.

#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct buffer {
    size_t start;    // first byte that is in the queue
    size_t end;      // one past the last
    size_t capacity; // size of data
    char data[];
};

// The buffers that queues hold now, and their capacity; those in the pool are not in use.
struct bytes_counts {
    size_t buffers;
    size_t bytes;
};

extern struct bytes_counts bytes_counts;

struct bytes {
    struct buffer *buffer; // NULL when the queue is empty
};

static inline size_t bytes_length(const struct bytes *b)
{
    return b->buffer ? b->buffer->end - b->buffer->start : 0;
}

// The first of bytes_length() bytes, never NULL; valid until the next call that changes the queue.
static inline const char *bytes_front(const struct bytes *b)
{
    return b->buffer ? b->buffer->data + b->buffer->start : "";
}

// For bytes_reserve() only: makes room for SIZE more bytes. 0 or -ENOMEM.
int bytes_make_room(struct bytes *b, size_t size) MUST_CHECK;

// Makes room for SIZE more bytes and returns where they go, or NULL when there is no memory
// (the queue is then unchanged). bytes_commit() tells how many were really written there; it must
// be called for 0 too, so that a queue that stays empty gives its buffer back.
static inline char *bytes_reserve(struct bytes *b, size_t size)
{
    bool has_room = b->buffer && size <= b->buffer->capacity - b->buffer->end;
    if (!has_room && bytes_make_room(b, size) < 0)
        return NULL;
    return b->buffer->data + b->buffer->end;
}
void bytes_commit(struct bytes *b, size_t size);

// Appends SIZE bytes from elsewhere than the queue. 0, or -ENOMEM with the queue unchanged.
static inline int bytes_append(struct bytes *b, const void *data, size_t size)
{
    if (size == 0)
        return 0;
    char *room = bytes_reserve(b, size);
    if (!room)
        return -ENOMEM;
    memcpy(room, data, size);
    b->buffer->end += size;
    return 0;
}

// Drops SIZE bytes (at most bytes_length()) from the front; frees the buffer when none is left.
void bytes_consume(struct bytes *b, size_t size);

// Drops everything and gives the buffer back.
void bytes_clear(struct bytes *b);

// Gives the pooled buffers back to the system (at the end of the program).
void bytes_drain_pool(void);

#endif
