// SPDX-License-Identifier: BSD-3-Clause
// The resolver on what every machine can answer by itself.

#include "loop/resolver.h"

#include "base/clock.h"
#include "unit.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int woken; // an eventfd: what a loop would wait on

static void on_wake(void *arg)
{
    uint64_t one = 1;
    ck_assert_ptr_eq(arg, &woken);
    ck_assert_int_eq(write(woken, &one, sizeof one), sizeof one);
}

static struct resolver *make(void)
{
    struct resolver *r;
    woken = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ck_assert_int_eq(resolver_new(&r, on_wake, &woken), 0);
    return r;
}

static void drop(struct resolver *r)
{
    resolver_free(r);
    close(woken);
}

// The next answer, within SECONDS.
static struct resolve *await(struct resolver *r, double seconds)
{
    uint64_t deadline = clock_deadline(clock_now(), seconds);
    for (;;) {
        struct resolve *req = resolver_collect(r);
        if (req != NULL)
            return req;
        int ms = clock_timeout_ms(clock_now(), deadline);
        ck_assert_msg(ms > 0, "no answer in %g s", seconds);
        struct pollfd p = {.fd = woken, .events = POLLIN};
        uint64_t count;
        if (poll(&p, 1, ms) == 1)
            ck_assert_int_eq(read(woken, &count, sizeof count), sizeof count);
    }
}

static struct resolve *ask(struct resolver *r, const char *host, const char *service, int family,
                           int type, bool passive)
{
    static int owner;
    struct resolve *req;
    ck_assert_int_eq(resolver_start(r, host, service, family, type, passive, &owner, &req), 0);
    struct resolve *answer = await(r, 60);
    ck_assert_ptr_eq(answer, req);
    ck_assert_ptr_eq(answer->owner, &owner);
    ck_assert_ptr_null(resolver_collect(r));
    return answer;
}

// The answer is this one address.
static void expect_one(struct resolve *req, const char *text)
{
    char have[ADDR_TEXT_MAX] = "";
    ck_assert_int_eq(req->result, 0);
    ck_assert_uint_eq(req->count, 1);
    have[addr_format(&req->addrs[0], have)] = '\0';
    ck_assert_str_eq(have, text);
    resolve_free(req);
}

static void expect_error(struct resolve *req, int code)
{
    ck_assert_msg(req->result == -code, "got %d (%s), not %s", req->result,
                  error_name(-req->result), error_name(code));
    ck_assert_uint_eq(req->count, 0);
    resolve_free(req);
}

START_TEST(takes_numbers)
{
    struct resolver *r = make();
    expect_one(ask(r, "127.0.0.1", "80", AF_UNSPEC, SOCK_STREAM, false), "127.0.0.1:80");
    expect_one(ask(r, "::1", "65535", AF_UNSPEC, SOCK_DGRAM, false), "[::1]:65535");
    expect_one(ask(r, "10.1.2.3", NULL, AF_INET, SOCK_RAW, false), "10.1.2.3:0");
    expect_error(ask(r, "127.0.0.1", "80", AF_INET6, SOCK_STREAM, false), ERROR_EAI_FAMILY);
    drop(r);
}
END_TEST

START_TEST(takes_half_a_number_for_nothing)
{
    struct resolver *r = make();
    expect_error(ask(r, "1.2.3", "80", AF_UNSPEC, SOCK_STREAM, false), ERROR_EAI_NONAME);
    expect_error(ask(r, "256.1.1.1", "80", AF_UNSPEC, SOCK_STREAM, false), ERROR_EAI_NONAME);
    expect_error(ask(r, "2130706433", "80", AF_UNSPEC, SOCK_STREAM, false), ERROR_EAI_NONAME);
    drop(r);
}
END_TEST

