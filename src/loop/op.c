// SPDX-License-Identifier: BSD-3-Clause
// Operations: how each kind performs itself once. Those that send are in op_send.c.

#include "loop/op.h"

#include "loop/datagrams.h"
#include "loop/op_send.h"
#include "loop/stream.h"
#include "sys/sock.h"

#include <poll.h>
#include <string.h>

void op_init(struct op *op)
{
    memset(op, 0, sizeof *op);
    list_init(&op->link);
    op->deadline = DEADLINE_NONE;
}

bool op_is_read(const struct op *op)
{
    return op->kind >= OP_READ && op->kind <= OP_READABLE;
}

bool op_queues(const struct op *op)
{
    return !op_is_read(op) && op->kind != OP_CONNECT;
}

bool op_goes_on(const struct op *op)
{
    const struct stream *s = op->stream;
    return op_is_read(op) ? s->readable : s->writable;
}

// A call returned -EAGAIN: OP waits for input.
static bool not_readable(struct stream *s)
{
    s->readable = false;
    return false;
}

static bool read_done(struct op *op, const char *data, size_t give, size_t take)
{
    op->u.read.data = data;
    op->progress = op->kind == OP_PEEK ? 0 : take;
    return op_done(op, (int64_t)give);
}

// The stream has ended: the result is what counts as one, or -ERROR_ENDED, and the rest of the
// input stays.
static bool read_ended(struct op *op, const char *data, size_t len)
{
    size_t give, take;
    if (reader_end(&op->u.read.reader, data, len, &give, &take) == READER_HAVE)
        return read_done(op, data, give, take);
    op->u.read.data = data;
    op->progress = op->kind == OP_PEEK ? 0 : len;
    return op_done(op, -ERROR_ENDED);
}

static bool perform_read(struct op *op)
{
    struct stream *s = op->stream;
    for (int round = 0; round < OP_ROUNDS_MAX; round++) {
        size_t len, give, take;
        const char *data = stream_unread(s, &len);
        enum reader_state state = reader_look(&op->u.read.reader, data, len, &give, &take);
        if (state == READER_HAVE)
            return read_done(op, data, give, take);
        if (state == READER_TOO_LONG)
            return op_done(op, -EMSGSIZE);
        if (s->eof)
            return read_ended(op, data, len);
        if (!s->readable)
            return false;
        ssize_t got = stream_fill(s, reader_missing(&op->u.read.reader, len));
        if (got == -EAGAIN)
            return not_readable(s);
        if (got < 0)
            return op_done(op, got);
        s->eof = got == 0;
    }
    return false;
}

// The error of an earlier receive that could not report it; it is reported once.
static int take_missed(struct stream *s)
{
    int error = -s->missed;
    s->missed = 0;
    return error;
}

// Receives one message. On a message socket with a connection (seqpacket), 0 is the end.
static bool perform_message(struct op *op)
{
    struct stream *s = op->stream;
    struct addr *from = op->kind == OP_RECVFROM ? op->u.read.from : NULL;
    const char *data;
    if (s->missed)
        return op_done(op, take_missed(s));
    if (!s->readable)
        return false;
    ssize_t got = datagrams_receive(s, op->u.read.reader.count, op->kind == OP_PEEK, from, &data);
    if (got == -EAGAIN)
        return not_readable(s);
    op->u.read.data = got < 0 ? NULL : data;
    op->progress = 0;
    return op_done(op, got);
}

// The error of a descriptor that came and could not be kept; it is reported once.
static int take_loss(struct stream *s)
{
    int error = -s->lost;
    s->lost = 0;
    return error;
}

static bool perform_recvfd(struct op *op)
{
    struct stream *s = op->stream;
    s->asked = true;
    for (;;) {
        size_t len;
        const char *data = stream_unread(s, &len);
        op->u.read.fd = stream_passed(s);
        if (op->u.read.fd >= 0)
            return read_done(op, data, len, len);
        if (s->lost)
            return op_done(op, take_loss(s));
        if (s->eof)
            return op_done(op, -ERROR_ENDED);
        if (len > op->u.read.reader.limit)
            return op_done(op, -EMSGSIZE);
        if (!s->readable)
            return false;
        ssize_t got = stream_fill(s, SIZE_MAX);
        if (got == -EAGAIN)
            return not_readable(s);
        if (got < 0)
            return op_done(op, got);
        s->eof = got == 0;
    }
}

