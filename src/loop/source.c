// SPDX-License-Identifier: BSD-3-Clause
// Something besides streams and timers that ops wait for.

#include "loop/source.h"

#include "base/clock.h"

#include <stddef.h>

static struct source *source_at(const struct list *link)
{
    return container_of(link, struct source, link);
}

void sources_turn(struct list *all)
{
    for (struct list *l = all->next; l != all; l = l->next)
        source_at(l)->class->turn(source_at(l));
}

uint64_t sources_next(const struct list *all)
{
    uint64_t first = DEADLINE_NONE;
    for (const struct list *l = all->next; l != all; l = l->next) {
        uint64_t next = source_at(l)->class->next(source_at(l));
        first = next < first ? next : first;
    }
    return first;
}

bool sources_are_awaited(const struct list *all)
{
    for (const struct list *l = all->next; l != all; l = l->next) {
        if (source_at(l)->waiting > 0)
            return true;
    }
    return false;
}

struct source *sources_find(struct list *all, const struct source_class *class)
{
    for (struct list *l = all->next; l != all; l = l->next) {
        if (source_at(l)->class == class)
            return source_at(l);
    }
    return NULL;
}

void sources_rest(struct list *all)
{
    for (struct list *l = all->next; l != all; l = l->next)
        source_at(l)->class->rest(source_at(l));
}

void sources_free(struct list *all)
{
    struct list *link;
    while ((link = list_pop(all)))
        source_at(link)->class->free(source_at(link));
}
