// SPDX-License-Identifier: BSD-3-Clause
// "lines" and "bulk": streams that are sent back, with `depth` units of `size` bytes in flight.
//
// All connections send the same endless pattern, so what comes back is known from its offset. The
// period of the pattern shares no power of two with buffer sizes: a piece that is lost, repeated
// or swapped does not fit. A bulk echo is looked at in samples, one piece of eight, and the rest is
// dropped inside the kernel (MSG_TRUNC of tcp(7)): so the load is lighter than the server's work.

#include "load.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define SAMPLE 8

struct stream {
    int fd;
    bool active;
    unsigned pieces;
    uint64_t sent, got;
    uint64_t *began; // when the units in flight were begun: unit K at K % depth
};

static struct stream *streams;
static struct pattern pattern;
static _Alignas(4096) char received[PATTERN_PART];

struct pattern pattern_new(size_t size)
{
    struct pattern made = {.period = PATTERN_LINES * size};
    made.bytes = load_memory(1, made.period + PATTERN_PART);
    for (size_t i = 0; i < made.period + PATTERN_PART; i++) {
        size_t at = i % made.period, line = at / size, column = at % size;
        made.bytes[i] = (char)(column == size - 1 ? '\n' : 'a' + (line * 7 + column * 3) % 26);
        if (column < 2)
            made.bytes[i] = (char)('0' + (column ? line % 10 : line / 10));
    }
    return made;
}

static uint64_t limit_of(const struct run *run, const struct stream *s)
{
    uint64_t size = run->options.size;
    if (run->stopping)
        return (s->sent + size - 1) / size * size;
    return (s->got / size + (uint64_t)run->options.depth) * size;
}

static void push(struct run *run, struct stream *s)
{
    uint64_t limit = limit_of(run, s), size = run->options.size;
    while (s->sent < limit) {
        uint64_t left = limit - s->sent;
        size_t part = left < PATTERN_PART ? (size_t)left : PATTERN_PART;
        size_t n = load_send(s->fd, pattern_at(&pattern, s->sent), part);
        if (n == 0)
            return;
        for (uint64_t unit = (s->sent + size - 1) / size; unit * size < s->sent + n; unit++)
            s->began[unit % (uint64_t)run->options.depth] = run->now;
        s->sent += n;
    }
}

static void take(struct run *run, struct stream *s, size_t n)
{
    uint64_t size = run->options.size;
    if (s->got + n > s->sent)
        load_fail("more came back than was sent");
    for (uint64_t unit = s->got / size; (unit + 1) * size <= s->got + n; unit++)
        load_done(run, s->began[unit % (uint64_t)run->options.depth]);
    s->got += n;
}

// Receives one piece; its length.
static size_t pull(struct run *run, struct stream *s)
{
    bool bulk = run->workload == &load_bulk;
    bool look = !bulk || run->options.check_all || s->pieces++ % SAMPLE == 0;
    size_t n = load_receive(s->fd, received, sizeof(received), look ? 0 : MSG_TRUNC);
    if (look && memcmp(received, pattern_at(&pattern, s->got), n) != 0)
        load_fail("a wrong answer within %zu bytes after byte %llu of a connection", n,
                  (unsigned long long)s->got);
    take(run, s, n);
    return n;
}

static void ready(struct run *run, int slot, uint32_t events)
{
    struct stream *s = &streams[slot];
    size_t n = 0;
    do {
        if (events & ~(uint32_t)EPOLLOUT)
            n = pull(run, s);
        push(run, s);
        run->now = n == sizeof(received) ? load_clock() : run->now;
    } while (n == sizeof(received));
    if (run->stopping && s->active && s->got == s->sent) {
        s->active = false;
        run->active--;
    }
}

static void start(struct run *run, int slot)
{
    streams[slot].active = true;
    push(run, &streams[slot]);
}

// One line there and back proves that the server has accepted; nothing more is said on it.
static void open_idle(const struct run *run, int i)
{
    char line[] = "idle\n", answer[sizeof(line)] = "";
    // 256 connections from each address: the ports of one would not last.
    int fd = load_connected(run, htonl(INADDR_LOOPBACK + 256 + (in_addr_t)(i / 256)));
    if (send(fd, line, 5, MSG_NOSIGNAL) != 5 || recv(fd, answer, 5, MSG_WAITALL) != 5 ||
        strcmp(line, answer) != 0)
        load_fail("idle connection %d got a wrong answer", i + 1);
}

static void open_all(struct run *run)
{
    struct options *options = &run->options;
    pattern = pattern_new(run->workload == &load_lines ? options->size : 64);
    streams = load_memory((size_t)options->connections, sizeof(*streams));
    for (int i = 0; i < options->idle; i++)
        open_idle(run, i);
    for (int i = 0; i < options->connections; i++) {
        streams[i].fd = load_connected(run, 0);
        streams[i].began = load_memory((size_t)options->depth, sizeof(uint64_t));
        load_watch(run, streams[i].fd, i, EPOLLIN | EPOLLOUT);
    }
}

const struct workload load_lines = {
    .name = "lines", .open = open_all, .start = start, .ready = ready};
const struct workload load_bulk = {
    .name = "bulk", .open = open_all, .start = start, .ready = ready};
