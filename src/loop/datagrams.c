// SPDX-License-Identifier: BSD-3-Clause
// Datagrams that are fetched several at a time.

#include "loop/datagrams.h"

#include "loop/stream.h"
#include "sys/sock.h"

#include <stdlib.h>
#include <string.h>

// A datagram over IP has less than 64 KiB. The slots begin at different cache lines of their pages.
// Pages that are not used cost no memory.
enum { SLOT_SIZE = 64 * 1024 + 64 };

struct batch {
    const struct stream *owner; // NULL when the batch is empty
    int next;                   // the first slot that was not handed out yet
    int count;                  // of the slots filled
    struct mmsghdr messages[BATCH_SLOTS];
    struct iovec parts[BATCH_SLOTS];
    struct sockaddr_in6 names[BATCH_SLOTS]; // or sockaddr_in, which is shorter
    char slots[BATCH_SLOTS][SLOT_SIZE];
};

bool datagrams_has(const struct stream *s)
{
    const struct batch *b = s->shared->batch;
    return b && b->owner == s;
}

void datagrams_clear(struct streams *shared)
{
    if (shared->batch)
        shared->batch->owner = NULL;
}

void datagrams_drop(const struct stream *s)
{
    if (datagrams_has(s))
        datagrams_clear(s->shared);
}

// The batch, if it is empty. NULL when another stream has it, or there is no memory for it.
static struct batch *free_batch(struct streams *shared)
{
    struct batch *b = shared->batch;
    if (b)
        return b->owner ? NULL : b;
    b = malloc(sizeof *b);
    if (!b)
        return NULL;
    b->owner = NULL;
    for (int i = 0; i < BATCH_SLOTS; i++) {
        b->parts[i] = (struct iovec){b->slots[i], SLOT_SIZE};
        b->messages[i].msg_hdr =
            (struct msghdr){.msg_name = &b->names[i], .msg_iov = &b->parts[i], .msg_iovlen = 1};
    }
    shared->batch = b;
    return b;
}

// Receives several datagrams into B: 0 or -errno. For a single one, a plain receive is faster.
static int fetch(struct stream *s, struct batch *b)
{
    for (int i = 0; i < BATCH_SLOTS; i++)
        b->messages[i].msg_hdr.msg_namelen = sizeof b->names[i];
    int count = sock_recvmmsg(s->fd, b->messages, BATCH_SLOTS);
    if (count <= 0)
        return count < 0 ? count : -EAGAIN;
    b->owner = s;
    b->next = 0;
    b->count = count;
    if (count == 1)
        s->run = 0;
    return 0;
}

static size_t hand_out(struct batch *b, size_t size, bool peek, struct addr *from,
                       const char **data)
{
    int i = b->next;
    size_t len = b->messages[i].msg_len;
    if (from) {
        from->len = b->messages[i].msg_hdr.msg_namelen;
        memcpy(&from->u, &b->names[i], sizeof b->names[i]);
    }
    *data = b->slots[i];
    b->next += !peek;
    if (b->next == b->count)
        b->owner = NULL;
    return len < size ? len : size;
}

// Receives one datagram into the scratch buffer.
static ssize_t receive_one(const struct stream *s, size_t size, bool peek, struct addr *from,
                           const char **data)
{
    char *into;
    int flags = peek ? MSG_PEEK : 0;
    if (size > STREAM_SCRATCH)
        size = STREAM_SCRATCH;
    int error = streams_place(s->shared, size, &into);
    if (error < 0)
        return error;
    *data = into;
    return from ? sock_recvfrom(s->fd, into, size, flags, from)
                : sock_recv(s->fd, into, size, flags);
}

// Receives several datagrams if a burst is under way and the batch is free: 0 or -errno. When fewer
// come than there are slots, more may still be there: only -EAGAIN proves the contrary
// (recvmmsg(2)).
static int fetch_ahead(struct stream *s)
{
    if (s->run < BATCH_AFTER || datagrams_has(s))
        return 0;
    struct batch *b = free_batch(s->shared);
    return b ? fetch(s, b) : 0;
}

ssize_t datagrams_receive(struct stream *s, size_t size, bool peek, struct addr *from,
                          const char **data)
{
    int error = peek ? 0 : fetch_ahead(s);
    if (error == 0 && datagrams_has(s))
        return (ssize_t)hand_out(s->shared->batch, size, peek, from, data);
    ssize_t got = error < 0 ? error : receive_one(s, size, peek, from, data);
    if (got < 0)
        s->run = 0;
    else if (s->is_datagram && !peek && s->run < BATCH_AFTER)
        s->run++;
    return got;
}
