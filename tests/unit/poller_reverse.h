// SPDX-License-Identifier: BSD-3-Clause
// A second poller, over poll(2): it tells what has happened in a turn in reverse order.
//
// It proves that a poller is the functions of struct poller_class, and that nothing relies on the
// order in which the system tells things. UNIT_POLLER=reverse makes the tests of the loop use it.
#ifndef SSS_TESTS_POLLER_REVERSE_H
#define SSS_TESTS_POLLER_REVERSE_H

#include "base/clock.h"
#include "loop/poller.h"
#include "loop/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { REVERSE_MOST = 4096 };

struct reverse {
    struct poller poller;
    int wake;
    nfds_t count;
    struct stream *streams[REVERSE_MOST];
    struct pollfd fds[REVERSE_MOST + 1]; // the last one in use is `wake`
};

static const struct poller_class poller_reverse;

static struct reverse *reverse_of(struct poller *p)
{
    return container_of(p, struct reverse, poller);
}

static int reverse_make(struct poller **made)
{
    struct reverse *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->poller.class = &poller_reverse;
    p->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    *made = &p->poller;
    return p->wake < 0 ? -errno : 0;
}

static void reverse_free(struct poller *poller)
{
    close(reverse_of(poller)->wake);
    free(reverse_of(poller));
}

static int reverse_watch(struct poller *poller, struct stream *s)
{
    struct reverse *p = reverse_of(poller);
    struct pollfd one = {.fd = s->fd, .events = POLLIN};
    if (p->count == REVERSE_MOST)
        return -ENOSPC;
    if (poll(&one, 1, 0) == 1 && (one.revents & POLLNVAL))
        return -EBADF;
    p->streams[p->count++] = s;
    s->registered = true;
    return 0;
}

static void reverse_forget(struct poller *poller, struct stream *s, bool closing)
{
    struct reverse *p = reverse_of(poller);
    (void)closing;
    for (nfds_t i = 0; i < p->count; i++) {
        if (p->streams[i] == s)
            p->streams[i] = p->streams[--p->count];
    }
    s->registered = false;
}

// What S has not seen yet. poll(2) tells an error each time it is asked: not of a stream that
// knows.
static short reverse_wanted(const struct stream *s)
{
    short events = 0;
    if (!s->readable || (s->is_marked && !s->writable))
        events |= POLLIN | POLLPRI | POLLRDHUP;
    if (!s->writable || s->is_marked)
        events |= POLLOUT;
    return events;
}

static unsigned reverse_events(const struct pollfd *fd)
{
    short seen = fd->revents;
    return ((seen & POLLIN) ? POLLER_INPUT : 0U) | ((seen & POLLOUT) ? POLLER_ROOM : 0U) |
           ((seen & (POLLRDHUP | POLLPRI)) ? POLLER_END : 0U) |
           ((seen & (POLLHUP | POLLERR)) ? POLLER_OVER : 0U);
}

static int reverse_wait(struct poller *poller, uint64_t ns, struct list *ready, struct list *closed)
{
    struct reverse *p = reverse_of(poller);
    uint64_t count = 0;
    nfds_t watched = p->count;
    for (nfds_t i = 0; i < watched; i++) {
        short wanted = reverse_wanted(p->streams[i]);
        p->fds[i] = (struct pollfd){.fd = wanted ? p->streams[i]->fd : -1, .events = wanted};
    }
    p->fds[watched] = (struct pollfd){.fd = p->wake, .events = POLLIN};
    poller_counts.waits++;
    int n = poll(p->fds, watched + 1, clock_timeout_ms(0, ns));
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    if (p->fds[watched].revents) {
        ssize_t r = read(p->wake, &count, sizeof count);
        (void)r;
    }
    for (nfds_t i = watched; i-- > 0;) {
        if (p->fds[i].revents)
            poller_note(p->streams[i], reverse_events(&p->fds[i]), ready, closed);
    }
    return 0;
}

static void reverse_wake(struct poller *poller)
{
    int error = errno;
    uint64_t one = 1;
    ssize_t r = write(reverse_of(poller)->wake, &one, sizeof one);
    (void)r;
    errno = error;
}

static int reverse_reopen(struct poller *poller)
{
    struct reverse *p = reverse_of(poller);
    for (nfds_t i = 0; i < p->count; i++)
        p->streams[i]->registered = false;
    p->count = 0;
    close(p->wake);
    p->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return p->wake < 0 ? -errno : 0;
}

static const struct poller_class poller_reverse = {
    reverse_make, reverse_free, reverse_watch,  reverse_forget,
    reverse_wait, reverse_wake, reverse_reopen,
};

#endif
