// SPDX-License-Identifier: BSD-3-Clause
// One suspended operation: how each kind performs itself once.

#include "loop/op.h"

#include "loop/batch.h"
#include "loop/stream.h"
#include "net/sock.h"

#include <poll.h>
#include <string.h>

enum {
    PARTS_MAX = 64, // parts of one gathered send
    ROUNDS_MAX =
        8, // calls of one op in a row: a peer that is as fast as we are would keep all others
};

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

static bool done(struct op *op, int64_t result)
{
    op->result = result;
    return true;
}

bool op_goes_on(const struct op *op)
{
    const struct stream *s = op->stream;
    return op_is_read(op) ? s->readable : s->writable;
}

// A call that said -EAGAIN: wait for input.
static bool not_readable(struct stream *s)
{
    s->readable = false;
    return false;
}

static bool not_writable(struct stream *s)
{
    s->writable = false;
    return false;
}

static bool read_done(struct op *op, const char *data, size_t give, size_t take)
{
    op->u.read.data = data;
    op->progress = op->kind == OP_PEEK ? 0 : take;
    return done(op, (int64_t)give);
}

// The stream has ended: the result is what counts as one, or -ERROR_ENDED with the rest beside it.
static bool read_ended(struct op *op, const char *data, size_t len)
{
    size_t give, take;
    if (reader_end(&op->u.read.reader, data, len, &give, &take) == READER_HAVE)
        return read_done(op, data, give, take);
    op->u.read.data = data;
    op->progress = op->kind == OP_PEEK ? 0 : len;
    return done(op, -ERROR_ENDED);
}

static bool perform_read(struct op *op)
{
    struct stream *s = op->stream;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        size_t len, give, take;
        const char *data = stream_unread(s, &len);
        enum reader_state state = reader_look(&op->u.read.reader, data, len, &give, &take);
        if (state == READER_HAVE)
            return read_done(op, data, give, take);
        if (state == READER_TOO_LONG)
            return done(op, -EMSGSIZE);
        if (s->eof)
            return read_ended(op, data, len);
        if (!s->readable)
            return false;
        ssize_t got = stream_fill(s, reader_missing(&op->u.read.reader, len));
        if (got == -EAGAIN)
            return not_readable(s);
        if (got < 0)
            return done(op, got);
        s->eof = got == 0;
    }
    return false;
}

// What an earlier receive met that could not tell it, told once.
static int take_missed(struct stream *s)
{
    int error = -s->missed;
    s->missed = 0;
    return error;
}

// One message. A message socket with a connection (seqpacket) ends with 0.
static bool perform_message(struct op *op)
{
    struct stream *s = op->stream;
    struct addr *from = op->kind == OP_RECVFROM ? op->u.read.from : NULL;
    const char *data;
    if (s->missed)
        return done(op, take_missed(s));
    if (!s->readable)
        return false;
    ssize_t got = batch_receive(s, op->u.read.reader.count, op->kind == OP_PEEK, from, &data);
    if (got == -EAGAIN)
        return not_readable(s);
    op->u.read.data = got < 0 ? NULL : data;
    op->progress = 0;
    return done(op, got);
}

// A descriptor that came and could not be kept, told once.
static int take_loss(struct stream *s)
{
    int error = -s->lost;
    s->lost = 0;
    return error;
}

static bool perform_recvfd(struct op *op)
{
    struct stream *s = op->stream;
    for (;;) {
        size_t len;
        const char *data = stream_unread(s, &len);
        op->u.read.fd = stream_passed(s);
        if (op->u.read.fd >= 0)
            return read_done(op, data, len, len);
        if (s->lost)
            return done(op, take_loss(s));
        if (s->eof)
            return done(op, -ERROR_ENDED);
        if (len > op->u.read.reader.limit)
            return done(op, -EMSGSIZE);
        if (!s->readable)
            return false;
        ssize_t got = stream_fill(s, SIZE_MAX);
        if (got == -EAGAIN)
            return not_readable(s);
        if (got < 0)
            return done(op, got);
        s->eof = got == 0;
    }
}

