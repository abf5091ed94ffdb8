// SPDX-License-Identifier: BSD-3-Clause
// Tests of sys/sockopt: names, numbers, and values that must be refused.

#include "unit.h"

#include "sys/sockopt.h"

#include <arpa/inet.h>
#include <limits.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct sockopt *option(const char *name)
{
    return sockopt_by_name(name, strlen(name));
}

static int open_socket(int domain, int type)
{
    int fd = socket(domain, type, 0);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static bool is_number(const struct sockopt *opt)
{
    return opt->kind == SOCKOPT_INT || opt->kind == SOCKOPT_BUFFER;
}

static bool is_seconds(const struct sockopt *opt)
{
    return opt->kind == SOCKOPT_SECONDS || opt->kind == SOCKOPT_MILLIS ||
           opt->kind == SOCKOPT_TIMEVAL || opt->kind == SOCKOPT_LINGER;
}

START_TEST(finds_by_name)
{
    ck_assert_int_eq(option("reuseaddr")->number, SO_REUSEADDR);
    ck_assert_ptr_eq(option("so.reuseaddr"), option("reuseaddr"));
    ck_assert_ptr_eq(option("SO.ReuseAddr"), option("reuseaddr"));
    ck_assert_int_eq(option("tcp.nodelay")->number, TCP_NODELAY);
    ck_assert_int_eq(option("ip.addmembership")->number, IP_ADD_MEMBERSHIP);
    ck_assert_ptr_eq(option("ip.ADD_MEMBERSHIP"), option("ip.addmembership"));
    ck_assert_int_eq(option("ipv6.joingroup")->number, option("ipv6.addmembership")->number);
    ck_assert_ptr_eq(sockopt_by_name("reuseaddrX", 9), option("reuseaddr"));
}
END_TEST

START_TEST(refuses_other_names)
{
    static const char *const wrong[] = {
        "",
        ".",
        "so",
        "so.",
        "reuseadd",
        "reuseaddrs",
        "nodelay",
        "so.nodelay",
        "tcp.",
        ".nodelay",
        "tc.nodelay",
        "tcpp.nodelay",
        "tcp.no delay",
        "tcp..nodelay",
        "t_cp.nodelay",
        "ipv6.so.debug",
        "_",
        "so._",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(!option(wrong[i]), "\"%s\" is an option", wrong[i]);
    ck_assert_ptr_null(sockopt_by_name("debug\0", 6));
    ck_assert_ptr_null(sockopt_by_name(NULL, 0));
}
END_TEST

START_TEST(every_row_is_found)
{
    for (const struct sockopt *opt = sockopt_table; opt->name; opt++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", opt->table, opt->name);
        ck_assert_msg(option(name) == opt, "%s: another row", name);
        const struct sockopt *same = sockopt_by_code(sockopt_code(opt));
        ck_assert_msg(same && same->number == opt->number && same->level == opt->level,
                      "%s: by code", name);
        ck_assert_msg(sockopt_takes(opt), "%s: takes", name);
    }
}
END_TEST

START_TEST(codes_are_as_documented)
{
    ck_assert_int_eq(sockopt_code(option("reuseaddr")), SO_REUSEADDR);
    ck_assert_int_eq(sockopt_code(option("tcp.nodelay")), 7 * 65536 + 1);
    ck_assert_int_eq(sockopt_code(option("ip.ttl")), 65536 + 2);
    ck_assert_ptr_null(sockopt_by_code(-1));
    ck_assert_ptr_null(sockopt_by_code(0));
    ck_assert_ptr_null(sockopt_by_code(LLONG_MAX));
}
END_TEST

// On a socket of any kind: what is out of range never gets to the kernel, which would say
// something else (a closed descriptor is -EBADF to it).
static void refuses(const struct sockopt *opt, const struct sockopt_value *value)
{
    int e = sockopt_set(-1, opt, value);
    ck_assert_msg(e == -EINVAL, "%s.%s: %lld, %g s: %d", opt->table, opt->name, value->number,
                  value->seconds, e);
}

static void accepts(const struct sockopt *opt, const struct sockopt_value *value)
{
    int e = sockopt_set(-1, opt, value);
    ck_assert_msg(e == -EBADF, "%s.%s: %lld, %g s: %d", opt->table, opt->name, value->number,
                  value->seconds, e);
}

START_TEST(numbers_are_bounded)
{
    for (const struct sockopt *opt = sockopt_table; opt->name; opt++) {
        if (!opt->writable || !is_number(opt))
            continue;
        const long long wrong[] = {opt->least - 1, opt->most + 1, LLONG_MIN,      LLONG_MAX,
                                   1LL << 32,      -(1LL << 32),  (1LL << 32) + 1};
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
            refuses(opt, &(struct sockopt_value){.number = wrong[i]});
        accepts(opt, &(struct sockopt_value){.number = opt->least});
        accepts(opt, &(struct sockopt_value){.number = opt->most});
        ck_assert_int_lt(opt->least, opt->most);
    }
}
END_TEST

START_TEST(seconds_are_bounded)
{
    for (const struct sockopt *opt = sockopt_table; opt->name; opt++) {
        if (!opt->writable || !is_seconds(opt))
            continue;
        const double wrong[] = {
            -1, -1e-9, (double)opt->most + 1, 1e10, 1e300, -1e300, NAN, -NAN, INFINITY, -INFINITY};
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
            refuses(opt, &(struct sockopt_value){.on = true, .seconds = wrong[i]});
        accepts(opt, &(struct sockopt_value){.on = true, .seconds = (double)opt->least});
        accepts(opt, &(struct sockopt_value){.on = true, .seconds = (double)opt->most});
    }
    struct sockopt_value half = {.on = true, .seconds = 1.5};
    refuses(option("linger"), &half);
    refuses(option("tcp.keepidle"), &half);
    accepts(option("rcvtimeo"), &half);
}
END_TEST

START_TEST(text_and_bytes_are_bounded)
{
    struct sockopt_value v = {.len = 16, .bytes = "sixteen letters!"};
    refuses(option("bindtodevice"), &v);
    refuses(option("tcp.congestion"), &v);
    v.len = 15;
    accepts(option("bindtodevice"), &v);
    v.bytes[3] = '\0';
    refuses(option("bindtodevice"), &v);
    accepts(option("so.txtime"), &v);
    v.len = SOCKOPT_BYTES_MAX + 1;
    refuses(option("so.txtime"), &v);
    refuses(option("bindtodevice"), &v);
    v.len = SIZE_MAX;
    refuses(option("so.txtime"), &v);
    refuses(option("bindtodevice"), &v);
}
END_TEST

START_TEST(an_interface_address_is_text)
{
    static const char *const wrong[] = {"", "lo", "127.0.0", "127.0.0.256", "::1"};
    struct sockopt_value v = {.len = 9, .bytes = "127.0.0.1"};
    accepts(option("ip.multicast_if"), &v);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        v.len = strlen(wrong[i]);
        memcpy(v.bytes, wrong[i], v.len + 1);
        refuses(option("ip.multicast_if"), &v);
    }
}
END_TEST

START_TEST(a_tiny_time_is_not_for_ever)
{
    static const char *const names[] = {"rcvtimeo", "sndtimeo", "tcp.user_timeout"};
    int fd = open_socket(AF_INET, SOCK_STREAM);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct sockopt_value v = {.seconds = 1e-12};
        ck_assert_int_eq(sockopt_set(fd, option(names[i]), &v), 0);
        ck_assert_int_eq(sockopt_get(fd, option(names[i]), &v), 0);
        ck_assert_double_gt(v.seconds, 0);
        ck_assert_double_le(v.seconds, 0.01);
    }
    close(fd);
}
END_TEST

