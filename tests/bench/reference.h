// SPDX-License-Identifier: BSD-3-Clause
// The reference servers' rooms: a connection, and what a protocol does with its bytes.

#ifndef SSS_BENCH_REFERENCE_H
#define SSS_BENCH_REFERENCE_H

// What one writes by hand in C with epoll when speed is all that counts, and is still correct: each
// descriptor registered once and edge-triggered, one recv and one send for all that has arrived,
// no trailing call that ends in EAGAIN, buffers that are shared by all connections and handed
// over, not copied, to one whose send was short. One thread.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_SIZE (256 * 1024)

struct conn {
    int fd;
    bool ended;     // the peer will send no more
    bool closing;   // closed as soon as everything is sent
    bool wants_out; // epoll tells when there is room again
    char *kept;     // the beginning of a message whose rest is missing
    size_t kept_size;
    char *out; // a whole buffer with what could not be sent
    size_t out_begin, out_end;
    uint64_t skip; // bytes of a request's body that are still to come
};

struct answer {
    const char *data; // inside of `in` or `out`
    size_t size;
};

// The two buffers that all connections use in turn.
struct buffers {
    char *in, *out;
};

struct protocol {
    const char *name;
    size_t read_size; // how much one recv asks for
    // Takes the complete messages from the SIZE bytes at DATA and says what to answer. Returns how
    // many bytes it took; the others are shown again, with more behind them.
    size_t (*take)(struct conn *conn, const struct buffers *buffers, const char *data, size_t size,
                   struct answer *answer);
};

extern const struct protocol reference_lines, reference_bulk, reference_http;

// Says what failed, with errno's text, and ends the program.
void reference_fail(const char *what) __attribute__((noreturn));
// A bound socket on a free port of 127.0.0.1; prints the port.
int reference_listener(int type);
// These two serve for ever.
void reference_serve(const struct protocol *protocol) __attribute__((noreturn));
void reference_udp(bool batches) __attribute__((noreturn));

#endif
