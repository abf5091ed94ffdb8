// SPDX-License-Identifier: BSD-3-Clause
// Ops that send.

#ifndef SSS_LOOP_OP_SEND_H
#define SSS_LOOP_OP_SEND_H

// How the ops that send are performed once, by a function for each kind, and what they share with
// the other ops. Only op.c and op_send.c include this. It stands on the stream and sys/sock; it
// refuses to wait, and to know who asks.

#include "loop/op.h"
#include "loop/stream.h"

enum {
    // The most calls of one op in a row, so that a fast peer does not keep others waiting.
    OP_ROUNDS_MAX = 8,
};

// Sets the RESULT of OP. Returns true.
static inline bool op_done(struct op *op, int64_t result)
{
    op->result = result;
    return true;
}

// Notes that S takes no output now. Returns false.
static inline bool op_not_writable(struct stream *s)
{
    s->writable = false;
    return false;
}

// Each function tries to finish OP, as op_perform() does. All but op_send_to() send held output
// first, and fail when that fails.

// SEND: all of u.send. The result is u.send.total.
bool op_send_all(struct op *op);

// SENDTO: one message. The result is its size.
bool op_send_to(struct op *op);

// SENDFILE: u.file. The result is how many bytes were sent: fewer where the file ends.
bool op_send_file(struct op *op);

// SENDFD: u.send.fd with the first byte, then the rest as by SEND.
bool op_send_fd(struct op *op);

// FLUSH: only held output. The result is 0.
bool op_send_flush(struct op *op);

// SHUTDOWN: held output, then shutdown(2) with u.how. The result is 0.
bool op_send_shutdown(struct op *op);

#endif
