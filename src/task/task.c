// SPDX-License-Identifier: BSD-3-Clause
// Tasks: coroutines that the scheduler runs.

#include "task/task.h"

#include "base/clock.h"
#include "luax/luax.h"
#include "luax/report.h"
#include "task/limit.h"
#include "task/lost.h"
#include "task/scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct task *task_current(void)
{
    return scheduler_current();
}

// Pushes the coroutine of T, which has not ended, on L. Nothing may be pushed on the coroutine
// itself, whose stack may be full.
static void push_coroutine(lua_State *L, const struct task *t)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->co_ref);
}

// Pushes the object of T, which has not ended.
static void push_task(lua_State *L, const struct task *t)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->object_ref);
}

static int keep(lua_State *L, int idx)
{
    lua_pushvalue(L, idx);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

// Keeps T alive: its object is at stack index OBJECT, its coroutine at CO.
static void note_living(lua_State *L, struct task *t, int object, int co)
{
    t->co_ref = keep(L, co);
    t->object_ref = keep(L, object);
    t->co = lua_tothread(L, co);
}

// No longer keeps T alive. Needs no memory.
static void note_dead(lua_State *L, struct task *t)
{
    luaL_unref(L, LUA_REGISTRYINDEX, t->object_ref);
    luaL_unref(L, LUA_REGISTRYINDEX, t->co_ref);
    t->object_ref = t->co_ref = LUA_NOREF;
    t->co = NULL;
}

// A suspended task has the mark as the first value on its stack. Only C code can put it there,
// because values that Lua code yields are removed.
static void push_mark(lua_State *co)
{
    lua_pushlightuserdata(co, (void *)wait_park_mark());
}

bool task_sleeps_in(lua_State *co)
{
    return lua_gettop(co) > 0 && lua_touserdata(co, 1) == wait_park_mark();
}

void task_push_current(lua_State *L)
{
    if (scheduler_current())
        push_task(L, scheduler_current());
    else
        lua_pushnil(L);
}

static int task_class; // for luax_set_class()

struct task *task_spawn(lua_State *L, int nargs)
{
    int first = lua_gettop(L) - nargs;
    if (!scheduler_loop())
        luax_raise(L, "spawn: the program has ended"); // a finalizer
    struct task *t = lua_newuserdata(L, sizeof *t);
    memset(t, 0, sizeof *t);
    wait_init(&t->waiter, scheduler_number());
    list_init(&t->joiners);
    t->status = TASK_DONE; // until everything else was made
    t->co_ref = t->object_ref = t->on_end = LUA_NOREF;
    scheduler_hold();
    t->holds = true;
    luax_set_class(L, task_class);
    int object = lua_gettop(L);
    lua_State *co = lua_newthread(L);
    if (!lua_checkstack(co, nargs + 2))
        luax_fail(L, luax_name(L), ENOMEM, NULL);
    push_mark(co);
    note_living(L, t, object, lua_gettop(L));
    lua_pop(L, 1);
    lua_insert(L, first);
    lua_xmove(L, co, nargs + 1);
    t->status = TASK_READY;
    scheduler_begin_task();
    t->waiter.op.kind = OP_WAIT;
    loop_post(scheduler_loop(), &t->waiter.op);
    return t;
}

void task_watch(struct task *t, int on_end, int number)
{
    t->on_end = on_end;
    t->number = (unsigned)number;
}

void task_push_traceback(lua_State *L, const struct task *t, const char *message)
{
    push_coroutine(L, t);
    report_traceback(L, lua_tothread(L, -1), message, 0);
    lua_remove(L, -2);
}

void task_cancel(struct task *t)
{
    if (!t->co)
        return;
    t->waiter.cancelled = true;
    loop_complete(scheduler_loop(), &t->waiter.op, -ERROR_CANCELLED);
}

// The registry's references are not an array, as a free one may be nil.
void task_cancel_others(lua_State *L, int on_end)
{
    lua_pushnil(L);
    while (lua_next(L, LUA_REGISTRYINDEX)) {
        struct task *t = lua_isuserdata(L, -1) ? luax_test(L, -1, TASK_CLASS) : NULL;
        if (t && t != scheduler_current() && (on_end == LUA_NOREF || t->on_end == on_end))
            task_cancel(t);
        lua_pop(L, 1);
    }
}

void task_claim(struct task *t)
{
    if (!t->reported)
        return;
    scheduler_drop_report(task_report(t));
    free(task_report(t));
    t->reported = false;
}

struct report *task_report(const struct task *t)
{
    return t->waiter.object;
}

static void set_report(struct task *t, struct report *report)
{
    t->waiter.object = report;
    t->reported = true;
}

// Keeps the N values on the top of FROM as the results of T. Steps that can run out of memory come
// first, so that this can be tried again.
static void keep_results(lua_State *L, struct task *t, lua_State *from, int n)
{
    push_task(L, t);
    lua_createtable(L, n, 1);
    lua_pushinteger(L, n);
    lua_setfield(L, -2, "n");
    for (int i = n; i > 0; i--) {
        lua_xmove(from, L, 1);
        lua_rawseti(L, -2, i);
    }
    t->kept = lua_setfenv(L, -2);
}

// The same for the error on the top of FROM; NULL for a task that was cancelled before it ran.
static void keep_error(lua_State *L, struct task *t, lua_State *from)
{
    push_task(L, t);
    lua_createtable(L, 1, 0);
    if (from)
        lua_xmove(from, L, 1);
    else
        luax_push_error(L, "task", ERROR_CANCELLED, NULL);
    lua_rawseti(L, -2, 1);
    t->kept = lua_setfenv(L, -2);
}

// Puts the error that is kept for T at index 2.
static void push_kept_error(lua_State *L, const struct task *t)
{
    lua_settop(L, 1);
    push_task(L, t);
    lua_getfenv(L, 2);
    lua_rawgeti(L, 3, 1);
    lua_replace(L, 2);
    lua_settop(L, 2);
}

static bool is_cancelled_error(lua_State *L, int idx)
{
    bool is = false;
    if (lua_istable(L, idx)) {
        lua_pushliteral(L, "code");
        lua_rawget(L, idx);
        is = lua_isstring(L, -1) && strcmp(lua_tostring(L, -1), "cancelled") == 0;
        lua_pop(L, 1);
    }
    return is;
}

// T has failed with the error that is kept.
static void note_failure(lua_State *L, struct task *t)
{
    char name[TASK_NAME_MAX];
    push_kept_error(L, t);
    bool cancelled = is_cancelled_error(L, 2);
    t->status = cancelled ? TASK_CANCELLED : TASK_FAILED;
    push_coroutine(L, t);
    if (!cancelled)
        set_report(t, report_failure(L, task_name(t, name)));
}

struct end {
    struct task *task;
    int status; // of the coroutine; -1 when it never ran
};

// Calls on_end(number, task, failed, error).
static int tell_watcher(lua_State *L, const struct end *end)
{
    struct task *t = end->task;
    bool failed = end->status != 0;
    if (failed) {
        push_kept_error(L, t);
        if (is_cancelled_error(L, 2))
            t->status = TASK_CANCELLED;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->on_end);
    lua_pushinteger(L, t->number);
    push_task(L, t);
    lua_pushboolean(L, failed);
    if (failed)
        lua_pushvalue(L, 2);
    lua_call(L, failed ? 4 : 3, 0);
    return 0;
}

// May run out of memory; then it is tried again.
static int note_end(lua_State *L)
{
    const struct end *end = lua_touserdata(L, 1);
    lua_State *co = end->task->co;
    int n = lua_gettop(co);
    if (end->status != 0 && !end->task->kept)
        keep_error(L, end->task, end->status > 0 ? co : NULL);
    if (end->task->on_end != LUA_NOREF)
        return tell_watcher(L, end);
    if (end->status != 0)
        note_failure(L, end->task);
    else if (n > 0)
        keep_results(L, end->task, co, n);
    return 0;
}

static bool end_noted(lua_State *L, struct end *end)
{
    bool noted = lua_cpcall(L, note_end, end) == 0;
    if (!noted)
        lua_pop(L, 1);
    return noted;
}

static int collect_all(lua_State *L)
{
    lua_gc(L, LUA_GCCOLLECT, 0);
    return 0;
}

// Collects garbage, which LuaJIT does not do by itself when memory runs out; a task that ends
// leaves much. A collection takes long when much is alive, so at most a tenth of the time is spent
// on it.
static void make_room(lua_State *L)
{
    static uint64_t due;
    uint64_t began = clock_now();
    if (began < due || !lua_gc(L, LUA_GCISRUNNING, 0))
        return;
    if (lua_cpcall(L, collect_all, NULL) != 0)
        lua_pop(L, 1);
    uint64_t ended = clock_now();
    due = ended + 10 * (ended - began);
}

// There is no memory for the results of T: its joiners get that error.
static void note_lost_end(struct task *t, int status)
{
    t->status = status < 0 ? TASK_CANCELLED : TASK_FAILED;
    if (!t->reported && status >= 0)
        set_report(t, NULL);
}

static void wake_joiners(struct task *t)
{
    struct list *link;
    while ((link = list_pop(&t->joiners)))
        loop_complete(scheduler_loop(), &container_of(link, struct waiter, op.u.wait.among)->op, 0);
}

// Removes T from the lists of those that know it while it lives or waits.
static void detach(lua_State *L, struct task *t)
{
    wait_forsake(&t->waiter);
    limit_orphan(L, &t->waiter);
    loop_drop(scheduler_loop(), &t->waiter.op);
}

// T may still be joined.
static void expect_claim(const struct task *t)
{
    scheduler_keep_report(task_report(t));
    lost_expect();
}

static void end_task(lua_State *L, struct task *t, int status)
{
    struct end end = {t, status};
    detach(L, t);
    t->status = status ? TASK_FAILED : TASK_DONE;
    scheduler_note_end(true);
    if (status == LUA_ERRMEM)
        make_room(L);
    if (!end_noted(L, &end)) {
        make_room(L);
        if (!end_noted(L, &end))
            note_lost_end(t, status);
    }
    scheduler_note_end(false);
    if (t->reported)
        expect_claim(t);
    note_dead(L, t);
    scheduler_end_task();
    wake_joiners(t);
}

// T has yielded, by a wait, with the mark, or by a yield of the script.
static void note_suspended(struct task *t)
{
    t->status = TASK_WAITING;
    if (task_sleeps_in(t->co)) {
        lua_settop(t->co, 1);
        return;
    }
    wait_forsake(&t->waiter);
    lua_settop(t->co, 0);
    push_mark(t->co);
}

void task_resume(lua_State *L, struct task *t)
{
    int nargs = 0;
    if (t->status == TASK_READY) {
        if (t->waiter.cancelled) {
            end_task(L, t, -1); // a task that was cancelled before it began never runs
            return;
        }
        lua_remove(t->co, 1);
        nargs = lua_gettop(t->co) - 1;
    }
    scheduler_set_current(t);
    t->status = TASK_RUNNING;
    t->waiter.budget = WAIT_BUDGET;
    int status = lua_resume(t->co, nargs);
    scheduler_set_current(NULL);
    loop_flush_due(scheduler_loop());
    if (status != LUA_YIELD) {
        end_task(L, t, status);
        return;
    }
    note_suspended(t);
    // When the script has yielded, nothing is in flight: T goes on in the next turn.
    if (t->waiter.op.state == OP_IDLE)
        loop_requeue(scheduler_loop(), &t->waiter.op);
}

const char *task_name(const struct task *t, char name[TASK_NAME_MAX])
{
    if (t->name)
        return t->name;
    snprintf(name, TASK_NAME_MAX, "task %u", t->waiter.id);
    return name;
}

const char *task_describe(const struct op *op, char name[TASK_NAME_MAX])
{
    const struct task *t = wait_task(container_of(op, struct waiter, op));
    return t ? task_name(t, name) : "the main script";
}

static int task_collect(lua_State *L)
{
    struct task *t = luax_is_class(L, 1, task_class) ? lua_touserdata(L, 1) : NULL;
    if (!t || !scheduler_loop())
        return 0;
    if (t->reported)
        scheduler_tell(t);
    while (list_pop(&t->joiners))
        ;
    detach(L, t);
    free(t->name);
    t->name = NULL;
    if (t->holds && !t->co)
        luaL_unref(L, LUA_REGISTRYINDEX, t->co_ref); // there was no memory to complete the task
    if (t->holds) // a script may call this too, even several times
        scheduler_release();
    t->holds = false;
    return 0;
}

void task_open(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__gc", task_collect}, {NULL, NULL}};
    task_class = luax_class(L, TASK_CLASS, NULL, meta);
}
