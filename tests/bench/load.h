// SPDX-License-Identifier: BSD-3-Clause
// The load generator's rooms: what a run is, and what a workload offers.

#ifndef SSS_BENCH_LOAD_H
#define SSS_BENCH_LOAD_H

// One process, one thread, one server. Connections stay open between slices; a slice asks and
// awaits answers until its time is up, then waits for what is still in flight. Every wrong answer
// ends the program: a figure exists only when the answers were right.

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Latencies in nanoseconds, in buckets that are 3 % wide.
#define LATENCY_BUCKETS 2048

struct latency {
    uint64_t count;
    uint64_t buckets[LATENCY_BUCKETS];
};

void latency_clear(struct latency *latency);
void latency_add(struct latency *latency, uint64_t ns);
// The latency that SHARE (0 to 1) of the operations did not exceed, in nanoseconds.
uint64_t latency_share(const struct latency *latency, double share);

struct options {
    struct sockaddr_in server;
    int connections;
    int depth;      // units in flight on each connection
    size_t size;    // bytes of a unit: a line, a block, a datagram
    int idle;       // further connections that are open and say nothing
    bool check_all; // look at every byte of a bulk echo instead of at samples
    pid_t pid;      // the server's process, 0 when nobody asked for its CPU time
    char **command; // what "spawn" starts
};

struct run {
    struct options options;
    const struct workload *workload;
    int epoll;
    int active;        // connections that still have something to do in this slice
    bool stopping;     // the time of the slice is up: nothing new is begun
    uint64_t now;      // when the current batch of events arrived, in nanoseconds
    uint64_t deadline; // of the slice
    uint64_t operations;
    uint64_t lost; // datagrams that had to be sent again
    struct latency latency;
};

struct workload {
    const char *name;
    void (*open)(struct run *run);
    // Begins to ask on connection SLOT.
    void (*start)(struct run *run, int slot);
    // Something happened (epoll's EVENTS) on connection SLOT.
    void (*ready)(struct run *run, int slot, uint32_t events);
    // Called at least every 20 ms, or NULL.
    void (*overdue)(struct run *run);
    // Does the whole slice itself instead of the four above, or NULL.
    void (*slice)(struct run *run);
};

extern const struct workload load_lines, load_bulk, load_connect, load_http, load_udp, load_spawn;

uint64_t load_clock(void);
// Says what is wrong on stderr and ends the program with status 1; takes printf's arguments.
void load_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void *load_memory(size_t count, size_t size);
// A connected TCP socket, from SOURCE (0: wherever the system likes). It blocks.
int load_connected(const struct run *run, in_addr_t source);
// Adds FD to the run's epoll as SLOT, edge-triggered.
void load_watch(struct run *run, int fd, int slot, uint32_t events);
// An operation that began at BEGAN is complete; true when another one may begin.
bool load_done(struct run *run, uint64_t began);
// recv(2) that does not wait: bytes, or 0 when there is nothing now. The peer's end is an error.
size_t load_receive(int fd, void *buffer, size_t size, int flags);
// send(2) that does not wait: bytes, or 0 when there is no room now.
size_t load_send(int fd, const void *data, size_t size);

// The bytes that a stream sends, over and over: PATTERN_LINES different lines of SIZE bytes.
// Any PATTERN_PART bytes from an offset below `period` lie in one piece.
#define PATTERN_LINES 61
#define PATTERN_PART (256 * 1024)

struct pattern {
    char *bytes;
    size_t period;
};

struct pattern pattern_new(size_t size);
static inline const char *pattern_at(const struct pattern *pattern, uint64_t offset)
{
    return pattern->bytes + offset % pattern->period;
}

#endif
