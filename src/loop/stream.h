// SPDX-License-Identifier: BSD-3-Clause
// A descriptor with its readiness, its unread input and its held output.

#ifndef SSS_LOOP_STREAM_H
#define SSS_LOOP_STREAM_H

// What the loop keeps about one descriptor. Input that came with more than was asked for stays
// here until it is read: first lent in the scratch buffer that all streams share, and copied to a
// buffer of its own when the scratch is full. Output is held back while there is unread input, so
// that the answers to a batch of requests leave in one send, and while other streams have theirs.
// Whom nothing was received from is sent to at once: there may be nobody at the other end.
// An idle stream holds no buffer. It refuses to wait, and to know who reads.

#include "base/bytes.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct batch;
struct op;

enum {
    STREAM_SCRATCH = 256 * 1024, // size of the shared receive buffer, bytes
    STREAM_ROOM = 64 * 1024,     // of it, what a receive behind others' input has at least
    STREAM_LENDERS = 64,         // streams whose input it holds at a time
    STREAM_HOLD_MAX = 64 * 1024, // held output per stream, bytes
    STREAM_GATHER_MAX = 4096,    // of one send, where only the other streams are the reason
    STREAM_PASSED_MAX = 64,      // descriptors that came and were not asked for yet
    STREAM_UNASKED_MAX = 8,      // the same, where nobody has ever asked for one
};

// The part that all streams of a loop share.
struct streams {
    char *scratch;
    size_t used;                            // bytes at its beginning that are lent, with gaps
    struct stream *lenders[STREAM_LENDERS]; // whose unread input is in it; or NULL
    unsigned places;                        // of lenders[] in use, with gaps
    unsigned lending;                       // and without
    bool gathering;       // small output is held back: other streams have input for their tasks
    struct list held;     // streams with output to be sent soon
    struct list draining; // streams whose output follows in the background
    struct list closing;  // the same, of closed sockets, in the order of their time limits
    struct list marked;   // streams that are `is_marked` and have seen something
    struct batch *batch;  // of datagrams (loop/datagrams.h), or NULL
    int count;            // streams that there are
};

// What few streams have, made when one first needs it.
struct stream_rare {
    struct list queue;   // of the ops that write after `writer`, in their order
    struct bytes passed; // descriptors received over a unix socket, each an int
};

struct stream {
    struct streams *shared;
    int fd;
    unsigned generation : 16; // tells this stream from an earlier one of the same descriptor
    unsigned place : 6;       // in shared->lenders, when lent
    unsigned run : 2;         // receives in a row that found a datagram, up to BATCH_AFTER
    bool is_datagram : 1;     // over IP: several are received at a time
    bool heard : 1;           // a receive has returned bytes: what is sent may be an answer
    bool is_message : 1;      // keeps message boundaries: no buffering in either way
    bool is_unix : 1;
    bool registered : 1; // with the poller
    bool readable : 1;   // may be: cleared when a receive finds no more
    bool writable : 1;
    bool unsure : 1;      // a short receive does not prove that there is no more
    bool eof : 1;         // a receive has returned the end
    bool is_marked : 1;   // has no ops: what it sees puts it into shared->marked
    bool blocking : 1;    // its open file is, which others may share: it stays so
    bool lingers : 1;     // SO_LINGER may have a time
    bool asked : 1;       // for a descriptor, at some time
    bool closing : 1;     // its owner is gone; only what is held back still has to go out
    unsigned char lost;   // why a descriptor that came is lost (errno): told by the next RECVFD
    unsigned char missed; // what a receive met that could not tell (errno): by the next
    unsigned char failed; // what a background send met (errno): by the next send
    unsigned lent_len;    // bytes at `lent`
    struct op *reader;    // in flight
    struct op *writer;
    struct list link; // in shared->held, shared->draining, shared->closing or shared->marked
    struct bytes in;  // unread input of its own
    union {
        const char *lent; // unread input in the scratch (then `in` is empty)
        uint64_t give_up; // when closing: clock_now() terms
    };
    struct bytes out;         // held output
    struct stream_rare *rare; // NULL: not needed yet
};

int streams_init(struct streams *shared) MUST_CHECK;
void streams_free(struct streams *shared);

// A stream over FD, a socket of DOMAIN (AF_*) and TYPE (SOCK_*). NULL: no memory.
struct stream *stream_new(struct streams *shared, int fd, int domain, int type);

// What few streams have, of S. NULL: no memory.
struct stream_rare *stream_rare(struct stream *s);

// Forgets the unread input.
void stream_drop_input(struct stream *s);

// Frees it with all that it holds; no op may be in flight; does not close the descriptor.
void stream_free(struct stream *s);

// The unread input: its first byte, and in *LEN how much.
const char *stream_unread(const struct stream *s, size_t *len);
void stream_consume(struct stream *s, size_t size);

// Receives once, to behind the unread input; WANT is a hint of how much can be used. > 0 bytes, 0
// at the end, -EAGAIN, -errno; on failure the unread input is as before.
ssize_t stream_fill(struct stream *s, size_t want) MUST_CHECK;

// The same before anybody needs it, where that costs nothing: what it meets is told later.
void stream_fill_ahead(struct stream *s);

// A place in the scratch for SIZE bytes (at most STREAM_SCRATCH), which the next receive takes
// again. Whoever has input there is moved out of it if need be. 0 or -ENOMEM (nothing lost).
int streams_place(struct streams *shared, size_t size, char **place) MUST_CHECK;

// The next descriptor that came with the input, which stays the stream's, or -1.
int stream_passed(const struct stream *s);

// The same, now the caller's.
int stream_take_passed(struct stream *s);

// Should SIZE more bytes of output be held back? If so, stream_hold() takes them: 0 or -ENOMEM.
bool stream_holds(const struct stream *s, size_t size);
int stream_hold(struct stream *s, const void *data, size_t size) MUST_CHECK;

// Sends what is held back, as far as it goes now. 0: nothing is left; -EAGAIN: some is. Any other
// failure drops what was held: -errno.
int stream_flush(struct stream *s) MUST_CHECK;

#endif
