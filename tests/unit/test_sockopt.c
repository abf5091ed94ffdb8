// SPDX-License-Identifier: BSD-3-Clause
// Tests of sys/sockopt: every row of the table, on real sockets.

#include "unit.h"

#include "sys/sockopt.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// The sockets that a row is tried on. A connected one is one end of a TCP connection.
enum { TCP4, TCP6, UDP4, UDP6, UNIX, UNIX_DGRAM, RAW4, RAW6, CONNECTED, SOCKETS };

static const struct {
    const char *name;
    int domain, type, protocol;
} sockets[SOCKETS] = {
    [TCP4] = {"TCP over IPv4", AF_INET, SOCK_STREAM, 0},
    [TCP6] = {"TCP over IPv6", AF_INET6, SOCK_STREAM, 0},
    [UDP4] = {"UDP over IPv4", AF_INET, SOCK_DGRAM, 0},
    [UDP6] = {"UDP over IPv6", AF_INET6, SOCK_DGRAM, 0},
    [UNIX] = {"unix stream", AF_UNIX, SOCK_STREAM, 0},
    [UNIX_DGRAM] = {"unix datagram", AF_UNIX, SOCK_DGRAM, 0},
    [RAW4] = {"raw IPv4", AF_INET, SOCK_RAW, IPPROTO_UDP},
    [RAW6] = {"raw IPv6", AF_INET6, SOCK_RAW, IPPROTO_UDP},
    [CONNECTED] = {"connected TCP", AF_INET, SOCK_STREAM, 0},
};

enum {
    ON_TCP4 = 1 << TCP4,
    ON_TCP6 = 1 << TCP6,
    ON_UDP4 = 1 << UDP4,
    ON_UDP6 = 1 << UDP6,
    ON_UNIX = 1 << UNIX | 1 << UNIX_DGRAM,
    ON_RAW4 = 1 << RAW4,
    ON_RAW6 = 1 << RAW6,
    ON_CONNECTED = 1 << CONNECTED,
    ON_TCP = ON_TCP4 | ON_TCP6,
    ON_UDP = ON_UDP4 | ON_UDP6,
    ON_IP = ON_TCP | ON_UDP,
    ON_ANY = ON_IP | ON_UNIX,
};

// What may be refused here, and is then told.
enum { RIGHT = 1, FEATURE = 2 };

struct rule {
    const char *option;
    unsigned on;
    const char *values; // words; NULL: "0 1", for a flag
    unsigned may_lack;
    const char *first; // another option to be set to 1 first
};

