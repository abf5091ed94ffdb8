// SPDX-License-Identifier: BSD-3-Clause
// One suspended operation.

#ifndef SSS_LOOP_OP_H
#define SSS_LOOP_OP_H

// An op is one thing that somebody waits for: what kind, on which stream, until when, and in the
// end its result. It is embedded in the one who waits; while it is in flight it belongs to the loop
// and must neither move nor be freed, and so must the memory it points to. It performs itself
// once, without waiting; who waits, and what happens then, it refuses to know.

#include "base/clock.h"
#include "base/list.h"
#include "sys/addr.h"
#include "sys/reader.h"

#include <sys/types.h>
#include <sys/uio.h>

enum op_kind {
    OP_WAIT,     // nothing to perform: ended by loop_complete() or by its deadline
    OP_READ,     // bytes of a stream, as u.read.reader asks
    OP_PEEK,     // the same, and nothing is consumed
    OP_RECVFROM, // one datagram of at most u.read.reader.count bytes, into the loop's scratch
    OP_RECVFD,   // one message that may carry a descriptor
    OP_ACCEPT,   // the result is the new descriptor
    OP_READABLE, // nothing but readiness
    OP_SEND,     // all of u.send, after what is held back
    OP_SENDTO,   // one datagram, u.send.to
    OP_SENDFILE, // u.file
    OP_SENDFD,   // u.send.data with u.send.fd
    OP_CONNECT,  // u.connect.to
    OP_FLUSH,    // everything that is held back
    OP_SHUTDOWN, // the same, then shutdown(2)
    OP_WRITABLE, // nothing but readiness
};

enum op_state {
    OP_IDLE,    // belongs to its owner
    OP_QUEUED,  // in flight, behind another one of its stream
    OP_PENDING, // in flight
    OP_READY,   // in flight, worth another try
    OP_DONE,    // has its result, on the way back to its owner
};

struct stream;

struct op {
    struct list link;  // in the loop's list of ready or of done ops, or in its stream's queue
    uint64_t deadline; // clock_now() terms
    struct stream *stream;
    int64_t result;  // >= 0 as the kind says, or -errno
    size_t progress; // bytes that went (SEND...), or bytes to consume (READ, PEEK)
    unsigned char kind;
    unsigned char state;
    unsigned char haste; // the lanes' own
    bool retry;     // CONNECT: try again when its timer fires (a unix listener's backlog is full)
    unsigned timer; // the timers' own: number of its timer; 0: none
    union {
        struct {
            struct list among; // WAIT: its owner's: link among those who wait for the same thing,
            void (*forsake)(struct op *op); // and who is told when the owner will not be back
        } wait;
        struct {
            struct reader reader;
            union {
                struct addr *from; // RECVFROM: filled in, or NULL
                const char *data;  // the result: `result` bytes, valid until another op performs
            };
            int fd; // RECVFD: the descriptor, which stays the stream's, or -1
        } read;
        struct {
            struct addr *peer; // filled in
        } accept;
        struct {
            const struct iovec *parts; // left as they are; NULL: one string
            union {
                const char *data; // the one
                size_t before;    // loop_start()'s and the op's: bytes in the parts that went
            };
            size_t total;          // bytes in all
            const struct addr *to; // SENDTO, or NULL
            int count;             // of parts
            int first;             // the part behind those that went
            int fd;                // SENDFD
            bool is_line;          // "\r\n" follows the string, and is a part of `total`
        } send;
        struct {
            int file;
            off_t offset;
            size_t count;
        } file;
        struct {
            const struct addr *to;
            bool started;
            uint64_t until; // the deadline, while `deadline` is the next try's time
        } connect;
        int how; // SHUTDOWN
    } u;
};

// Once, before its first use.
void op_init(struct op *op);

// Does it wait for input (or for output)?
bool op_is_read(const struct op *op);

// May it wait for its turn, behind others that send? A second reader would not know which part of
// the input is its own, and a second connect goes nowhere else.
bool op_queues(const struct op *op);

// Tries to get OP done: true when it has its result (also a failure), false when it has to wait for
// its stream, or has done so much that the others should have a turn.
bool op_perform(struct op *op);

// After op_perform() was false: is it worth another try right away? No event of its stream would
// tell.
bool op_goes_on(const struct op *op);

#endif
