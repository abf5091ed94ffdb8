// SPDX-License-Identifier: BSD-3-Clause
// "udp": sockets with one datagram in flight each. One that is lost is sent again and counted.

#include "load.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define RESEND_AFTER 50000000 // nanoseconds
#define DATAGRAM_MAX 2048

struct talk {
    int fd;
    bool waiting;
    uint64_t number; // of the datagram in flight: stands in its first bytes
    uint64_t began, sent;
};

static struct talk *talks;
static struct pattern pattern;

static void say(struct run *run, struct talk *talk)
{
    char data[DATAGRAM_MAX];
    memcpy(data, pattern_at(&pattern, talk->number % PATTERN_LINES), run->options.size);
    memcpy(data, &talk->number, sizeof(talk->number));
    talk->sent = run->now;
    load_send(talk->fd, data, run->options.size); // no room: the same as lost
}

static void start(struct run *run, int slot)
{
    struct talk *talk = &talks[slot];
    talk->number++;
    talk->began = run->now;
    talk->waiting = true;
    say(run, talk);
}

// The answer to the datagram in flight, or one that was given up for lost: false.
static bool is_answer(struct run *run, struct talk *talk, const char *data, size_t n)
{
    uint64_t number;
    size_t rest = run->options.size - sizeof(number);
    memcpy(&number, data, sizeof(number));
    if (n != run->options.size || number > talk->number ||
        memcmp(data + sizeof(number), pattern_at(&pattern, number % PATTERN_LINES) + sizeof(number),
               rest) != 0)
        load_fail("a wrong datagram came back");
    return number == talk->number && talk->waiting;
}

static void ready(struct run *run, int slot, uint32_t events)
{
    struct talk *talk = &talks[slot];
    char data[DATAGRAM_MAX] = "";
    size_t n = load_receive(talk->fd, data, sizeof(data), 0);
    (void)events;
    if (n == 0 || !is_answer(run, talk, data, n))
        return;
    talk->waiting = false;
    if (load_done(run, talk->began))
        start(run, slot);
    else
        run->active--;
}

static void overdue(struct run *run)
{
    for (int i = 0; i < run->options.connections; i++) {
        struct talk *talk = &talks[i];
        if (!talk->waiting || run->now - talk->sent < RESEND_AFTER)
            continue;
        // Its answer may lie here: an edge-triggered event tells of several datagrams only once.
        uint64_t number = talk->number;
        ready(run, i, EPOLLIN);
        if (talk->number == number && talk->waiting) {
            run->lost++;
            say(run, talk);
        }
    }
}

static void open_all(struct run *run)
{
    const struct sockaddr *server = (const struct sockaddr *)&run->options.server;
    if (run->options.size > DATAGRAM_MAX)
        load_fail("at most %d bytes in a datagram", DATAGRAM_MAX);
    pattern = pattern_new(run->options.size);
    talks = load_memory((size_t)run->options.connections, sizeof(*talks));
    for (int i = 0; i < run->options.connections; i++) {
        talks[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (talks[i].fd < 0 || connect(talks[i].fd, server, sizeof(run->options.server)) != 0)
            load_fail("a datagram socket: %s", strerror(errno));
        load_watch(run, talks[i].fd, i, EPOLLIN);
    }
}

const struct workload load_udp = {
    .name = "udp", .open = open_all, .start = start, .ready = ready, .overdue = overdue};
