// SPDX-License-Identifier: BSD-3-Clause
// Functions on tasks for the Lua code of the module `sss`.

#include "task/inner.h"

#include "luax/finalizer.h"
#include "luax/luax.h"
#include "luax/report.h"
#include "task/event.h"
#include "task/limit.h"
#include "task/scheduler.h"
#include "task/task.h"

// finish(arguments..., kept, serial) -> the results of the current waiter's op; the arguments are
// those of the function that waited
static int inner_finish(lua_State *L)
{
    double serial = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return wait_finish(L, serial);
}

// abandon(): gives up the wait of the current waiter, which cannot wait here after all
static int inner_abandon(lua_State *L)
{
    (void)L;
    wait_abandon();
    return 0;
}

// counts() -> {tasks=, ops=, timers=, streams=}, without the caller's timer
static int inner_counts(lua_State *L)
{
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, (lua_Integer)scheduler_counts().alive);
    lua_setfield(L, -2, "tasks");
    lua_pushinteger(L, (lua_Integer)loop_in_flight(scheduler_loop()));
    lua_setfield(L, -2, "ops");
    lua_pushinteger(L, (lua_Integer)loop_timers(scheduler_loop(), &wait_self()->op));
    lua_setfield(L, -2, "timers");
    lua_pushinteger(L, (lua_Integer)loop_streams(scheduler_loop())->count);
    lua_setfield(L, -2, "streams");
    return 1;
}

static int finish_outlast(lua_State *L, struct waiter *w)
{
    list_remove(&w->op.u.wait.among);
    if (w->op.result < 0 && w->op.result != -ERROR_CANCELLED)
        return wait_fail(L, w, NULL);
    lua_pushboolean(L, w->op.result >= 0);
    return 1;
}

// outlast(task) -> true when the task has ended in any way; false when the waiter was cancelled
// meanwhile. No sss.timeout() ends the wait.
static int inner_outlast(lua_State *L)
{
    struct task *t = luax_check(L, 1, TASK_CLASS);
    lua_pushboolean(L, true);
    if (!t->co)
        return 1;
    struct waiter *w = wait_begin_shielded(L, OP_WAIT);
    list_append(&t->joiners, &w->op.u.wait.among);
    return wait_for(L, w, finish_outlast);
}

static int finish_pause(lua_State *L, struct waiter *w)
{
    (void)L;
    (void)w;
    return 0;
}

// pause(): lets others run, where that is possible; it never raises an error
static int inner_pause(lua_State *L)
{
    return wait_turn(L, wait_begin_shielded(L, OP_WAIT), finish_pause);
}

// spent() -> has the current waiter done so much without waiting that others should have a turn?
// Raises a pending cancel or the end of a limit first, but not in a finalizer, which is not the
// turn of a task.
static int inner_spent(lua_State *L)
{
    struct waiter *w = wait_self();
    lua_pushboolean(L, false);
    if (finalizer_runs(L))
        return 1;
    wait_tell(L, w);
    lua_pushboolean(L, wait_spent(w));
    return 1;
}

// ref(value) -> number; the value is kept until unref(number)
static int inner_ref(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX));
    return 1;
}

static int inner_unref(lua_State *L)
{
    luaL_unref(L, LUA_REGISTRYINDEX, (int)luaL_checkinteger(L, 1));
    return 0;
}

// spawn(on_end, number, f, ...); ON_END is the number of a function, see task_watch()
static int inner_spawn(lua_State *L)
{
    int on_end = (int)luaL_checkinteger(L, 1);
    int number = (int)luax_integer(L, 2, 1, TASK_NUMBER_MAX);
    task_watch(task_spawn(L, lua_gettop(L) - 3), on_end, number);
    return 0;
}

// cancel_others([on_end]): cancels all tasks but the running one; with ON_END, only those that have
// it
static int inner_cancel_others(lua_State *L)
{
    task_cancel_others(L, (int)luaL_optinteger(L, 1, LUA_NOREF));
    return 0;
}

// watched_by(on_end) -> is this function called at the end of the running task?
static int inner_watched_by(lua_State *L)
{
    const struct task *t = task_current();
    lua_pushboolean(L, t && t->on_end == lua_tointeger(L, 1));
    return 1;
}

// is_task(co) -> does this suspended coroutine belong to a task?
static int inner_is_task(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    lua_pushboolean(L, co && task_sleeps_in(co));
    return 1;
}

// traceback_of(task, message) -> text, while on_end runs for the task
static int inner_traceback_of(lua_State *L)
{
    task_push_traceback(L, luax_check(L, 1, TASK_CLASS), luaL_checkstring(L, 2));
    return 1;
}

// cancelled() -> will the next wait raise a cancel?
static int inner_cancelled(lua_State *L)
{
    lua_pushboolean(L, wait_self()->cancelled);
    return 1;
}

// tell_again(): the next wait shall raise the cancel again
static int inner_tell_again(lua_State *L)
{
    (void)L;
    wait_self()->cancelled = true;
    return 0;
}

// current() -> the running task, or nil in the main script
static int inner_current(lua_State *L)
{
    task_push_current(L);
    return 1;
}

void inner_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"finish", inner_finish},
        {"abandon", inner_abandon},
        {"enter", limit_enter},
        {"leave", limit_leave},
        {"counts", inner_counts},
        {"current", inner_current},
        {"outlast", inner_outlast},
        {"cancelled", inner_cancelled},
        {"tell_again", inner_tell_again},
        {"pause", inner_pause},
        {"spent", inner_spent},
        {"keep_trace", report_keep_trace},
        {"traceback_of", inner_traceback_of},
        {"ref", inner_ref},
        {"unref", inner_unref},
        {"spawn", inner_spawn},
        {"cancel_others", inner_cancel_others},
        {"watched_by", inner_watched_by},
        {"is_task", inner_is_task},
        {NULL, NULL},
    };
    luax_register(L, functions, false);
    event_open(L);
    lua_pushlightuserdata(L, (void *)wait_park_mark());
    lua_setfield(L, -2, "park");
}
