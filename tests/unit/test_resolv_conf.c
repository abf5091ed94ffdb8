// SPDX-License-Identifier: BSD-3-Clause
// The settings of resolv.conf(5).

#include "dns/resolv_conf.h"

#include "unit.h"

#include <string.h>

static void parse(struct resolv_conf *c, const char *text)
{
    ck_assert_int_eq(resolv_conf_parse(c, text, strlen(text)), 0);
}

static void expect_server(const struct resolv_conf *c, size_t i, const char *text)
{
    char have[ADDR_TEXT_MAX];
    ck_assert_uint_lt(i, c->server_count);
    have[addr_format(&c->servers[i], have)] = '\0';
    ck_assert_str_eq(have, text);
}

START_TEST(takes_servers_and_options)
{
    struct resolv_conf c;
    parse(&c, "; comment\n# comment\nnameserver 192.0.2.1 # primary\n\tnameserver\t::1\r\n"
              "nameserver nonsense\nnameserver\nnameserver [2001:db8::1]:5353\n"
              "options ndots:3 timeout:7 attempts:4 rotate use-vc edns0 strange:1\nno such line\n");
    ck_assert_uint_eq(c.server_count, 3);
    expect_server(&c, 0, "192.0.2.1:53");
    expect_server(&c, 1, "[::1]:53");
    expect_server(&c, 2, "[2001:db8::1]:5353");
    ck_assert_uint_eq(c.ndots, 3);
    ck_assert_uint_eq(c.timeout, 7);
    ck_assert_uint_eq(c.attempts, 4);
    ck_assert(c.rotate && c.use_vc);
    resolv_conf_free(&c);
}
END_TEST

START_TEST(has_the_defaults_of_the_manual)
{
    struct resolv_conf c;
    parse(&c, "");
    ck_assert_uint_eq(c.server_count, 0);
    ck_assert_uint_eq(c.ndots, 1);
    ck_assert_uint_eq(c.timeout, 5);
    ck_assert_uint_eq(c.attempts, 2);
    ck_assert(!c.rotate && !c.use_vc);
    resolv_conf_free(&c);
}
END_TEST

START_TEST(cuts_numbers_to_the_limits)
{
    struct resolv_conf c;
    parse(&c, "options ndots:99999999999999999999 timeout:0 attempts:0\n");
    ck_assert_uint_eq(c.ndots, 15);
    ck_assert_uint_eq(c.timeout, 1);
    ck_assert_uint_eq(c.attempts, 1);
    resolv_conf_free(&c);
    parse(&c, "options ndots: timeout:x attempts:9 timeout:31");
    ck_assert_uint_eq(c.ndots, 1);
    ck_assert_uint_eq(c.timeout, 30);
    ck_assert_uint_eq(c.attempts, 5);
    resolv_conf_free(&c);
}
END_TEST

START_TEST(takes_as_many_servers_as_it_has_room_for)
{
    struct resolv_conf c;
    char text[512] = "";
    for (int i = 1; i <= 12; i++)
        sprintf(text + strlen(text), "nameserver 192.0.2.%d\n", i);
    parse(&c, text);
    ck_assert_uint_eq(c.server_count, RESOLV_SERVERS_MAX);
    expect_server(&c, RESOLV_SERVERS_MAX - 1, "192.0.2.8:53");
    resolv_conf_free(&c);
}
END_TEST

// The names to try for NAME, with blanks between.
static void expect_names(const struct resolv_conf *c, const char *name, const char *text)
{
    char have[1024] = "", one[256];
    int r;
    for (unsigned i = 0; (r = resolv_conf_candidate(c, name, i, one, sizeof one)) >= 0; i++)
        if (r > 0)
            strcat(strcat(have, have[0] ? " " : ""), one);
    ck_assert_int_eq(r, -ENOENT);
    ck_assert_str_eq(have, text);
}

