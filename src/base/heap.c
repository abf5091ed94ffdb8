// SPDX-License-Identifier: BSD-3-Clause
// Pairing heap: merge on insert, two-pass merge of the children on removal.

#include "base/heap.h"

#include <stddef.h>

void heap_node_init(struct heap_node *node)
{
    node->child = node->next = node->prev = NULL;
}

bool heap_contains(const struct heap *heap, const struct heap_node *node)
{
    return node->prev || heap->root == node;
}

static bool heap_before(const struct heap_node *a, const struct heap_node *b)
{
    return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

// Joins two trees whose roots have no siblings; the smaller root stays on top.
static struct heap_node *heap_merge(struct heap_node *a, struct heap_node *b)
{
    if (heap_before(b, a)) {
        struct heap_node *swap = a;
        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    a->child = b;
    return a;
}

// Takes the first tree off a chain of siblings.
static struct heap_node *heap_pop(struct heap_node **chain)
{
    struct heap_node *node = *chain;
    *chain = node->next;
    node->next = node->prev = NULL;
    return node;
}

// Makes one tree of a chain of siblings: pairs from left to right, then all pairs from right to
// left. The order is what makes removal O(log n) amortized.
static struct heap_node *heap_merge_chain(struct heap_node *chain)
{
    struct heap_node *pairs = NULL;
    while (chain) {
        struct heap_node *pair = heap_pop(&chain);
        if (chain)
            pair = heap_merge(pair, heap_pop(&chain));
        pair->next = pairs;
        pairs = pair;
    }
    if (!pairs)
        return NULL;
    struct heap_node *root = heap_pop(&pairs);
    while (pairs)
        root = heap_merge(root, heap_pop(&pairs));
    return root;
}

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key, uint64_t seq)
{
    heap_node_init(node);
    node->key = key;
    node->seq = seq;
    heap->root = heap->root ? heap_merge(heap->root, node) : node;
}

// Cuts a node that is not the root, with all below it, out of its tree.
static void heap_cut(struct heap_node *node)
{
    if (node->prev->child == node)
        node->prev->child = node->next; // a first child: prev is the parent
    else
        node->prev->next = node->next;
    if (node->next)
        node->next->prev = node->prev;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    struct heap_node *below = heap_merge_chain(node->child);
    if (node == heap->root) {
        heap->root = below;
    } else {
        heap_cut(node);
        if (below)
            heap->root = heap_merge(heap->root, below);
    }
    heap_node_init(node);
}
