// SPDX-License-Identifier: BSD-3-Clause
// The table of socket options.

#ifndef SSS_SYS_SOCKOPT_H
#define SSS_SYS_SOCKOPT_H

// One row per option: its name, level, number, and the kind of its value. Options are read and
// written as plain C values. The public tables of constants (SO, TCP, IP, IPV6, UDP) are made of
// these rows, too. What was set is read back as the same value; where the kernel rounds or limits
// it, a comment in sockopt_table.c says so. It refuses to know Lua values.

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum sockopt_kind {
    SOCKOPT_FLAG,    // boolean
    SOCKOPT_INT,     // a whole number (32 bits in the kernel)
    SOCKOPT_BUFFER,  // a size in bytes that the kernel doubles on set; read back halved
    SOCKOPT_SECONDS, // whole seconds (int) in the kernel
    SOCKOPT_MILLIS,  // seconds here, milliseconds in the kernel (TCP_USER_TIMEOUT)
    SOCKOPT_TIMEVAL, // seconds here, struct timeval in the kernel (SO_RCVTIMEO)
    SOCKOPT_LINGER,  // struct linger; off always goes with 0 seconds
    SOCKOPT_TEXT,    // a name (SO_BINDTODEVICE, TCP_CONGESTION), an IPv4 address (IP_MULTICAST_IF)
    SOCKOPT_MEMBERSHIP, // struct ip_mreqn / ipv6_mreq; cannot be read
    SOCKOPT_BYTES,      // anything else: the raw bytes
};

struct sockopt {
    const char *name;  // "reuseaddr"; NULL ends the table
    const char *table; // "so", "tcp", "ip", "ipv6", "udp"
    int level;
    int number;
    enum sockopt_kind kind;
    bool readable;
    bool writable;
    long long least; // what may be set: a number, seconds, or for TEXT the length in bytes;
    long long most;  // for BYTES the size to be read, 0 for any
    bool network;    // INT: network byte order in the kernel; TEXT: a struct in_addr there
};

extern const struct sockopt sockopt_table[];

enum { SOCKOPT_BYTES_MAX = 1024 };

struct sockopt_value {
    bool on;                       // FLAG, LINGER
    long long number;              // INT, BUFFER
    double seconds;                // SECONDS, MILLIS, TIMEVAL, LINGER (whole)
    size_t len;                    // TEXT, BYTES
    char bytes[SOCKOPT_BYTES_MAX]; // TEXT, BYTES; MEMBERSHIP: the group as text, with a NUL
    char interface[64]; // MEMBERSHIP: name, index or (IPv4) address as text, with a NUL; "" for any
};

// Finds an option by name: "reuseaddr" (of SOL_SOCKET), "so.reuseaddr", "tcp.nodelay",
// "ipv6.v6only", in any case, with or without the "_" in a name. NULL when there is none.
const struct sockopt *sockopt_by_name(const char *name, size_t len);

// Finds an option by the number in the public tables: the plain number for an option of SOL_SOCKET,
// and (level + 1) * 65536 + number for others. NULL when there is none.
const struct sockopt *sockopt_by_code(long long code);
long long sockopt_code(const struct sockopt *opt);

// What the option takes, for an error message: "a boolean", "a number of seconds", ...
const char *sockopt_takes(const struct sockopt *opt);

// getsockopt(2) and setsockopt(2): 0 or -errno. -EINVAL for a value out of range: a number is never
// wrapped and a text never cut. A time is rounded to the kernel's unit, but a time above 0 never
// becomes 0, which means "no limit". -ENODEV: there is no such interface. -ENOPROTOOPT: the option
// cannot be read, or cannot be written.
int sockopt_get(int fd, const struct sockopt *opt, struct sockopt_value *value) MUST_CHECK;
int sockopt_set(int fd, const struct sockopt *opt, const struct sockopt_value *value) MUST_CHECK;

#endif
