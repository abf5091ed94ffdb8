// SPDX-License-Identifier: BSD-3-Clause
// Sends output that is held back.

#include "loop/flush.h"

#include "base/clock.h"
#include "loop/poller.h"
#include "loop/stream.h"
#include "sys/sock.h"

#include <poll.h>

enum { STALLED_MS = 2000 };         // at the end of the program: the longest time without progress
static const double closing_s = 60; // the time for held output of a closed socket

int flush_end(struct poller *p, struct stream *s)
{
    int fd = s->fd;
    bool lingers = s->lingers;
    poller_forget(p, s, true);
    stream_free(s);
    return lingers ? sock_discard(fd) : sock_close(fd);
}

void flush_stream(struct poller *p, struct stream *s)
{
    int error = stream_flush(s);
    if (error == -EAGAIN) {
        list_remove(&s->link);
        list_append(s->closing ? &s->shared->closing : &s->shared->draining, &s->link);
        error = poller_watch(p, s);
    }
    if (error == 0)
        return;
    bytes_clear(&s->out);
    list_remove(&s->link);
    s->failed = -error;
}

void flush_held(struct poller *p, struct streams *all)
{
    while (!list_is_empty(&all->held))
        flush_stream(p, container_of(all->held.next, struct stream, link));
}

bool flush_is_busy(const struct streams *all)
{
    return !list_is_empty(&all->draining) || !list_is_empty(&all->closing);
}

int flush_close(struct poller *p, struct stream *s)
{
    int failed = -s->failed;
    if (bytes_length(&s->out) > 0) {
        stream_drop_input(s);
        s->closing = true;
        s->give_up = clock_deadline(clock_now(), closing_s);
        flush_stream(p, s);
        if (!list_is_empty(&s->link))
            return 0;
        failed = -s->failed;
    }
    int error = flush_end(p, s);
    return failed < 0 ? failed : error;
}

static struct stream *first_closing(const struct streams *all)
{
    return list_is_empty(&all->closing) ? NULL
                                        : container_of(all->closing.next, struct stream, link);
}

bool flush_holds(const struct streams *all, int fd)
{
    for (const struct list *l = all->closing.next; l != &all->closing; l = l->next)
        if (container_of(l, struct stream, link)->fd == fd)
            return true;
    return false;
}

uint64_t flush_next(const struct streams *all)
{
    const struct stream *s = first_closing(all);
    return s ? s->give_up : DEADLINE_NONE;
}

void flush_give_up(struct poller *p, const struct streams *all, uint64_t now)
{
    struct stream *s;
    while ((s = first_closing(all)) && s->give_up <= now)
        flush_end(p, s);
}

// Sends the rest of S with poll(2), until DEADLINE, or until the peer has stopped reading.
static void finish_stream(struct stream *s, uint64_t deadline)
{
    for (;;) {
        s->writable = true;
        int ms = clock_timeout_ms(clock_now(), deadline);
        int patience = ms < STALLED_MS ? ms : STALLED_MS;
        if (stream_flush(s) != -EAGAIN || sock_poll(s->fd, POLLOUT, patience) <= 0)
            break;
    }
    list_remove(&s->link);
}

void flush_finish(struct poller *p, struct streams *all, double seconds)
{
    uint64_t deadline = clock_deadline(clock_now(), seconds);
    struct stream *s;
    flush_held(p, all);
    while (!list_is_empty(&all->draining))
        finish_stream(container_of(all->draining.next, struct stream, link), deadline);
    while ((s = first_closing(all))) {
        finish_stream(s, deadline);
        flush_end(p, s);
    }
}