START_TEST(linger_off_forgets_its_time)
{
    int fd = open_socket(AF_INET, SOCK_STREAM);
    struct sockopt_value v = {.on = true, .seconds = 7};
    ck_assert_int_eq(sockopt_set(fd, option("linger"), &v), 0);
    v = (struct sockopt_value){.on = false, .seconds = NAN};
    ck_assert_int_eq(sockopt_set(fd, option("linger"), &v), 0);
    v = (struct sockopt_value){.on = true, .seconds = 9};
    ck_assert_int_eq(sockopt_get(fd, option("linger"), &v), 0);
    ck_assert(!v.on);
    ck_assert_double_eq(v.seconds, 0);
    close(fd);
}
END_TEST

START_TEST(reads_what_a_socket_is)
{
    struct sockopt_value v;
    int fd = open_socket(AF_INET, SOCK_STREAM);
    ck_assert_int_eq(sockopt_get(fd, option("domain"), &v), 0);
    ck_assert_int_eq(v.number, AF_INET);
    ck_assert_int_eq(sockopt_get(fd, option("type"), &v), 0);
    ck_assert_int_eq(v.number, SOCK_STREAM);
    ck_assert_int_eq(sockopt_get(fd, option("protocol"), &v), 0);
    ck_assert_int_eq(v.number, IPPROTO_TCP);
    ck_assert_int_eq(sockopt_get(fd, option("acceptconn"), &v), 0);
    ck_assert(!v.on);
    ck_assert_int_eq(sockopt_get(fd, option("tcp.info"), &v), 0);
    ck_assert_uint_ge(v.len, offsetof(struct tcp_info, tcpi_total_retrans));
    ck_assert_int_eq(sockopt_get(fd, option("cookie"), &v), 0);
    ck_assert_uint_eq(v.len, 8);
    close(fd);
}
END_TEST

