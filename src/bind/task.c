// SPDX-License-Identifier: BSD-3-Clause
// Who waits: the main script and the tasks.

#include "bind/task.h"

#include "base/clock.h"
#include "bind/limit.h"
#include "bind/luax.h"
#include "bind/report.h"
#include "bind/sss.h"
#include "net/sock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUDGET = 100 };                   // ops of one waiter in a row
static const double collect_every_s = 1; // between looks for failures that nobody can join any more
static const double finish_at_end_s = 10; // for held output at the end of the program

#define SCHED_CLASS "sss.scheduler"

struct sched {
    struct loop *loop;
    struct waiter main;
    struct task *current;
    struct list tasks;     // alive
    struct list unclaimed; // failed, and not joined
    unsigned alive;
    unsigned spawned;
    bool collect;         // there are failures that no collection has looked at
    uint64_t collect_due; // when the next one may
    bool failed;          // a failure was reported: the program's exit status is 1
    int threads_ref;      // table: coroutine -> task object, of the living
};

// One per process: a process has one main script, one set of signals, one end.
static struct sched *sched;

static const char park_mark; // its address is the mark

struct loop *task_loop(void)
{
    return sched->loop;
}

struct task *task_current(void)
{
    return sched->current;
}

static void waiter_init(struct waiter *w, struct task *t)
{
    memset(w, 0, sizeof *w);
    op_init(&w->op);
    list_init(&w->among);
    w->task = t;
    w->budget = BUDGET;
    w->fd = -1;
}

struct waiter *task_self(void)
{
    return sched->current ? &sched->current->waiter : &sched->main;
}

// --- waiting ---

// What an earlier call could not hand over any more (out of memory) is not leaked.
static void drop_fd(struct waiter *w)
{
    if (w->fd >= 0)
        sock_close(w->fd);
    w->fd = -1;
}

static int raise_cancelled(lua_State *L, struct waiter *w)
{
    w->cancelled = false;
    return luax_fail(L, "task", ERROR_CANCELLED, NULL);
}

struct waiter *task_waiter(lua_State *L, enum op_kind kind)
{
    struct waiter *w = task_self();
    if (w->op.state != OP_IDLE)
        luax_fail(L, luax_name(L), ERROR_CANNOT_WAIT, NULL);
    if (w->cancelled)
        raise_cancelled(L, w);
    if (w->limit)
        limit_check(L, w->limit);
    drop_fd(w);
    w->op.kind = kind;
    w->op.stream = NULL;
    w->op.deadline = DEADLINE_NONE;
    w->op.progress = 0;
    w->op.retry = false;
    w->doing = luax_name(L);
    return w;
}

// The op ends no later than the innermost sss.timeout() allows.
static void apply_limit(struct waiter *w)
{
    w->limited = limit_earliest(w->limit);
    if (w->limited && w->limited->deadline < w->op.deadline)
        w->op.deadline = w->limited->deadline;
    else
        w->limited = NULL;
}

static int run(lua_State *L, const struct waiter *until);

// The main script waits: everything else runs from here.
static int wait_in_place(lua_State *L, struct waiter *w)
{
    loop_flush(sched->loop);
    int r = run(L, w);
    if (r < 0) {
        loop_cancel(sched->loop, &w->op);
        w->op.result = r;
    }
    w->budget = BUDGET;
    return w->finish(L, w);
}

// The op is in flight: yields to the Lua code around this function, or waits in place.
static int park(lua_State *L, struct waiter *w)
{
    if (!w->task)
        return wait_in_place(L, w);
    if (!lua_isyieldable(L)) {
        loop_cancel(sched->loop, &w->op);
        w->op.result = -ERROR_CANNOT_WAIT;
        return w->finish(L, w);
    }
    lua_pushlightuserdata(L, (void *)&park_mark);
    lua_insert(L, 1);
    return lua_gettop(L);
}

int task_wait(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *))
{
    w->finish = finish;
    apply_limit(w);
    if (w->budget > 0)
        w->budget--;
    bool fair = w->budget > 0 || (w->task && !lua_isyieldable(L));
    if (fair ? loop_start(sched->loop, &w->op) : loop_defer(sched->loop, &w->op))
        return finish(L, w);
    return park(L, w);
}

int task_step_back(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *))
{
    w->finish = finish;
    w->limited = NULL;
    w->op.result = 0;
    loop_requeue(sched->loop, &w->op);
    return park(L, w);
}

