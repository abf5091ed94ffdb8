// SPDX-License-Identifier: BSD-3-Clause
// Datagrams that are fetched several at a time.

#ifndef SSS_LOOP_DATAGRAMS_H
#define SSS_LOOP_DATAGRAMS_H

// Receives the messages of message sockets. While datagrams over IP come faster than they are asked
// for, one recvmmsg(2) fetches several, which are handed out one by one in their order; until then
// they are unread input of their stream. All streams of a loop share one batch, made when it is
// first needed. One stream has it at a time; the others receive one by one. It stands on the stream
// and sys/sock. It refuses to wait, and to know who asks.

#include "sys/addr.h"

#include <stdbool.h>
#include <sys/types.h>

struct stream;
struct streams;

enum {
    BATCH_SLOTS = 16, // datagrams fetched at a time
    BATCH_AFTER = 2,  // so many receives in a row that found a datagram mean a burst
};

// Receives one message of S, at most SIZE bytes of it (up to STREAM_SCRATCH); the rest of the
// message is lost. With PEEK, all of it stays unread. The message is at *DATA until the next
// receive of any stream. FROM may be NULL. The number of bytes; -EAGAIN; -ENOMEM or another error,
// and nothing is lost.
ssize_t datagrams_receive(struct stream *s, size_t size, bool peek, struct addr *from,
                          const char **data) MUST_CHECK;

// Has S datagrams in the batch that were not handed out yet?
bool datagrams_has(const struct stream *s);

// Drops the datagrams of S in the batch.
void datagrams_drop(const struct stream *s);

// Drops the datagrams in the batch, of whatever stream.
void datagrams_clear(struct streams *shared);

#endif
