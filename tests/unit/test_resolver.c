// SPDX-License-Identifier: BSD-3-Clause
// The resolver, by way of the loop: what this machine can answer by itself, and a name server of
// the test's own that says what it is told to, or nothing.

#include "dns/lookups.h"
#include "loop_kit.h"
#include "name_server.h"

// A loop that asks that server.
static struct loop *make(void)
{
    struct loop *loop = kit_loop();
    struct resolver *resolver;
    struct addr where = name_server_open();
    ck_assert_int_eq(lookups_resolver(loop, &resolver), 0);
    resolver_set_servers(resolver, &where, 1);
    return loop;
}

static void drop(struct loop *loop)
{
    loop_free(loop);
    sock_close(name_server);
}

// ---- look-ups

static struct resolve *start(struct loop *loop, struct op *op, const struct question *q,
                             int expected)
{
    struct resolve *req;
    op_init(op);
    list_init(&op->u.wait.among);
    ck_assert_int_eq(lookups_start(loop, op, q, &req), expected);
    if (expected == 0)
        ck_assert(!loop_start(loop, op));
    return req;
}

// Turns the loop, and answers every question by F, until OP is done.
static void await(struct loop *loop, struct op *op, void (*f)(struct asked *))
{
    struct asked q;
    while (loop_next(loop) != op) {
        while (f && name_server_take(&q, 0))
            f(&q);
        ck_assert_int_eq(loop_turn(loop), 0);
        while (f && name_server_take(&q, 0))
            f(&q);
    }
}

static struct question about(const char *host)
{
    return (struct question){.host = host, .service = "80", .type = SOCK_STREAM};
}

// The answer, which takes no time, is these addresses.
static void expect_at_once(const struct question *q, const char *text)
{
    struct loop *loop = make();
    struct op op;
    char have[512] = "", one[ADDR_TEXT_MAX];
    struct resolve *req = start(loop, &op, q, 1);
    ck_assert_int_eq(op.result, 0);
    for (size_t i = 0; i < req->addrs.count; i++) {
        addr_format(&req->addrs.at[i], one);
        strcat(strcat(have, i > 0 ? " " : ""), one);
    }
    ck_assert_str_eq(have, text);
    lookups_abandon(loop, req);
    drop(loop);
}

static void expect_error_at_once(const struct question *q, int code)
{
    struct loop *loop = make();
    struct op op;
    struct resolve *req = start(loop, &op, q, 1);
    ck_assert_msg(op.result == -code, "got %s", error_name((int)-op.result));
    lookups_abandon(loop, req);
    drop(loop);
}

static void at_once(const char *host, const char *service, int family, bool passive,
                    const char *text)
{
    struct question q = {.host = host,
                         .service = service,
                         .family = family,
                         .type = SOCK_STREAM,
                         .passive = passive};
    expect_at_once(&q, text);
}

static void error_at_once(const char *host, const char *service, int family, int code)
{
    struct question q = {.host = host, .service = service, .family = family, .type = SOCK_STREAM};
    expect_error_at_once(&q, code);
}

START_TEST(knows_numbers_localhost_and_the_wildcard)
{
    at_once("127.0.0.1", "80", AF_UNSPEC, false, "127.0.0.1:80");
    at_once("::1", "65535", AF_UNSPEC, false, "[::1]:65535");
    at_once("localhost", "7", AF_UNSPEC, false, "127.0.0.1:7 [::1]:7");
    at_once("LOCALHOST.", "7", AF_INET, false, "127.0.0.1:7");
    at_once("a.b.Localhost", "7", AF_INET6, false, "[::1]:7");
    at_once(NULL, "5", AF_INET, true, "0.0.0.0:5");
    at_once("", "5", AF_INET, false, "127.0.0.1:5");
    at_once(NULL, NULL, AF_INET6, false, "[::1]:0");
    at_once(NULL, "5", AF_INET6, true, "[::]:5");
}
END_TEST

