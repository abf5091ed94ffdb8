// SPDX-License-Identifier: BSD-3-Clause
// The reference's TCP server: accepts, receives, asks the protocol, sends; and two protocols.

#include "reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct protocol *protocol;
static struct buffers buffers;
static int epoll, listener;

static char *memory(size_t size)
{
    char *made = malloc(size);
    if (!made)
        reference_fail("malloc");
    return made;
}

// On a page boundary: 16 bytes behind one, where malloc puts large blocks, the kernel's copying
// takes twice as long on some processors.
static char *buffer_new(void)
{
    char *made = aligned_alloc(4096, BUFFER_SIZE);
    if (!made)
        reference_fail("aligned_alloc");
    return made;
}

static void drop(struct conn *conn)
{
    close(conn->fd);
    free(conn->kept);
    free(conn->out);
    free(conn);
}

static void watch(struct conn *conn, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLET, .data.ptr = conn};
    if (epoll_ctl(epoll, operation, conn ? conn->fd : listener, &event) != 0)
        reference_fail("epoll_ctl");
}

// The connection takes the buffer that ANSWER lies in; the server goes on with a new one.
static void hold(struct conn *conn, const struct answer *answer, size_t sent)
{
    bool from_in = answer->data >= buffers.in && answer->data < buffers.in + BUFFER_SIZE;
    char **buffer = from_in ? &buffers.in : &buffers.out;
    conn->out = *buffer;
    conn->out_begin = (size_t)(answer->data - *buffer) + sent;
    conn->out_end = (size_t)(answer->data - *buffer) + answer->size;
    *buffer = buffer_new();
    if (!conn->wants_out)
        watch(conn, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
    conn->wants_out = true;
}

// False when the connection is broken.
static bool answer_send(struct conn *conn, const struct answer *answer)
{
    if (answer->size == 0)
        return true;
    ssize_t n = send(conn->fd, answer->data, answer->size, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        return false;
    if (n < (ssize_t)answer->size)
        hold(conn, answer, n < 0 ? 0 : (size_t)n);
    return true;
}

// Sends what was held; false when the connection is broken.
static bool flush(struct conn *conn)
{
    ssize_t n =
        send(conn->fd, conn->out + conn->out_begin, conn->out_end - conn->out_begin, MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN;
    conn->out_begin += (size_t)n;
    if (conn->out_begin == conn->out_end) {
        free(conn->out);
        conn->out = NULL;
    }
    return true;
}

static void keep(struct conn *conn, size_t from, size_t size)
{
    char *kept = NULL;
    if (size > from) {
        kept = memory(size - from);
        memcpy(kept, buffers.in + from, size - from);
    }
    free(conn->kept);
    conn->kept = kept;
    conn->kept_size = size - from;
}

// Answers the SIZE bytes in the input buffer; false when the connection is broken.
static bool handle(struct conn *conn, size_t size)
{
    struct answer answer = {NULL, 0};
    size_t taken = protocol->take(conn, &buffers, buffers.in, size, &answer);
    if (taken < size || conn->kept)
        keep(conn, taken, size);
    return answer_send(conn, &answer);
}

// Receives and answers until nothing is left to receive, or what is sent finds no room. False when
// the connection is over.
static bool converse(struct conn *conn)
{
    for (;;) {
        if (conn->out)
            return true;
        if (conn->closing)
            return false;
        size_t kept = conn->kept_size;
        if (kept)
            memcpy(buffers.in, conn->kept, kept);
        size_t room = protocol->read_size - kept;
        ssize_t n = room ? recv(conn->fd, buffers.in + kept, room, 0) : 0;
        if (n < 0)
            return errno == EAGAIN;
        if (n == 0 || !handle(conn, kept + (size_t)n))
            return false;
        // Less than asked: that was all. The end, though, only shows in a recv of its own.
        if ((size_t)n < room && !conn->ended && !conn->out && !conn->closing)
            return true;
    }
}

static void serve(struct conn *conn, uint32_t events)
{
    conn->ended |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if ((conn->out && !flush(conn)) || !converse(conn))
        drop(conn);
}

static void accept_all(void)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct conn *conn = (struct conn *)memory(sizeof(*conn));
        *conn = (struct conn){.fd = fd};
        watch(conn, EPOLL_CTL_ADD, EPOLLIN | EPOLLRDHUP);
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
        reference_fail("accept4");
}

void reference_serve(const struct protocol *chosen)
{
    struct epoll_event events[256];
    protocol = chosen;
    listener = reference_listener(SOCK_STREAM);
    buffers = (struct buffers){buffer_new(), buffer_new()};
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        reference_fail("epoll_create1");
    watch(NULL, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                serve(events[i].data.ptr, events[i].events);
            else
                accept_all();
        }
    }
}

// Every line is found, as a server that looks at its lines has to; the answer is the lines.
static size_t take_lines(struct conn *conn, const struct buffers *unused, const char *data,
                         size_t size, struct answer *answer)
{
    const char *at = data, *end;
    (void)conn, (void)unused;
    while ((end = memchr(at, '\n', size - (size_t)(at - data))))
        at = end + 1;
    *answer = (struct answer){data, (size_t)(at - data)};
    return answer->size;
}

static size_t take_bulk(struct conn *conn, const struct buffers *unused, const char *data,
                        size_t size, struct answer *answer)
{
    (void)conn, (void)unused;
    *answer = (struct answer){data, size};
    return size;
}

const struct protocol reference_lines = {"lines", 64 * 1024, take_lines};
const struct protocol reference_bulk = {"bulk", BUFFER_SIZE, take_bulk};
