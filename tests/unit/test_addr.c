// SPDX-License-Identifier: BSD-3-Clause
// Tests of socket addresses as the system takes and gives them; test_addr_text.c has their text.

#include "addresses.h"

#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

// ---- families

START_TEST(family_chooses)
{
    struct addr a;
    const char *why;
    ck_assert_int_eq(from_host(&a, "*", 1, AF_INET6, &why), 0);
    expect_text(&a, "[::]:80");
    ck_assert_int_eq(from_host(&a, "", 0, AF_INET6, &why), 0);
    expect_text(&a, "[::]:80");
    ck_assert_int_eq(from_host(&a, "loopback", 8, AF_INET6, &why), 0);
    expect_text(&a, "[::1]:80");
    ck_assert_int_eq(from_host(&a, "loopback", 8, AF_INET, &why), 0);
    expect_text(&a, "127.0.0.1:80");
    ck_assert_int_eq(from_host(&a, "broadcast", 9, AF_INET6, &why), -EAFNOSUPPORT);
    ck_assert_str_eq(why, "IPv6 has no broadcast");
    ck_assert_int_eq(from_host(&a, "1.2.3.4", 7, AF_INET6, &why), -EAFNOSUPPORT);
    ck_assert_int_eq(from_host(&a, "::1", 3, AF_INET, &why), -EAFNOSUPPORT);
    ck_assert_int_eq(from_host(&a, "::ffff:1.2.3.4", 14, AF_INET, &why), -EAFNOSUPPORT);
    ck_assert_int_eq(from_host(&a, "::1", 3, AF_INET6, &why), 0);
    ck_assert_int_eq(from_host(&a, "1.2.3.4", 7, AF_INET, &why), 0);
    ck_assert_int_eq(from_host(&a, "*", 1, AF_UNIX, &why), -EAFNOSUPPORT);
    ck_assert_int_eq(addr_from_host(&a, (struct host){"*", 1, -1, AF_INET}, &why), -EINVAL);
    ck_assert_int_eq(addr_from_host(&a, (struct host){"*", 1, 65536, AF_INET}, &why), -EINVAL);
    ck_assert_str_eq(why, "port must be 0 to 65535");
}
END_TEST

// The bytes that the system gets, and not only what our own reading of them says.
START_TEST(system_sees_what_was_meant)
{
    struct addr a;
    const char *why;
    ck_assert_int_eq(from_text(&a, "127.0.0.1:258", 13, &why), 0);
    ck_assert_int_eq(a.u.in.sin_family, AF_INET);
    ck_assert_mem_eq(&a.u.in.sin_addr, "\x7f\0\0\1", 4);
    ck_assert_mem_eq(&a.u.in.sin_port, "\1\2", 2);
    ck_assert_uint_eq(a.len, sizeof(struct sockaddr_in));
    ck_assert_int_eq(from_text(&a, "[::2%3]:258", 11, &why), 0);
    ck_assert_int_eq(a.u.in6.sin6_family, AF_INET6);
    ck_assert_int_eq(a.u.in6.sin6_addr.s6_addr[15], 2);
    ck_assert_mem_eq(&a.u.in6.sin6_port, "\1\2", 2);
    ck_assert_uint_eq(a.u.in6.sin6_scope_id, 3);
    ck_assert_uint_eq(a.u.in6.sin6_flowinfo, 0);
    ck_assert_uint_eq(a.len, sizeof(struct sockaddr_in6));
    ck_assert_int_eq(from_text(&a, "unix:/x", 7, &why), 0);
    ck_assert_str_eq(a.u.un.sun_path, "/x");
    ck_assert_uint_eq(a.len, offsetof(struct sockaddr_un, sun_path) + 3);
    ck_assert_int_eq(from_text(&a, "unix:@x", 7, &why), 0);
    ck_assert_mem_eq(a.u.un.sun_path, "\0x", 2);
    ck_assert_uint_eq(a.len, offsetof(struct sockaddr_un, sun_path) + 2);
}
END_TEST

// ---- addresses that the system gives

// What getsockname(2) says of a socket bound to A.
static struct addr bound(int type, const struct addr *a)
{
    struct addr name = {.len = sizeof name.u};
    int fd = socket(addr_family(a), type, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, &a->u.any, a->len), 0);
    ck_assert_int_eq(getsockname(fd, &name.u.any, &name.len), 0);
    close(fd);
    return name;
}

START_TEST(bound_sockets_have_the_same_address)
{
    struct addr a, name;
    const char *why;
    char text[ADDR_TEXT_MAX];
    ck_assert_int_eq(from_text(&a, "127.0.0.1:0", 11, &why), 0);
    name = bound(SOCK_DGRAM, &a);
    ck_assert_int_ne(addr_port(&name), 0);
    ck_assert(!addr_equal(&a, &name));
    int len = snprintf(text, sizeof text, "127.0.0.1:%d", addr_port(&name));
    ck_assert_int_eq(from_text(&a, text, (size_t)len, &why), 0);
    ck_assert(addr_equal(&a, &name));

    len = snprintf(text, sizeof text, "unix:@test_addr.%d", (int)getpid());
    ck_assert_int_eq(from_text(&a, text, (size_t)len, &why), 0);
    name = bound(SOCK_STREAM, &a);
    ck_assert(addr_equal(&a, &name));
    expect_text(&name, text);

    len = snprintf(text, sizeof text, "unix:/tmp/test_addr.%d", (int)getpid());
    ck_assert_int_eq(from_text(&a, text, (size_t)len, &why), 0);
    name = bound(SOCK_STREAM, &a);
    unlink(text + 5);
    ck_assert(addr_equal(&a, &name));
    expect_text(&name, text);
}
END_TEST