static const struct rule rules[] = {
    {"so.debug", ON_ANY, NULL, RIGHT, NULL},
    {"so.reuseaddr", ON_ANY, NULL, 0, NULL},
    {"so.dontroute", ON_ANY, NULL, 0, NULL},
    {"so.broadcast", ON_ANY, NULL, 0, NULL},
    {"so.sndbuf", ON_ANY, "4096 10000 65537 100000", 0, NULL},
    {"so.rcvbuf", ON_ANY, "4096 10000 65537 100000", 0, NULL},
    {"so.keepalive", ON_ANY, NULL, 0, NULL},
    {"so.oobinline", ON_ANY, NULL, 0, NULL},
    {"so.no_check", ON_ANY, NULL, 0, NULL},
    {"so.priority", ON_ANY, "0 1 6", 0, NULL},
    {"so.linger", ON_ANY, "off 0 1 3600", 0, NULL},
    {"so.reuseport", ON_IP, NULL, 0, NULL},
    {"so.passcred", ON_UNIX, NULL, 0, NULL},
    {"so.rcvlowat", ON_ANY, "1 2 1000", 0, NULL},
    {"so.rcvtimeo", ON_ANY, "0 0.1 1 1.5 3600 2147483647", 0, NULL},
    {"so.sndtimeo", ON_ANY, "0 0.1 1 1.5 3600 2147483647", 0, NULL},
    {"so.bindtodevice", ON_ANY, "- lo", RIGHT, NULL},
    {"so.passsec", ON_UNIX, NULL, FEATURE, NULL},
    {"so.timestamp", ON_ANY, NULL, 0, NULL},
    {"so.timestampns", ON_ANY, NULL, 0, NULL},
    {"so.timestamping", ON_ANY, "0 8 16 24", 0, NULL},
    {"so.mark", ON_ANY, "0 1 4294967295", RIGHT, NULL},
    {"so.rxq_ovfl", ON_ANY, NULL, 0, NULL},
    {"so.wifi_status", ON_ANY, NULL, 0, NULL},
    {"so.peek_off", ON_UNIX | ON_UDP, "-1 0 1 1000", 0, NULL},
    {"so.nofcs", ON_ANY, NULL, 0, NULL},
    {"so.lock_filter", ON_ANY, NULL, 0, NULL},
    {"so.select_err_queue", ON_ANY, NULL, 0, NULL},
    {"so.busy_poll", ON_IP, "0 1 50", RIGHT | FEATURE, NULL},
    {"so.max_pacing_rate", ON_ANY, "1 1000000 4000000000 4294967295", 0, NULL},
    {"so.incoming_cpu", ON_ANY, "-1 0 1", 0, NULL},
    {"so.zerocopy", ON_IP, NULL, 0, NULL},
    {"so.txtime", ON_ANY, "0100000000000000 0100000001000000", RIGHT, NULL},
    {"so.bindtoifindex", ON_IP, "0 1", RIGHT, NULL},
    {"so.prefer_busy_poll", ON_IP, NULL, RIGHT | FEATURE, NULL},
    {"so.buf_lock", ON_ANY, "0 1 2 3", FEATURE, NULL},
    {"so.reserve_mem", ON_TCP, "0 65536", FEATURE, NULL},
    {"so.txrehash", ON_TCP, NULL, FEATURE, NULL},
    {"so.rcvmark", ON_ANY, NULL, RIGHT | FEATURE, NULL},
    {"so.passpidfd", ON_UNIX, NULL, FEATURE, NULL},
    {"so.rcvpriority", ON_ANY, NULL, RIGHT | FEATURE, NULL},
    {"so.passrights", ON_UNIX, NULL, FEATURE, NULL},

    {"tcp.nodelay", ON_TCP, NULL, 0, NULL},
    {"tcp.maxseg", ON_TCP, "88 536 1460 32767", 0, NULL},
    {"tcp.cork", ON_TCP, NULL, 0, NULL},
    {"tcp.keepidle", ON_TCP, "1 60 7200 32767", 0, NULL},
    {"tcp.keepintvl", ON_TCP, "1 75 32767", 0, NULL},
    {"tcp.keepcnt", ON_TCP, "1 9 127", 0, NULL},
    {"tcp.syncnt", ON_TCP, "1 6 127", 0, NULL},
    {"tcp.linger2", ON_TCP, "1 60 120", 0, NULL},
    {"tcp.defer_accept", ON_TCP, "0 1 3 7 15 31 63", 0, NULL},
    {"tcp.window_clamp", ON_TCP, "0 4096 65535 1000000", 0, NULL},
    {"tcp.quickack", ON_TCP | ON_CONNECTED, NULL, 0, NULL},
    {"tcp.congestion", ON_TCP, "reno cubic", RIGHT | FEATURE, NULL},
    {"tcp.thin_linear_timeouts", ON_TCP, NULL, 0, NULL},
    {"tcp.user_timeout", ON_TCP, "0 0.001 0.25 1 30.5 2147483", 0, NULL},
    {"tcp.repair", ON_TCP, NULL, RIGHT | FEATURE, NULL},
    {"tcp.repair_queue", ON_TCP, "0 1 2", RIGHT | FEATURE, "tcp.repair"},
    {"tcp.queue_seq", ON_TCP, "0 1 4294967295", RIGHT | FEATURE, "tcp.repair tcp.repair_queue"},
    {"tcp.fastopen", ON_TCP, "0 1 16", FEATURE, NULL},
    {"tcp.notsent_lowat", ON_TCP, "0 1 16384 4294967295", 0, NULL},
    {"tcp.save_syn", ON_TCP, "0 1 2", 0, NULL},
    {"tcp.fastopen_connect", ON_TCP, NULL, FEATURE, NULL},
    {"tcp.ulp", ON_CONNECTED, "tls", FEATURE, NULL},
    {"tcp.fastopen_key", ON_TCP,
     "000102030405060708090a0b0c0d0e0f "
     "000102030405060708090a0b0c0d0e0ff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     FEATURE, NULL},
    {"tcp.fastopen_no_cookie", ON_TCP, NULL, 0, NULL},
    {"tcp.inq", ON_TCP, NULL, 0, NULL},
    {"tcp.tx_delay", ON_TCP, "0 1 1000", FEATURE, NULL},
    {"tcp.rto_max_ms", ON_TCP, "1 2.5 120", FEATURE, NULL},
    {"tcp.rto_min_us", ON_TCP, "20000 200000", FEATURE, NULL},
    {"tcp.delack_max_us", ON_TCP, "20000 40000", FEATURE, NULL},

    {"udp.cork", ON_UDP, NULL, 0, NULL},
    {"udp.encap", ON_UDP, "0 3", FEATURE, NULL},
    {"udp.no_check6_tx", ON_UDP6, NULL, 0, NULL},
    {"udp.no_check6_rx", ON_UDP6, NULL, 0, NULL},
    {"udp.segment", ON_UDP, "0 1 1200 65535", FEATURE, NULL},

    {"ip.tos", ON_UDP4 | ON_TCP4, "0 4 16 184 252", 0, NULL},
    {"ip.tos", ON_UDP4, "1 3 255", 0, NULL},
    {"ip.ttl", ON_UDP4 | ON_TCP4, "1 64 255", 0, NULL},
    {"ip.hdrincl", ON_RAW4, NULL, RIGHT, NULL},
    {"ip.options", ON_UDP4 | ON_TCP4, "- 01010101 01010100", 0, NULL},
    {"ip.recvopts", ON_UDP4, NULL, 0, NULL},
    {"ip.retopts", ON_UDP4, NULL, 0, NULL},
    {"ip.recvretopts", ON_UDP4, NULL, 0, NULL},
    {"ip.pktinfo", ON_UDP4, NULL, 0, NULL},
    {"ip.mtu_discover", ON_UDP4 | ON_TCP4, "0 1 2 3 4 5", 0, NULL},
    {"ip.pmtudisc", ON_UDP4, "0 1 2 3 4 5", 0, NULL},
    {"ip.recverr", ON_UDP4, NULL, 0, NULL},
    {"ip.recvttl", ON_UDP4, NULL, 0, NULL},
    {"ip.recvtos", ON_UDP4, NULL, 0, NULL},
    {"ip.freebind", ON_UDP4 | ON_TCP4, NULL, 0, NULL},
    {"ip.passsec", ON_UDP4, NULL, 0, NULL},
    {"ip.transparent", ON_UDP4 | ON_TCP4, NULL, RIGHT, NULL},
    {"ip.origdstaddr", ON_UDP4, NULL, 0, NULL},
    {"ip.recvorigdstaddr", ON_UDP4, NULL, 0, NULL},
    {"ip.minttl", ON_TCP4, "0 1 255", 0, NULL},
    {"ip.nodefrag", ON_RAW4, NULL, RIGHT, NULL},
    {"ip.checksum", ON_UDP4, NULL, 0, NULL},
    {"ip.bind_address_no_port", ON_UDP4 | ON_TCP4, NULL, 0, NULL},
    {"ip.recvfragsize", ON_UDP4, NULL, 0, NULL},
    {"ip.recverr_rfc4884", ON_UDP4, NULL, FEATURE, NULL},
    {"ip.multicast_if", ON_UDP4, "0.0.0.0 127.0.0.1", 0, NULL},
    {"ip.multicast_ttl", ON_UDP4, "0 1 32 255", 0, NULL},
    {"ip.multicast_loop", ON_UDP4, NULL, 0, NULL},
    {"ip.multicast_all", ON_UDP4, NULL, 0, NULL},
    {"ip.unicast_if", ON_UDP4, "0 1", 0, NULL},
    {"ip.local_port_range", ON_UDP4 | ON_TCP4, "0 2621480000 3932200000", FEATURE, NULL},

    {"ipv6.2292pktinfo", ON_UDP6, NULL, 0, NULL},
    {"ipv6.2292hopopts", ON_UDP6, NULL, 0, NULL},
    {"ipv6.2292dstopts", ON_UDP6, NULL, 0, NULL},
    {"ipv6.2292rthdr", ON_UDP6, NULL, 0, NULL},
    {"ipv6.checksum", ON_RAW6, "-1 0 2 16", RIGHT, NULL},
    {"ipv6.2292hoplimit", ON_UDP6, NULL, 0, NULL},
    {"ipv6.flowinfo", ON_UDP6, NULL, 0, NULL},
    {"ipv6.unicast_hops", ON_UDP6 | ON_TCP6, "0 1 64 255", 0, NULL},
    {"ipv6.multicast_if", ON_UDP6, "0 1", 0, NULL},
    {"ipv6.multicast_hops", ON_UDP6, "0 1 64 255", 0, NULL},
    {"ipv6.multicast_loop", ON_UDP6, NULL, 0, NULL},
    {"ipv6.mtu_discover", ON_UDP6 | ON_TCP6, "0 1 2 3 4 5", 0, NULL},
    {"ipv6.recverr", ON_UDP6, NULL, 0, NULL},
    {"ipv6.v6only", ON_UDP6 | ON_TCP6, NULL, 0, NULL},
    {"ipv6.multicast_all", ON_UDP6, NULL, 0, NULL},
    {"ipv6.router_alert_isolate", ON_UDP6, NULL, FEATURE, NULL},
    {"ipv6.recverr_rfc4884", ON_UDP6, NULL, FEATURE, NULL},
    {"ipv6.flowinfo_send", ON_UDP6, NULL, 0, NULL},
    {"ipv6.hdrincl", ON_RAW6, NULL, RIGHT, NULL},
    {"ipv6.recvpktinfo", ON_UDP6, NULL, 0, NULL},
    {"ipv6.recvhoplimit", ON_UDP6, NULL, 0, NULL},
    {"ipv6.recvhopopts", ON_UDP6, NULL, 0, NULL},
    {"ipv6.hopopts", ON_UDP6, "- 0000010400000000", RIGHT, NULL},
    {"ipv6.rthdrdstopts", ON_UDP6, "- 0000010400000000", RIGHT, NULL},
    {"ipv6.recvrthdr", ON_UDP6, NULL, 0, NULL},
    {"ipv6.rthdr", ON_UDP6, "-", RIGHT, NULL},
    {"ipv6.recvdstopts", ON_UDP6, NULL, 0, NULL},
    {"ipv6.dstopts", ON_UDP6, "- 0000010400000000", RIGHT, NULL},
    {"ipv6.recvpathmtu", ON_UDP6, NULL, 0, NULL},
    {"ipv6.dontfrag", ON_UDP6, NULL, 0, NULL},
    {"ipv6.recvtclass", ON_UDP6, NULL, 0, NULL},
    {"ipv6.tclass", ON_UDP6 | ON_TCP6, "0 4 184 252", 0, NULL},
    {"ipv6.tclass", ON_UDP6, "1 255", 0, NULL},
    {"ipv6.autoflowlabel", ON_UDP6, NULL, 0, NULL},
    {"ipv6.addr_preferences", ON_UDP6, "1025 1026 1280 5 6 260", 0, NULL},
    {"ipv6.minhopcount", ON_TCP6, "0 1 255", 0, NULL},
    {"ipv6.origdstaddr", ON_UDP6, NULL, 0, NULL},
    {"ipv6.recvorigdstaddr", ON_UDP6, NULL, 0, NULL},
    {"ipv6.transparent", ON_UDP6 | ON_TCP6, NULL, RIGHT, NULL},
    {"ipv6.unicast_if", ON_UDP6, "0 1", 0, NULL},
    {"ipv6.recvfragsize", ON_UDP6, NULL, 0, NULL},
    {"ipv6.freebind", ON_UDP6 | ON_TCP6, NULL, 0, NULL},
};

enum { RULES = sizeof rules / sizeof rules[0] };

static const struct sockopt *option(const char *name)
{
    const struct sockopt *opt = sockopt_by_name(name, strlen(name));
    ck_assert_msg(opt, "no option %s", name);
    return opt;
}

// One end of a TCP connection over loopback; the other end is left to the end of the process.
static int connected_socket(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&a, &len), 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, len), 0);
    close(listener);
    return fd;
}