START_TEST(knows_services)
{
    struct question q = about("127.0.0.1");
    at_once("127.0.0.1", "http", AF_UNSPEC, false, "127.0.0.1:80");
    q.service = "tftp";
    q.type = SOCK_DGRAM;
    expect_at_once(&q, "127.0.0.1:69");
    error_at_once("127.0.0.1", "no-such", AF_UNSPEC, ERROR_EAI_SERVICE);
    error_at_once("localhost", "70000", AF_UNSPEC, ERROR_EAI_SERVICE);
    error_at_once("localhost", "-1", AF_UNSPEC, ERROR_EAI_SERVICE);
    error_at_once(NULL, "", AF_UNSPEC, ERROR_EAI_SERVICE);
}
END_TEST

START_TEST(refuses_what_is_no_name)
{
    char name[1025];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    error_at_once(name, "80", AF_UNSPEC, ERROR_EAI_NONAME);
    error_at_once("1.2.3", "80", AF_UNSPEC, ERROR_EAI_NONAME);
    error_at_once("256.1.1.1", "80", AF_UNSPEC, ERROR_EAI_NONAME);
    error_at_once("2130706433", "80", AF_UNSPEC, ERROR_EAI_NONAME);
    error_at_once("a..b", "80", AF_UNSPEC, ERROR_EAI_NONAME);
    error_at_once(".a", "80", AF_UNSPEC, ERROR_EAI_NONAME);
    error_at_once("a b", "80", AF_UNSPEC, ERROR_EAI_NONAME);
    error_at_once("127.0.0.1", "80", AF_INET6, ERROR_EAI_FAMILY);
    error_at_once("localhost", "80", AF_UNIX, ERROR_EAI_FAMILY);
}
END_TEST

static void answer_one(struct asked *q)
{
    name_server_answer(q, 0, 1);
}

START_TEST(asks_for_both_families)
{
    struct loop *loop = make();
    struct question q = about("both.example.");
    struct op op;
    struct resolve *req = start(loop, &op, &q, 0);
    await(loop, &op, answer_one);
    ck_assert_int_eq(op.result, 0);
    ck_assert_uint_eq(req->addrs.count, 2);
    ck_assert_int_eq(addr_port(&req->addrs.at[0]), 80);
    ck_assert_int_ne(addr_family(&req->addrs.at[0]), addr_family(&req->addrs.at[1]));
    lookups_abandon(loop, req);
    // what has been answered is known for a while
    req = start(loop, &op, &q, 0);
    await(loop, &op, NULL);
    ck_assert_uint_eq(req->addrs.count, 2);
    lookups_abandon(loop, req);
    drop(loop);
}
END_TEST

static int code_to_give;

static void answer_code(struct asked *q)
{
    name_server_answer(q, code_to_give, 0);
}

START_TEST(tells_failures_apart)
{
    static const struct {
        int code;
        int error;
    } all[] = {{0, ERROR_EAI_NONAME}, {1, ERROR_EAI_FAIL}, {2, ERROR_EAI_AGAIN},
               {3, ERROR_EAI_NONAME}, {4, ERROR_EAI_FAIL}, {5, ERROR_EAI_FAIL},
               {9, ERROR_EAI_FAIL}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct loop *loop = make();
        struct question q = about("failing.example.");
        struct op op;
        code_to_give = all[i].code;
        struct resolve *req = start(loop, &op, &q, 0);
        await(loop, &op, answer_code);
        ck_assert_msg(op.result == -all[i].error, "code %d: got %s", all[i].code,
                      error_name((int)-op.result));
        lookups_abandon(loop, req);
        drop(loop);
    }
}
END_TEST

