// SPDX-License-Identifier: BSD-3-Clause
// Something that waiters wait for until somebody wakes them.

#include "bind/event.h"

#include "base/clock.h"
#include "bind/luax.h"
#include "bind/scheduler.h"

#define EVENT_CLASS "sss.event"

struct event {
    struct list waiters;
};

// event() -> event; its environment is the table of notes: waiter -> what it gives, or is given
static int event_make(lua_State *L)
{
    struct event *e = lua_newuserdata(L, sizeof *e);
    list_init(&e->waiters);
    lua_newtable(L);
    lua_setfenv(L, -2);
    luaL_getmetatable(L, EVENT_CLASS);
    lua_setmetatable(L, -2);
    return 1;
}

// Writes down the value at IDX for W; 0: nothing.
static void put_note(lua_State *L, struct waiter *w, int idx)
{
    lua_getfenv(L, 1);
    lua_pushlightuserdata(L, w);
    if (idx)
        lua_pushvalue(L, idx);
    else
        lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

// Pushes what is written down for W, or nil.
static void push_note(lua_State *L, struct waiter *w)
{
    lua_getfenv(L, 1);
    lua_pushlightuserdata(L, w);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

static int finish_event(lua_State *L, struct waiter *w)
{
    list_remove(&w->among);
    push_note(L, w);
    if (!lua_isnil(L, -1))
        put_note(L, w, 0);
    if (w->op.result < 0 && (w->op.result != -ETIMEDOUT || w->limited))
        return wait_fail(L, w, NULL);
    if (w->op.result < 0 || lua_isnil(L, -1))
        lua_pushboolean(L, w->op.result >= 0);
    return 1;
}

// wait(event [, seconds [, given]]) -> what the one who woke it gave, else true; false when nobody
// woke it in time
static int event_wait(lua_State *L)
{
    struct event *e = luax_check(L, 1, EVENT_CLASS);
    struct waiter *w = wait_begin(L, OP_WAIT);
    if (!lua_isnoneornil(L, 2))
        w->op.deadline = clock_deadline(clock_now(), luax_seconds(L, 2));
    if (!lua_isnoneornil(L, 3))
        put_note(L, w, 3);
    list_append(&e->waiters, &w->among);
    return wait_for(L, w, finish_event);
}

// The first who still waits, or NULL. Others in the list have their result already: a cancel, or
// their time is over.
static struct waiter *first_waiter(struct event *e)
{
    struct list *link;
    while ((link = list_pop(&e->waiters))) {
        struct waiter *w = container_of(link, struct waiter, among);
        if (w->op.state == OP_PENDING)
            return w;
    }
    return NULL;
}

static int wake_all(lua_State *L, struct event *e)
{
    struct waiter *w;
    while ((w = first_waiter(e))) {
        put_note(L, w, 3);
        loop_complete(scheduler_loop(), &w->op, 0);
    }
    return 0;
}

// event:wake([all [, what]]) -> true and what it gave, when somebody waited: the first, or
// everybody (then nothing). He is given WHAT.
static int event_wake(lua_State *L)
{
    struct event *e = luax_check(L, 1, EVENT_CLASS);
    lua_settop(L, 3);
    if (lua_toboolean(L, 2))
        return wake_all(L, e);
    struct waiter *w = first_waiter(e);
    lua_pushboolean(L, w != NULL);
    if (!w)
        return 1;
    push_note(L, w);
    if (!lua_isnil(L, 3) || !lua_isnil(L, -1))
        put_note(L, w, 3);
    loop_complete(scheduler_loop(), &w->op, 0);
    return 2;
}

// Nobody waits any more, or the state is being closed.
static int event_collect(lua_State *L)
{
    struct event *e = lua_touserdata(L, 1);
    while (list_pop(&e->waiters))
        ;
    return 0;
}

void event_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"event", event_make}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"wait", event_wait}, {"wake", event_wake}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", event_collect}, {NULL, NULL}};
    luax_class(L, EVENT_CLASS, methods, meta);
    lua_pop(L, 1);
    luax_register(L, functions, false);
}
