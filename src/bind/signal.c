// SPDX-License-Identifier: BSD-3-Clause
// Signals as Lua objects.

#include "bind/signal.h"

#include "bind/luax.h"
#include "bind/scheduler.h"
#include "bind/task.h"
#include "loop/signals.h"

#include <string.h>

#define SIGNAL_CLASS "sss.signal"
#define HANDLER_CLASS "sss.onsignal"
#define HANDLERS "sss.onsignals" // in the registry: number -> handler object

static int check_name(lua_State *L, int idx)
{
    size_t len;
    if (lua_type(L, idx) != LUA_TSTRING)
        luax_type_error(L, idx, "name of a signal");
    const char *name = luax_string(L, idx, &len);
    int number = signals_number(name, len);
    if (number < 0)
        luax_arg_error(L, idx, "'%s' is no signal that can be waited for", name);
    return number;
}

static void watch(lua_State *L, struct signal_watch *w, int number)
{
    int r = signals_watch(w, number);
    if (r < 0)
        luax_fail(L, luax_name(L), -r, NULL);
}

static void push_name(lua_State *L, const struct signal_watch *w)
{
    lua_pushstring(L, names_name(signals_names, w->number));
}

// --- sss.signal ---

struct signal {
    struct signal_watch watch;
    bool open;
};

// sss.signal(name) -> signal
static int signal_make(lua_State *L)
{
    int number = check_name(L, 1);
    luax_no_more(L, 1);
    struct signal *s = lua_newuserdata(L, sizeof *s);
    s->open = false;
    luaL_getmetatable(L, SIGNAL_CLASS);
    lua_setmetatable(L, -2);
    watch(L, &s->watch, number);
    s->open = true;
    return 1;
}

static int finish_wait(lua_State *L, struct waiter *w)
{
    const struct signal *s = w->object;
    if (w->op.result < 0)
        return wait_outcome(L, w, NULL);
    push_name(L, &s->watch);
    return 1;
}

// signal:wait() -> name
static int signal_wait(lua_State *L)
{
    struct signal *s = luax_check(L, 1, SIGNAL_CLASS);
    luax_no_more(L, 1);
    if (!s->open)
        return luax_raise(L, "wait: closed signal");
    struct waiter *w = wait_begin(L, OP_WAIT);
    w->object = s;
    w->op.result = 0;
    if (signals_await(&s->watch, &w->op))
        return finish_wait(L, w);
    return wait_for(L, w, finish_wait);
}

static void close_signal(struct signal *s)
{
    if (!s->open)
        return;
    struct list *link;
    s->open = false;
    while ((link = list_pop(&s->watch.waiting)))
        loop_complete(scheduler_loop(), container_of(link, struct op, link), -ERROR_CLOSED);
    signals_unwatch(&s->watch);
}

// signal:close() -> signal
static int signal_close(lua_State *L)
{
    close_signal(luax_check(L, 1, SIGNAL_CLASS));
    luax_no_more(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int signal_collect(lua_State *L)
{
    struct signal *s = luax_test(L, 1, SIGNAL_CLASS);
    if (s)
        close_signal(s);
    return 0;
}

// tostring(signal): "signal: TERM"
static int signal_tostring(lua_State *L)
{
    const struct signal *s = luax_check(L, 1, SIGNAL_CLASS);
    lua_pushfstring(L, "signal: %s%s", names_name(signals_names, s->watch.number),
                    s->open ? "" : " (closed)");
    return 1;
}

// --- sss.onsignal ---

// Its waiter is in flight as long as it is in the table HANDLERS; the function is in its
// environment.
struct handler {
    struct signal_watch watch;
    struct waiter waiter;
    bool open;
};

static int start_handler(lua_State *L, struct waiter *w);

// The next signal ends the op of H; one that has come already, in the next turn.
static void rearm(struct handler *h)
{
    struct op *op = &h->waiter.op;
    op->result = 0;
    if (signals_await(&h->watch, op) || loop_start(scheduler_loop(), op))
        loop_requeue(scheduler_loop(), op);
}

// The signal has come: its function runs in a new task.
static int start_handler(lua_State *L, struct waiter *w)
{
    struct handler *h = container_of(w, struct handler, waiter);
    rearm(h);
    luaL_checkstack(L, LUA_MINSTACK, "too many values");
    lua_getfield(L, LUA_REGISTRYINDEX, HANDLERS);
    lua_rawgeti(L, -1, h->watch.number);
    lua_getfenv(L, -1);
    lua_rawgeti(L, -1, 1);
    push_name(L, &h->watch);
    task_spawn(L, 1);
    lua_pop(L, 4);
    return 0;
}

static void close_handler(struct handler *h)
{
    if (!h->open)
        return;
    h->open = false;
    loop_cancel(scheduler_loop(), &h->waiter.op);
    loop_drop(scheduler_loop(), &h->waiter.op);
    signals_unwatch(&h->watch);
    scheduler_release();
}

static int handler_collect(lua_State *L)
{
    struct handler *h = luax_test(L, 1, HANDLER_CLASS);
    if (h)
        close_handler(h);
    return 0;
}

// Pushes the handler of the signal NUMBER, made now if there is none: HANDLERS is at index 3.
static void push_handler(lua_State *L, int number)
{
    lua_rawgeti(L, 3, number);
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    struct handler *h = lua_newuserdata(L, sizeof *h);
    h->open = false;
    wait_init(&h->waiter, 0);
    h->waiter.op.kind = OP_WAIT;
    h->waiter.finish = start_handler;
    luaL_getmetatable(L, HANDLER_CLASS);
    lua_setmetatable(L, -2);
    watch(L, &h->watch, number);
    h->open = true;
    scheduler_hold();
    lua_pushvalue(L, -1);
    lua_rawseti(L, 3, number);
    rearm(h);
}

// Ends the handler of the signal NUMBER, if any.
static void remove_handler(lua_State *L, int number)
{
    lua_rawgeti(L, 3, number);
    if (!lua_isnil(L, -1))
        close_handler(lua_touserdata(L, -1));
    lua_pushnil(L);
    lua_rawseti(L, 3, number);
}

// sss.onsignal(name, f): f(name) runs in a new task each time; nil: no longer
static int signal_on(lua_State *L)
{
    int number = check_name(L, 1);
    if (lua_isnone(L, 2) || (!lua_isnil(L, 2) && !lua_isfunction(L, 2)))
        luax_type_error(L, 2, "function or nil");
    luax_no_more(L, 2);
    if (!scheduler_loop())
        return luax_raise(L, "onsignal: the program has ended"); // a finalizer
    lua_settop(L, 2);
    lua_getfield(L, LUA_REGISTRYINDEX, HANDLERS);
    if (lua_isnil(L, 2)) {
        remove_handler(L, number);
        return 0;
    }
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    push_handler(L, number);
    lua_insert(L, -2);
    lua_setfenv(L, -2);
    return 0;
}

void signal_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"signal", signal_make}, {"onsignal", signal_on}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"wait", signal_wait}, {"close", signal_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {
        {"__gc", signal_collect}, {"__tostring", signal_tostring}, {NULL, NULL}};
    static const luaL_Reg handler_meta[] = {{"__gc", handler_collect}, {NULL, NULL}};
    luax_class(L, SIGNAL_CLASS, methods, meta);
    lua_pop(L, 1);
    luax_class(L, HANDLER_CLASS, NULL, handler_meta);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, HANDLERS);
    luax_register(L, functions, false);
}
