// SPDX-License-Identifier: BSD-3-Clause
// Socket addresses as text, taken apart and written.

#include "sys/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

// ---- taken apart

static int addr_wrong(const char **why, const char *text)
{
    *why = text;
    return -EINVAL;
}

int addr_parse_port(const char *text, size_t len)
{
    bool minus = len > 1 && text[0] == '-';
    int port = 0;
    if (len == 0)
        return -EINVAL;
    for (size_t i = minus; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -ENOENT;
        if (port <= 65535) // too large already; the rest must still be digits
            port = port * 10 + (text[i] - '0');
    }
    return minus || port > 65535 ? -ERANGE : port;
}

static int addr_split_port(const char *text, size_t len, struct addr_text *parts, const char **why)
{
    if (len == 0)
        return addr_wrong(why, "no port after ':'");
    if (addr_parse_port(text, len) == -ERANGE)
        return addr_wrong(why, "port must be 0 to 65535");
    parts->port = text;
    parts->port_len = len;
    return 0;
}

// "[host]:port", LEN > 0.
static int addr_split_brackets(const char *text, size_t len, struct addr_text *parts,
                               const char **why)
{
    const char *close = memchr(text, ']', len);
    if (!close)
        return addr_wrong(why, "no ']' after '['");
    parts->host = text + 1;
    parts->host_len = (size_t)(close - parts->host);
    if (!memchr(parts->host, ':', parts->host_len))
        return addr_wrong(why, "only an IPv6 address stands in brackets, as in [::1]:80");
    size_t rest = len - (size_t)(close + 1 - text);
    if (rest == 0)
        return addr_wrong(why, "no port, as in [::1]:80");
    if (close[1] != ':')
        return addr_wrong(why, "after ']' comes ':' and the port, as in [::1]:80");
    return addr_split_port(close + 2, rest - 1, parts, why);
}

// "host:port", LEN > 0.
static int addr_split_plain(const char *text, size_t len, struct addr_text *parts, const char **why)
{
    const char *colon = memchr(text, ':', len);
    if (!colon)
        return addr_wrong(why, "no port, as in 127.0.0.1:80");
    parts->host = text;
    parts->host_len = (size_t)(colon - text);
    size_t rest = len - parts->host_len - 1;
    if (memchr(colon + 1, ':', rest))
        return addr_wrong(why, "an IPv6 address needs brackets, as in [::1]:80");
    return addr_split_port(colon + 1, rest, parts, why);
}

int addr_split(const char *text, size_t len, struct addr_text *parts, const char **why)
{
    static const char prefix[] = "unix:";
    size_t skip = sizeof prefix - 1;
    *parts = (struct addr_text){.host = "", .port = "", .path = ""};
    if (len == 0)
        return addr_wrong(why, "empty address");
    if (len >= skip && memcmp(text, prefix, skip) == 0) {
        parts->is_unix = true;
        parts->path = text + skip;
        parts->path_len = len - skip;
        return 0;
    }
    if (memchr(text, '\0', len))
        return addr_wrong(why, "address has a NUL byte inside");
    if (text[0] == '[')
        return addr_split_brackets(text, len, parts, why);
    return addr_split_plain(text, len, parts, why);
}

// ---- written

// Adds LEN bytes to TEXT at AT, or as many as fit with a NUL behind them. Returns the new end.
static size_t addr_put(char text[ADDR_TEXT_MAX], size_t at, const char *bytes, size_t len)
{
    size_t room = ADDR_TEXT_MAX - 1 - at;
    if (len > room)
        len = room;
    memcpy(text + at, bytes, len);
    text[at + len] = '\0';
    return at + len;
}

static size_t addr_puts(char text[ADDR_TEXT_MAX], size_t at, const char *string)
{
    return addr_put(text, at, string, strlen(string));
}

static size_t addr_put_number(char text[ADDR_TEXT_MAX], size_t at, unsigned number)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%u", number);
    return addr_puts(text, at, digits);
}

// Can "[fe80::1%name]:80" with this name of an interface be read back? The system allows nearly any
// byte in such a name.
static bool addr_is_plain_interface(const char *name)
{
    return !strpbrk(name, "[]%:") && strspn(name, "0123456789") < strlen(name);
}

static size_t addr_put_scope(char text[ADDR_TEXT_MAX], size_t at, unsigned scope)
{
    char name[IF_NAMESIZE];
    at = addr_puts(text, at, "%");
    if (if_indextoname(scope, name) && addr_is_plain_interface(name))
        return addr_puts(text, at, name);
    return addr_put_number(text, at, scope);
}

static size_t addr_put_host(char text[ADDR_TEXT_MAX], size_t at, const struct addr *a)
{
    char host[INET6_ADDRSTRLEN] = "";
    bool v6 = addr_family(a) == AF_INET6;
    inet_ntop(addr_family(a), v6 ? (const void *)&a->u.in6.sin6_addr : &a->u.in.sin_addr, host,
              sizeof host);
    at = addr_puts(text, at, host);
    return addr_scope(a) != 0 ? addr_put_scope(text, at, addr_scope(a)) : at;
}

static size_t addr_put_unix(char text[ADDR_TEXT_MAX], size_t at, const struct addr *a)
{
    size_t len;
    const char *path = addr_path(a, &len);
    at = addr_puts(text, at, "unix:");
    if (len > 0 && path[0] == '\0') {
        at = addr_puts(text, at, "@");
        return addr_put(text, at, path + 1, len - 1);
    }
    if (addr_begins_with_at(path, len))
        at = addr_puts(text, at, "./");
    return addr_put(text, at, path, len);
}

static bool addr_has_host(const struct addr *a)
{
    return (addr_family(a) == AF_INET && a->len >= sizeof a->u.in) ||
           (addr_family(a) == AF_INET6 && a->len >= sizeof a->u.in6);
}

size_t addr_host(const struct addr *a, char text[ADDR_TEXT_MAX])
{
    text[0] = '\0';
    return addr_has_host(a) ? addr_put_host(text, 0, a) : 0;
}

size_t addr_format(const struct addr *a, char text[ADDR_TEXT_MAX])
{
    bool v6 = addr_family(a) == AF_INET6;
    size_t at = 0;
    text[0] = '\0';
    if (addr_family(a) == AF_UNIX)
        return addr_put_unix(text, at, a);
    if (addr_has_host(a)) {
        at = addr_put_host(text, addr_puts(text, at, v6 ? "[" : ""), a);
        at = addr_puts(text, at, v6 ? "]:" : ":");
        return addr_put_number(text, at, (unsigned)addr_port(a));
    }
    if (a->len == 0)
        return 0;
    at = addr_put_number(text, addr_puts(text, at, "(family "), (unsigned)addr_family(a));
    return addr_puts(text, at, ")");
}