// Somebody else reads (or writes) already.
static void push_busy(lua_State *L, struct waiter *w, const struct addr *address)
{
    char name[TASK_NAME_MAX];
    bool reading = op_is_read(&w->op);
    struct op *other = reading ? w->op.stream->reader : w->op.stream->writer;
    luax_push_error(L, w->doing, EBUSY, address);
    lua_pushfstring(L, "%s is already %s this socket", task_describe(other, name),
                    reading ? "reading from" : "writing to");
    lua_setfield(L, -2, "message");
}

void task_push_error(lua_State *L, struct waiter *w, const struct addr *address)
{
    int code = (int)-w->op.result;
    if (code == ETIMEDOUT && w->limited) {
        limit_push(L, w->limited);
    } else if (code == EINTR) {
        lua_sethook(L, NULL, 0, 0); // this wait is what Ctrl-C interrupts
        lua_pushliteral(L, "interrupted");
    } else if (code == EBUSY && w->op.stream) {
        push_busy(L, w, address);
    } else {
        if (code == ERROR_CANCELLED)
            w->cancelled = false;
        luax_push_error(L, w->doing, code, address);
    }
}

int task_fail(lua_State *L, struct waiter *w, const struct addr *address)
{
    task_push_error(L, w, address);
    return lua_error(L);
}

int task_outcome(lua_State *L, struct waiter *w, const struct addr *address)
{
    bool timeout = w->op.result == -ETIMEDOUT && !w->limited;
    if (!timeout && w->op.result != -ERROR_ENDED && w->op.result != -ERROR_CLOSED)
        return task_fail(L, w, address);
    lua_pushnil(L);
    lua_pushstring(L, timeout ? "timeout" : "closed");
    return 2;
}

// --- tasks ---

static void push_task_of(lua_State *L, lua_State *co)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, sched->threads_ref);
    lua_pushthread(co);
    lua_xmove(co, L, 1);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

// threads[co] = the task object at IDX, or nil for IDX 0
static void set_task_of(lua_State *L, lua_State *co, int idx)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, sched->threads_ref);
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
    if (sched->current)
        push_task_of(L, sched->current->co);
    else
        lua_pushnil(L);
}

struct task *task_spawn(lua_State *L, int nargs)
{
    int first = lua_gettop(L) - nargs;
    struct task *t = lua_newuserdata(L, sizeof *t);
    memset(t, 0, sizeof *t);
    waiter_init(&t->waiter, t);
    list_init(&t->link);
    list_init(&t->joiners);
    t->id = ++sched->spawned;
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
    list_append(&sched->tasks, &t->link);
    sched->alive++;
    t->waiter.op.kind = OP_WAIT;
    loop_requeue(sched->loop, &t->waiter.op);
    return t;
}

void task_cancel(struct task *t)
{
    if (!t->co)
        return;
    t->waiter.cancelled = true;
    loop_complete(sched->loop, &t->waiter.op, -ERROR_CANCELLED);
}

void task_claim(struct task *t)
{
    if (!t->report)
        return;
    list_remove(&t->link);
    free(t->report);
    t->report = NULL;
}

static void tell(struct task *t)
{
    fflush(stdout);
    fprintf(stderr, "sssrun: %s\n", t->report);
    sched->failed = true;
    task_claim(t);
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
        list_append(&sched->unclaimed, &t->link);
        sched->collect = true;
    }
    set_task_of(L, t->co, 0);
    lua_pop(L, 1);
    t->co = NULL;
    sched->alive--;
    loop_drop(sched->loop, &t->waiter.op);
    struct list *link;
    while ((link = list_pop(&t->joiners)))
        loop_complete(sched->loop, &container_of(link, struct waiter, among)->op, 0);
}

// A task that was cancelled before it began never runs.
static void end_unstarted(lua_State *L, struct task *t)
{
    luax_push_error(L, "task", ERROR_CANCELLED, NULL);
    lua_xmove(L, t->co, 1);
    end_task(L, t, LUA_ERRRUN);
}

static void resume(lua_State *L, struct task *t)
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
    sched->current = t;
    t->status = TASK_RUNNING;
    t->waiter.budget = BUDGET;
    int status = lua_resume(t->co, nargs);
    sched->current = NULL;
    loop_flush(sched->loop);
    if (status != LUA_YIELD) {
        end_task(L, t, status);
        return;
    }
    t->status = TASK_WAITING;
    lua_settop(t->co, 0);
    // A task that yields of its own accord has nothing in flight: it goes on in the next turn.
    if (t->waiter.op.state == OP_IDLE)
        loop_requeue(sched->loop, &t->waiter.op);
}