// A fresh socket, or -1 with a line about why there is none.
static int open_socket(int which)
{
    int fd = which == CONNECTED
                 ? connected_socket()
                 : socket(sockets[which].domain, sockets[which].type, sockets[which].protocol);
    if (fd < 0) {
        int e = errno;
        ck_assert_msg(e == EAFNOSUPPORT || e == EPERM, "%s: %s", sockets[which].name, strerror(e));
        printf("skipped: no socket %s: %s\n", sockets[which].name, strerror(e));
    }
    return fd;
}

static void parse_hex(const char *word, struct sockopt_value *v)
{
    for (v->len = 0; word[2 * v->len] != '\0' && word[0] != '-'; v->len++) {
        unsigned byte;
        ck_assert_int_eq(sscanf(word + 2 * v->len, "%2x", &byte), 1);
        v->bytes[v->len] = (char)byte;
    }
}

// A word of a rule as a value of the option's kind; "-" is the empty text.
static void parse_value(const struct sockopt *opt, const char *word, struct sockopt_value *v)
{
    memset(v, 0, sizeof *v);
    v->on = strcmp(word, "off") != 0 && (opt->kind == SOCKOPT_LINGER || strcmp(word, "0") != 0);
    v->number = atoll(word);
    v->seconds = atof(word);
    if (opt->kind == SOCKOPT_BYTES) {
        parse_hex(word, v);
    } else if (strcmp(word, "-") != 0) {
        v->len = strlen(word);
        memcpy(v->bytes, word, v->len);
    }
}

