// SPDX-License-Identifier: BSD-3-Clause
// Tasks and time, as Lua functions.

#include "task/sched.h"

#include "base/clock.h"
#include "luax/finalizer.h"
#include "luax/luax.h"
#include "luax/report.h"
#include "task/event.h"
#include "task/limit.h"
#include "task/scheduler.h"
#include "task/task.h"

#include <stdlib.h>
#include <string.h>

// sss.spawn(f, ...) -> task
static int sched_spawn(lua_State *L)
{
    luax_function(L, 1);
    task_spawn(L, lua_gettop(L) - 1);
    return 1;
}

static int finish_sleep(lua_State *L, struct waiter *w)
{
    if (w->op.result == 0 || (w->op.result == -ERROR_EXPIRED && !w->limited))
        return 0;
    return wait_fail(L, w, NULL);
}

// sss.sleep(seconds)
static int sched_sleep(lua_State *L)
{
    double seconds = luax_seconds(L, 1);
    struct waiter *w = wait_begin(L, OP_WAIT);
    if (seconds <= 0)
        return wait_turn(L, w, finish_sleep);
    w->op.deadline = clock_deadline(clock_now(), seconds);
    return wait_for(L, w, finish_sleep);
}

// sss.yield()
static int sched_yield(lua_State *L)
{
    return wait_turn(L, wait_begin(L, OP_WAIT), finish_sleep);
}

// sss.now() -> seconds on the monotonic clock
static int sched_now(lua_State *L)
{
    lua_pushnumber(L, (double)clock_now() / 1e9);
    return 1;
}

// sss.time() -> seconds since the Epoch
static int sched_time(lua_State *L)
{
    lua_pushnumber(L, clock_wall());
    return 1;
}

// Nothing was kept: there was nothing, or no memory for it.
static int lost_results(lua_State *L, const struct task *t)
{
    if (t->status == TASK_DONE)
        return 0;
    if (t->status == TASK_CANCELLED)
        return luax_fail(L, "task", ERROR_CANCELLED, NULL);
    return luax_fail(L, "join", ENOMEM, NULL);
}

static int push_results(lua_State *L, struct task *t)
{
    task_claim(t);
    if (!t->kept)
        return lost_results(L, t);
    lua_getfenv(L, 1);
    int results = lua_gettop(L);
    if (t->status != TASK_DONE) {
        lua_rawgeti(L, results, 1);
        return lua_error(L);
    }
    lua_getfield(L, results, "n");
    int n = (int)lua_tointeger(L, -1);
    luaL_checkstack(L, n, "too many results");
    for (int i = 1; i <= n; i++)
        lua_rawgeti(L, results, i);
    return n;
}

static int finish_join(lua_State *L, struct waiter *w)
{
    struct task *t = w->object;
    list_remove(&w->op.u.wait.among);
    if (w->op.result < 0)
        return wait_fail(L, w, NULL);
    return push_results(L, t);
}

static int finish_join_of_ended(lua_State *L, struct waiter *w)
{
    return push_results(L, w->object);
}

// The results of T, which has ended. The others may have their turn first, where that is possible.
static int join_ended(lua_State *L, struct task *t)
{
    struct waiter *w = wait_self();
    if (!wait_can_turn(L, w) || !wait_spent(w))
        return push_results(L, t);
    w = wait_begin_shielded(L, OP_WAIT);
    w->object = t;
    return wait_turn(L, w, finish_join_of_ended);
}

// task:join() -> the results of its function
static int task_join(lua_State *L)
{
    struct task *t = luax_check(L, 1, TASK_CLASS);
    if (t == task_current())
        return luax_raise(L, "a task cannot join itself");
    if (!t->co)
        return join_ended(L, t);
    struct waiter *w = wait_begin(L, OP_WAIT);
    w->object = t;
    list_append(&t->joiners, &w->op.u.wait.among);
    return wait_for(L, w, finish_join);
}

