// SPDX-License-Identifier: BSD-3-Clause
// The class of task objects.

#include "task/task_class.h"

#include "luax/finalizer.h"
#include "luax/luax.h"
#include "task/task.h"

#include <stdlib.h>
#include <string.h>

// sss.spawn(f, ...) -> task
static int spawn(lua_State *L)
{
    luax_function(L, 1);
    task_spawn(L, lua_gettop(L) - 1);
    return 1;
}

// No results are kept: there were none, or no memory for them.
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

// Returns the results of T, which has ended. Others may have their turn first, where that is
// possible.
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
    // A finalizer may run in T, but is not T: an error that is raised there would end the finalizer
    // only.
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
static void open_class(lua_State *L)
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

void task_class_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"spawn", spawn}, {NULL, NULL}};
    open_class(L);
    luax_register(L, functions, false);
}
