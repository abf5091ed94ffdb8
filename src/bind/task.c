// SPDX-License-Identifier: BSD-3-Clause
// Tasks: coroutines that the scheduler runs.

#include "bind/task.h"

#include "bind/luax.h"
#include "bind/report.h"
#include "bind/scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct task *task_current(void)
{
    return scheduler.current;
}

static void push_task_of(lua_State *L, lua_State *co)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, scheduler.threads_ref);
    lua_pushthread(co);
    lua_xmove(co, L, 1);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

// threads[co] = the task object at IDX, or nil for IDX 0
static void set_task_of(lua_State *L, lua_State *co, int idx)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, scheduler.threads_ref);
    lua_pushthread(co);
    lua_xmove(co, L, 1);
    if (idx)
        lua_pushvalue(L, idx);
    else
        lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void task_push_current(lua_State *L)
{
    if (scheduler.current)
        push_task_of(L, scheduler.current->co);
    else
        lua_pushnil(L);
}

struct task *task_spawn(lua_State *L, int nargs)
{
    int first = lua_gettop(L) - nargs;
    struct task *t = lua_newuserdata(L, sizeof *t);
    memset(t, 0, sizeof *t);
    wait_init(&t->waiter, t);
    list_init(&t->link);
    list_init(&t->joiners);
    t->id = ++scheduler.spawned;
    t->status = TASK_DONE; // until it is complete
    luaL_getmetatable(L, TASK_CLASS);
    lua_setmetatable(L, -2);
    int object = lua_gettop(L);
    lua_State *co = lua_newthread(L);
    if (!lua_checkstack(co, nargs + 1))
        luax_fail(L, luax_name(L), ENOMEM, NULL);
    set_task_of(L, co, object);
    lua_pop(L, 1);
    lua_insert(L, first);
    lua_xmove(L, co, nargs + 1);
    t->co = co;
    t->status = TASK_READY;
    list_append(&scheduler.tasks, &t->link);
    scheduler.alive++;
    t->waiter.op.kind = OP_WAIT;
    loop_requeue(scheduler.loop, &t->waiter.op);
    return t;
}

void task_cancel(struct task *t)
{
    if (!t->co)
        return;
    t->waiter.cancelled = true;
    loop_complete(scheduler.loop, &t->waiter.op, -ERROR_CANCELLED);
}

void task_claim(struct task *t)
{
    if (!t->report)
        return;
    list_remove(&t->link);
    free(t->report);
    t->report = NULL;
}

// Keeps what is on the top of FROM (N values) as the results of the task object on the top of L.
static void keep_results(lua_State *L, lua_State *from, int n)
{
    lua_createtable(L, n, 1);
    for (int i = n; i > 0; i--) {
        lua_xmove(from, L, 1);
        lua_rawseti(L, -2, i);
    }
    lua_pushinteger(L, n);
    lua_setfield(L, -2, "n");
    lua_setfenv(L, -2);
}

static bool is_cancelled_error(lua_State *L, int idx)
{
    bool is = false;
    if (lua_istable(L, idx)) {
        lua_getfield(L, idx, "code");
        is = lua_isstring(L, -1) && strcmp(lua_tostring(L, -1), "cancelled") == 0;
        lua_pop(L, 1);
    }
    return is;
}

// The coroutine of T has ended with an error, which is on its top.
static void note_failure(lua_State *L, struct task *t)
{
    lua_State *co = t->co;
    char name[TASK_NAME_MAX];
    t->status = is_cancelled_error(co, -1) ? TASK_CANCELLED : TASK_FAILED;
    if (t->status == TASK_FAILED)
        t->report = report_failure(L, co, task_name(t, name));
    keep_results(L, co, 1);
}

static void end_task(lua_State *L, struct task *t, int status)
{
    push_task_of(L, t->co);
    list_remove(&t->link);
    if (status != 0) {
        note_failure(L, t);
    } else {
        int n = lua_gettop(t->co);
        t->status = TASK_DONE;
        if (n > 0)
            keep_results(L, t->co, n);
    }
    if (t->report) {
        list_append(&scheduler.unclaimed, &t->link);
        scheduler.collect = true;
    }
    set_task_of(L, t->co, 0);
    lua_pop(L, 1);
    t->co = NULL;
    scheduler.alive--;
    loop_drop(scheduler.loop, &t->waiter.op);
    struct list *link;
    while ((link = list_pop(&t->joiners)))
        loop_complete(scheduler.loop, &container_of(link, struct waiter, among)->op, 0);
}

// A task that was cancelled before it began never runs.
static void end_unstarted(lua_State *L, struct task *t)
{
    luax_push_error(L, "task", ERROR_CANCELLED, NULL);
    lua_xmove(L, t->co, 1);
    end_task(L, t, LUA_ERRRUN);
}

void task_resume(lua_State *L, struct task *t)
{
    int nargs = 0;
    luaL_checkstack(L, LUA_MINSTACK, "too many values");
    if (t->status == TASK_READY) {
        if (t->waiter.cancelled) {
            end_unstarted(L, t);
            return;
        }
        nargs = lua_gettop(t->co) - 1;
    }
    scheduler.current = t;
    t->status = TASK_RUNNING;
    t->waiter.budget = WAIT_BUDGET;
    int status = lua_resume(t->co, nargs);
    scheduler.current = NULL;
    loop_flush(scheduler.loop);
    if (status != LUA_YIELD) {
        end_task(L, t, status);
        return;
    }
    t->status = TASK_WAITING;
    lua_settop(t->co, 0);
    // A task that yields of its own accord has nothing in flight: it goes on in the next turn.
    if (t->waiter.op.state == OP_IDLE)
        loop_requeue(scheduler.loop, &t->waiter.op);
}

const char *task_name(const struct task *t, char name[TASK_NAME_MAX])
{
    if (t->name)
        return t->name;
    snprintf(name, TASK_NAME_MAX, "task %u", t->id);
    return name;
}

const char *task_describe(const struct op *op, char name[TASK_NAME_MAX])
{
    const struct waiter *w = container_of(op, struct waiter, op);
    return w->task ? task_name(w->task, name) : "the main script";
}

static int task_collect(lua_State *L)
{
    struct task *t = lua_touserdata(L, 1);
    if (t->report)
        scheduler_tell(t);
    list_remove(&t->link);
    list_remove(&t->waiter.among);
    while (list_pop(&t->joiners))
        ;
    loop_cancel(scheduler.loop, &t->waiter.op);
    loop_drop(scheduler.loop, &t->waiter.op);
    wait_drop_fd(&t->waiter);
    free(t->name);
    return 0;
}

void task_open(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__gc", task_collect}, {NULL, NULL}};
    luax_class(L, TASK_CLASS, NULL, meta);
}
