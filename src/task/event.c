// SPDX-License-Identifier: BSD-3-Clause
// Events: waiters wait for one until somebody wakes them.

#include "task/event.h"

#include "base/clock.h"
#include "luax/luax.h"
#include "task/scheduler.h"
#include "task/task.h"

#include <errno.h>
#include <stdlib.h>

#define EVENT_CLASS "sss.event"

// The waiters of an event. The queue has memory of its own, because the collector may free the
// object without calling its finalizer (no memory for the call), while a waiter whose wait was
// broken off by an error is still in the list.
struct queue {
    struct list link; // in the list of all queues
    struct list waiters;
};

static struct list queues = {&queues, &queues};
static int event_class;

// Its environment is a table: number of a waiter -> the value that it gives, or is given.
struct event {
    struct queue *queue; // NULL when nobody has waited yet
    unsigned notes;
};

// Only our own Lua code uses events, but the argument is checked all the same.
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

// Pushes the value that is noted for W, or nil, and removes the note.
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

// Notes the value at IDX for W, which has no note; nothing for nil.
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

// The list of the waiters of E.
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

// event:wait([seconds [, given]]) -> the value that came with the wake-up, or true; false when
// nobody woke the waiter in time
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

// waiter(name) -> a function that does event:wait() and has the NAME for messages
static int event_waiter(lua_State *L)
{
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_pushboolean(L, true);
    lua_pushcclosure(L, event_wait, 2); // as luax_register() does
    return 1;
}

// The first waiter that still waits, or NULL. Others in the list have a result already: they were
// cancelled, or their time is over.
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

// Wakes W and gives it the value at index 3. Pushes the value that W gave.
static void wake_one(lua_State *L, struct event *e, struct waiter *w)
{
    take_note(L, e, w);
    put_note(L, e, w, 3);
    loop_complete(scheduler_loop(), &w->op, 0);
}

// event:wake([all [, what]]): wakes the first waiter and gives it WHAT -> true and the value that
// it gave, if there was one. With ALL, wakes all of them, without a result.
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
    e->queue = NULL; // another finalizer may still find the object
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