// Is this error of accept(2) about one client whose connection has failed before it was accepted?
// Then the next client is accepted. The network decides which errors these can be (a firewall gives
// EPERM), so those of the listener and of the machine are listed instead.
static bool befell_client(int error)
{
    switch (-error) {
    case EAGAIN:
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return false;
    default:
        return error < 0;
    }
}

static bool perform_accept(struct op *op)
{
    struct stream *s = op->stream;
    if (!s->readable)
        return false;
    int (*accept)(int, struct addr *) = s->blocking ? sock_accept_blocking : sock_accept;
    int fd = accept(s->fd, op->u.accept.peer);
    for (int i = 1; i < OP_ROUNDS_MAX && befell_client(fd); i++)
        fd = accept(s->fd, op->u.accept.peer);
    return fd == -EAGAIN ? not_readable(s) : op_done(op, fd); // the next client may meet it as well
}

static bool perform_ready(struct op *op)
{
    struct stream *s = op->stream;
    bool reading = op->kind == OP_READABLE;
    size_t unread;
    stream_unread(s, &unread);
    if (reading && (unread > 0 || s->eof || s->missed || datagrams_has(s)))
        return op_done(op, 0);
    int ready = sock_poll(s->fd, reading ? POLLIN : POLLOUT, 0);
    if (ready != 0)
        return op_done(op, ready < 0 ? ready : 0);
    return reading ? not_readable(s) : op_not_writable(s);
}

// ERROR is the result of connect(2). When an earlier connect goes on after its op has ended (a
// timeout, a cancel), the system gives its outcome to the next call, whatever the address of that.
static bool goes_elsewhere(const struct op *op, int error)
{
    const struct stream *s = op->stream;
    bool may = (error == 0 || error == -EALREADY) && !s->is_message && !s->is_unix;
    return may && !sock_goes_to(s->fd, op->u.connect.to);
}

static bool perform_connect(struct op *op)
{
    struct stream *s = op->stream;
    if (op->u.connect.started) {
        int error = s->writable ? sock_connected(s->fd) : -EINPROGRESS;
        return error == -EINPROGRESS ? op_not_writable(s) : op_done(op, error);
    }
    int (*connect)(int, const struct addr *) = s->blocking ? sock_connect_blocking : sock_connect;
    int error = connect(s->fd, op->u.connect.to);
    // A socket whose last connect has failed gives that error once more before it begins another
    // connect.
    if (error == -ECONNABORTED)
        error = connect(s->fd, op->u.connect.to);
    if (goes_elsewhere(op, error))
        return op_done(op, error < 0 ? error : -EISCONN);
    // A unix listener with a full backlog gives EAGAIN, and there is no event when it has room.
    op->retry = error == -EAGAIN;
    op->u.connect.started = error == -EINPROGRESS || error == -EALREADY;
    if (op->retry || op->u.connect.started)
        return op_not_writable(s);
    s->readable = s->writable = true;
    return op_done(op, error);
}

bool op_perform(struct op *op)
{
    switch ((enum op_kind)op->kind) {
    case OP_READ:
    case OP_PEEK:
        return op->stream->is_message ? perform_message(op) : perform_read(op);
    case OP_RECVFROM:
        return perform_message(op);
    case OP_RECVFD:
        return perform_recvfd(op);
    case OP_ACCEPT:
        return perform_accept(op);
    case OP_SEND:
        return op_send_all(op);
    case OP_SENDTO:
        return op_send_to(op);
    case OP_SENDFILE:
        return op_send_file(op);
    case OP_SENDFD:
        return op_send_fd(op);
    case OP_CONNECT:
        return perform_connect(op);
    case OP_FLUSH:
        return op_send_flush(op);
    case OP_SHUTDOWN:
        return op_send_shutdown(op);
    case OP_READABLE:
    case OP_WRITABLE:
        return perform_ready(op);
    case OP_WAIT:
        break;
    }
    return false;
}