static bool same_value(const struct sockopt *opt, const struct sockopt_value *a,
                       const struct sockopt_value *b)
{
    switch (opt->kind) {
    case SOCKOPT_FLAG:
        return a->on == b->on;
    case SOCKOPT_INT:
    case SOCKOPT_BUFFER:
        return a->number == b->number;
    case SOCKOPT_SECONDS:
    case SOCKOPT_MILLIS:
    case SOCKOPT_TIMEVAL:
        return a->seconds == b->seconds;
    case SOCKOPT_LINGER:
        return a->on == b->on && a->seconds == b->seconds;
    case SOCKOPT_TEXT:
    case SOCKOPT_BYTES:
        return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
    case SOCKOPT_MEMBERSHIP:
        break;
    }
    return false;
}

static bool lacks(const struct rule *r, int e)
{
    if (e == -EPERM || e == -EACCES)
        return (r->may_lack & RIGHT) != 0;
    if (e == -ENOPROTOOPT || e == -EOPNOTSUPP || e == -ENOENT)
        return (r->may_lack & FEATURE) != 0;
    return false;
}

// Sets the options that come first: 0, or the error of the first that fails.
static int set_first(int fd, const struct rule *r)
{
    char names[128];
    snprintf(names, sizeof names, "%s", r->first ? r->first : "");
    char *rest = names;
    for (char *name; (name = strtok_r(rest, " ", &rest));) {
        struct sockopt_value one;
        parse_value(option(name), "1", &one);
        int e = sockopt_set(fd, option(name), &one);
        if (e < 0)
            return e;
    }
    return 0;
}

