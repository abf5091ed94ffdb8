// SPDX-License-Identifier: BSD-3-Clause
// Socket options: found by name, read and written.

#include "sys/sockopt.h"

#include "sys/sock.h"

#include <arpa/inet.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { CODE_LEVEL = 65536 };

static const char *const takes[] = {
    [SOCKOPT_FLAG] = "a boolean",
    [SOCKOPT_INT] = "a whole number",
    [SOCKOPT_BUFFER] = "a size in bytes",
    [SOCKOPT_SECONDS] = "a whole number of seconds",
    [SOCKOPT_MILLIS] = "a number of seconds",
    [SOCKOPT_TIMEVAL] = "a number of seconds",
    [SOCKOPT_LINGER] = "false, a whole number of seconds, or {on=, seconds=}",
    [SOCKOPT_TEXT] = "a string",
    [SOCKOPT_MEMBERSHIP] = "{group=, interface=}",
    [SOCKOPT_BYTES] = "a string of raw bytes",
};

const char *sockopt_takes(const struct sockopt *opt)
{
    bool address = opt->kind == SOCKOPT_TEXT && opt->network;
    return address ? "an IPv4 address as a string" : takes[opt->kind];
}

long long sockopt_code(const struct sockopt *opt)
{
    if (opt->level == SOL_SOCKET)
        return opt->number;
    return (opt->level + 1LL) * CODE_LEVEL + opt->number;
}

const struct sockopt *sockopt_by_code(long long code)
{
    for (const struct sockopt *opt = sockopt_table; opt->name; opt++)
        if (sockopt_code(opt) == code)
            return opt;
    return NULL;
}