// A failure is told as soon as nobody can join the task any more; only a collection knows that.
static void look_for_lost_failures(lua_State *L)
{
    if (!sched->collect || clock_now() < sched->collect_due)
        return;
    sched->collect = false;
    lua_gc(L, LUA_GCCOLLECT, 0);
    sched->collect_due = clock_deadline(clock_now(), collect_every_s);
}

// Runs tasks until the op of UNTIL is done (NULL: until no task is left). 0 or -errno.
static int run(lua_State *L, const struct waiter *until)
{
    for (;;) {
        struct op *op;
        while ((op = loop_next(sched->loop))) {
            struct waiter *w = container_of(op, struct waiter, op);
            if (w == until)
                return 0;
            resume(L, w->task);
        }
        if (!until && sched->alive == 0)
            return 0;
        look_for_lost_failures(L);
        int r = loop_turn(sched->loop);
        if (r < 0)
            return r;
    }
}

// --- the end ---

static void tell_all(void)
{
    while (!list_is_empty(&sched->unclaimed))
        tell(container_of(sched->unclaimed.next, struct task, link));
}

static void tell_deadlock(void)
{
    fflush(stdout);
    fprintf(stderr, "sssrun: deadlock: %u task%s wait%s for something that can no longer happen\n",
            sched->alive, sched->alive == 1 ? "" : "s", sched->alive == 1 ? "s" : "");
    sched->failed = true;
}

int sss_run(lua_State *L)
{
    if (!sched)
        return 0;
    int r = run(L, NULL);
    if (r == -EDEADLK)
        tell_deadlock();
    else if (r < 0)
        return r;
    tell_all();
    sss_flush();
    return sched->failed ? 1 : 0;
}

void sss_interrupt(void)
{
    if (sched)
        loop_wake(sched->loop);
}

void sss_interrupt_taken(void)
{
    if (sched)
        loop_forget_wake(sched->loop);
}

void sss_flush(void)
{
    if (sched)
        loop_finish(sched->loop, finish_at_end_s);
}

// --- names ---

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

// --- for the Lua side ---

int task_finish(lua_State *L)
{
    struct waiter *w = task_self();
    return w->finish(L, w);
}

void task_abandon(void)
{
    struct waiter *w = task_self();
    loop_cancel(sched->loop, &w->op);
    w->op.result = -ERROR_CANNOT_WAIT;
}

const void *task_park_mark(void)
{
    return &park_mark;
}

unsigned task_count(void)
{
    return sched->alive;
}

static int task_collect(lua_State *L)
{
    struct task *t = lua_touserdata(L, 1);
    if (t->report)
        tell(t);
    list_remove(&t->link);
    list_remove(&t->waiter.among);
    while (list_pop(&t->joiners))
        ;
    loop_cancel(sched->loop, &t->waiter.op);
    loop_drop(sched->loop, &t->waiter.op);
    drop_fd(&t->waiter);
    free(t->name);
    return 0;
}

// The scheduler was made first, so it is collected last, when the state is closed.
static int sched_collect(lua_State *L)
{
    (void)L;
    loop_free(sched->loop);
    sched = NULL;
    return 0;
}

static void register_classes(lua_State *L)
{
    static const luaL_Reg sched_meta[] = {{"__gc", sched_collect}, {NULL, NULL}};
    static const luaL_Reg task_meta[] = {{"__gc", task_collect}, {NULL, NULL}};
    luax_class(L, SCHED_CLASS, NULL, sched_meta);
    luax_class(L, TASK_CLASS, NULL, task_meta);
    limit_open(L);
}

void task_open(lua_State *L)
{
    register_classes(L);
    struct sched *s = lua_newuserdata(L, sizeof *s);
    memset(s, 0, sizeof *s);
    list_init(&s->tasks);
    list_init(&s->unclaimed);
    waiter_init(&s->main, NULL);
    int r = loop_new(&s->loop);
    if (r < 0)
        luax_fail(L, "sss", -r, NULL);
    sched = s;
    luaL_getmetatable(L, SCHED_CLASS);
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, SCHED_CLASS ".object");
    lua_newtable(L);
    s->threads_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
