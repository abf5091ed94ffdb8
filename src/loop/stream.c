// SPDX-License-Identifier: BSD-3-Clause
// A descriptor with its readiness, its unread input and its held output.

#include "loop/stream.h"

#include "net/sock.h"

#include <stdlib.h>
#include <string.h>

int streams_init(struct streams *shared)
{
    // The kernel copies large blocks much faster to the beginning of a page than to behind it.
    shared->scratch = aligned_alloc(4096, STREAM_SCRATCH);
    shared->lender = NULL;
    shared->count = 0;
    list_init(&shared->held);
    list_init(&shared->draining);
    list_init(&shared->closing);
    return shared->scratch ? 0 : -ENOMEM;
}

void streams_free(struct streams *shared)
{
    free(shared->scratch);
    bytes_drain_pool();
}

struct stream *stream_new(struct streams *shared, int fd, int domain, int type)
{
    static unsigned generation;
    struct stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->shared = shared;
    shared->count++;
    s->fd = fd;
    s->generation = ++generation;
    s->is_message = type != SOCK_STREAM;
    s->is_unix = domain == AF_UNIX;
    // Over a unix socket a receive stops short at a message that carries a descriptor (unix(7)).
    s->unsure = s->is_unix || s->is_message;
    s->readable = s->writable = true;
    list_init(&s->link);
    return s;
}

static void drop_lent(struct stream *s)
{
    s->lent = NULL;
    s->lent_len = 0;
    if (s->shared->lender == s)
        s->shared->lender = NULL;
}

void stream_free(struct stream *s)
{
    int fd;
    s->shared->count--;
    drop_lent(s);
    list_remove(&s->link);
    while ((fd = stream_take_passed(s)) >= 0)
        sock_close(fd);
    bytes_clear(&s->in);
    bytes_clear(&s->out);
    free(s->passed);
    free(s);
}

const char *stream_unread(const struct stream *s, size_t *len)
{
    if (s->lent_len) {
        *len = s->lent_len;
        return s->lent;
    }
    *len = bytes_length(&s->in);
    return *len ? bytes_front(&s->in) : "";
}

void stream_consume(struct stream *s, size_t size)
{
    if (size == 0)
        return;
    if (!s->lent_len) {
        bytes_consume(&s->in, size);
        return;
    }
    s->lent += size;
    s->lent_len -= size;
    if (!s->lent_len)
        drop_lent(s);
}

int streams_settle(struct streams *shared)
{
    struct stream *s = shared->lender;
    if (!s)
        return 0;
    int r = bytes_append(&s->in, s->lent, s->lent_len);
    if (r < 0)
        return r;
    drop_lent(s);
    return 0;
}

// Takes one receive's outcome into account: a short one means that no more is there now.
static void note_received(struct stream *s, ssize_t got, size_t asked)
{
    if (got == -EAGAIN || (got > 0 && (size_t)got < asked && !s->unsure))
        s->readable = false;
}

static void keep_passed(struct stream *s, int fd)
{
    if (!s->passed)
        s->passed = calloc(1, sizeof *s->passed);
    if (s->passed && bytes_length(s->passed) >= STREAM_PASSED_MAX * sizeof fd)
        s->lost = EMFILE;
    else if (!s->passed || bytes_append(s->passed, &fd, sizeof fd) < 0)
        s->lost = ENOMEM;
    else
        return;
    sock_close(fd);
}

static ssize_t receive(struct stream *s, char *buf, size_t size)
{
    int passed = -1;
    ssize_t got =
        s->is_unix ? sock_recvfd(s->fd, &passed, buf, size) : sock_recv(s->fd, buf, size, 0);
    if (passed >= 0)
        keep_passed(s, passed);
    else if (passed == -EMFILE)
        s->lost = EMFILE;
    note_received(s, got, size);
    return got;
}

// Receives into the scratch, behind what is unread. The unread input moves there only when
// something came, so that a failure changes nothing.
static ssize_t fill_scratch(struct stream *s, const char *unread, size_t len)
{
    struct streams *shared = s->shared;
    if (shared->lender && shared->lender != s) {
        int r = streams_settle(shared);
        if (r < 0)
            return r;
    }
    if (shared->lender == s) {
        memmove(shared->scratch, unread, len);
        s->lent = shared->scratch;
    }
    ssize_t got = receive(s, shared->scratch + len, STREAM_SCRATCH - len);
    if (got <= 0)
        return got;
    if (shared->lender != s && len > 0) {
        memcpy(shared->scratch, unread, len);
        bytes_clear(&s->in);
    }
    shared->lender = s;
    s->lent = shared->scratch;
    s->lent_len = len + (size_t)got;
    return got;
}

// Receives into the stream's own buffer: for input too large for the scratch.
static ssize_t fill_own(struct stream *s, size_t want)
{
    if (s->lent_len) {
        int r = streams_settle(s->shared);
        if (r < 0)
            return r;
    }
    size_t room = want < STREAM_SCRATCH ? STREAM_SCRATCH : want;
    if (room > 4 * STREAM_SCRATCH)
        room = 4 * STREAM_SCRATCH;
    char *at = bytes_reserve(&s->in, room);
    if (!at)
        return -ENOMEM;
    ssize_t got = receive(s, at, room);
    if (got > 0)
        bytes_commit(&s->in, (size_t)got);
    else if (bytes_length(&s->in) == 0)
        bytes_clear(&s->in);
    return got;
}

ssize_t stream_fill(struct stream *s, size_t want)
{
    size_t len;
    const char *unread = stream_unread(s, &len);
    bool large = want != SIZE_MAX && want > STREAM_SCRATCH;
    if (large || len > STREAM_SCRATCH / 2)
        return fill_own(s, large ? want : STREAM_SCRATCH);
    return fill_scratch(s, unread, len);
}

int stream_passed(const struct stream *s)
{
    int fd;
    if (!s->passed || bytes_length(s->passed) == 0)
        return -1;
    memcpy(&fd, bytes_front(s->passed), sizeof fd);
    return fd;
}

int stream_take_passed(struct stream *s)
{
    int fd = stream_passed(s);
    if (fd >= 0)
        bytes_consume(s->passed, sizeof fd);
    return fd;
}

bool stream_holds(const struct stream *s, size_t size)
{
    size_t unread;
    if (s->is_message || s->failed)
        return false;
    stream_unread(s, &unread);
    return unread > 0 && size <= STREAM_HOLD_MAX - bytes_length(&s->out);
}

int stream_hold(struct stream *s, const void *data, size_t size)
{
    int r = bytes_append(&s->out, data, size);
    if (r == 0 && list_is_empty(&s->link))
        list_append(&s->shared->held, &s->link);
    return r;
}

int stream_flush(struct stream *s)
{
    while (bytes_length(&s->out) > 0) {
        if (!s->writable)
            return -EAGAIN;
        ssize_t sent = sock_send(s->fd, bytes_front(&s->out), bytes_length(&s->out), 0);
        if (sent == -EAGAIN) {
            s->writable = false;
            return -EAGAIN;
        }
        if (sent < 0) {
            bytes_clear(&s->out);
            list_remove(&s->link);
            return (int)sent;
        }
        bytes_consume(&s->out, (size_t)sent);
    }
    list_remove(&s->link);
    return 0;
}
