// SPDX-License-Identifier: BSD-3-Clause
// Operations that are waited for.

#ifndef SSS_LOOP_OP_H
#define SSS_LOOP_OP_H

// An op is one thing that is waited for: its kind, its stream, its deadline, and in the end its
// result. It is embedded in a struct of its owner. While it is in flight it belongs to the loop,
// and neither it nor the memory that it points to may be moved or freed. It can be performed once,
// without waiting. It refuses to know who waits, and what happens then.

#include "base/clock.h"
#include "base/list.h"
#include "sys/addr.h"
#include "sys/reader.h"

#include <sys/types.h>
#include <sys/uio.h>

enum op_kind {
    OP_WAIT,     // performs nothing; ends by loop_complete() or by its deadline
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
    OP_READY,   // in flight, to be tried again
    OP_DONE,    // has its result; loop_next() will return it
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
    unsigned char haste; // for loop/lanes
    bool retry;     // CONNECT: try again when its timer fires (a unix listener's backlog is full)
    unsigned timer; // for loop/timers: the number of its timer, or 0
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
            struct addr *peer; // filled in by accept(2)
        } accept;
        struct {
            const struct iovec *parts; // not changed; NULL when there is one string
            union {
                const char *data; // that string
                size_t before;    // for the loop and the op: bytes in the parts that were sent
            };
            size_t total;          // bytes in all
            const struct addr *to; // SENDTO, or NULL
            int count;             // of parts
            int first;             // the first part that was not sent as a whole
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

// To be called once, before the first use.
void op_init(struct op *op);

// Does it wait for input, as opposed to output?
bool op_is_read(const struct op *op);

// May it be queued behind other ops that send? Readers may not: it would not be clear which part of
// the input is for whom. A second connect has no use.
bool op_queues(const struct op *op);

// Tries to finish OP. True when it has its result, or has failed. False when it has to wait for its
// stream, or has done so much that others should have a turn.
bool op_perform(struct op *op);

// After op_perform() has returned false: should it be tried again right away, because there will be
// no event of its stream?
bool op_goes_on(const struct op *op);

#endif
