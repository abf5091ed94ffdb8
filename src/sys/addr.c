// SPDX-License-Identifier: BSD-3-Clause
// Socket addresses: making them, and looking at their parts.

#include "sys/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>

enum {
    HOST_MAX = 253, // RFC 1035 in text form
    PATH_AT = offsetof(struct sockaddr_un, sun_path),
    PATH_MAX_LEN = sizeof((struct sockaddr_un *)NULL)->sun_path,
};

static int addr_refuse(const char **why, int error, const char *text)
{
    *why = text;
    return error;
}

// ---- from numbers and words

static void addr_set_in(struct addr *out, struct in_addr host, int port)
{
    *out = (struct addr){.len = sizeof out->u.in};
    out->u.in.sin_family = AF_INET;
    out->u.in.sin_addr = host;
    out->u.in.sin_port = htons((uint16_t)port);
}

static void addr_set_in6(struct addr *out, const struct in6_addr *host, unsigned scope, int port)
{
    *out = (struct addr){.len = sizeof out->u.in6};
    out->u.in6.sin6_family = AF_INET6;
    out->u.in6.sin6_addr = *host;
    out->u.in6.sin6_scope_id = scope;
    out->u.in6.sin6_port = htons((uint16_t)port);
}

static bool addr_is_word(const char *host, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(host, word, len) == 0;
}

// "*", "", "loopback", "broadcast"; -ENOENT when HOST is none of them.
static int addr_from_word(struct addr *out, struct host host, const char **why)
{
    struct in_addr in;
    const struct in6_addr *in6 = NULL;
    if (host.len == 0 || addr_is_word(host.text, host.len, "*")) {
        in.s_addr = htonl(INADDR_ANY);
        in6 = &in6addr_any;
    } else if (addr_is_word(host.text, host.len, "loopback")) {
        in.s_addr = htonl(INADDR_LOOPBACK);
        in6 = &in6addr_loopback;
    } else if (addr_is_word(host.text, host.len, "broadcast")) {
        in.s_addr = htonl(INADDR_BROADCAST);
    } else {
        return -ENOENT;
    }
    if (host.family != AF_INET6)
        addr_set_in(out, in, host.port);
    else if (in6)
        addr_set_in6(out, in6, 0, host.port);
    else
        return addr_refuse(why, -EAFNOSUPPORT, "IPv6 has no broadcast");
    return 0;
}

