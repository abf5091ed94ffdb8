// SPDX-License-Identifier: BSD-3-Clause
// Intrusive min-heap with stable ties.

#ifndef SSS_BASE_HEAP_H
#define SSS_BASE_HEAP_H

// A pairing heap of nodes embedded in the things it orders: smallest key first, among equal keys
// the smallest seq first. It allocates nothing and so cannot fail; insert is O(1), removal of any
// node O(log n) amortized, and nothing recurses. It refuses to know what a key means.

#include <stdbool.h>
#include <stdint.h>

struct heap_node {
    struct heap_node *child; // first child
    struct heap_node *next;  // next sibling
    struct heap_node *prev;  // previous sibling, or the parent of a first child
    uint64_t key;
    uint64_t seq;
};

struct heap {
    struct heap_node *root;
};

// An empty heap is all zeroes; a node that is in no heap has prev == NULL and is not the root:
// heap_node_init() it once, and ask with heap_contains().
void heap_node_init(struct heap_node *node);
bool heap_contains(const struct heap *heap, const struct heap_node *node);

// Inserts NODE, which must be in no heap, under KEY and SEQ.
void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key, uint64_t seq);

// Takes NODE, which must be in HEAP, out of it.
void heap_remove(struct heap *heap, struct heap_node *node);

// The node with the smallest key, or NULL. It stays in the heap.
static inline struct heap_node *heap_min(const struct heap *heap)
{
    return heap->root;
}

#endif