// The client vanished before it was accepted: accept(2) says to go on with the next one.
static bool client_vanished(int error)
{
    switch (-error) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

static bool perform_accept(struct op *op)
{
    struct stream *s = op->stream;
    if (!s->readable)
        return false;
    int fd;
    do {
        fd = sock_accept(s->fd, op->u.accept.peer);
    } while (client_vanished(fd));
    return fd == -EAGAIN ? not_readable(s) : done(op, fd);
}

static bool perform_ready(struct op *op)
{
    struct stream *s = op->stream;
    bool reading = op->kind == OP_READABLE;
    size_t unread;
    stream_unread(s, &unread);
    if (reading && (unread > 0 || s->eof || s->missed || batch_has(s)))
        return done(op, 0);
    int r = sock_poll(s->fd, reading ? POLLIN : POLLOUT, 0);
    if (r != 0)
        return done(op, r < 0 ? r : 0);
    return reading ? not_readable(s) : not_writable(s);
}

// Adds to the N parts those of OP's one string from its progress on. Returns how many there are.
static int add_string(const struct op *op, struct iovec *parts, int n)
{
    static const char end[] = "\r\n";
    size_t end_size = op->u.send.is_line ? sizeof end - 1 : 0;
    size_t size = op->u.send.total - end_size, sent = op->progress;
    if (sent < size)
        parts[n++] = (struct iovec){(char *)op->u.send.data + sent, size - sent};
    size_t of_end = sent > size ? sent - size : 0;
    if (of_end < end_size)
        parts[n++] = (struct iovec){(char *)end + of_end, end_size - of_end};
    return n;
}

// The same for its array of parts.
static int add_parts(const struct op *op, struct iovec *parts, int n)
{
    size_t skip = op->progress - op->u.send.before;
    for (int i = op->u.send.first; i < op->u.send.count && n < PARTS_MAX; i++) {
        struct iovec part = op->u.send.parts[i];
        if (part.iov_len == 0)
            continue;
        parts[n++] = (struct iovec){(char *)part.iov_base + skip, part.iov_len - skip};
        skip = 0;
    }
    return n;
}

// What OP has yet to send, behind what is held back. Returns how many parts.
static int parts_left(const struct op *op, struct iovec *parts)
{
    const struct bytes *out = &op->stream->out;
    int n = 0;
    if (bytes_length(out) > 0)
        parts[n++] = (struct iovec){(void *)bytes_front(out), bytes_length(out)};
    return op->u.send.parts ? add_parts(op, parts, n) : add_string(op, parts, n);
}

// Goes past the parts that went: each is looked at once, however many there are.
static void pass_parts(struct op *op)
{
    while (op->u.send.parts && op->u.send.first < op->u.send.count) {
        size_t end = op->u.send.before + op->u.send.parts[op->u.send.first].iov_len;
        if (end > op->progress)
            break;
        op->u.send.before = end;
        op->u.send.first++;
    }
}

// SENT bytes went: first of what was held back, then of OP's own.
static void note_sent(struct op *op, size_t sent)
{
    struct bytes *out = &op->stream->out;
    size_t held = bytes_length(out);
    bytes_consume(out, sent < held ? sent : held);
    if (sent >= held) {
        list_remove(&op->stream->link);
        op->progress += sent - held;
        pass_parts(op);
    }
}

// A failure of an earlier send in the background, told once.
static int take_failure(struct stream *s)
{
    int error = -s->failed;
    s->failed = 0;
    return error;
}

// What is held back fails with OP: it is not told again.
static bool send_failed(struct op *op, int64_t error)
{
    bytes_clear(&op->stream->out);
    list_remove(&op->stream->link);
    return done(op, error);
}

static bool perform_send(struct op *op)
{
    struct stream *s = op->stream;
    if (s->failed)
        return done(op, take_failure(s));
    for (int round = 0; op->progress < op->u.send.total; round++) {
        struct iovec parts[PARTS_MAX];
        if (!s->writable || round == ROUNDS_MAX)
            return false;
        int n = parts_left(op, parts);
        ssize_t sent = n == 1 ? sock_send(s->fd, parts[0].iov_base, parts[0].iov_len, 0)
                              : sock_sendv(s->fd, parts, n, NULL);
        if (sent == -EAGAIN)
            return not_writable(s);
        if (sent < 0)
            return send_failed(op, sent);
        note_sent(op, (size_t)sent);
    }
    return done(op, (int64_t)op->progress);
}

// One part goes without sendmsg(2), of which the kernel has more to copy.
static ssize_t send_message(int fd, const struct iovec *parts, int n, const struct addr *to)
{
    if (n != 1)
        return sock_sendv(fd, parts, n, to);
    return to ? sock_sendto(fd, parts->iov_base, parts->iov_len, to)
              : sock_send(fd, parts->iov_base, parts->iov_len, 0);
}

static bool perform_sendto(struct op *op)
{
    struct stream *s = op->stream;
    if (!s->writable)
        return false;
    struct iovec own[2];
    const struct iovec *parts = op->u.send.parts ? op->u.send.parts : own;
    int n = op->u.send.parts ? op->u.send.count : add_string(op, own, 0);
    ssize_t sent = send_message(s->fd, parts, n, op->u.send.to);
    return sent == -EAGAIN ? not_writable(s) : done(op, sent);
}

// What is held back goes first: true when it has gone, or when OP has failed over it.
static bool flushed(struct op *op)
{
    struct stream *s = op->stream;
    op->result = s->failed ? take_failure(s) : stream_flush(s);
    return op->result != -EAGAIN;
}

static bool perform_flush(struct op *op)
{
    return flushed(op);
}

static bool perform_shutdown(struct op *op)
{
    if (!flushed(op))
        return false;
    return op->result < 0 || done(op, sock_shutdown(op->stream->fd, op->u.how));
}

static bool perform_sendfile(struct op *op)
{
    struct stream *s = op->stream;
    if (!flushed(op))
        return false;
    if (op->result < 0)
        return true;
    for (int round = 0; op->progress < op->u.file.count; round++) {
        if (!s->writable || round == ROUNDS_MAX)
            return false;
        size_t left = op->u.file.count - op->progress;
        ssize_t sent = sock_sendfile(s->fd, op->u.file.file, &op->u.file.offset, left);
        if (sent == -EAGAIN)
            return not_writable(s);
        if (sent < 0)
            return done(op, sent);
        if (sent == 0)
            break; // the end of the file
        op->progress += (size_t)sent;
    }
    return done(op, (int64_t)op->progress);
}

// The descriptor goes with the first byte; the rest of the data follows as by SEND.
static bool perform_sendfd(struct op *op)
{
    struct stream *s = op->stream;
    if (!flushed(op))
        return false;
    if (op->result < 0)
        return true;
    if (op->progress > 0)
        return perform_send(op);
    if (!s->writable)
        return false;
    struct iovec data[PARTS_MAX] = {{NULL, 0}};
    parts_left(op, data);
    ssize_t sent = sock_sendfd(s->fd, op->u.send.fd, data->iov_base, data->iov_len);
    if (sent == -EAGAIN)
        return not_writable(s);
    if (sent < 0)
        return done(op, sent);
    op->progress = (size_t)sent;
    pass_parts(op);
    return perform_send(op);
}

// R is what connect(2) said. A connect that goes on after its op has ended (a timeout, a cancel) is
// the system's answer to the next one, whatever the address.
static bool goes_elsewhere(const struct op *op, int r)
{
    const struct stream *s = op->stream;
    bool may = (r == 0 || r == -EALREADY) && !s->is_message && !s->is_unix;
    return may && !sock_goes_to(s->fd, op->u.connect.to);
}

static bool perform_connect(struct op *op)
{
    struct stream *s = op->stream;
    if (op->u.connect.started) {
        int r = s->writable ? sock_connected(s->fd) : -EINPROGRESS;
        return r == -EINPROGRESS ? not_writable(s) : done(op, r);
    }
    int r = sock_connect(s->fd, op->u.connect.to);
    if (goes_elsewhere(op, r))
        return done(op, r < 0 ? r : -EISCONN);
    // A unix listener whose backlog is full says EAGAIN, and nothing tells when it has room.
    op->retry = r == -EAGAIN;
    op->u.connect.started = r == -EINPROGRESS || r == -EALREADY;
    if (op->retry || op->u.connect.started)
        return not_writable(s);
    s->readable = s->writable = true;
    return done(op, r);
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
        return perform_send(op);
    case OP_SENDTO:
        return perform_sendto(op);
    case OP_SENDFILE:
        return perform_sendfile(op);
    case OP_SENDFD:
        return perform_sendfd(op);
    case OP_CONNECT:
        return perform_connect(op);
    case OP_FLUSH:
        return perform_flush(op);
    case OP_SHUTDOWN:
        return perform_shutdown(op);
    case OP_READABLE:
    case OP_WRITABLE:
        return perform_ready(op);
    case OP_WAIT:
        break;
    }
    return false;
}
