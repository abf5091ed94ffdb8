// SPDX-License-Identifier: BSD-3-Clause
// Telling a service manager, for lua/sss/8_notify.lua.

#include "bind/notify.h"

#include "luax/luax.h"
#include "sys/notify.h"
#include "task/scheduler.h"
#include "task/task.h"

#define BEAT_CLASS "sss.beat"
#define BEAT "sss.beat.one" // in the registry: the object, its function in its environment

// The beat of sss.notify(), of which there is one. While it is open, its waiter is in flight.
struct beat {
    struct waiter waiter;
    double seconds;
    bool open;
};

// here() -> is there a service manager?
static int notifier_here(lua_State *L)
{
    lua_pushboolean(L, notify_is_open());
    return 1;
}

// send(state) -> was it sent?
static int notifier_send(lua_State *L)
{
    size_t size;
    const char *state = luaL_checklstring(L, 1, &size);
    lua_pushboolean(L, notify_send(state, size));
    return 1;
}

// stopping(): the program begins to end
static int notifier_stopping(lua_State *L)
{
    (void)L;
    notify_stopping();
    return 0;
}

// watchdog() -> seconds, or nil
static int notifier_watchdog(lua_State *L)
{
    if (notify_watchdog() == 0)
        return 0;
    lua_pushnumber(L, (double)notify_watchdog() / 1e6);
    return 1;
}

// Starts the op, which ends after SECONDS; 0: in the next turn of the loop.
static void rearm(struct beat *beat, double seconds)
{
    struct op *op = &beat->waiter.op;
    op->result = 0;
    op->deadline = seconds > 0 ? clock_deadline(clock_now(), seconds) : DEADLINE_NONE;
    if (seconds <= 0 || loop_start(scheduler_loop(), op))
        loop_requeue(scheduler_loop(), op);
}

static int on_beat(lua_State *L, struct waiter *w)
{
    struct beat *beat = container_of(w, struct beat, waiter);
    rearm(beat, beat->seconds);
    luaL_checkstack(L, LUA_MINSTACK, "too many values");
    lua_getfield(L, LUA_REGISTRYINDEX, BEAT);
    lua_getfenv(L, -1);
    lua_rawgeti(L, -1, 1);
    task_spawn(L, 0);
    lua_pop(L, 3);
    return 0;
}

static void close_beat(struct beat *beat)
{
    if (!beat->open)
        return;
    beat->open = false;
    loop_cancel(scheduler_loop(), &beat->waiter.op);
    loop_drop(scheduler_loop(), &beat->waiter.op);
    scheduler_release();
}

static int beat_collect(lua_State *L)
{
    struct beat *beat = luax_test(L, 1, BEAT_CLASS);
    if (beat)
        close_beat(beat);
    return 0;
}

static void push_beat(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, BEAT);
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    struct beat *beat = lua_newuserdata(L, sizeof *beat);
    beat->open = false;
    wait_init(&beat->waiter, 0);
    beat->waiter.op.kind = OP_WAIT;
    beat->waiter.finish = on_beat;
    luaL_getmetatable(L, BEAT_CLASS);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, BEAT);
}

// beat(seconds, f): f() runs in a task when the program first waits, and then each time these
// seconds have passed; beat() ends that
static int notifier_beat(lua_State *L)
{
    lua_settop(L, 2);
    push_beat(L);
    struct beat *beat = lua_touserdata(L, 3);
    close_beat(beat);
    if (lua_isnil(L, 1) || !scheduler_loop())
        return 0;
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_setfenv(L, 3);
    beat->seconds = luaL_checknumber(L, 1);
    beat->open = true;
    scheduler_hold();
    rearm(beat, 0);
    return 0;
}

void notify_open_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"here", notifier_here},         {"send", notifier_send}, {"stopping", notifier_stopping},
        {"watchdog", notifier_watchdog}, {"beat", notifier_beat}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", beat_collect}, {NULL, NULL}};
    notify_open();
    luax_class(L, BEAT_CLASS, NULL, meta);
    lua_newtable(L);
    luax_register(L, functions, false);
    lua_setfield(L, -2, "notifier");
}