// The next byte of a name for a comparison: in lower case, "_" left out; -1 at the end.
static int next_byte(const char **at, const char *end)
{
    while (*at < end && **at == '_')
        (*at)++;
    if (*at == end)
        return -1;
    int c = (unsigned char)*(*at)++;
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool same_name(const char *name, const char *end, const char *row)
{
    const char *row_end = row + strlen(row);
    int c;
    do {
        c = next_byte(&name, end);
        if (c != next_byte(&row, row_end))
            return false;
    } while (c >= 0);
    return true;
}

static bool same_table(const char *table, size_t len, const char *row)
{
    return strlen(row) == len && strncasecmp(table, row, len) == 0;
}

const struct sockopt *sockopt_by_name(const char *name, size_t len)
{
    const char *end = name + len;
    const char *dot = len > 0 ? memchr(name, '.', len) : NULL;
    const char *table = dot ? name : "so";
    size_t table_len = dot ? (size_t)(dot - name) : strlen(table);
    if (dot)
        name = dot + 1;
    for (const struct sockopt *opt = sockopt_table; opt->name; opt++)
        if (same_table(table, table_len, opt->table) && same_name(name, end, opt->name))
            return opt;
    return NULL;
}

static int read_raw(int fd, const struct sockopt *opt, void *data, socklen_t *len)
{
    sock_counts.other++;
    return getsockopt(fd, opt->level, opt->number, data, len) < 0 ? -errno : 0;
}

static int write_raw(int fd, const struct sockopt *opt, const void *data, size_t len)
{
    sock_counts.other++;
    return setsockopt(fd, opt->level, opt->number, data, (socklen_t)len) < 0 ? -errno : 0;
}

static int read_int(int fd, const struct sockopt *opt, int *n)
{
    socklen_t len = sizeof *n;
    *n = 0;
    return read_raw(fd, opt, n, &len);
}

// An option that allows more than INT_MAX is unsigned in the kernel.
static int get_number(int fd, const struct sockopt *opt, struct sockopt_value *value)
{
    int n;
    int error = read_int(fd, opt, &n);
    if (opt->network)
        n = (int)ntohl((uint32_t)n);
    value->on = n != 0;
    value->number = opt->most > INT_MAX ? (long long)(uint32_t)n : n;
    if (opt->kind == SOCKOPT_BUFFER)
        value->number /= 2;
    value->seconds = opt->kind == SOCKOPT_MILLIS ? n / 1e3 : n;
    return error;
}

static int get_timeval(int fd, const struct sockopt *opt, struct sockopt_value *value)
{
    struct timeval t = {0};
    socklen_t len = sizeof t;
    int error = read_raw(fd, opt, &t, &len);
    value->seconds = (double)t.tv_sec + (double)t.tv_usec / 1e6;
    return error;
}

static int get_linger(int fd, const struct sockopt *opt, struct sockopt_value *value)
{
    struct linger l = {0};
    socklen_t len = sizeof l;
    int error = read_raw(fd, opt, &l, &len);
    value->on = l.l_onoff != 0;
    value->seconds = value->on ? l.l_linger : 0; // when off, the kernel gives the earlier time
    return error;
}

static int get_bytes(int fd, const struct sockopt *opt, struct sockopt_value *value)
{
    bool fixed = opt->kind == SOCKOPT_BYTES && opt->most > 0;
    socklen_t len = fixed ? (socklen_t)opt->most : sizeof value->bytes;
    int error = read_raw(fd, opt, value->bytes, &len);
    value->len = error < 0 ? 0 : len;
    return error;
}

// Some options give the text with its NUL, some a field filled with NULs, some the text alone.
static int get_text(int fd, const struct sockopt *opt, struct sockopt_value *value)
{
    int error = get_bytes(fd, opt, value);
    value->len = strnlen(value->bytes, value->len);
    return error;
}

static int get_address(int fd, const struct sockopt *opt, struct sockopt_value *value)
{
    struct in_addr a = {0};
    socklen_t len = sizeof a;
    int error = read_raw(fd, opt, &a, &len);
    inet_ntop(AF_INET, &a, value->bytes, sizeof value->bytes);
    value->len = strlen(value->bytes);
    return error;
}

int sockopt_get(int fd, const struct sockopt *opt, struct sockopt_value *value)
{
    if (!opt->readable)
        return -ENOPROTOOPT;
    switch (opt->kind) {
    case SOCKOPT_FLAG:
    case SOCKOPT_INT:
    case SOCKOPT_BUFFER:
    case SOCKOPT_SECONDS:
    case SOCKOPT_MILLIS:
        return get_number(fd, opt, value);
    case SOCKOPT_TIMEVAL:
        return get_timeval(fd, opt, value);
    case SOCKOPT_LINGER:
        return get_linger(fd, opt, value);
    case SOCKOPT_TEXT:
        return opt->network ? get_address(fd, opt, value) : get_text(fd, opt, value);
    case SOCKOPT_MEMBERSHIP:
        return -ENOPROTOOPT;
    case SOCKOPT_BYTES:
        break;
    }
    return get_bytes(fd, opt, value);
}

static int set_flag(int fd, const struct sockopt *opt, bool on)
{
    int n = on;
    return write_raw(fd, opt, &n, sizeof n);
}

static int set_number(int fd, const struct sockopt *opt, long long number)
{
    if (number < opt->least || number > opt->most)
        return -EINVAL;
    uint32_t n = (uint32_t)number;
    if (opt->network)
        n = htonl(n);
    return write_raw(fd, opt, &n, sizeof n);
}

// Does the option allow this time? It does not allow NaN.
static bool seconds_fit(const struct sockopt *opt, double seconds)
{
    return seconds >= (double)opt->least && seconds <= (double)opt->most;
}

// Converts seconds to a smaller unit and rounds, but a time above 0 never becomes 0.
static long long in_units(double seconds, double units)
{
    long long n = (long long)(seconds * units + 0.5);
    return n == 0 && seconds > 0 ? 1 : n;
}

static int set_seconds(int fd, const struct sockopt *opt, double seconds)
{
    if (!seconds_fit(opt, seconds) || seconds != (double)(long long)seconds)
        return -EINVAL;
    return set_number(fd, opt, (long long)seconds);
}

static int set_millis(int fd, const struct sockopt *opt, double seconds)
{
    if (!seconds_fit(opt, seconds))
        return -EINVAL;
    int n = (int)in_units(seconds, 1e3);
    return write_raw(fd, opt, &n, sizeof n);
}

static int set_timeval(int fd, const struct sockopt *opt, double seconds)
{
    if (!seconds_fit(opt, seconds))
        return -EINVAL;
    long long n = in_units(seconds, 1e6);
    struct timeval t = {.tv_sec = n / 1000000, .tv_usec = n % 1000000};
    return write_raw(fd, opt, &t, sizeof t);
}

static int set_linger(int fd, const struct sockopt *opt, const struct sockopt_value *value)
{
    double seconds = value->on ? value->seconds : 0;
    if (!seconds_fit(opt, seconds) || seconds != (double)(long long)seconds)
        return -EINVAL;
    struct linger l = {.l_onoff = value->on, .l_linger = (int)seconds};
    return write_raw(fd, opt, &l, sizeof l);
}

static int set_text(int fd, const struct sockopt *opt, const struct sockopt_value *value)
{
    if (value->len > (size_t)opt->most || memchr(value->bytes, '\0', value->len))
        return -EINVAL;
    if (!opt->network)
        return write_raw(fd, opt, value->bytes, value->len);
    char text[INET_ADDRSTRLEN] = {0};
    struct in_addr a;
    memcpy(text, value->bytes, value->len);
    return inet_pton(AF_INET, text, &a) == 1 ? write_raw(fd, opt, &a, sizeof a) : -EINVAL;
}

static int set_bytes(int fd, const struct sockopt *opt, const struct sockopt_value *value)
{
    return value->len > sizeof value->bytes ? -EINVAL
                                            : write_raw(fd, opt, value->bytes, value->len);
}

// Do the texts of group and interface end with a NUL?
static bool texts_end(const struct sockopt_value *value)
{
    return memchr(value->bytes, '\0', sizeof value->bytes) &&
           memchr(value->interface, '\0', sizeof value->interface);
}

// The index of an interface that is given by name or by digits; 0 for "", -ENODEV when there is
// none.
static int interface_index(const char *text)
{
    if (text[0] == '\0')
        return 0;
    char *end;
    unsigned long index = strtoul(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0')
        return index <= INT_MAX ? (int)index : -ENODEV;
    index = if_nametoindex(text);
    int code = index == 0 ? errno : 0;
    if (code == EMFILE || code == ENFILE)
        return -code; // the system could not look
    return index != 0 ? (int)index : -ENODEV;
}

static int set_membership_ipv4(int fd, const struct sockopt *opt, const struct sockopt_value *value)
{
    struct ip_mreqn m = {0};
    if (inet_pton(AF_INET, value->bytes, &m.imr_multiaddr) != 1)
        return -EINVAL;
    if (inet_pton(AF_INET, value->interface, &m.imr_address) != 1)
        m.imr_ifindex = interface_index(value->interface);
    return m.imr_ifindex < 0 ? m.imr_ifindex : write_raw(fd, opt, &m, sizeof m);
}

static int set_membership_ipv6(int fd, const struct sockopt *opt, const struct sockopt_value *value)
{
    struct ipv6_mreq m = {0};
    if (inet_pton(AF_INET6, value->bytes, &m.ipv6mr_multiaddr) != 1)
        return -EINVAL;
    int index = interface_index(value->interface);
    m.ipv6mr_interface = (unsigned)index;
    return index < 0 ? index : write_raw(fd, opt, &m, sizeof m);
}

static int set_membership(int fd, const struct sockopt *opt, const struct sockopt_value *value)
{
    if (!texts_end(value))
        return -EINVAL;
    return opt->level == IPPROTO_IPV6 ? set_membership_ipv6(fd, opt, value)
                                      : set_membership_ipv4(fd, opt, value);
}

int sockopt_set(int fd, const struct sockopt *opt, const struct sockopt_value *value)
{
    if (!opt->writable)
        return -ENOPROTOOPT;
    switch (opt->kind) {
    case SOCKOPT_FLAG:
        return set_flag(fd, opt, value->on);
    case SOCKOPT_INT:
    case SOCKOPT_BUFFER:
        return set_number(fd, opt, value->number);
    case SOCKOPT_SECONDS:
        return set_seconds(fd, opt, value->seconds);
    case SOCKOPT_MILLIS:
        return set_millis(fd, opt, value->seconds);
    case SOCKOPT_TIMEVAL:
        return set_timeval(fd, opt, value->seconds);
    case SOCKOPT_LINGER:
        return set_linger(fd, opt, value);
    case SOCKOPT_TEXT:
        return set_text(fd, opt, value);
    case SOCKOPT_MEMBERSHIP:
        return set_membership(fd, opt, value);
    case SOCKOPT_BYTES:
        break;
    }
    return set_bytes(fd, opt, value);
}
