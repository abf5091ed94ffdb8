// SPDX-License-Identifier: BSD-3-Clause
// Socket addresses: binary and text.

#ifndef SSS_SYS_ADDR_H
#define SSS_SYS_ADDR_H

// A struct addr is what the system takes: IPv4, IPv6 with scope, unix path or abstract name. Text
// is what a person writes: "127.0.0.1:80", "[fe80::1%eth0]:80", "*:80", "unix:/run/x.sock",
// "unix:@name". Nothing is guessed: what is not an address is an error, and a port is 0..65535. It
// refuses to look names up: it says that a host is a name (addr_split(), addr_from_host()), which
// is for the resolver and sys/names.

#include "base/error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct addr {
    socklen_t len; // 0: no address at all
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_storage storage;
    } u;
};

enum { ADDR_TEXT_MAX = 256 }; // room for any address as text, with its NUL

// The parts of an address as text, pointing into that text.
struct addr_text {
    bool is_unix;     // path holds the name; host and port are empty
    const char *host; // without brackets; "" in ":80"
    size_t host_len;
    const char *port; // digits or a service name
    size_t port_len;
    const char *path; // after "unix:"; an abstract name begins with '@'
    size_t path_len;
};

// Splits "host:port", "[host]:port", ":port" or "unix:path". 0, or -EINVAL with *WHY set to a
// constant text for the user ("an IPv6 address needs brackets", "no port"). The range of a port of
// digits is checked here; host and path are checked by the functions below.
int addr_split(const char *text, size_t len, struct addr_text *parts, const char **why) MUST_CHECK;

// A port of decimal digits: 0..65535. -ENOENT when the text is not a number (a service name),
// -ERANGE when it is a number out of range (also "-1"), -EINVAL when empty.
int addr_parse_port(const char *text, size_t len) MUST_CHECK;

// A host as a person writes it, and what is wanted of it.
struct host {
    const char *text; // LEN bytes
    size_t len;
    int port;
    int family; // AF_UNSPEC, AF_INET or AF_INET6
};

// HOST as an address with its port: numbers ("1.2.3.4", "::1", "fe80::1%eth0"; four-part dotted
// quads only) and the words "*" (also ""), "loopback", "broadcast". The family chooses what the
// words mean (AF_UNSPEC: IPv4). -ENOENT: HOST is a name, to be resolved; -EINVAL with *WHY: it is
// neither (only digits and dots, a NUL inside, a bad scope, longer than 253 bytes); -EAFNOSUPPORT:
// a number of the other family, or "broadcast" in IPv6. -EMFILE and the like when the system could
// not be asked about a scope (if_nametoindex(3)).
int addr_from_host(struct addr *out, struct host host, const char **why) MUST_CHECK;

// A unix address; a PATH that begins with a NUL is an abstract name. -EINVAL with *WHY: empty, a
// NUL inside, longer than sun_path (unix(7)).
int addr_from_path(struct addr *out, const char *path, size_t len, const char **why) MUST_CHECK;

// The same for the text that addr_split() finds after "unix:": a leading '@' means an abstract
// name, and "./@name" is a path that begins with '@'.
int addr_from_unix(struct addr *out, const char *name, size_t len, const char **why) MUST_CHECK;

// Does PATH begin with '@', or with one or more "./" and then '@'? Its text begins with one more
// "./".
bool addr_begins_with_at(const char *path, size_t len);

// Writes the address in a form that addr_split() takes: "1.2.3.4:80", "[::1]:80", "unix:/x",
// "unix:@name". Returns the length of the text, which may hold bytes that are not printable, NUL
// among them, where an abstract name does. A relative path that begins with '@' becomes
// "unix:./@name", because it would otherwise be an abstract name. These texts cannot be read back:
// "unix:" for an unnamed unix socket, "" for no address, "(family 16)" for a family that has no
// text form here.
size_t addr_format(const struct addr *a, char text[ADDR_TEXT_MAX]);

// Writes the host without brackets, with its scope ("fe80::1%eth0"); "" for unix.
size_t addr_host(const struct addr *a, char text[ADDR_TEXT_MAX]);
int addr_port(const struct addr *a); // 0 for unix
void addr_set_port(struct addr *a, int port);
int addr_family(const struct addr *a); // AF_UNSPEC when len is 0
// The unix path (abstract: with its leading NUL); *LEN is its length, 0 when unnamed or not unix.
const char *addr_path(const struct addr *a, size_t *len);
bool addr_is_unnamed(const struct addr *a); // a unix socket without a name
unsigned addr_scope(const struct addr *a);  // IPv6 scope id, else 0

// Same family, host, port, scope; same path.
bool addr_equal(const struct addr *a, const struct addr *b);

#endif
