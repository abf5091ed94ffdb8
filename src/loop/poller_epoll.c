// SPDX-License-Identifier: BSD-3-Clause
// The poller over epoll(7).

#include "base/clock.h"
#include "loop/poller.h"
#include "loop/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Linux 5.11 has it, with the same number on each architecture; older headers do not.
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

// Each descriptor is registered once, edge-triggered, for both directions. An event names its
// stream by descriptor and generation, not by address: when a descriptor that is shared with
// another process is closed, its registration stays, and its events must not be taken for those of
// a new stream.

enum { EVENTS_MAX = 256 };
enum { WAKE_TAG = -1 };
enum { NS_PER_SECOND = 1000000000, NS_PER_MS = 1000000 };

struct epoll {
    struct poller poller;
    int epoll;
    int wake;
    bool in_ms;              // the system has no epoll_pwait2(2)
    struct stream **streams; // by descriptor
    size_t count;
    struct epoll_event events[EVENTS_MAX];
};

static struct epoll *epoll_of(struct poller *p)
{
    return container_of(p, struct epoll, poller);
}

static uint64_t event_tag(int fd, unsigned generation)
{
    return (uint64_t)generation << 32 | (uint32_t)fd;
}

static int change(struct epoll *p, int what, int fd, struct epoll_event *event)
{
    poller_counts.changes++;
    return epoll_ctl(p->epoll, what, fd, event) < 0 ? -errno : 0;
}

static int open_descriptors(struct epoll *p)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = event_tag(WAKE_TAG, 0)};
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (p->epoll < 0)
        return -errno;
    p->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (p->wake < 0)
        return -errno;
    return change(p, EPOLL_CTL_ADD, p->wake, &event);
}

static void close_descriptors(struct epoll *p)
{
    if (p->wake >= 0)
        close(p->wake);
    if (p->epoll >= 0)
        close(p->epoll);
    p->wake = p->epoll = -1;
}

static void epoll_free(struct poller *poller)
{
    struct epoll *p = epoll_of(poller);
    close_descriptors(p);
    free(p->streams);
    free(p);
}

static int epoll_make(struct poller **made)
{
    struct epoll *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->poller.class = &poller_epoll;
    p->epoll = p->wake = -1;
    int error = open_descriptors(p);
    if (error < 0) {
        epoll_free(&p->poller);
        return error;
    }
    *made = &p->poller;
    return 0;
}

// A child shares the parent's epoll instance, so it must not remove registrations, which the parent
// still needs.
static int epoll_reopen(struct poller *poller)
{
    struct epoll *p = epoll_of(poller);
    for (size_t i = 0; i < p->count; i++) {
        struct stream *s = p->streams[i];
        if (s)
            s->registered = false;
        p->streams[i] = NULL;
    }
    close_descriptors(p);
    return open_descriptors(p);
}

static int make_room(struct epoll *p, int fd)
{
    size_t count = p->count ? p->count : 64;
    while (count <= (size_t)fd)
        count *= 2;
    if (count == p->count)
        return 0;
    struct stream **streams = realloc(p->streams, count * sizeof *streams);
    if (!streams)
        return -ENOMEM;
    memset(streams + p->count, 0, (count - p->count) * sizeof *streams);
    p->streams = streams;
    p->count = count;
    return 0;
}

static int epoll_watch(struct poller *poller, struct stream *s)
{
    struct epoll *p = epoll_of(poller);
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
        .data.u64 = event_tag(s->fd, s->generation),
    };
    int error = make_room(p, s->fd);
    if (error < 0)
        return error;
    error = change(p, EPOLL_CTL_ADD, s->fd, &event);
    // A closed stream's registration lives on while another descriptor has the same open file.
    if (error == -EEXIST && !p->streams[s->fd])
        error = change(p, EPOLL_CTL_MOD, s->fd, &event);
    if (error < 0)
        return error;
    p->streams[s->fd] = s;
    s->registered = true;
    return 0;
}

