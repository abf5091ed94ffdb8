// SPDX-License-Identifier: BSD-3-Clause
// "http": GET over HTTP/1.1 connections that stay open; every answer is read and checked.

#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#define ANSWER_MAX 4096

static const char request[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"
                              "Accept: */*\r\n\r\n";
static const char body[] = "Hello, world!\n";

struct visit {
    int fd;
    size_t got;
    uint64_t began;
    char answer[ANSWER_MAX + 1];
};

static struct visit *visits;

static void start(struct run *run, int slot)
{
    struct visit *visit = &visits[slot];
    visit->got = 0;
    visit->began = run->now;
    if (load_send(visit->fd, request, sizeof(request) - 1) != sizeof(request) - 1)
        load_fail("a request did not fit into an empty connection");
}

// The value of Content-Length in the N bytes of HEAD; its absence is an error.
static size_t content_length(const char *head, size_t n)
{
    static const char name[] = "\r\nContent-Length:";
    for (const char *at = head; (at = memchr(at, '\r', n - (size_t)(at - head))); at++)
        if (strncasecmp(at, name, sizeof(name) - 1) == 0)
            return strtoul(at + sizeof(name) - 1, NULL, 10);
    load_fail("an answer without Content-Length");
}

// True when the answer is complete; anything but the right answer is an error.
static bool complete(struct visit *visit)
{
    const char *answer = visit->answer, *end;
    size_t head, length;
    visit->answer[visit->got] = '\0';
    end = memmem(answer, visit->got, "\r\n\r\n", 4);
    if (!end)
        return false;
    head = (size_t)(end - answer) + 4;
    if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
        load_fail("an answer that begins '%.20s'", answer);
    length = content_length(answer, head);
    if (length != sizeof(body) - 1)
        load_fail("an answer of %zu bytes", length);
    if (visit->got < head + length)
        return false;
    if (visit->got > head + length || memcmp(answer + head, body, length) != 0)
        load_fail("an answer with the wrong body");
    return true;
}

static void ready(struct run *run, int slot, uint32_t events)
{
    struct visit *visit = &visits[slot];
    size_t room = ANSWER_MAX - visit->got;
    if (room == 0)
        load_fail("an answer without end");
    (void)events;
    visit->got += load_receive(visit->fd, visit->answer + visit->got, room, 0);
    if (!complete(visit))
        return;
    if (load_done(run, visit->began))
        start(run, slot);
    else
        run->active--;
}

static void open_all(struct run *run)
{
    visits = load_memory((size_t)run->options.connections, sizeof(*visits));
    for (int i = 0; i < run->options.connections; i++) {
        visits[i].fd = load_connected(run, 0);
        load_watch(run, visits[i].fd, i, EPOLLIN);
    }
}

const struct workload load_http = {
    .name = "http", .open = open_all, .start = start, .ready = ready};
