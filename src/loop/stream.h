// SPDX-License-Identifier: BSD-3-Clause
// A descriptor with its readiness, its unread input and its held output.

#ifndef SSS_LOOP_STREAM_H
#define SSS_LOOP_STREAM_H

// What the loop keeps about one descriptor. Input that came with more than was asked for stays
// here until it is read: first lent in the scratch buffer that all streams share, and copied to a
// buffer of its own as soon as another stream needs the scratch or the reader waits. Output is held
// back while there is unread input, so that answers to a batch of requests leave in one send. An
// idle stream holds no buffer. It refuses to wait, and to know who reads.

#include "base/bytes.h"
#include "base/list.h"
#include "net/reader.h"

#include <stdbool.h>
#include <stdint.h>

struct op;

enum { STREAM_HOLD_MAX = 64 * 1024 }; // held output, bytes

// The part that all streams of a loop share.
struct streams {
    char *scratch;         // STREAM_SCRATCH bytes
    struct stream *lender; // whose unread input is in the scratch, or NULL
    struct list held;      // streams with output to be sent when the task waits
};

enum { STREAM_SCRATCH = 256 * 1024 };

struct stream {
    struct streams *shared;
    int fd;
    bool is_datagram; // message boundaries: no buffering in either way
    // as the poller sees it
    bool registered;
    bool readable; // may be: cleared when a receive found nothing
    bool writable;
    bool ended; // the peer's end was seen: a receive never finds nothing
    // as the reader sees it
    bool eof;          // a receive has returned the end
    bool closing;      // its owner has gone; what is held back still has to go out
    int failed;        // what a background send met, to be told at the next call (errno), or 0
    struct op *reader; // in flight
    struct op *writer;
    struct list link; // in shared->held, or among the closing ones
    struct bytes in;  // unread input of its own
    const char *lent; // unread input in the scratch (then `in` is empty)
    size_t lent_len;
    struct bytes out; // held output
};

int streams_init(struct streams *shared) MUST_CHECK;
void streams_free(struct streams *shared);

// A stream over FD, which it does not own. NULL: no memory.
struct stream *stream_new(struct streams *shared, int fd, bool is_datagram);
// Frees it with all that it holds; no op may be in flight; does not close the descriptor.
void stream_free(struct stream *s);

// The unread input: its first byte, and in *LEN how much.
const char *stream_unread(const struct stream *s, size_t *len);
void stream_consume(struct stream *s, size_t size);

// Receives once, WANT being a hint of how much is missing: > 0 bytes, 0 at the end, -EAGAIN,
// -errno.
ssize_t stream_fill(struct stream *s, size_t want) MUST_CHECK;

// Moves lent input to a buffer of its own. 0 or -ENOMEM (nothing lost).
int stream_keep(struct stream *s) MUST_CHECK;
// Does so for whoever has input in the scratch: before something else is received there.
int streams_settle(struct streams *shared) MUST_CHECK;

// Takes one receive's outcome into account: a short one means that nothing more is there now.
void stream_received(struct stream *s, ssize_t got, size_t asked);

// Should SIZE more bytes of output be held back? If so, stream_hold() takes them: 0 or -ENOMEM.
bool stream_holds(const struct stream *s, size_t size);
int stream_hold(struct stream *s, const void *data, size_t size) MUST_CHECK;

// Sends what is held back, as far as it goes now. 0: nothing is left; -EAGAIN; -errno.
int stream_flush(struct stream *s) MUST_CHECK;

#endif
