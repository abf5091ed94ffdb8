// SPDX-License-Identifier: BSD-3-Clause
// Datagrams that are fetched several at a time.

#ifndef SSS_LOOP_DATAGRAMS_H
#define SSS_LOOP_DATAGRAMS_H

// Receives the messages of message sockets. While datagrams come over IP faster than they are asked
// for, one recvmmsg(2) fetches several, which are then handed out one by one in their order: they
// are their stream's unread input. There is one batch for all streams of a loop, made when it is
// first needed, and one stream's at a time; the others receive one by one meanwhile. It stands on
// the stream and sys/sock. It refuses to wait, and to know who asks.

#include "sys/addr.h"

#include <stdbool.h>
#include <sys/types.h>

struct stream;
struct streams;

enum {
    BATCH_SLOTS = 16, // datagrams fetched at a time
    BATCH_AFTER = 2,  // receives in a row that found one, before: a burst is under way
};

// One message of S, its first SIZE bytes (at most STREAM_SCRATCH); the rest of it is lost, but PEEK
// leaves all of it unread. *DATA is where it is, until somebody receives again. FROM may be NULL.
// The bytes; -EAGAIN; -ENOMEM, or what the system says, and nothing is lost.
ssize_t datagrams_receive(struct stream *s, size_t size, bool peek, struct addr *from,
                          const char **data) MUST_CHECK;

// Has something of S been fetched that was not asked for yet?
bool datagrams_has(const struct stream *s);

// Forgets it.
void datagrams_drop(const struct stream *s);

// The same, whosesoever it is.
void datagrams_clear(struct streams *shared);

#endif