static void epoll_forget(struct poller *poller, struct stream *s, bool closing)
{
    struct epoll *p = epoll_of(poller);
    s->registered = false;
    if (p->streams[s->fd] != s)
        return; // the descriptor was closed elsewhere, and another stream has its number now
    p->streams[s->fd] = NULL;
    if (!closing)
        (void)change(p, EPOLL_CTL_DEL, s->fd, NULL);
}

static unsigned events_of(uint32_t events)
{
    return ((events & EPOLLIN) ? POLLER_INPUT : 0U) | ((events & EPOLLOUT) ? POLLER_ROOM : 0U) |
           ((events & (EPOLLRDHUP | EPOLLPRI)) ? POLLER_END : 0U) |
           ((events & (EPOLLHUP | EPOLLERR)) ? POLLER_OVER : 0U);
}

static void note_wake(struct epoll *p)
{
    uint64_t count;
    ssize_t ignored = read(p->wake, &count, sizeof count);
    (void)ignored; // EAGAIN: the wake-up was read already
}

// The kernel may end a wait late, by a thousandth of its time (by a two-hundredth for a niced
// process), and at most by a tenth of a second: see select_estimate_accuracy() in the kernel's
// fs/select.c. So a long wait is made to end early, and the short one that follows is exact.
static uint64_t ends_early(uint64_t ns)
{
    const uint64_t exact = 64 * (uint64_t)NS_PER_MS, most = 128 * (uint64_t)NS_PER_MS;
    if (ns <= exact || ns == DEADLINE_NONE)
        return ns;
    uint64_t less = ns / 128;
    return ns - (less < most ? less : most);
}

// musl has no function for epoll_pwait2(2).
static int wait_ns(struct epoll *p, uint64_t ns)
{
    struct timespec limit = {(time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND)};
    struct timespec *at_most = ns == DEADLINE_NONE ? NULL : &limit;
    long n =
        syscall(SYS_epoll_pwait2, p->epoll, p->events, (long)EVENTS_MAX, at_most, NULL, (size_t)0);
    return n < 0 ? -errno : (int)n;
}

static int wait_ms(struct epoll *p, uint64_t ns)
{
    int n = epoll_wait(p->epoll, p->events, EVENTS_MAX, clock_timeout_ms(0, ns));
    return n < 0 ? -errno : n;
}

// ENOSYS comes from an older kernel, EPERM from a container whose filter does not know the call.
// The call is then never made again.
static int wait_for_events(struct epoll *p, uint64_t ns)
{
    poller_counts.waits++;
    if (!p->in_ms) {
        int n = wait_ns(p, ends_early(ns));
        if (n != -ENOSYS && n != -EPERM)
            return n;
        p->in_ms = true;
    }
    return wait_ms(p, ns);
}

static int epoll_wait_for(struct poller *poller, uint64_t ns, struct list *ready,
                          struct list *closed)
{
    struct epoll *p = epoll_of(poller);
    int n = wait_for_events(p, ns);
    // When the program was stopped meanwhile (signal(7)), the system has not reported what came
    // until then.
    if (n == -EINTR)
        n = wait_for_events(p, 0);
    if (n < 0)
        return n == -EINTR ? 0 : n;
    for (int i = 0; i < n; i++) {
        uint64_t tag = p->events[i].data.u64;
        int fd = (int)(uint32_t)tag;
        if (fd == WAKE_TAG) {
            note_wake(p);
            continue;
        }
        struct stream *s = p->streams[fd];
        if (s && event_tag(fd, s->generation) == tag)
            poller_note(s, events_of(p->events[i].events), ready, closed);
    }
    return 0;
}

static void epoll_wake(struct poller *poller)
{
    struct epoll *p = epoll_of(poller);
    int error = errno; // kept for code that a signal handler has interrupted
    uint64_t one = 1;
    ssize_t ignored = write(p->wake, &one, sizeof one);
    (void)ignored; // EAGAIN: many wake-ups are pending already
    errno = error;
}

const struct poller_class poller_epoll = {
    epoll_make, epoll_free, epoll_watch, epoll_forget, epoll_wait_for, epoll_wake, epoll_reopen,
};