// Linux takes a path that fills sun_path, and gives it back with a NUL beyond.
START_TEST(longest_path_of_the_system)
{
    char path[109], expected[ADDR_TEXT_MAX];
    struct addr a = {.len = sizeof a.u.un};
    memset(path, 'p', sizeof path);
    int len = snprintf(path, sizeof path, "/tmp/test_addr.%d.", (int)getpid());
    path[len] = 'p';
    path[108] = '\0';
    a.u.un.sun_family = AF_UNIX;
    memcpy(a.u.un.sun_path, path, 108);
    struct addr name = bound(SOCK_STREAM, &a);
    unlink(path);
    size_t path_len;
    addr_path(&name, &path_len);
    ck_assert_uint_eq(path_len, 108);
    snprintf(expected, sizeof expected, "unix:%s", path);
    expect_text(&name, expected);
    ck_assert(addr_equal(&a, &name));
}
END_TEST

START_TEST(parts_of_every_kind)
{
    static const struct addr none;
    struct addr a;
    const char *why;
    char text[ADDR_TEXT_MAX];
    size_t len;
    ck_assert_int_eq(from_text(&a, "[fe80::1%9999]:80", 17, &why), 0);
    ck_assert_int_eq(addr_family(&a), AF_INET6);
    ck_assert_int_eq(addr_port(&a), 80);
    ck_assert_uint_eq(addr_scope(&a), 9999);
    ck_assert_uint_eq(addr_host(&a, text), 12);
    ck_assert_str_eq(text, "fe80::1%9999");
    addr_path(&a, &len);
    ck_assert_uint_eq(len, 0);

    ck_assert_int_eq(from_text(&a, "unix:/x", 7, &why), 0);
    ck_assert_int_eq(addr_family(&a), AF_UNIX);
    ck_assert_int_eq(addr_port(&a), 0);
    ck_assert_uint_eq(addr_scope(&a), 0);
    ck_assert_uint_eq(addr_host(&a, text), 0);
    ck_assert_str_eq(text, "");
    ck_assert_str_eq(addr_path(&a, &len), "/x");
    ck_assert_uint_eq(len, 2);

    ck_assert_int_eq(addr_family(&none), AF_UNSPEC);
    expect_text(&none, "");
    ck_assert_int_eq(addr_port(&none), 0);
    addr_path(&none, &len);
    ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(unusual_addresses_have_a_text)
{
    struct addr a = {.len = sizeof(sa_family_t)};
    a.u.any.sa_family = AF_UNIX;
    expect_text(&a, "unix:"); // unnamed
    a.u.any.sa_family = AF_NETLINK;
    expect_text(&a, "(family 16)");
    a.u.any.sa_family = AF_INET; // cut short
    expect_text(&a, "(family 2)");
    ck_assert_int_eq(addr_port(&a), 0);
    a.len = 1;
    expect_text(&a, "(family 0)");
    ck_assert_int_eq(addr_from_path(&a, "@x", 2, &(const char *){0}), 0);
    expect_text(&a, "unix:./@x"); // a file and not an abstract name
}
END_TEST

// A path that begins with '@' and one with "./" before it are two addresses, of every length.
START_TEST(paths_that_begin_with_at_parse_back)
{
    static const char *const heads[] = {"@", "./@", "././@", "./", "././"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        for (size_t len = strlen(heads[i]); len <= 107; len++) {
            char path[108], text[ADDR_TEXT_MAX];
            memset(path, 'x', sizeof path);
            memcpy(path, heads[i], strlen(heads[i]));
            struct addr a, b;
            const char *why;
            ck_assert_int_eq(addr_from_path(&a, path, len, &why), 0);
            ck_assert_int_eq(from_text(&b, text, addr_format(&a, text), &why), 0);
            ck_assert_msg(addr_equal(&a, &b), "%s", text);
        }
}
END_TEST

START_TEST(equal_means_every_part)
{
    static const char *const all[] = {"1.2.3.4:80", "1.2.3.4:81", "1.2.3.5:80",
                                      "[::1]:80",   "[::1%1]:80", "[::1%2]:80",
                                      "[::2]:80",   "[::1]:81",   "[::ffff:1.2.3.4]:80",
                                      "unix:/a",    "unix:/aa",   "unix:@a",
                                      "unix:@aa",   "unix:a",     "unix:@"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
            struct addr a, b;
            const char *why;
            ck_assert_int_eq(from_text(&a, all[i], strlen(all[i]), &why), 0);
            ck_assert_int_eq(from_text(&b, all[k], strlen(all[k]), &why), 0);
            ck_assert_msg(addr_equal(&a, &b) == (i == k), "%s == %s", all[i], all[k]);
        }
    struct addr none = {0}, other = {0}, a;
    const char *why;
    ck_assert(addr_equal(&none, &other));
    ck_assert_int_eq(from_text(&a, "*:0", 3, &why), 0);
    ck_assert(!addr_equal(&none, &a));
}
END_TEST

UNIT_MAIN("addr", family_chooses, system_sees_what_was_meant, bound_sockets_have_the_same_address,
          longest_path_of_the_system, parts_of_every_kind, unusual_addresses_have_a_text,
          paths_that_begin_with_at_parse_back, equal_means_every_part)
