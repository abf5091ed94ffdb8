// SPDX-License-Identifier: BSD-3-Clause
// A descriptor with its readiness, unread input and held output.

#ifndef SSS_LOOP_STREAM_H
#define SSS_LOOP_STREAM_H

// What the loop keeps about one descriptor. Input beyond what was asked for stays here until it is
// read: first in the scratch buffer that all streams share, which is called lent; when that is
// full, in a buffer of the stream. Output is held back while there is unread input, so that the
// answers to several requests leave in one send, and while other streams have unread input. On a
// stream that has received nothing yet, output is sent at once: perhaps there is no peer, which the
// sender learns in this way. An idle stream has no buffer. It refuses to wait, and to know who
// reads.

#include "base/bytes.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct batch;
struct op;

enum {
    STREAM_SCRATCH = 256 * 1024, // size of the shared receive buffer, bytes
    STREAM_ROOM = 64 * 1024,     // the least room in it for a receive behind the input of others
    STREAM_LENDERS = 64,         // streams with input in it at a time
    STREAM_HOLD_MAX = 64 * 1024, // held output per stream, bytes
    STREAM_GATHER_MAX = 4096,    // the most of one send that is held because of other streams
    STREAM_PASSED_MAX = 64,      // descriptors that came and were not taken yet
    STREAM_UNASKED_MAX = 8,      // the same while the script has never asked for one
};

// The part that all streams of a loop share.
struct streams {
    char *scratch;
    size_t used;                            // bytes at its beginning that are lent, gaps included
    struct stream *lenders[STREAM_LENDERS]; // streams whose unread input is in it, or NULL
    unsigned places;                        // of lenders[] in use, gaps included
    unsigned lending;                       // in use, without gaps
    bool gathering;   // small output is held back, because other streams have input for their tasks
    struct list held; // streams with output to be sent soon
    struct list draining; // streams whose held output is sent in the background
    struct list closing;  // the same, of closed sockets, in the order of their time limits
    struct list marked;   // streams with `is_marked` that have had events
    struct batch *batch;  // of datagrams (loop/datagrams.h), or NULL
    int count;            // the number of streams
};

// For few streams; made when one first needs it.
struct stream_rare {
    struct list queue;   // of the ops that write after `writer`, in their order
    struct bytes passed; // descriptors received over a unix socket, each an int
};

struct stream {
    struct streams *shared;
    int fd;
    unsigned generation : 16; // tells this stream from an earlier one of the same descriptor
    unsigned place : 6;       // in shared->lenders, when lent
    unsigned run : 2;         // receives in a row that have found a datagram, up to BATCH_AFTER
    bool is_datagram : 1;     // datagrams over IP, of which several are received at a time
    bool heard : 1;           // a receive has returned bytes, so what is sent may be an answer
    bool is_message : 1;      // keeps message boundaries: nothing is buffered
    bool is_unix : 1;
    bool registered : 1; // with the poller
    bool readable : 1;   // may be: cleared when a receive finds no more
    bool writable : 1;
    bool unsure : 1;    // a short receive does not prove that there is no more
    bool eof : 1;       // a receive has returned the end
    bool is_marked : 1; // has no ops: an event puts it into shared->marked
    bool blocking : 1;  // its open file is blocking and stays so, as others may share it
    bool lingers : 1;   // SO_LINGER may have a time
    bool asked : 1;     // the script has asked for a descriptor
    bool closing : 1;   // its owner is gone; only what is held back still has to go out
    unsigned char lost; // why a descriptor that came is lost (errno); reported by the next RECVFD
    unsigned char
        missed; // error of a receive that could not report it (errno); reported by the next one
    unsigned char failed; // error of a send in the background (errno); reported by the next send
    unsigned lent_len;    // bytes at `lent`
    struct op *reader;    // in flight
    struct op *writer;
    struct list link; // in shared->held, shared->draining, shared->closing or shared->marked
    struct bytes in;  // unread input of its own
    union {
        const char *lent; // unread input in the scratch (then `in` is empty)
        uint64_t give_up; // when closing: a time of clock_now()
    };
    struct bytes out;         // held output
    struct stream_rare *rare; // NULL: not needed yet
};

int streams_init(struct streams *shared) MUST_CHECK;
void streams_free(struct streams *shared);

// A stream over FD, a socket of DOMAIN (AF_*) and TYPE (SOCK_*). NULL: no memory.
struct stream *stream_new(struct streams *shared, int fd, int domain, int type);

// The rare part of S. NULL: no memory.
struct stream_rare *stream_rare(struct stream *s);

// Drops the unread input.
void stream_drop_input(struct stream *s);

// Frees it with all that it holds; no op may be in flight; does not close the descriptor.
void stream_free(struct stream *s);

// The unread input: its first byte, and its length in *LEN.
const char *stream_unread(const struct stream *s, size_t *len);
void stream_consume(struct stream *s, size_t size);

// Receives once and appends to the unread input; WANT is a hint of how much can be used. The number
// of bytes, 0 at the end, -EAGAIN, -errno; on failure the unread input is as before.
ssize_t stream_fill(struct stream *s, size_t want) MUST_CHECK;

// The same before the input is needed, where that costs nothing; an error is reported later.
void stream_fill_ahead(struct stream *s);

// A place in the scratch buffer for SIZE bytes (at most STREAM_SCRATCH), until the next receive. If
// there is no room, lent input is moved to the buffers of its streams. 0, or -ENOMEM and nothing is
// lost.
int streams_place(struct streams *shared, size_t size, char **place) MUST_CHECK;

// The next descriptor that came with the input, or -1. It still belongs to the stream.
int stream_passed(const struct stream *s);

// The same, and now it belongs to the caller.
int stream_take_passed(struct stream *s);

// Should SIZE more bytes of output be held back? Then the caller calls stream_hold(): 0 or -ENOMEM.
bool stream_holds(const struct stream *s, size_t size);
int stream_hold(struct stream *s, const void *data, size_t size) MUST_CHECK;

// Sends what is held back, as much as possible now. 0: nothing is left; -EAGAIN: some is left. Any
// other error drops the held output: -errno.
int stream_flush(struct stream *s) MUST_CHECK;

#endif
