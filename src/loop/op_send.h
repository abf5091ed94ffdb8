// SPDX-License-Identifier: BSD-3-Clause
// Ops that send.

#ifndef SSS_LOOP_OP_SEND_H
#define SSS_LOOP_OP_SEND_H

// How the ops that send perform themselves once, one function for each kind, and what they share
// with the others: nobody but op.c and op_send.c includes this. It stands on the stream and
// sys/sock; it refuses to wait, and to know who asks.

#include "loop/op.h"
#include "loop/stream.h"

enum {
    // Calls of one op in a row: a peer that is as fast as we are would keep all others.
    OP_ROUNDS_MAX = 8,
};

// OP has its RESULT. True.
static inline bool op_done(struct op *op, int64_t result)
{
    op->result = result;
    return true;
}

// S takes no output now: wait until it does. False.
static inline bool op_not_writable(struct stream *s)
{
    s->writable = false;
    return false;
}

// Each tries to get OP done, as op_perform() says. All but op_send_to() send first what is held
// back, and fail when that fails.

// SEND: all of u.send. The result is u.send.total.
bool op_send_all(struct op *op);

// SENDTO: one message. The result is its size.
bool op_send_to(struct op *op);

// SENDFILE: u.file. The result is how many bytes went: fewer where the file ends.
bool op_send_file(struct op *op);

// SENDFD: u.send.fd with the first byte, then the rest as by SEND.
bool op_send_fd(struct op *op);

// FLUSH: nothing else. The result is 0.
bool op_send_flush(struct op *op);

// SHUTDOWN: then shutdown(2) as u.how says. The result is 0.
bool op_send_shutdown(struct op *op);

#endif