static bool addr_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool addr_is_hex(char c)
{
    return addr_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// One part of what inet_aton(3) would take for a number: digits, or "0x" and hex digits.
static bool addr_is_number(const char *part, size_t len)
{
    bool hex = len >= 2 && part[0] == '0' && (part[1] == 'x' || part[1] == 'X');
    for (size_t i = hex ? 2 : 0; i < len; i++)
        if (hex ? !addr_is_hex(part[i]) : !addr_is_digit(part[i]))
            return false;
    return true;
}

// Does every part between the dots look like a number? Then HOST is meant as an IPv4 address, and
// must never reach a resolver, which would make 127.0.0.1 of "127.1" and of "0x7f.1".
static bool addr_is_numeric(const char *host, size_t len)
{
    for (size_t at = 0; at <= len;) {
        const char *dot = at < len ? memchr(host + at, '.', len - at) : NULL;
        size_t end = dot ? (size_t)(dot - host) : len;
        if (!addr_is_number(host + at, end - at))
            return false;
        at = end + 1;
    }
    return true;
}

static int addr_from_ipv4(struct addr *out, struct host host, const char **why)
{
    char text[INET_ADDRSTRLEN] = {0};
    struct in_addr in;
    if (host.len < sizeof text)
        memcpy(text, host.text, host.len);
    if (inet_pton(AF_INET, text, &in) != 1)
        return addr_refuse(why, -EINVAL, "not an IPv4 address");
    if (host.family == AF_INET6)
        return addr_refuse(why, -EAFNOSUPPORT, "an IPv4 address where IPv6 is wanted");
    addr_set_in(out, in, host.port);
    return 0;
}

// The number of an interface that is given by digits or by name. -EINVAL with *WHY; -EMFILE and the
// like when the system could not look for the name (if_nametoindex(3)).
static int addr_parse_scope(const char *text, size_t len, unsigned *scope, const char **why)
{
    char name[IF_NAMESIZE] = {0};
    uint64_t number = 0;
    size_t i = 0;
    while (i < len && addr_is_digit(text[i]) && number <= UINT32_MAX)
        number = number * 10 + (uint64_t)(text[i++] - '0');
    if (len > 0 && i == len && number <= UINT32_MAX) {
        *scope = (unsigned)number;
        return 0;
    }
    if (len > 0 && len < sizeof name)
        memcpy(name, text, len);
    *scope = if_nametoindex(name);
    int code = *scope == 0 ? errno : 0;
    if (code == 0 || code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS)
        return -code; // the system could not look
    return addr_refuse(why, -EINVAL, "no such network interface after '%'");
}

static int addr_from_ipv6(struct addr *out, struct host host, const char **why)
{
    char text[INET6_ADDRSTRLEN] = {0};
    struct in6_addr in6;
    unsigned scope = 0;
    const char *percent = memchr(host.text, '%', host.len);
    size_t number_len = percent ? (size_t)(percent - host.text) : host.len;
    if (number_len < sizeof text)
        memcpy(text, host.text, number_len);
    if (inet_pton(AF_INET6, text, &in6) != 1)
        return addr_refuse(why, -EINVAL, "not an IPv6 address");
    if (percent) {
        int error = addr_parse_scope(percent + 1, host.len - number_len - 1, &scope, why);
        if (error < 0)
            return error;
    }
    if (host.family == AF_INET)
        return addr_refuse(why, -EAFNOSUPPORT, "an IPv6 address where IPv4 is wanted");
    addr_set_in6(out, &in6, scope, host.port);
    return 0;
}

// Letters, digits, "-", "_", "." and what is not ASCII.
static bool addr_is_name(const char *host, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = host[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !addr_is_digit(c) && (unsigned char)c < 0x80 &&
            (c == '\0' || !strchr("-_.", c)))
            return false;
    }
    return true;
}

int addr_from_host(struct addr *out, struct host host, const char **why)
{
    if (host.port < 0 || host.port > 65535)
        return addr_refuse(why, -EINVAL, "port must be 0 to 65535");
    if (host.family != AF_UNSPEC && host.family != AF_INET && host.family != AF_INET6)
        return addr_refuse(why, -EAFNOSUPPORT, "a host and port need family inet or inet6");
    if (host.len > HOST_MAX)
        return addr_refuse(why, -EINVAL, "host is longer than 253 bytes");
    int error = addr_from_word(out, host, why);
    if (error != -ENOENT)
        return error;
    if (memchr(host.text, '\0', host.len))
        return addr_refuse(why, -EINVAL, "host has a NUL byte inside");
    if (memchr(host.text, ':', host.len))
        return addr_from_ipv6(out, host, why);
    if (addr_is_numeric(host.text, host.len))
        return addr_from_ipv4(out, host, why);
    if (!addr_is_name(host.text, host.len))
        return addr_refuse(why, -EINVAL, "not a host name");
    return -ENOENT;
}

// ---- unix

int addr_from_path(struct addr *out, const char *path, size_t len, const char **why)
{
    if (len == 0)
        return addr_refuse(why, -EINVAL, "empty unix path");
    bool abstract = path[0] == '\0';
    if (!abstract && memchr(path, '\0', len))
        return addr_refuse(why, -EINVAL, "unix path has a NUL byte inside");
    // A path keeps the NUL that ends it. Linux needs none, but many programs that get such an
    // address from the system do.
    size_t size = abstract ? len : len + 1;
    if (size > PATH_MAX_LEN)
        return addr_refuse(why, -EINVAL,
                           abstract ? "abstract name is longer than 107 bytes"
                                    : "unix path is longer than 107 bytes");
    *out = (struct addr){.len = (socklen_t)(PATH_AT + size)};
    out->u.un.sun_family = AF_UNIX;
    memcpy(out->u.un.sun_path, path, len);
    return 0;
}

