// SPDX-License-Identifier: BSD-3-Clause
// Lists of addresses: none twice, and in the order of RFC 6724.

#include "sys/addr_list.h"

#include "unit.h"

#include <string.h>

static void add(struct addr_list *list, const char *host)
{
    struct addr a;
    const char *why;
    ck_assert_int_eq(addr_from_host(&a, (struct host){host, strlen(host), 80, AF_UNSPEC}, &why), 0);
    ck_assert_int_eq(addr_list_add(list, &a), 0);
}

static void expect(struct addr_list *list, const char *text)
{
    char have[512] = "", host[ADDR_TEXT_MAX];
    for (size_t i = 0; i < list->count; i++) {
        addr_host(&list->at[i], host);
        strcat(strcat(have, i > 0 ? " " : ""), host);
    }
    ck_assert_str_eq(have, text);
}

START_TEST(has_none_twice)
{
    struct addr_list list = {0}, more = {0};
    add(&list, "127.0.0.1");
    add(&list, "::1");
    add(&list, "127.0.0.1");
    add(&list, "::1");
    expect(&list, "127.0.0.1 ::1");
    add(&more, "::1");
    add(&more, "127.0.0.2");
    ck_assert_int_eq(addr_list_join(&list, &more), 0);
    expect(&list, "127.0.0.1 ::1 127.0.0.2");
    ck_assert_uint_eq(more.count, 0);
    addr_list_free(&list);
    ck_assert_int_eq(addr_list_join(&list, &more), 0);
    expect(&list, "");
}
END_TEST

START_TEST(has_as_many_as_an_answer_holds)
{
    struct addr_list list = {0};
    char host[32];
    for (int i = 0; i < ADDR_LIST_MAX + 100; i++) {
        snprintf(host, sizeof host, "10.1.%d.%d", i / 256, i % 256);
        add(&list, host);
    }
    ck_assert_uint_eq(list.count, ADDR_LIST_MAX);
    addr_list_free(&list);
}
END_TEST

// The loopback is reached on every machine; 240.0.0.1 on none. What cannot be reached comes last,
// and what is as good as another keeps its place.
START_TEST(what_can_be_reached_comes_first)
{
    struct addr_list list = {0};
    add(&list, "240.0.0.1");
    add(&list, "127.0.0.3");
    add(&list, "127.0.0.2");
    addr_list_sort(&list);
    expect(&list, "127.0.0.3 127.0.0.2 240.0.0.1");
    addr_list_free(&list);
    add(&list, "240.0.0.2");
    add(&list, "240.0.0.1");
    addr_list_sort(&list);
    expect(&list, "240.0.0.2 240.0.0.1");
    addr_list_free(&list);
    addr_list_sort(&list);
}
END_TEST

UNIT_MAIN("addr_list", has_none_twice, has_as_many_as_an_answer_holds,
          what_can_be_reached_comes_first)
