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

// event() -> event
static int event_make(lua_State *L)
{
    struct event *e = lua_newuserdata(L, sizeof *e);
    list_init(&e->waiters);
    luaL_getmetatable(L, EVENT_CLASS);
    lua_setmetatable(L, -2);
    return 1;
}

static int finish_event(lua_State *L, struct waiter *w)
{
    list_remove(&w->among);
    if (w->op.result < 0 && (w->op.result != -ETIMEDOUT || w->limited))
        return wait_fail(L, w, NULL);
    lua_pushboolean(L, w->op.result >= 0);
    return 1;
}

// wait(event [, seconds]) -> true, or false when nobody woke it in time
static int event_wait(lua_State *L)
{
    struct event *e = luax_check(L, 1, EVENT_CLASS);
    struct waiter *w = wait_begin(L, OP_WAIT);
    if (!lua_isnoneornil(L, 2))
        w->op.deadline = clock_deadline(clock_now(), luax_seconds(L, 2));
    list_append(&e->waiters, &w->among);
    return wait_for(L, w, finish_event);
}

static void wake_first(struct event *e)
{
    struct list *link = list_pop(&e->waiters);
    loop_complete(scheduler_loop(), &container_of(link, struct waiter, among)->op, 0);
}

// event:wake([all]): the first who waits, or everybody
static int event_wake(lua_State *L)
{
    struct event *e = luax_check(L, 1, EVENT_CLASS);
    bool all = lua_toboolean(L, 2);
    while (!list_is_empty(&e->waiters)) {
        wake_first(e);
        if (!all)
            break;
    }
    return 0;
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
