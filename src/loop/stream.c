// SPDX-License-Identifier: BSD-3-Clause
// A descriptor with its readiness, unread input and held output.

#include "loop/stream.h"

#include "loop/datagrams.h"
#include "sys/sock.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, CACHE_LINE = 64 };

int streams_init(struct streams *shared)
{
    *shared = (struct streams){0};
    // The kernel copies large blocks much faster to the beginning of a page than to behind it.
    shared->scratch = aligned_alloc(PAGE, STREAM_SCRATCH);
    list_init(&shared->held);
    list_init(&shared->draining);
    list_init(&shared->closing);
    list_init(&shared->marked);
    return shared->scratch ? 0 : -ENOMEM;
}

void streams_free(struct streams *shared)
{
    free(shared->scratch);
    free(shared->batch);
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
    s->generation = ++generation & 0xffff;
    s->is_message = type != SOCK_STREAM;
    s->is_unix = domain == AF_UNIX;
    s->is_datagram = type == SOCK_DGRAM && (domain == AF_INET || domain == AF_INET6);
    // On a unix socket a receive stops early at a message with a descriptor (unix(7)).
    s->unsure = s->is_unix || s->is_message;
    s->readable = s->writable = true;
    list_init(&s->link);
    return s;
}

struct stream_rare *stream_rare(struct stream *s)
{
    if (!s->rare && (s->rare = calloc(1, sizeof *s->rare)))
        list_init(&s->rare->queue);
    return s->rare;
}

// Makes LEN bytes at DATA, in the scratch buffer, the unread input of S.
static void lend(struct stream *s, const char *data, size_t len)
{
    struct streams *shared = s->shared;
    size_t step = len < PAGE ? CACHE_LINE : PAGE;
    size_t end = (size_t)(data - shared->scratch) + len + step - 1;
    if (!s->lent_len) {
        s->place = shared->places % STREAM_LENDERS;
        shared->lenders[shared->places++] = s;
        shared->lending++;
    }
    s->lent = data;
    s->lent_len = (unsigned)len;
    shared->used = end - end % step;
}

static void drop_lent(struct stream *s)
{
    struct streams *shared = s->shared;
    s->lent = NULL;
    s->lent_len = 0;
    shared->lenders[s->place] = NULL;
    if (--shared->lending == 0)
        shared->used = shared->places = 0;
}

void stream_drop_input(struct stream *s)
{
    if (s->lent_len)
        drop_lent(s);
    bytes_clear(&s->in);
    datagrams_drop(s);
}

void stream_free(struct stream *s)
{
    int fd;
    s->shared->count--;
    stream_drop_input(s);
    list_remove(&s->link);
    while ((fd = stream_take_passed(s)) >= 0)
        sock_discard(fd);
    bytes_clear(&s->out);
    free(s->rare);
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
    s->lent_len -= (unsigned)size;
    if (!s->lent_len)
        drop_lent(s);
}

// Is there room in the scratch buffer for a receive of SIZE bytes by one more stream?
static bool has_room(const struct streams *shared, size_t size)
{
    return shared->used + size <= STREAM_SCRATCH && shared->places < STREAM_LENDERS;
}

static int settle(struct streams *shared)
{
    for (unsigned i = 0; i < shared->places; i++) {
        struct stream *s = shared->lenders[i];
        if (!s)
            continue;
        int error = bytes_append(&s->in, s->lent, s->lent_len);
        if (error < 0)
            return error;
        drop_lent(s);
    }
    return 0;
}

int streams_place(struct streams *shared, size_t size, char **place)
{
    int error = has_room(shared, size) ? 0 : settle(shared);
    *place = shared->scratch + shared->used;
    return error;
}

// Handles the result of a receive: when fewer bytes came than asked for, no more are there now.
static void note_received(struct stream *s, ssize_t got, size_t asked)
{
    s->heard |= got > 0;
    if (got == -EAGAIN || (got > 0 && (size_t)got < asked && !s->unsure))
        s->readable = false;
}

// How many more descriptors may be kept: those that a peer passes count towards the limit of this
// process.
static int passed_room(const struct stream *s)
{
    int most = s->asked ? STREAM_PASSED_MAX : STREAM_UNASKED_MAX;
    int count = s->rare ? (int)(bytes_length(&s->rare->passed) / sizeof(int)) : 0;
    return count < most ? most - count : 0;
}

