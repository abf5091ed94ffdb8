// SPDX-License-Identifier: BSD-3-Clause
// Intrusive doubly linked list.

#ifndef SSS_BASE_LIST_H
#define SSS_BASE_LIST_H

// A ring of links embedded in the things it lists; the head is a link of its own. It allocates
// nothing and so cannot fail. A link that is in no list points to itself, which makes
// list_remove() harmless at any time. It refuses to know what it lists: see container_of().

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

// Puts LINK (which must be in no list) last.
static inline void list_append(struct list *head, struct list *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

// Takes LINK out of its list, if any, and leaves it in no list.
static inline void list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

// Takes the first link out and returns it, or NULL from an empty list.
static inline struct list *list_pop(struct list *head)
{
    struct list *link = head->next;
    if (link == head)
        return NULL;
    list_remove(link);
    return link;
}

// Moves all of FROM to the end of HEAD, in order; FROM is empty afterwards.
static inline void list_splice(struct list *head, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = head->prev;
    head->prev->next = from->next;
    from->prev->next = head;
    head->prev = from->prev;
    list_init(from);
}

#endif
