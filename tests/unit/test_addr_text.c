// SPDX-License-Identifier: BSD-3-Clause
// Tests of socket addresses as text: every form and back, and every kind of bad text.

#include "addresses.h"
#include "random.h"

#include <net/if.h>
#include <stdio.h>

// ---- text to address and back

START_TEST(every_form_comes_back)
{
    static const char *const forms[][2] = {
        {"127.0.0.1:80", "127.0.0.1:80"},
        {"0.0.0.0:0", "0.0.0.0:0"},
        {"255.255.255.255:65535", "255.255.255.255:65535"},
        {"1.2.3.4:0080", "1.2.3.4:80"},
        {"*:80", "0.0.0.0:80"},
        {":80", "0.0.0.0:80"},
        {"loopback:1", "127.0.0.1:1"},
        {"broadcast:1", "255.255.255.255:1"},
        {"[::1]:80", "[::1]:80"},
        {"[::]:0", "[::]:0"},
        {"[0:0:0:0:0:0:0:1]:80", "[::1]:80"},
        {"[2001:DB8::A]:80", "[2001:db8::a]:80"},
        {"[::ffff:1.2.3.4]:80", "[::ffff:1.2.3.4]:80"},
        {"[::FFFF:102:304]:80", "[::ffff:1.2.3.4]:80"},
        {"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
        {"[fe80::1%4294967295]:80", "[fe80::1%4294967295]:80"},
        {"[fe80::1%0]:80", "[fe80::1]:80"},
        {"unix:/run/x.sock", "unix:/run/x.sock"},
        {"unix:x", "unix:x"},
        {"unix:./@x", "unix:./@x"},
        {"unix:80", "unix:80"},
        {"unix:a:b", "unix:a:b"},
        {"unix:@name", "unix:@name"},
        {"unix:@", "unix:@"},
        {"unix:@@", "unix:@@"},
        {"unix: \n\xff", "unix: \n\xff"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        expect_round_trip(forms[i][0], forms[i][1]);
}
END_TEST

START_TEST(scope_by_name_and_number)
{
    char number[ADDR_TEXT_MAX], name[IF_NAMESIZE], expected[ADDR_TEXT_MAX];
    const struct if_nameindex *first = if_nameindex();
    if (!first || first->if_index == 0)
        return; // a machine without any interface
    snprintf(name, sizeof name, "%s", first->if_name);
    snprintf(number, sizeof number, "[fe80::1%%%u]:80", first->if_index);
    snprintf(expected, sizeof expected, "[fe80::1%%%s]:80", name);
    expect_round_trip(number, expected);
    expect_round_trip(expected, expected);
    struct addr a;
    const char *why;
    ck_assert_int_eq(from_text(&a, expected, strlen(expected), &why), 0);
    ck_assert_uint_eq(addr_scope(&a), first->if_index);
    snprintf(expected, sizeof expected, "fe80::1%%%s", name);
    ck_assert_uint_eq(addr_host(&a, number), strlen(expected));
    ck_assert_str_eq(number, expected);
    if_freenameindex((struct if_nameindex *)first);
}
END_TEST

START_TEST(random_numbers_come_back)
{
    random_start("addr");
    for (int i = 0; i < 3000; i++) {
        struct addr a = {.len = sizeof a.u.in6}, b;
        char text[ADDR_TEXT_MAX];
        const char *why;
        a.u.in6.sin6_family = AF_INET6;
        a.u.in6.sin6_port = (in_port_t)random_below(65536);
        for (size_t k = 0; k < 16; k++) // many zeroes, so that "::" is somewhere
            a.u.in6.sin6_addr.s6_addr[k] = (uint8_t)(random_below(2) * random_below(256));
        if (random_below(2) == 0) {
            struct in_addr in = {.s_addr = (in_addr_t)random_below(UINT64_C(1) << 32)};
            a = (struct addr){.len = sizeof a.u.in};
            a.u.in.sin_family = AF_INET;
            a.u.in.sin_port = (in_port_t)random_below(65536);
            a.u.in.sin_addr = in;
        }
        size_t len = addr_format(&a, text);
        if (from_text(&b, text, len, &why) != 0 || !addr_equal(&a, &b))
            ck_abort_msg("%s: %s", text, why);
    }
}
END_TEST

START_TEST(abstract_names_of_any_bytes)
{
    random_start("addr, abstract");
    for (int i = 0; i < 2000; i++) {
        struct addr a, b;
        char name[108] = "", text[ADDR_TEXT_MAX];
        const char *why;
        size_t len = 1 + random_below(sizeof name), path_len;
        for (size_t k = 1; k < len; k++)
            name[k] = (char)random_below(256);
        char *copy = exact(name, len);
        int err = addr_from_path(&a, copy, len, &why);
        free(copy);
        size_t text_len = err == 0 ? addr_format(&a, text) : 0;
        if (err != 0 || text_len != len + 5 || from_text(&b, text, text_len, &why) != 0 ||
            !addr_equal(&a, &b) || memcmp(addr_path(&b, &path_len), name, len) != 0 ||
            path_len != len)
            ck_abort_msg("an abstract name of %zu bytes", len);
    }
}
END_TEST

// ---- bad text

START_TEST(refuses_bad_ports)
{
    expect_refused("1.2.3.4:70000", 13, "port must be 0 to 65535");
    expect_refused("1.2.3.4:65536", 13, "port must be 0 to 65535");
    expect_refused("1.2.3.4:-1", 10, "port must be 0 to 65535");
    expect_refused("[::1]:70000", 11, "port must be 0 to 65535");
    expect_refused(":99999999999999999999999", 24, "port must be 0 to 65535");
    expect_refused("1.2.3.4:", 8, "no port");
    expect_refused(":", 1, "no port");
    expect_refused("1.2.3.4", 7, "no port");
    expect_refused("localhost", 9, "no port");
    expect_refused("*", 1, "no port");
}
END_TEST

START_TEST(parses_ports)
{
    static const struct {
        const char *text;
        int port;
    } cases[] = {
        {"0", 0},
        {"80", 80},
        {"65535", 65535},
        {"00080", 80},
        {"65536", -ERANGE},
        {"70000", -ERANGE},
        {"-1", -ERANGE},
        {"-0", -ERANGE},
        {"4294967376", -ERANGE},
        {"18446744073709551696", -ERANGE},
        {"", -EINVAL},
        {"http", -ENOENT},
        {"-", -ENOENT},
        {"+80", -ENOENT},
        {" 80", -ENOENT},
        {"80 ", -ENOENT},
        {"0x50", -ENOENT},
        {"8e1", -ENOENT},
        {"80.0", -ENOENT},
        {"99999999999x", -ENOENT},
        {"--1", -ENOENT},
        {"\xb2", -ENOENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *copy = exact(cases[i].text, strlen(cases[i].text));
        int port = addr_parse_port(copy, strlen(cases[i].text));
        free(copy);
        ck_assert_msg(port == cases[i].port, "'%s': %d", cases[i].text, port);
    }
    ck_assert_int_eq(addr_parse_port("8\0", 2), -ENOENT);
}
END_TEST

START_TEST(refuses_bad_text)
{
    expect_refused("", 0, "empty address");
    expect_refused("::1", 3, "needs brackets, as in [::1]:80");
    expect_refused("::1:80", 6, "needs brackets, as in [::1]:80");
    expect_refused("1.2.3.4:5:6", 11, "needs brackets");
    expect_refused("::", 2, "needs brackets");
    expect_refused("[::1", 4, "no ']'");
    expect_refused("[", 1, "no ']'");
    expect_refused("[::1]", 5, "no port");
    expect_refused("[::1]80", 7, "after ']' comes ':'");
    expect_refused("[::1]]:80", 9, "after ']' comes ':'");
    expect_refused("[::1]:", 6, "no port");
    expect_refused("[]:80", 5, "only an IPv6 address stands in brackets");
    expect_refused("[1.2.3.4]:80", 12, "only an IPv6 address stands in brackets");
    expect_refused("[localhost]:80", 14, "only an IPv6 address stands in brackets");
    expect_refused("[::g]:80", 8, "not an IPv6 address");
    expect_refused("[:]:80", 6, "not an IPv6 address");
    expect_refused("[1:2:3:4:5:6:7:8:9]:80", 22, "not an IPv6 address");
    expect_refused("[::1.2.3.256]:80", 16, "not an IPv6 address");
    expect_refused("[::1%]:80", 9, "no such network interface");
    expect_refused("[fe80::1%nosuchinterface]:80", 28, "no such network interface");
    static const char endless[] = "[fe80::1%nosuchinterface-and-that-with-a-long-name]:80";
    expect_refused(endless, sizeof endless - 1, "no such network interface");
    static const char digits[] =
        "[1:2:3:4:5:6:7:00000000000000000000000000000000000000000000008]:80";
    expect_refused(digits, sizeof digits - 1, "not an IPv6 address");
    expect_refused("[fe80::1%nosuch0]:80", 20, "no such network interface");
    expect_refused("[fe80::1%4294967296]:80", 23, "no such network interface");
    expect_refused("[fe80::1%-1]:80", 15, "no such network interface");
    expect_refused("[fe80::1%1%1]:80", 16, "no such network interface");
    expect_refused("1.2.3.4\0:80", 11, "NUL byte");
    expect_refused("1.2.3.4:80\0", 11, "NUL byte");
    expect_refused("[::1\0]:80", 9, "NUL byte");
}
END_TEST

START_TEST(refuses_bad_unix_paths)
{
    char text[5 + 200] = "unix:";
    memset(text + 5, 'x', 200);
    expect_refused(text, 5, "empty unix path");
    expect_refused(text, 5 + 108, "longer than 107 bytes");
    expect_refused(text, 5 + 200, "longer than 107 bytes");
    text[5] = '@';
    expect_refused(text, 5 + 109, "longer than 107 bytes");
    expect_refused(text, 5 + 200, "longer than 107 bytes");
    expect_refused("unix:/a\0b", 9, "NUL byte");
    expect_refused("unix:a\0", 7, "NUL byte");

    struct addr a;
    const char *why;
    text[5] = 'x';
    ck_assert_int_eq(from_text(&a, text, 5 + 107, &why), 0);
    ck_assert_uint_eq(a.len, sizeof a.u.un);
    ck_assert_int_eq(a.u.un.sun_path[107], '\0');
    text[5] = '@';
    ck_assert_int_eq(from_text(&a, text, 5 + 108, &why), 0);
    ck_assert_uint_eq(a.len, sizeof a.u.un);
}
END_TEST

START_TEST(refuses_what_is_no_ipv4)
{
    static const char *const hosts[] = {"1.2.3",      "1.2.3.256", "1.2.3.4.5",
                                        "01.2.3.4",   "1.2.3.04",  "1234",
                                        "127.1",      "0x7f.1",    "0x7f000001",
                                        "1.2.3.",     ".1.2.3",    "1..2.3",
                                        "1.2.3.4.",   ".",         "..",
                                        "0X7F.0.0.1", "0",         "1.2.3.99999999999999999999"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct addr a;
        const char *why;
        ck_assert_msg(from_host(&a, hosts[i], strlen(hosts[i]), AF_UNSPEC, &why) == -EINVAL, "%s",
                      hosts[i]);
        ck_assert_str_eq(why, "not an IPv4 address");
    }
}
END_TEST

START_TEST(tells_names_from_nonsense)
{
    static const char *const names[] = {"localhost",    "example.org", "example.org.", "a",
                                        "my_host-1",    "1.2.3.4a",    "3com.com",     "node.1",
                                        "b\xc3\xbc.de", "Loopback",    "face.b00c",    "0xg.1"};
    static const char *const nonsense[] = {"a b", "a/b", " ",   "1.2.3.4 ",
                                           "[a]", "a%b", "a\n", "**"};
    struct addr a;
    const char *why;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_int_eq(from_host(&a, names[i], strlen(names[i]), AF_UNSPEC, &why), -ENOENT);
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        ck_assert_int_eq(from_host(&a, nonsense[i], strlen(nonsense[i]), AF_INET, &why), -EINVAL);
        ck_assert_str_eq(why, "not a host name");
    }
    char text[300];
    memset(text, 'a', sizeof text);
    ck_assert_int_eq(from_host(&a, text, 253, AF_UNSPEC, &why), -ENOENT);
    ck_assert_int_eq(from_host(&a, text, 254, AF_UNSPEC, &why), -EINVAL);
    ck_assert_int_eq(from_host(&a, text, 300, AF_UNSPEC, &why), -EINVAL);
    ck_assert_str_eq(why, "host is longer than 253 bytes");
    ck_assert_int_eq(from_host(&a, "a\0b", 3, AF_UNSPEC, &why), -EINVAL);
    ck_assert_str_eq(why, "host has a NUL byte inside");
}
END_TEST

START_TEST(random_text_reads_no_further)
{
    static const char alphabet[] = "0123456789abcfx.:[]%*-@/ \0unix";
    random_start("addr, random text");
    for (int i = 0; i < 100000; i++) {
        char text[40], again[ADDR_TEXT_MAX];
        struct addr a, b;
        const char *why;
        size_t len = random_below(sizeof text + 1);
        for (size_t k = 0; k < len; k++)
            text[k] = alphabet[random_below(sizeof alphabet)];
        if (random_below(4) == 0 && len >= 5)
            memcpy(text, "unix:", 5);
        if (from_text(&a, text, len, &why) != 0)
            continue;
        size_t again_len = addr_format(&a, again); // what is taken also comes back
        if (from_text(&b, again, again_len, &why) != 0 || !addr_equal(&a, &b))
            ck_abort_msg("%.*s -> %s", (int)len, text, again);
    }
}
END_TEST

UNIT_MAIN("addr_text", every_form_comes_back, scope_by_name_and_number, random_numbers_come_back,
          abstract_names_of_any_bytes, refuses_bad_ports, parses_ports, refuses_bad_text,
          refuses_bad_unix_paths, refuses_what_is_no_ipv4, tells_names_from_nonsense,
          random_text_reads_no_further)