// Nothing is left of a look-up that nobody waits for: not even the loop's count of them.
START_TEST(an_abandoned_look_up_is_gone)
{
    struct loop *loop = make();
    struct question q = about("silent.example.");
    struct asked asked;
    struct op op;
    int before = kit_descriptors();
    struct resolve *req = start(loop, &op, &q, 0);
    ck_assert_int_eq(loop_turn(loop), 0);
    ck_assert(name_server_take(&asked, 60000));
    ck_assert_int_gt(kit_descriptors(), before);
    loop_cancel(loop, &op);
    lookups_abandon(loop, req);
    ck_assert_int_eq(kit_descriptors(), before);
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    ck_assert_int_eq(loop_prepare_fork(loop), 0);
    name_server_answer(&asked, 0, 1); // too late, and to nobody
    req = start(loop, &op, &q, 0);
    await(loop, &op, answer_one);
    ck_assert_int_eq(op.result, 0);
    lookups_abandon(loop, req);
    drop(loop);
}
END_TEST

START_TEST(one_abandoned_beside_one_that_is_waited_for)
{
    struct loop *loop = make();
    struct question q = about("one.example.");
    struct op ops[2];
    struct resolve *one = start(loop, &ops[0], &q, 0);
    struct resolve *two = start(loop, &ops[1], &q, 0);
    ck_assert_int_eq(loop_turn(loop), 0);
    ck_assert_int_eq(loop_prepare_fork(loop), -EBUSY);
    loop_cancel(loop, &ops[0]);
    lookups_abandon(loop, one);
    await(loop, &ops[1], answer_one);
    ck_assert_int_eq(ops[1].result, 0);
    lookups_abandon(loop, two);
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    drop(loop);
}
END_TEST

START_TEST(a_deadline_ends_it_on_time)
{
    struct loop *loop = make();
    struct question q = about("silent.example.");
    struct resolve *req;
    struct op op;
    op_init(&op);
    list_init(&op.u.wait.among);
    ck_assert_int_eq(lookups_start(loop, &op, &q, &req), 0);
    uint64_t began = clock_now();
    op.deadline = clock_deadline(began, 0.2);
    ck_assert(!loop_start(loop, &op));
    await(loop, &op, NULL);
    ck_assert_int_eq(op.result, -ERROR_EXPIRED);
    ck_assert(clock_now() >= clock_deadline(began, 0.2));
    lookups_abandon(loop, req);
    loop_drop(loop, &op);
    drop(loop);
}
END_TEST

static void answer_only_v4(struct asked *q)
{
    if (q->type == 1)
        name_server_answer(q, 0, 1);
}

static struct asked held;

static void answer_v4_hold_v6(struct asked *q)
{
    if (q->type == 1)
        name_server_answer(q, 0, 1);
    else
        held = *q;
}

// An early answer is that of the first family; what the other says comes later.
START_TEST(gives_one_family_early_and_then_the_other)
{
    struct loop *loop = make();
    struct question q = about("early.example.");
    struct op op;
    q.early = true;
    uint64_t began = clock_now();
    struct resolve *req = start(loop, &op, &q, 0);
    await(loop, &op, answer_v4_hold_v6);
    ck_assert(clock_now() >= clock_deadline(began, 0.05));
    ck_assert_int_eq(op.result, 0);
    ck_assert(req->more);
    ck_assert_uint_eq(req->addrs.count, 1);
    ck_assert_int_eq(addr_family(&req->addrs.at[0]), AF_INET);
    name_server_answer(&held, 0, 2);
    int r = lookups_rest(loop, &op, req);
    if (r == 0) {
        ck_assert(!loop_start(loop, &op));
        await(loop, &op, NULL);
    }
    ck_assert_int_eq(op.result, 0);
    ck_assert(!req->more);
    ck_assert_uint_eq(req->addrs.count, 2);
    ck_assert_int_eq(addr_family(&req->addrs.at[0]), AF_INET6);
    lookups_abandon(loop, req);
    drop(loop);
}
END_TEST

