// SPDX-License-Identifier: BSD-3-Clause
// "connect": connect, a line, its answer, a second line, its answer, close.
//
// The client closes first and so keeps the connection in TIME_WAIT: it takes its source address
// from a long row of loopback addresses, as one address would run out of ports.

#include "load.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ROUNDS 2
#define SOURCES 4096

struct call {
    int fd;
    int round;
    size_t got;
    uint64_t began;
};

static struct call *calls;
static struct pattern pattern;
static unsigned calls_begun;

static void ask(struct run *run, struct call *call)
{
    call->got = 0;
    if (load_send(call->fd, pattern_at(&pattern, (uint64_t)call->round * run->options.size),
                  run->options.size) != run->options.size)
        load_fail("a line did not fit into an empty connection");
}

// connect(2) may block: on the loopback the handshake is over before it would sleep.
static void start(struct run *run, int slot)
{
    struct call *call = &calls[slot];
    in_addr_t source = INADDR_LOOPBACK + 65536 + calls_begun++ % SOURCES;
    call->began = run->now;
    call->round = 0;
    call->fd = load_connected(run, htonl(source));
    ask(run, call);
    load_watch(run, call->fd, slot, EPOLLIN);
}

static void finish(struct run *run, int slot)
{
    close(calls[slot].fd);
    if (load_done(run, calls[slot].began))
        start(run, slot);
    else
        run->active--;
}

static void ready(struct run *run, int slot, uint32_t events)
{
    struct call *call = &calls[slot];
    char answer[4096];
    size_t want = run->options.size - call->got;
    size_t n = load_receive(call->fd, answer, want < sizeof(answer) ? want : sizeof(answer), 0);
    uint64_t offset = (uint64_t)call->round * run->options.size + call->got;
    (void)events;
    if (memcmp(answer, pattern_at(&pattern, offset), n) != 0)
        load_fail("a wrong answer to line %d of a connection", call->round + 1);
    call->got += n;
    if (call->got < run->options.size)
        return;
    if (++call->round < ROUNDS)
        ask(run, call);
    else
        finish(run, slot);
}

static void open_all(struct run *run)
{
    pattern = pattern_new(run->options.size);
    calls = load_memory((size_t)run->options.connections, sizeof(*calls));
}

const struct workload load_connect = {
    .name = "connect", .open = open_all, .start = start, .ready = ready};
