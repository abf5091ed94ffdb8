// SPDX-License-Identifier: BSD-3-Clause
// Look-ups of names that ops of a loop wait for.

#include "dns/lookups.h"

#include <stdlib.h>

struct lookups {
    struct source source;
    struct loop *loop;
    struct resolver *resolver;
};

static struct lookups *lookups_of(struct source *s)
{
    return container_of(s, struct lookups, source);
}

static uint64_t next(const struct source *s)
{
    return resolver_next(container_of(s, const struct lookups, source)->resolver);
}

static void turn(struct source *s)
{
    struct lookups *l = lookups_of(s);
    struct resolve *req;
    resolver_turn(l->resolver);
    while (s->waiting > 0 && (req = resolver_collect(l->resolver))) {
        struct op *op = req->owner;
        req->owner = NULL;
        s->waiting--;
        loop_complete(l->loop, op, req->result);
    }
}

static void rest(struct source *s)
{
    resolver_rest(lookups_of(s)->resolver);
}

static void end(struct source *s)
{
    struct lookups *l = lookups_of(s);
    resolver_free(l->resolver);
    free(l);
}

static const struct source_class lookups_class = {next, turn, rest, end};

static int lookups_new(struct loop *loop, struct source **made)
{
    struct lookups *l = calloc(1, sizeof *l);
    int error = l ? resolver_new(&l->resolver, loop_poller(loop), loop_streams(loop)) : -ENOMEM;
    if (error < 0) {
        free(l);
        return error;
    }
    l->loop = loop;
    l->source.class = &lookups_class;
    loop_attach(loop, &l->source);
    *made = &l->source;
    return 0;
}

static int find_or_make(struct loop *loop, struct lookups **out)
{
    struct source *s = loop_source(loop, &lookups_class);
    int error = s ? 0 : lookups_new(loop, &s);
    if (error == 0)
        *out = lookups_of(s);
    return error;
}

int lookups_resolver(struct loop *loop, struct resolver **out)
{
    struct lookups *l;
    int error = find_or_make(loop, &l);
    if (error == 0)
        *out = l->resolver;
    return error;
}

// Is the answer there at once? Otherwise OP is going to wait for it.
static int take(struct lookups *l, struct op *op, struct resolve *req)
{
    if (resolver_take(req)) {
        op->result = req->result;
        return 1;
    }
    l->source.waiting++;
    return 0;
}

int lookups_start(struct loop *loop, struct op *op, const struct question *q, struct resolve **made)
{
    struct lookups *l;
    int error = find_or_make(loop, &l);
    if (error == 0)
        error = resolver_start(l->resolver, q, op, made);
    return error < 0 ? error : take(l, op, *made);
}

int lookups_rest(struct loop *loop, struct op *op, struct resolve *req)
{
    resolver_await(req, op);
    return take(lookups_of(loop_source(loop, &lookups_class)), op, req);
}

void lookups_abandon(struct loop *loop, struct resolve *req)
{
    if (req->owner)
        loop_source(loop, &lookups_class)->waiting--;
    resolve_free(req);
}