START_TEST(knows_localhost)
{
    struct resolver *r = make();
    expect_one(ask(r, "localhost", "7", AF_INET, SOCK_STREAM, false), "127.0.0.1:7");
    struct resolve *both = ask(r, "localhost", "7", AF_UNSPEC, SOCK_DGRAM, false);
    ck_assert_int_eq(both->result, 0);
    for (size_t i = 0; i < both->count; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert(!addr_equal(&both->addrs[i], &both->addrs[j]));
    ck_assert_uint_le(both->count, 2);
    resolve_free(both);
    drop(r);
}
END_TEST

START_TEST(no_host_is_the_wildcard_or_the_loopback)
{
    struct resolver *r = make();
    expect_one(ask(r, NULL, "5", AF_INET, SOCK_STREAM, true), "0.0.0.0:5");
    expect_one(ask(r, "", "5", AF_INET, SOCK_STREAM, false), "127.0.0.1:5");
    expect_one(ask(r, NULL, "5", AF_INET6, SOCK_STREAM, true), "[::]:5");
    expect_one(ask(r, NULL, NULL, AF_INET6, SOCK_STREAM, false), "[::1]:0");
    drop(r);
}
END_TEST

START_TEST(knows_services)
{
    struct resolver *r = make();
    expect_one(ask(r, "127.0.0.1", "http", AF_UNSPEC, SOCK_STREAM, false), "127.0.0.1:80");
    expect_one(ask(r, "127.0.0.1", "domain", AF_UNSPEC, SOCK_DGRAM, false), "127.0.0.1:53");
    expect_error(ask(r, "127.0.0.1", "no-such", AF_UNSPEC, SOCK_STREAM, false), ERROR_EAI_SERVICE);
    expect_error(ask(r, "localhost", "70000", AF_UNSPEC, SOCK_STREAM, false), ERROR_EAI_SERVICE);
    expect_error(ask(r, "localhost", "-1", AF_UNSPEC, SOCK_STREAM, false), ERROR_EAI_SERVICE);
    expect_error(ask(r, NULL, "", AF_UNSPEC, SOCK_STREAM, false), ERROR_EAI_SERVICE);
    drop(r);
}
END_TEST

START_TEST(refuses_a_family_that_has_no_names)
{
    struct resolver *r = make();
    struct resolve *req = ask(r, "localhost", "1", AF_UNIX, SOCK_STREAM, false);
    ck_assert_int_lt(req->result, 0);
    resolve_free(req);
    drop(r);
}
END_TEST

// RFC 6761: no name under ".invalid" exists. Without a network nobody can say so, which takes
// the system some seconds to find out.
START_TEST(an_unknown_name_has_no_address)
{
    struct resolver *r = make();
    struct resolve *req = ask(r, "host.invalid", "80", AF_UNSPEC, SOCK_STREAM, false);
    ck_assert_msg(req->result == -ERROR_EAI_NONAME || req->result == -ERROR_EAI_AGAIN, "got %s",
                  error_name(-req->result));
    resolve_free(req);
    drop(r);
}
END_TEST

START_TEST(a_name_too_long_has_no_address)
{
    struct resolver *r = make();
    char name[1025];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    expect_error(ask(r, name, "80", AF_UNSPEC, SOCK_STREAM, false), ERROR_EAI_NONAME);
    drop(r);
}
END_TEST

enum { MANY = 500 };

START_TEST(answers_many_at_once)
{
    struct resolver *r = make();
    static int owners[MANY];
    struct resolve *req;
    char port[12];
    for (int i = 0; i < MANY; i++) {
        snprintf(port, sizeof port, "%d", i);
        ck_assert_int_eq(resolver_start(r, i % 2 ? "localhost" : "127.0.0.1", port, AF_INET,
                                        SOCK_STREAM, false, &owners[i], &req),
                         0);
    }
    for (int i = 0; i < MANY; i++) {
        req = await(r, 60);
        int *owner = req->owner;
        ck_assert_int_eq(req->result, 0);
        ck_assert_int_eq(addr_port(&req->addrs[0]), (int)(owner - owners));
        ck_assert_int_eq((*owner)++, 0); // each once
        resolve_free(req);
    }
    ck_assert_ptr_null(resolver_collect(r));
    drop(r);
}
END_TEST

// Wherever they are: queued, being asked, answered.
START_TEST(gives_back_nothing_that_was_abandoned)
{
    struct resolver *r = make();
    static int owner, other;
    struct resolve *reqs[MANY];
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(
            resolver_start(r, "localhost", "1", AF_INET, SOCK_STREAM, false, &owner, &reqs[i]), 0);
    for (int i = 0; i < MANY; i++)
        resolver_abandon(r, reqs[i]);
    struct resolve *last;
    ck_assert_int_eq(
        resolver_start(r, "localhost", "1", AF_INET, SOCK_STREAM, false, &other, &last), 0);
    ck_assert_ptr_eq(await(r, 60), last);
    resolve_free(last);
    ck_assert_ptr_null(resolver_collect(r));
    drop(r);
}
END_TEST

START_TEST(can_be_freed_with_questions_in_flight)
{
    static int owner;
    for (int i = 0; i < 20; i++) {
        struct resolver *r = make();
        struct resolve *req;
        for (int n = 0; n < i; n++)
            ck_assert_int_eq(resolver_start(r, n % 2 ? "localhost" : "127.0.0.1", "1", AF_UNSPEC,
                                            SOCK_STREAM, false, &owner, &req),
                             0);
        drop(r);
    }
    resolver_free(NULL);
}
END_TEST

UNIT_MAIN("resolver", takes_numbers, takes_half_a_number_for_nothing, knows_localhost,
          no_host_is_the_wildcard_or_the_loopback, knows_services,
          refuses_a_family_that_has_no_names, an_unknown_name_has_no_address,
          a_name_too_long_has_no_address, answers_many_at_once,
          gives_back_nothing_that_was_abandoned, can_be_freed_with_questions_in_flight)
