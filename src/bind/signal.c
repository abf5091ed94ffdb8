// SPDX-License-Identifier: BSD-3-Clause
// Signals as Lua objects.

#include "bind/signal.h"

#include "loop/signals.h"
#include "luax/luax.h"
#include "task/scheduler.h"
#include "task/task.h"

#include <errno.h>
#include <stdlib.h>

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

static void push_name(lua_State *L, int number)
{
    lua_pushstring(L, names_name(signals_names, number));
}

// ---- sss.signal

// The watch has memory of its own, because the collector may free the object without calling its
// finalizer (when there is no memory for the call). Then the signal stays watched, as if the object
// were kept.
struct signal {
    struct signal_watch *watch; // NULL: closed
    int number;
};

// Begins to watch the signal of S, or raises an error.
static void open_signal(lua_State *L, struct signal *s)
{
    struct signal_watch *w = malloc(sizeof *w);
    int error = w ? signals_watch(w, s->number) : -ENOMEM;
    if (error < 0) {
        free(w);
        luax_fail(L, luax_name(L), -error, NULL);
    }
    s->watch = w;
}

// sss.signal(name) -> signal
static int signal_make(lua_State *L)
{
    int number = check_name(L, 1);
    luax_no_more(L, 1);
    struct signal *s = lua_newuserdata(L, sizeof *s);
    s->watch = NULL;
    s->number = number;
    luaL_getmetatable(L, SIGNAL_CLASS);
    lua_setmetatable(L, -2);
    open_signal(L, s);
    return 1;
}

static int finish_wait(lua_State *L, struct waiter *w)
{
    const struct signal *s = w->object;
    if (w->op.result < 0)
        return wait_outcome(L, w, NULL);
    push_name(L, s->number);
    return 1;
}

// signal:wait() -> name
static int signal_wait(lua_State *L)
{
    struct signal *s = luax_check(L, 1, SIGNAL_CLASS);
    luax_no_more(L, 1);
    if (!s->watch)
        return luax_raise(L, "wait: closed signal");
    struct waiter *w = wait_begin(L, OP_WAIT);
    w->object = s;
    w->op.result = 0;
    if (signals_await(s->watch, &w->op))
        return finish_wait(L, w);
    return wait_for(L, w, finish_wait);
}

static void close_signal(struct signal *s)
{
    struct signal_watch *w = s->watch;
    if (!w)
        return;
    struct list *link;
    s->watch = NULL;
    while ((link = list_pop(&w->waiting)))
        loop_complete(scheduler_loop(), container_of(link, struct op, link), -ERROR_CLOSED);
    signals_unwatch(w);
    free(w);
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
    lua_pushfstring(L, "signal: %s%s", names_name(signals_names, s->number),
                    s->watch ? "" : " (closed)");
    return 1;
}

// ---- sss.onsignal

// A handler of sss.onsignal. While it is open, it is in the table HANDLERS and its waiter is in
// flight. The function is in its environment.
struct handler {
    struct signal_watch watch;
    struct waiter waiter;
    bool open;
};

static int start_handler(lua_State *L, struct waiter *w);

// Starts the op of H, which the next signal ends; for a signal that has come already, it ends in
// the next turn.
static void rearm(struct handler *h)
{
    struct op *op = &h->waiter.op;
    op->result = 0;
    if (signals_await(&h->watch, op) || loop_start(scheduler_loop(), op))
        loop_requeue(scheduler_loop(), op);
}

// The signal has come: starts a task that runs the function.
static int start_handler(lua_State *L, struct waiter *w)
{
    struct handler *h = container_of(w, struct handler, waiter);
    rearm(h);
    luaL_checkstack(L, LUA_MINSTACK, "too many values");
    lua_getfield(L, LUA_REGISTRYINDEX, HANDLERS);
    lua_rawgeti(L, -1, h->watch.number);
    lua_getfenv(L, -1);
    lua_rawgeti(L, -1, 1);
    push_name(L, h->watch.number);
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

// Pushes a new handler of the signal NUMBER, closed: HANDLERS is at index 3.
static void make_handler(lua_State *L, int number)
{
    struct handler *h = lua_newuserdata(L, sizeof *h);
    h->open = false;
    wait_init(&h->waiter, 0);
    h->waiter.op.kind = OP_WAIT;
    h->waiter.finish = start_handler;
    luaL_getmetatable(L, HANDLER_CLASS);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 3, number);
}

// Pushes the handler of the signal NUMBER, open.
static void push_handler(lua_State *L, int number)
{
    lua_rawgeti(L, 3, number);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        make_handler(L, number);
    }
    struct handler *h = lua_touserdata(L, -1);
    if (h->open)
        return;
    luax_check_result(L, signals_watch(&h->watch, number), NULL);
    h->open = true;
    scheduler_hold();
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
        return luax_raise(L, "onsignal: the program has ended"); // called by a finalizer
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
