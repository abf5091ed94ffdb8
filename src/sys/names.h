// SPDX-License-Identifier: BSD-3-Clause
// Words for the system's numbers.

#ifndef SSS_SYS_NAMES_H
#define SSS_SYS_NAMES_H

// Each table holds {name, value}, in lower case without the prefix ("inet6" for AF_INET6), for
// everything that this system has; it is searched by name and by value. Protocols and services come
// from /etc/protocols and /etc/services (protocols(5), services(5)); common ones are built in, so
// that a machine without these files works. This room reads the files itself: the C library of a
// static program does not read the first, and that of others may ask the network, which this room
// refuses to do.

#include "base/error.h"

#include <stddef.h>

struct name {
    const char *name; // NULL ends a table
    int value;
};

// AF_*: "unix", "local", "inet", "inet6", ...; address_families(7)
extern const struct name names_families[];
// SOCK_*: "stream", "dgram", "raw", "seqpacket", "rdm", "cloexec", "nonblock", ...; socket(2)
extern const struct name names_types[];
// SHUT_*: "read", "write", "both"; shutdown(2)
extern const struct name names_shutdowns[];
// MSG_*: "peek", "oob", ...; recv(2)
extern const struct name names_flags[];

// The value of NAME (LEN bytes, any case), or -ENOENT.
int names_value(const struct name *table, const char *name, size_t len) MUST_CHECK;

// The first name of VALUE, or NULL.
const char *names_name(const struct name *table, int value);

// The number (0..65535) of a name or alias in a file in the form of services(5), or when PROTO is
// NULL of protocols(5). -ENOENT when there is no such file or name, or its line is wrong; -EMFILE
// and -ENFILE when the file could not be opened.
int names_in_file(const char *path, const char *name, size_t len, const char *proto) MUST_CHECK;

// A protocol's number by name ("tcp", "udp", "icmp"), or -ENOENT, -EMFILE, -ENFILE.
int names_protocol(const char *name, size_t len) MUST_CHECK;

// A service's port by name; PROTO "tcp" or "udp". -ENOENT, -EMFILE, -ENFILE.
int names_service(const char *name, size_t len, const char *proto) MUST_CHECK;

#endif