// A value that differs from IN in everything.
static struct sockopt_value other_value(const struct sockopt_value *in)
{
    return (struct sockopt_value){
        .on = !in->on, .number = in->number + 1, .seconds = in->seconds + 1, .len = in->len + 1};
}

// Sets one value on a fresh socket and reads it back: the number of failures.
static int try_value(const struct rule *r, int which, const char *word)
{
    const struct sockopt *opt = option(r->option);
    int fd = open_socket(which);
    if (fd < 0)
        return 0;
    struct sockopt_value in;
    parse_value(opt, word, &in);
    struct sockopt_value out = other_value(&in);
    int set = set_first(fd, r);
    if (set == 0)
        set = sockopt_set(fd, opt, &in);
    int get = set == 0 ? sockopt_get(fd, opt, &out) : 0;
    close(fd);
    if (set == 0 && get == 0 && same_value(opt, &in, &out))
        return 0;
    const char *where = sockets[which].name;
    if (lacks(r, set)) {
        printf("skipped: %s = %s on %s: %s\n", r->option, word, where, strerror(-set));
        return 0;
    }
    printf("FAILED: %s = %s on %s: set %d, get %d: %d, %lld, %g s, %zu bytes\n", r->option, word,
           where, set, get, out.on, out.number, out.seconds, out.len);
    return 1;
}

static int try_rule(const struct rule *r)
{
    int failed = 0;
    for (int which = 0; which < SOCKETS; which++) {
        if ((r->on & 1U << which) == 0)
            continue;
        char words[256];
        snprintf(words, sizeof words, "%s", r->values ? r->values : "0 1");
        char *rest = words;
        for (char *word; (word = strtok_r(rest, " ", &rest));)
            failed += try_value(r, which, word);
    }
    return failed;
}

START_TEST(set_then_get_is_the_same)
{
    int failed = 0;
    for (const struct sockopt *opt = sockopt_table; opt->name; opt++) {
        int tried = 0;
        for (int i = 0; i < RULES; i++) {
            if (option(rules[i].option) != opt)
                continue;
            failed += try_rule(&rules[i]);
            tried++;
        }
        bool wanted = opt->readable && opt->writable;
        if ((tried > 0) != wanted) {
            printf("FAILED: %s.%s: %d rules\n", opt->table, opt->name, tried);
            failed++;
        }
    }
    fflush(stdout);
    ck_assert_int_eq(failed, 0);
}
END_TEST

UNIT_MAIN("sockopt", set_then_get_is_the_same)
