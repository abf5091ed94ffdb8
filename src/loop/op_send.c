// SPDX-License-Identifier: BSD-3-Clause
// Ops that send: how each kind performs itself once.

#include "loop/op_send.h"

#include "sys/sock.h"

enum { PARTS_MAX = 64 }; // parts of one gathered send

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

// Advances behind the parts that were sent; looks at each part only once.
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

// SENT bytes were sent: first those that were held back, then those of OP.
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

// The error of an earlier send in the background; it is reported once.
static int take_failure(struct stream *s)
{
    int error = -s->failed;
    s->failed = 0;
    return error;
}

// The held output is dropped with OP, whose error is reported; it is not reported again.
static bool send_failed(struct op *op, int64_t error)
{
    bytes_clear(&op->stream->out);
    list_remove(&op->stream->link);
    return op_done(op, error);
}

bool op_send_all(struct op *op)
{
    struct stream *s = op->stream;
    if (s->failed)
        return op_done(op, take_failure(s));
    for (int round = 0; op->progress < op->u.send.total; round++) {
        struct iovec parts[PARTS_MAX];
        if (!s->writable || round == OP_ROUNDS_MAX)
            return false;
        int n = parts_left(op, parts);
        ssize_t sent = n == 1 ? sock_send(s->fd, parts[0].iov_base, parts[0].iov_len, 0)
                              : sock_sendv(s->fd, parts, n, NULL);
        if (sent == -EAGAIN)
            return op_not_writable(s);
        if (sent < 0)
            return send_failed(op, sent);
        note_sent(op, (size_t)sent);
    }
    return op_done(op, (int64_t)op->progress);
}

// A single part is sent without sendmsg(2), for which the kernel has more to copy.
static ssize_t send_message(int fd, const struct iovec *parts, int n, const struct addr *to)
{
    if (n != 1)
        return sock_sendv(fd, parts, n, to);
    return to ? sock_sendto(fd, parts->iov_base, parts->iov_len, to)
              : sock_send(fd, parts->iov_base, parts->iov_len, 0);
}

bool op_send_to(struct op *op)
{
    struct stream *s = op->stream;
    if (!s->writable)
        return false;
    struct iovec own[2];
    const struct iovec *parts = op->u.send.parts ? op->u.send.parts : own;
    int n = op->u.send.parts ? op->u.send.count : add_string(op, own, 0);
    ssize_t sent = send_message(s->fd, parts, n, op->u.send.to);
    return sent == -EAGAIN ? op_not_writable(s) : op_done(op, sent);
}

// Sends held output first: true when all of it was sent, or when OP has failed by it.
static bool flushed(struct op *op)
{
    struct stream *s = op->stream;
    op->result = s->failed ? take_failure(s) : stream_flush(s);
    return op->result != -EAGAIN;
}

bool op_send_flush(struct op *op)
{
    return flushed(op);
}

bool op_send_shutdown(struct op *op)
{
    if (!flushed(op))
        return false;
    return op->result < 0 || op_done(op, sock_shutdown(op->stream->fd, op->u.how));
}

bool op_send_file(struct op *op)
{
    struct stream *s = op->stream;
    if (!flushed(op))
        return false;
    if (op->result < 0)
        return true;
    if (s->blocking)
        return op_done(op, -EINVAL); // sendfile(2) would wait
    for (int round = 0; op->progress < op->u.file.count; round++) {
        if (!s->writable || round == OP_ROUNDS_MAX)
            return false;
        size_t left = op->u.file.count - op->progress;
        ssize_t sent = sock_sendfile(s->fd, op->u.file.file, &op->u.file.offset, left);
        if (sent == -EAGAIN)
            return op_not_writable(s);
        if (sent < 0)
            return op_done(op, sent);
        if (sent == 0)
            break; // the end of the file
        op->progress += (size_t)sent;
    }
    return op_done(op, (int64_t)op->progress);
}

// The descriptor goes with the first byte; the rest of the data follows as by SEND.
bool op_send_fd(struct op *op)
{
    struct stream *s = op->stream;
    if (!flushed(op))
        return false;
    if (op->result < 0)
        return true;
    if (op->progress > 0)
        return op_send_all(op);
    if (!s->writable)
        return false;
    struct iovec data[PARTS_MAX] = {{NULL, 0}};
    parts_left(op, data);
    ssize_t sent = sock_sendfd(s->fd, op->u.send.fd, data->iov_base, data->iov_len);
    if (sent == -EAGAIN)
        return op_not_writable(s);
    if (sent < 0)
        return op_done(op, sent);
    op->progress = (size_t)sent;
    pass_parts(op);
    return op_send_all(op);
}