START_TEST(no_access_is_enoprotoopt)
{
    struct sockopt_value v = {.len = 0};
    int fd = open_socket(AF_INET, SOCK_STREAM);
    for (const struct sockopt *opt = sockopt_table; opt->name; opt++) {
        if (!opt->readable)
            ck_assert_int_eq(sockopt_get(fd, opt, &v), -ENOPROTOOPT);
        if (!opt->writable)
            ck_assert_int_eq(sockopt_set(fd, opt, &v), -ENOPROTOOPT);
    }
    close(fd);
    ck_assert_int_eq(sockopt_get(fd, option("reuseaddr"), &v), -EBADF);
}
END_TEST

START_TEST(every_readable_row_can_be_read)
{
    // What a fresh socket has no answer for, or this kernel no such option.
    for (const struct sockopt *opt = sockopt_table; opt->name; opt++) {
        int fd = open_socket(AF_INET, SOCK_STREAM);
        struct sockopt_value v;
        int e = opt->readable ? sockopt_get(fd, opt, &v) : 0;
        bool known = e == 0 || e == -ENOPROTOOPT || e == -EOPNOTSUPP || e == -ENOTCONN ||
                     e == -ENODATA || e == -EPERM;
        bool repair = strncmp(opt->name, "repair_", 7) == 0 || strcmp(opt->name, "queue_seq") == 0;
        ck_assert_msg(known || (repair && e == -EINVAL), "%s.%s: %d", opt->table, opt->name, e);
        close(fd);
    }
}
END_TEST

static int membership(int fd, const char *name, const char *group, const char *interface)
{
    struct sockopt_value v;
    memset(&v, 0xa5, sizeof v);
    snprintf(v.bytes, sizeof v.bytes, "%s", group);
    snprintf(v.interface, sizeof v.interface, "%s", interface);
    return sockopt_set(fd, option(name), &v);
}

START_TEST(joins_and_leaves_ipv4)
{
    static const char *const interfaces[] = {"lo", "1", "127.0.0.1"};
    int fd = open_socket(AF_INET, SOCK_DGRAM);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(membership(fd, "ip.add_membership", "239.1.2.3", interfaces[i]), 0);
        ck_assert_int_eq(membership(fd, "ip.add_membership", "239.1.2.3", "lo"), -EADDRINUSE);
        ck_assert_int_eq(membership(fd, "ip.drop_membership", "239.1.2.3", "lo"), 0);
    }
    ck_assert_int_eq(membership(fd, "ip.drop_membership", "239.1.2.3", "lo"), -EADDRNOTAVAIL);
    ck_assert_int_eq(membership(fd, "ip.add_membership", "10.0.0.1", "lo"), -EINVAL);
    ck_assert_int_eq(membership(fd, "ip.add_membership", "ff02::99", "lo"), -EINVAL);
    ck_assert_int_eq(membership(fd, "ip.add_membership", "239.1.2", "lo"), -EINVAL);
    ck_assert_int_eq(membership(fd, "ip.add_membership", "", "lo"), -EINVAL);
    close(fd);
}
END_TEST

START_TEST(joins_and_leaves_ipv6)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    if (fd < 0) {
        ck_assert_int_eq(errno, EAFNOSUPPORT);
        printf("skipped: IPv6 membership: no IPv6 here\n");
        return;
    }
    ck_assert_int_eq(membership(fd, "ipv6.join_group", "ff02::99", "lo"), 0);
    ck_assert_int_eq(membership(fd, "ipv6.add_membership", "ff02::99", "1"), -EADDRINUSE);
    ck_assert_int_eq(membership(fd, "ipv6.leave_group", "ff02::99", "1"), 0);
    ck_assert_int_eq(membership(fd, "ipv6.drop_membership", "ff02::99", "lo"), -EADDRNOTAVAIL);
    ck_assert_int_eq(membership(fd, "ipv6.join_group", "239.1.2.3", "lo"), -EINVAL);
    close(fd);
}
END_TEST

START_TEST(refuses_interfaces_that_are_none)
{
    static const char *const wrong[] = {"no-such-if0",          "1x", "-1", "99999999999", "::1",
                                        "18446744073709551617", " 1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_int_eq(membership(-1, "ip.add_membership", "239.1.2.3", wrong[i]), -ENODEV);
        ck_assert_int_eq(membership(-1, "ipv6.join_group", "ff02::99", wrong[i]), -ENODEV);
    }
    struct sockopt_value endless;
    memset(&endless, '1', sizeof endless);
    refuses(option("ip.add_membership"), &endless);
}
END_TEST

UNIT_MAIN("sockopt values", finds_by_name, refuses_other_names, every_row_is_found,
          codes_are_as_documented, numbers_are_bounded, seconds_are_bounded,
          text_and_bytes_are_bounded, an_interface_address_is_text, a_tiny_time_is_not_for_ever,
          linger_off_forgets_its_time, reads_what_a_socket_is, no_access_is_enoprotoopt,
          every_readable_row_can_be_read, joins_and_leaves_ipv4, joins_and_leaves_ipv6,
          refuses_interfaces_that_are_none)
