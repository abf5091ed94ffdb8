// SPDX-License-Identifier: BSD-3-Clause
// Tests of the intrusive list.

#include "base/list.h"
#include "unit.h"

#include <string.h>

struct item {
    char name;
    struct list link;
};

static struct item items[4] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};

static void init_items(struct list *head)
{
    list_init(head);
    for (int i = 0; i < 4; i++)
        list_init(&items[i].link);
}

// The list holds exactly these names, walked forwards and backwards.
static void expect(const struct list *head, const char *names)
{
    size_t count = strlen(names), i = 0;
    for (const struct list *at = head->next; at != head; at = at->next, i++) {
        ck_assert_uint_lt(i, count);
        ck_assert_int_eq(container_of(at, struct item, link)->name, names[i]);
    }
    ck_assert_uint_eq(i, count);
    for (const struct list *at = head->prev; at != head; at = at->prev)
        ck_assert_int_eq(container_of(at, struct item, link)->name, names[--i]);
    ck_assert_uint_eq(i, 0);
    ck_assert_int_eq(list_is_empty(head), count == 0);
}

START_TEST(appends)
{
    struct list head;
    init_items(&head);
    expect(&head, "");
    list_append(&head, &items[0].link);
    list_append(&head, &items[1].link);
    expect(&head, "ab");
}
END_TEST

START_TEST(removes_anywhere_and_twice)
{
    struct list head;
    init_items(&head);
    for (int i = 0; i < 4; i++)
        list_append(&head, &items[i].link);
    list_remove(&items[1].link);
    expect(&head, "acd");
    list_remove(&items[1].link); // in no list: harmless
    list_remove(&items[3].link);
    list_remove(&items[0].link);
    expect(&head, "c");
    list_append(&head, &items[1].link);
    expect(&head, "cb");
}
END_TEST

START_TEST(pops_from_the_front)
{
    struct list head;
    init_items(&head);
    ck_assert_ptr_null(list_pop(&head));
    list_append(&head, &items[0].link);
    list_append(&head, &items[1].link);
    ck_assert_ptr_eq(list_pop(&head), &items[0].link);
    ck_assert(list_is_empty(&items[0].link));
    ck_assert_ptr_eq(list_pop(&head), &items[1].link);
    ck_assert_ptr_null(list_pop(&head));
}
END_TEST

START_TEST(splices_in_order)
{
    struct list head, from;
    init_items(&head);
    list_init(&from);
    list_splice(&head, &from); // nothing to nothing
    expect(&head, "");
    list_append(&from, &items[0].link);
    list_append(&from, &items[1].link);
    list_splice(&head, &from);
    expect(&head, "ab");
    expect(&from, "");
    list_append(&from, &items[2].link);
    list_append(&from, &items[3].link);
    list_splice(&head, &from);
    expect(&head, "abcd");
    list_splice(&head, &from); // nothing more
    expect(&head, "abcd");
}
END_TEST

UNIT_MAIN("list", appends, removes_anywhere_and_twice, pops_from_the_front, splices_in_order)