START_TEST(tries_names_in_the_order_of_their_dots)
{
    struct resolv_conf c;
    parse(&c, "domain old\nsearch a.example b\noptions ndots:2\n");
    expect_names(&c, "x", "x.a.example x.b x");
    expect_names(&c, "x.y", "x.y.a.example x.y.b x.y");
    expect_names(&c, "x.y.z", "x.y.z x.y.z.a.example x.y.z.b");
    expect_names(&c, "x.", "x");
    resolv_conf_free(&c);
    parse(&c, "search a\ndomain b c\n");
    expect_names(&c, "x", "x.b x");
    expect_names(&c, "x.y", "x.y x.y.b");
    resolv_conf_free(&c);
    parse(&c, "");
    expect_names(&c, "x", "x");
    resolv_conf_free(&c);
    parse(&c, "search .\n");
    expect_names(&c, "x", "x x");
    resolv_conf_free(&c);
}
END_TEST

START_TEST(the_environment_comes_first)
{
    struct resolv_conf c;
    parse(&c, "search a b\noptions timeout:9 ndots:1\n");
    ck_assert_int_eq(resolv_conf_override(&c, "env.example", "ndots:0 attempts:1"), 0);
    expect_names(&c, "x", "x x.env.example");
    ck_assert_uint_eq(c.timeout, 9);
    ck_assert_uint_eq(c.attempts, 1);
    ck_assert_int_eq(resolv_conf_override(&c, "", NULL), 0);
    expect_names(&c, "x", "x");
    resolv_conf_free(&c);
}
END_TEST

// 300 domains in one line, and names that are too long with some of them.
START_TEST(takes_any_number_of_domains)
{
    struct resolv_conf c;
    char *text = malloc(300 * 260 + 16), name[256], one[256];
    strcpy(text, "search");
    for (int i = 0; i < 300; i++)
        sprintf(text + strlen(text), " d%d.example", i);
    parse(&c, text);
    ck_assert_int_eq(resolv_conf_candidate(&c, "x", 299, one, sizeof one), 1);
    ck_assert_str_eq(one, "x.d299.example");
    ck_assert_int_eq(resolv_conf_candidate(&c, "x", 300, one, sizeof one), 1);
    ck_assert_int_eq(resolv_conf_candidate(&c, "x", 301, one, sizeof one), -ENOENT);
    memset(name, 'a', 252);
    name[252] = '\0';
    ck_assert_int_eq(resolv_conf_candidate(&c, name, 0, one, sizeof one), 0);
    ck_assert_int_eq(resolv_conf_candidate(&c, name, 300, one, sizeof one), 1);
    free(text);
    resolv_conf_free(&c);
}
END_TEST

START_TEST(knows_what_a_server_is)
{
    static const struct {
        const char *text, *wanted; // NULL: it is none
    } all[] = {
        {"192.0.2.1", "192.0.2.1:53"},
        {"192.0.2.1:5353", "192.0.2.1:5353"},
        {"2001:db8::1", "[2001:db8::1]:53"},
        {"[2001:db8::1]", "[2001:db8::1]:53"},
        {"[2001:db8::1]:5353", "[2001:db8::1]:5353"},
        {"fe80::1%1", "[fe80::1%lo]:53"},
        {"[fe80::1%lo]:53", "[fe80::1%lo]:53"},
        {"localhost", NULL},
        {"loopback", NULL},
        {"*", NULL},
        {"", NULL},
        {":53", NULL},
        {"192.0.2.1:", NULL},
        {"192.0.2.1:0", NULL},
        {"192.0.2.1:65536", NULL},
        {"192.0.2.1:domain", NULL},
        {"192.0.2.256", NULL},
        {"1.2.3", NULL},
        {"[192.0.2.1", NULL},
        {"fe80::1%no-such", NULL},
        {"unix:/x", NULL},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct addr a;
        char have[ADDR_TEXT_MAX] = "";
        int r = resolv_conf_server(&a, all[i].text, strlen(all[i].text));
        if (r == 0)
            have[addr_format(&a, have)] = '\0';
        ck_assert_msg(r == (all[i].wanted ? 0 : -EINVAL), "%s: %d", all[i].text, r);
        ck_assert_str_eq(have, all[i].wanted ? all[i].wanted : "");
    }
}
END_TEST

UNIT_MAIN("resolv_conf", takes_servers_and_options, has_the_defaults_of_the_manual,
          cuts_numbers_to_the_limits, takes_as_many_servers_as_it_has_room_for,
          tries_names_in_the_order_of_their_dots, the_environment_comes_first,
          takes_any_number_of_domains, knows_what_a_server_is)
