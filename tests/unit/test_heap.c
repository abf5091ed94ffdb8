// SPDX-License-Identifier: BSD-3-Clause
// Tests of the heap, the last of them against a sorted array.

#include "base/heap.h"
#include "random.h"
#include "unit.h"

#include <string.h>

START_TEST(starts_empty)
{
    struct heap heap = {0};
    struct heap_node node;
    heap_node_init(&node);
    ck_assert_ptr_null(heap_min(&heap));
    ck_assert(!heap_contains(&heap, &node));
}
END_TEST

START_TEST(gives_equal_keys_in_order_of_seq)
{
    struct heap heap = {0};
    struct heap_node nodes[100];
    for (uint64_t i = 0; i < 100; i++)
        heap_insert(&heap, &nodes[i], 7, (i * 37) % 100);
    for (uint64_t seq = 0; seq < 100; seq++) {
        struct heap_node *min = heap_min(&heap);
        ck_assert_uint_eq(min->seq, seq);
        heap_remove(&heap, min);
        ck_assert(!heap_contains(&heap, min));
    }
    ck_assert_ptr_null(heap_min(&heap));
}
END_TEST

START_TEST(orders_the_largest_keys)
{
    struct heap heap = {0};
    struct heap_node last, first, middle;
    heap_insert(&heap, &last, UINT64_MAX, 0);
    heap_insert(&heap, &first, 0, UINT64_MAX);
    heap_insert(&heap, &middle, UINT64_MAX - 1, 1);
    ck_assert_ptr_eq(heap_min(&heap), &first);
    heap_remove(&heap, &first);
    ck_assert_ptr_eq(heap_min(&heap), &middle);
    heap_remove(&heap, &middle);
    ck_assert_ptr_eq(heap_min(&heap), &last);
}
END_TEST

START_TEST(does_not_recurse_on_a_long_chain)
{
    enum { MANY = 300000 };
    struct heap heap = {0};
    struct heap_node *nodes = calloc(MANY, sizeof *nodes);
    for (size_t i = 0; i < MANY; i++) // falling keys: each becomes the parent of the one before
        heap_insert(&heap, &nodes[i], MANY - i, 0);
    for (size_t i = 0; i < MANY / 2; i++) // from the bottom
        heap_remove(&heap, &nodes[i]);
    for (size_t i = MANY - 1; i >= MANY / 2; i--) {
        if (heap_min(&heap) != &nodes[i])
            ck_abort_msg("node %zu is not the smallest", i);
        heap_remove(&heap, &nodes[i]);
    }
    ck_assert_ptr_null(heap_min(&heap));
    free(nodes);
}
END_TEST

// ---- against a sorted array

enum { NODES = 64 };

struct model {
    struct heap heap;
    struct heap_node nodes[NODES];
    struct heap_node *sorted[NODES]; // those in the heap, smallest first
    size_t count;
    uint64_t seq;
};

static size_t model_find(const struct model *m, const struct heap_node *node)
{
    size_t i = 0;
    while (i < m->count && m->sorted[i] != node)
        i++;
    return i;
}

static void model_insert(struct model *m, struct heap_node *node)
{
    uint64_t key = random_below(16); // few keys: many ties
    size_t at = 0;
    heap_insert(&m->heap, node, key, m->seq++);
    while (at < m->count && m->sorted[at]->key <= key)
        at++;
    memmove(&m->sorted[at + 1], &m->sorted[at], (m->count - at) * sizeof m->sorted[0]);
    m->sorted[at] = node;
    m->count++;
}

static void model_remove(struct model *m, struct heap_node *node)
{
    size_t at = model_find(m, node);
    heap_remove(&m->heap, node);
    m->count--;
    memmove(&m->sorted[at], &m->sorted[at + 1], (m->count - at) * sizeof m->sorted[0]);
}

// One assertion for all: each costs a write to a pipe.
static void model_compare(const struct model *m)
{
    bool same = heap_min(&m->heap) == (m->count > 0 ? m->sorted[0] : NULL);
    for (size_t i = 0; i < NODES; i++) {
        bool in = model_find(m, &m->nodes[i]) < m->count;
        same = same && heap_contains(&m->heap, &m->nodes[i]) == in;
    }
    ck_assert(same);
}

START_TEST(behaves_like_a_sorted_array)
{
    static struct model m;
    random_start("heap");
    for (size_t i = 0; i < NODES; i++)
        heap_node_init(&m.nodes[i]);
    for (int step = 0; step < 20000; step++) {
        struct heap_node *node = &m.nodes[random_below(NODES)];
        if (m.count > 0 && random_below(4) == 0)
            node = heap_min(&m.heap); // the usual removal
        if (heap_contains(&m.heap, node))
            model_remove(&m, node);
        else
            model_insert(&m, node);
        model_compare(&m);
    }
    while (m.count > 0) {
        model_remove(&m, m.sorted[0]);
        model_compare(&m);
    }
}
END_TEST

UNIT_MAIN("heap", starts_empty, gives_equal_keys_in_order_of_seq, orders_the_largest_keys,
          does_not_recurse_on_a_long_chain, behaves_like_a_sorted_array)