START_TEST(an_early_answer_can_be_all_that_is_wanted)
{
    struct loop *loop = make();
    struct question q = about("early.example.");
    struct op op;
    int before = kit_descriptors();
    q.early = true;
    struct resolve *req = start(loop, &op, &q, 0);
    await(loop, &op, answer_only_v4);
    ck_assert(req->more);
    lookups_abandon(loop, req);
    ck_assert_int_eq(kit_descriptors(), before);
    ck_assert_int_eq(loop_turn(loop), -EDEADLK);
    drop(loop);
}
END_TEST

enum { MANY = 1000 };

// All of them at once, without one that waits for another; each comes back once.
START_TEST(asks_for_many_at_once)
{
    static struct op ops[MANY];
    static struct resolve *reqs[MANY];
    struct loop *loop = make();
    struct op *op;
    int done = 0;
    for (int i = 0; i < MANY; i++) {
        char name[32];
        struct question q = about(name);
        snprintf(name, sizeof name, "n%d.example.", i);
        reqs[i] = start(loop, &ops[i], &q, 0);
    }
    while (done < MANY) {
        struct asked q;
        ck_assert_int_eq(loop_turn(loop), 0);
        while (name_server_take(&q, 0))
            name_server_answer(&q, 0, 1);
        for (; (op = loop_next(loop)); done++)
            ck_assert_int_eq(op->result, 0);
    }
    for (int i = 0; i < MANY; i++)
        lookups_abandon(loop, reqs[i]);
    drop(loop);
}
END_TEST

START_TEST(can_be_freed_with_questions_in_flight)
{
    for (int i = 0; i < 20; i++) {
        struct loop *loop = make();
        struct question q = about("silent.example.");
        static struct op ops[20];
        for (int n = 0; n < i; n++)
            start(loop, &ops[n], &q, 0);
        ck_assert(i == 0 || loop_turn(loop) == 0);
        drop(loop);
    }
    resolver_free(NULL);
}
END_TEST

START_TEST(knows_the_names_of_the_loopback)
{
    struct loop *loop = make();
    struct addr a = kit_address("127.0.0.1", 80), none = {0};
    struct question q = {.kind = QUESTION_NAMES, .address = &a};
    struct op op;
    struct resolve *req = start(loop, &op, &q, 1);
    ck_assert_int_eq(op.result, 0);
    ck_assert_uint_gt(bytes_length(&req->names), 0);
    lookups_abandon(loop, req);
    q.address = &none;
    req = start(loop, &op, &q, 1);
    ck_assert_int_eq(op.result, -ERROR_EAI_FAMILY);
    lookups_abandon(loop, req);
    drop(loop);
}
END_TEST

START_TEST(keeps_the_servers_that_it_is_given)
{
    struct loop *loop = make();
    struct resolver *r;
    struct addr two[2] = {kit_address("192.0.2.1", 53), kit_address("::1", 5353)};
    struct addr have[RESOLV_SERVERS_MAX];
    ck_assert_int_eq(lookups_resolver(loop, &r), 0);
    resolver_set_servers(r, two, 2);
    ck_assert_int_eq(loop_prepare_fork(loop), 0);
    ck_assert_int_eq(resolver_servers(r, have), 2);
    ck_assert(addr_equal(&have[0], &two[0]) && addr_equal(&have[1], &two[1]));
    resolver_set_servers(r, NULL, 0);
    ck_assert_int_ge(resolver_servers(r, have), 1);
    drop(loop);
}
END_TEST

UNIT_MAIN("resolver", knows_numbers_localhost_and_the_wildcard, knows_services,
          refuses_what_is_no_name, asks_for_both_families, tells_failures_apart,
          an_abandoned_look_up_is_gone, one_abandoned_beside_one_that_is_waited_for,
          a_deadline_ends_it_on_time, gives_one_family_early_and_then_the_other,
          an_early_answer_can_be_all_that_is_wanted, asks_for_many_at_once,
          can_be_freed_with_questions_in_flight, knows_the_names_of_the_loopback,
          keeps_the_servers_that_it_is_given)
