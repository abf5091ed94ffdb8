// SPDX-License-Identifier: BSD-3-Clause
// Something that waiters wait for until somebody wakes them.

#include "task/event.h"

#include "base/clock.h"
#include "luax/luax.h"
#include "task/scheduler.h"
#include "task/task.h"

#include <errno.h>
#include <stdlib.h>

#define EVENT_CLASS "sss.event"

// Those who wait for an event. It has memory of its own: one whose wait came to no end, by an error
// in between, stays in the list, and the collector may free the object without its finalizer (no
// memory for the call). Then this is left over.
struct queue {
    struct list link; // among all
    struct list waiters;
};

static struct list queues = {&queues, &queues};
static int event_class;

// Its environment is the table of notes: number of the waiter -> what it gives, or is given.
struct event {
    struct queue *queue; // NULL: nobody has waited yet
    unsigned notes;
};

// Events are our Lua code's own; but nobody is believed who calls a C function.
static struct event *check_event(lua_State *L)
{
    return luax_is_class(L, 1, event_class) ? lua_touserdata(L, 1) : luax_check(L, 1, EVENT_CLASS);
}

// event() -> event
static int event_make(lua_State *L)
{
    struct event *e = lua_newuserdata(L, sizeof *e);
    e->queue = NULL;
    e->notes = 0;
    lua_newtable(L);
    lua_setfenv(L, -2);
    luax_set_class(L, event_class);
    return 1;
}

// Takes away what is written down for W and pushes it; nil: nothing was.
static void take_note(lua_State *L, struct event *e, struct waiter *w)
{
    if (e->notes == 0) {
        lua_pushnil(L);
        return;
    }
    lua_getfenv(L, 1);
    lua_rawgeti(L, -1, (int)w->id);
    if (!lua_isnil(L, -1)) {
        lua_pushnil(L);
        lua_rawseti(L, -3, (int)w->id);
        e->notes--;
    }
    lua_remove(L, -2);
}

// Writes down the value at IDX for W, for whom nothing is; nil: nothing.
static void put_note(lua_State *L, struct event *e, struct waiter *w, int idx)
{
    if (lua_isnoneornil(L, idx))
        return;
    lua_getfenv(L, 1);
    lua_pushvalue(L, idx);
    lua_rawseti(L, -2, (int)w->id);
    lua_pop(L, 1);
    e->notes++;
}

// The list of those who wait for E.
static struct list *waiters_of(lua_State *L, struct event *e)
{
    if (!e->queue) {
        e->queue = malloc(sizeof *e->queue);
        if (!e->queue)
            luax_fail(L, luax_name(L), ENOMEM, NULL);
        list_append(&queues, &e->queue->link);
        list_init(&e->queue->waiters);
    }
    return &e->queue->waiters;
}

static int finish_event(lua_State *L, struct waiter *w)
{
    list_remove(&w->op.u.wait.among);
    take_note(L, lua_touserdata(L, 1), w);
    if (w->op.result < 0 && (w->op.result != -ERROR_EXPIRED || w->limited))
        return wait_fail(L, w, NULL);
    if (w->op.result < 0 || lua_isnil(L, -1))
        lua_pushboolean(L, w->op.result >= 0);
    return 1;
}

// event:wait([seconds [, given]]) -> what the one who woke it gave, else true; false when nobody
// woke it in time
static int event_wait(lua_State *L)
{
    struct event *e = check_event(L);
    struct waiter *w = wait_begin(L, OP_WAIT);
    if (!lua_isnoneornil(L, 2))
        w->op.deadline = clock_deadline(clock_now(), luax_seconds(L, 2));
    struct list *waiters = waiters_of(L, e);
    put_note(L, e, w, 3);
    list_append(waiters, &w->op.u.wait.among);
    return wait_for(L, w, finish_event);
}

// waiter(name) -> event:wait() for the function NAME, which the messages of a wait then name
static int event_waiter(lua_State *L)
{
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_pushboolean(L, true);
    lua_pushcclosure(L, event_wait, 2); // as luax_register() does it
    return 1;
}

// The first who still waits, or NULL. Others in the list have their result already: a cancel, or
// their time is over.
static struct waiter *first_waiter(struct event *e)
{
    struct list *link;
    while (e->queue && (link = list_pop(&e->queue->waiters))) {
        struct waiter *w = container_of(link, struct waiter, op.u.wait.among);
        if (w->op.state == OP_PENDING)
            return w;
    }
    return NULL;
}

// Wakes W, who is given what is at index 3. Pushes what he gave.
static void wake_one(lua_State *L, struct event *e, struct waiter *w)
{
    take_note(L, e, w);
    put_note(L, e, w, 3);
    loop_complete(scheduler_loop(), &w->op, 0);
}

// event:wake([all [, what]]) -> true and what he gave, when somebody waited; the first is woken, or
// everybody (then there is no result), and is given WHAT.
static int event_wake(lua_State *L)
{
    struct event *e = check_event(L);
    bool all = lua_toboolean(L, 2);
    struct waiter *w;
    lua_settop(L, 3);
    while ((w = first_waiter(e))) {
        lua_pushboolean(L, true);
        wake_one(L, e, w);
        if (!all)
            return 2;
        lua_settop(L, 3);
    }
    return 0;
}

// Nobody waits any more, or the state is being closed.
static int event_collect(lua_State *L)
{
    struct event *e = check_event(L);
    if (!e->queue)
        return 0;
    while (list_pop(&e->queue->waiters))
        ;
    list_remove(&e->queue->link);
    free(e->queue);
    e->queue = NULL; // another finalizer may find it again
    return 0;
}

void event_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"event", event_make}, {"waiter", event_waiter}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"wait", event_wait}, {"wake", event_wake}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", event_collect}, {NULL, NULL}};
    event_class = luax_class(L, EVENT_CLASS, methods, meta);
    lua_pop(L, 1);
    luax_register(L, functions, false);
}