// task:cancel() -> task
static int task_cancel_method(lua_State *L)
{
    struct task *t = luax_check(L, 1, TASK_CLASS);
    // A finalizer that happens to run in T is not T: its error would end nobody but itself.
    if (t == task_current() && !finalizer_runs(L))
        return luax_fail(L, "task", ERROR_CANCELLED, NULL);
    task_cancel(t);
    lua_settop(L, 1);
    return 1;
}

static const char *status_of(const struct task *t)
{
    static const char *const words[] = {
        [TASK_READY] = "ready", [TASK_RUNNING] = "running", [TASK_WAITING] = "waiting",
        [TASK_DONE] = "done",   [TASK_FAILED] = "failed",   [TASK_CANCELLED] = "cancelled",
    };
    return words[t->status];
}

// task.status, task.name, task.join, ...
static int task_index(lua_State *L)
{
    struct task *t = luax_check(L, 1, TASK_CLASS);
    const char *key = lua_tostring(L, 2);
    char name[TASK_NAME_MAX];
    if (key && strcmp(key, "status") == 0) {
        lua_pushstring(L, status_of(t));
    } else if (key && strcmp(key, "name") == 0) {
        lua_pushstring(L, task_name(t, name));
    } else {
        lua_pushvalue(L, 2);
        lua_rawget(L, lua_upvalueindex(3));
    }
    return 1;
}

// task.name = text
static int task_newindex(lua_State *L)
{
    struct task *t = luax_check(L, 1, TASK_CLASS);
    const char *key = luax_string(L, 2, NULL);
    if (strcmp(key, "name") != 0)
        return luax_raise(L, "a task has no field '%s' that can be set", key);
    if (lua_type(L, 3) != LUA_TSTRING)
        return luax_raise(L, "a task's name is a string, not a %s", luaL_typename(L, 3));
    const char *name = lua_tostring(L, 3);
    if (strlen(name) != lua_objlen(L, 3))
        return luax_raise(L, "a task's name has no NUL inside");
    char *copy = strdup(name);
    if (!copy)
        return luax_fail(L, "name", ENOMEM, NULL);
    free(t->name);
    t->name = copy;
    return 0;
}

// tostring(task)
static int task_tostring(lua_State *L)
{
    struct task *t = luax_check(L, 1, TASK_CLASS);
    char name[TASK_NAME_MAX];
    lua_pushfstring(L, "task: %s (%s)", task_name(t, name), status_of(t));
    return 1;
}

// Completes the class that task/task has begun: the methods are an upvalue of __index.
static void open_task_class(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"join", task_join}, {"cancel", task_cancel_method}, {NULL, NULL}};
    static const luaL_Reg meta[] = {
        {"__newindex", task_newindex}, {"__tostring", task_tostring}, {NULL, NULL}};
    luaL_getmetatable(L, TASK_CLASS);
    luax_register(L, meta, true);
    lua_pushliteral(L, "__index");
    lua_pushboolean(L, true);
    lua_newtable(L);
    luax_register(L, methods, true);
    lua_pushvalue(L, -1);
    lua_setfield(L, -5, "methods");
    lua_pushcclosure(L, task_index, 3);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

void sched_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"spawn", sched_spawn}, {"sleep", sched_sleep}, {"yield", sched_yield},
        {"now", sched_now},     {"time", sched_time},   {NULL, NULL},
    };
    open_task_class(L);
    luax_register(L, functions, false);
}

// finish(arguments..., kept, serial) -> what the op of the current waiter brought; the arguments
// are those of the function that waited
static int private_finish(lua_State *L)
{
    double serial = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return wait_finish(L, serial);
}

// abandon(): the current waiter cannot wait here after all
static int private_abandon(lua_State *L)
{
    (void)L;
    wait_abandon();
    return 0;
}

// counts() -> {tasks=, ops=, timers=, streams=}, the timer of whoever asks left out
static int private_counts(lua_State *L)
{
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, (lua_Integer)scheduler.alive);
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