static void keep_passed(struct stream *s, int fd)
{
    struct stream_rare *rare = stream_rare(s);
    if (rare && bytes_append(&rare->passed, &fd, sizeof fd) == 0)
        return;
    s->lost = ENOMEM;
    sock_discard(fd);
}

static ssize_t receive_passed(struct stream *s, char *buf, size_t size)
{
    struct sock_passed passed = {.wanted = passed_room(s)};
    ssize_t got = sock_recvfd(s->fd, &passed, buf, size);
    if (passed.lost)
        s->lost = EMFILE;
    for (int i = 0; i < passed.count; i++)
        keep_passed(s, passed.fds[i]);
    return got;
}

static ssize_t receive(struct stream *s, char *buf, size_t size)
{
    ssize_t got = s->is_unix ? receive_passed(s, buf, size) : sock_recv(s->fd, buf, size, 0);
    note_received(s, got, size);
    return got;
}

// Receives into the scratch buffer, with room for the unread input in front. The unread input is
// moved there only when something came, so that a failure changes nothing.
static ssize_t fill_scratch(struct stream *s)
{
    struct streams *shared = s->shared;
    size_t len;
    const char *unread = stream_unread(s, &len);
    bool alone = shared->lending == (s->lent_len > 0);
    if (!alone && (len > 0 || !has_room(shared, STREAM_ROOM))) {
        int error = settle(shared);
        if (error < 0)
            return error;
        unread = stream_unread(s, &len);
    }
    size_t begin = s->lent_len ? 0 : shared->used;
    char *place = shared->scratch + begin;
    if (s->lent_len) {
        memmove(place, unread, len);
        s->lent = place;
    }
    ssize_t got = receive(s, place + len, STREAM_SCRATCH - begin - len);
    if (got <= 0)
        return got;
    if (!s->lent_len && len > 0) {
        memcpy(place, unread, len);
        bytes_clear(&s->in);
    }
    lend(s, place, len + (size_t)got);
    return got;
}

// Receives into the stream's own buffer: for input too large for the scratch.
static ssize_t fill_own(struct stream *s, size_t want)
{
    if (s->lent_len) {
        int error = settle(s->shared);
        if (error < 0)
            return error;
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
    if (s->missed) {
        int error = -s->missed;
        s->missed = 0;
        return error;
    }
    stream_unread(s, &len);
    bool large = want != SIZE_MAX && want > STREAM_SCRATCH;
    if (large || len > STREAM_SCRATCH / 2)
        return fill_own(s, large ? want : STREAM_SCRATCH);
    return fill_scratch(s);
}

void stream_fill_ahead(struct stream *s)
{
    size_t len;
    stream_unread(s, &len);
    if (s->is_message || len > 0 || !s->readable || s->eof || s->missed ||
        !has_room(s->shared, STREAM_ROOM))
        return;
    ssize_t got = fill_scratch(s);
    if (got == 0)
        s->eof = true;
    else if (got < 0 && got != -EAGAIN)
        s->missed = (unsigned char)-got;
}

int stream_passed(const struct stream *s)
{
    int fd;
    if (!s->rare || bytes_length(&s->rare->passed) == 0)
        return -1;
    memcpy(&fd, bytes_front(&s->rare->passed), sizeof fd);
    return fd;
}

int stream_take_passed(struct stream *s)
{
    int fd = stream_passed(s);
    if (fd >= 0)
        bytes_consume(&s->rare->passed, sizeof fd);
    return fd;
}

bool stream_holds(const struct stream *s, size_t size)
{
    size_t unread;
    if (s->is_message || s->failed)
        return false;
    stream_unread(s, &unread);
    bool gathers = s->shared->gathering && s->heard && size <= STREAM_GATHER_MAX;
    bool holds = unread > 0 || gathers;
    return holds && size <= STREAM_HOLD_MAX - bytes_length(&s->out);
}

int stream_hold(struct stream *s, const void *data, size_t size)
{
    int error = bytes_append(&s->out, data, size);
    if (error == 0 && list_is_empty(&s->link))
        list_append(&s->shared->held, &s->link);
    return error;
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