bool addr_begins_with_at(const char *path, size_t len)
{
    while (len > 2 && memcmp(path, "./", 2) == 0) {
        path += 2;
        len -= 2;
    }
    return len > 0 && path[0] == '@';
}

int addr_from_unix(struct addr *out, const char *name, size_t len, const char **why)
{
    char path[PATH_MAX_LEN];
    if (!addr_begins_with_at(name, len))
        return addr_from_path(out, name, len, why);
    if (name[0] != '@')
        return addr_from_path(out, name + 2, len - 2, why);
    if (len > sizeof path)
        return addr_refuse(why, -EINVAL, "abstract name is longer than 107 bytes");
    memcpy(path, name, len);
    path[0] = '\0';
    return addr_from_path(out, path, len, why);
}

// ---- parts

int addr_family(const struct addr *a)
{
    return a->len >= sizeof a->u.any.sa_family ? a->u.any.sa_family : AF_UNSPEC;
}

static bool addr_is_in(const struct addr *a)
{
    return addr_family(a) == AF_INET && a->len >= sizeof a->u.in;
}

static bool addr_is_in6(const struct addr *a)
{
    return addr_family(a) == AF_INET6 && a->len >= sizeof a->u.in6;
}

int addr_port(const struct addr *a)
{
    if (addr_is_in(a))
        return ntohs(a->u.in.sin_port);
    return addr_is_in6(a) ? ntohs(a->u.in6.sin6_port) : 0;
}

void addr_set_port(struct addr *a, int port)
{
    if (addr_is_in(a))
        a->u.in.sin_port = htons((uint16_t)port);
    else if (addr_is_in6(a))
        a->u.in6.sin6_port = htons((uint16_t)port);
}

unsigned addr_scope(const struct addr *a)
{
    return addr_is_in6(a) ? a->u.in6.sin6_scope_id : 0;
}

const char *addr_path(const struct addr *a, size_t *len)
{
    // An address from the system may be a byte longer than struct sockaddr_un; the union has room
    // for it.
    const char *path = (const char *)&a->u + PATH_AT;
    *len = 0;
    if (addr_family(a) != AF_UNIX || a->len <= PATH_AT || a->len > sizeof a->u)
        return path;
    size_t size = a->len - PATH_AT;
    *len = path[0] == '\0' ? size : strnlen(path, size);
    return path;
}

bool addr_is_unnamed(const struct addr *a)
{
    size_t len;
    addr_path(a, &len);
    return addr_family(a) == AF_UNIX && len == 0;
}

static bool addr_same_bytes(const struct addr *a, const struct addr *b)
{
    size_t a_len, b_len;
    const char *a_path = addr_path(a, &a_len);
    const char *b_path = addr_path(b, &b_len);
    if (addr_family(a) == AF_UNIX)
        return a_len == b_len && memcmp(a_path, b_path, a_len) == 0;
    return a->len == b->len && memcmp(&a->u, &b->u, a->len) == 0;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
    if (addr_family(a) != addr_family(b))
        return false;
    if (addr_is_in(a) && addr_is_in(b))
        return a->u.in.sin_port == b->u.in.sin_port &&
               a->u.in.sin_addr.s_addr == b->u.in.sin_addr.s_addr;
    if (addr_is_in6(a) && addr_is_in6(b))
        return a->u.in6.sin6_port == b->u.in6.sin6_port && addr_scope(a) == addr_scope(b) &&
               memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr, sizeof a->u.in6.sin6_addr) == 0;
    return addr_same_bytes(a, b);
}