// outlast(task) -> true when the task has ended, whatever became of it; false: the one who waits
// was cancelled meanwhile. No sss.timeout() ends the wait.
static int private_outlast(lua_State *L)
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

// pause(): lets the others run, where that is possible; tells nothing, fails never
static int private_pause(lua_State *L)
{
    return wait_turn(L, wait_begin_shielded(L, OP_WAIT), finish_pause);
}

// spent() -> has the one who runs done so much without waiting that the others should have a turn?
// Tells first what there is to tell; but a finalizer is nobody's turn, and not the one to be told.
static int private_spent(lua_State *L)
{
    struct waiter *w = wait_self();
    lua_pushboolean(L, false);
    if (finalizer_runs(L))
        return 1;
    wait_tell(L, w);
    lua_pushboolean(L, wait_spent(w));
    return 1;
}

// ref(value) -> number, which keeps the value until unref(number)
static int private_ref(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX));
    return 1;
}

static int private_unref(lua_State *L)
{
    luaL_unref(L, LUA_REGISTRYINDEX, (int)luaL_checkinteger(L, 1));
    return 0;
}

// spawn(on_end, number, f, ...); ON_END: number of a function, see task_watch()
static int private_spawn(lua_State *L)
{
    int on_end = (int)luaL_checkinteger(L, 1);
    int number = (int)luax_integer(L, 2, 1, TASK_NUMBER_MAX);
    task_watch(task_spawn(L, lua_gettop(L) - 3), on_end, number);
    return 0;
}

// cancel_others([on_end]): cancels all tasks but the one that runs; ON_END: those that have it
static int private_cancel_others(lua_State *L)
{
    task_cancel_others(L, (int)luaL_optinteger(L, 1, LUA_NOREF));
    return 0;
}

// watched_by(on_end) -> does this function get told of the end of the task that runs?
static int private_watched_by(lua_State *L)
{
    const struct task *t = task_current();
    lua_pushboolean(L, t && t->on_end == lua_tointeger(L, 1));
    return 1;
}

// is_task(co) -> is this coroutine, which is suspended, that of a task?
static int private_is_task(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    lua_pushboolean(L, co && task_sleeps_in(co));
    return 1;
}

// traceback_of(task, message) -> text, while on_end is told of the task
static int private_traceback_of(lua_State *L)
{
    task_push_traceback(L, luax_check(L, 1, TASK_CLASS), luaL_checkstring(L, 2));
    return 1;
}

// cancelled() -> is there a cancel to be told at the next wait?
static int private_cancelled(lua_State *L)
{
    lua_pushboolean(L, wait_self()->cancelled);
    return 1;
}

// tell_again(): a cancel that was told shall be told at the next wait, too
static int private_tell_again(lua_State *L)
{
    (void)L;
    wait_self()->cancelled = true;
    return 0;
}

// current() -> the task that runs, or nil in the main script
static int private_current(lua_State *L)
{
    task_push_current(L);
    return 1;
}

void sched_open_private(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"finish", private_finish},
        {"abandon", private_abandon},
        {"enter", limit_enter},
        {"leave", limit_leave},
        {"counts", private_counts},
        {"current", private_current},
        {"outlast", private_outlast},
        {"cancelled", private_cancelled},
        {"tell_again", private_tell_again},
        {"pause", private_pause},
        {"spent", private_spent},
        {"keep_trace", report_keep_trace},
        {"traceback_of", private_traceback_of},
        {"ref", private_ref},
        {"unref", private_unref},
        {"spawn", private_spawn},
        {"cancel_others", private_cancel_others},
        {"watched_by", private_watched_by},
        {"is_task", private_is_task},
        {NULL, NULL},
    };
    luax_register(L, functions, false);
    event_open(L);
    lua_pushlightuserdata(L, (void *)wait_park_mark());
    lua_setfield(L, -2, "park");
}
