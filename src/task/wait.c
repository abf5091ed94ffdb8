// SPDX-License-Identifier: BSD-3-Clause
// How the main script and the tasks wait.

#include "task/wait.h"

#include "base/clock.h"
#include "luax/finalizer.h"
#include "luax/luax.h"
#include "sys/sock.h"
#include "task/limit.h"
#include "task/operation.h"
#include "task/scheduler.h"
#include "task/task.h"

#include <string.h>

static const char park_mark; // its address is the mark

void wait_init(struct waiter *w, unsigned id)
{
    memset(w, 0, sizeof *w);
    op_init(&w->op);
    list_init(&w->op.u.wait.among);
    w->id = id;
    w->budget = WAIT_BUDGET;
    w->fd = -1;
}

struct task *wait_task(struct waiter *w)
{
    return w->id ? container_of(w, struct task, waiter) : NULL;
}

struct waiter *wait_self(void)
{
    struct task *t = scheduler_current();
    return t ? &t->waiter : scheduler_main();
}

// Closes a descriptor that an earlier call could not return, because memory ran out.
void wait_drop_fd(struct waiter *w)
{
    if (w->fd >= 0)
        sock_discard(w->fd);
    w->fd = -1;
}

// Closes the descriptor that has come for a wait which was not finished: nobody else knows it.
static void take_fd(struct waiter *w)
{
    if (w->op.kind == OP_ACCEPT)
        w->fd = (int)w->op.result;
}

static void close_stream(struct waiter *w)
{
    if (!w->closing)
        return;
    w->closing = false;
    int error = loop_close(scheduler_loop(), w->op.stream);
    (void)error; // there is nobody to report it to
    scheduler_release();
}

// Gives up what the op of W, an OP_WAIT, was waiting for.
static void forsake_event(struct waiter *w)
{
    if (w->op.kind != OP_WAIT)
        return;
    list_remove(&w->op.u.wait.among);
    if (w->op.u.wait.forsake)
        w->op.u.wait.forsake(&w->op);
    w->op.u.wait.forsake = NULL;
}

void wait_forsake(struct waiter *w)
{
    bool came = w->serial && w->op.state == OP_IDLE && w->op.result >= 0;
    loop_cancel(scheduler_loop(), &w->op);
    forsake_event(w);
    if (came)
        take_fd(w);
    wait_drop_fd(w);
    close_stream(w);
    w->serial = 0;
}

static int end_wait(lua_State *L, struct waiter *w)
{
    w->serial = 0;
    if (w->op.kind == OP_WAIT)
        w->op.u.wait.forsake = NULL;
    operation_end();
    return w->finish(L, w);
}

static int raise_cancelled(lua_State *L, struct waiter *w)
{
    w->cancelled = false;
    return luax_fail(L, "task", ERROR_CANCELLED, NULL);
}

void wait_reset(struct waiter *w, enum op_kind kind, const char *doing)
{
    w->op.kind = kind;
    if (kind == OP_WAIT) {
        list_init(&w->op.u.wait.among);
        w->op.u.wait.forsake = NULL;
    }
    w->op.deadline = DEADLINE_NONE;
    w->op.progress = 0;
    w->op.retry = false;
    w->kept = 0;
    w->shielded = false;
    operation_begin(w, doing, NULL);
}

// Is this code called in the main script while the main script waits, or while the end of a task is
// handled?
static bool is_inside(const struct waiter *w)
{
    return !w->id && (w->op.state != OP_IDLE || scheduler_ends_task());
}

bool wait_can_turn(lua_State *L, const struct waiter *w)
{
    return !is_inside(w) && !finalizer_runs(L) && (!w->id || lua_isyieldable(L));
}

struct waiter *wait_begin_shielded(lua_State *L, enum op_kind kind)
{
    struct waiter *w = wait_self();
    bool leftovers = wait_has_leftovers(w);
    // A debug hook may run between a wait and the Lua code that finishes it.
    if (is_inside(w) || finalizer_runs(L) || (leftovers && hook_runs(L)))
        luax_fail(L, luax_name(L), ERROR_CANNOT_WAIT, NULL);
    if (leftovers)
        wait_forsake(w);
    wait_reset(w, kind, luax_name(L));
    w->shielded = true;
    return w;
}

// The debug hook of a task cannot wait, and must not get the error of a cancel.
void wait_tell(lua_State *L, struct waiter *w)
{
    if (w->cancelled && !(w->id && hook_runs(L)))
        raise_cancelled(L, w);
    if (w->limit)
        limit_check(L, w);
}

struct waiter *wait_begin(lua_State *L, enum op_kind kind)
{
    struct waiter *w = wait_begin_shielded(L, kind);
    w->shielded = false;
    wait_tell(L, w);
    return w;
}

bool wait_can_park(struct waiter *w)
{
    const struct task *t = wait_task(w);
    return t && lua_isyieldable(t->co);
}

// The op ends no later than the innermost sss.timeout() allows.
static void apply_limit(lua_State *L, struct waiter *w)
{
    bool counts = w->limit && !w->shielded;
    const struct limit *limit = counts ? limit_earliest(L, w) : NULL;
    w->limited = limit && limit->deadline < w->op.deadline;
    if (w->limited)
        w->op.deadline = limit->deadline;
}

// The main script waits: all tasks run from here.
static int wait_in_place(lua_State *L, struct waiter *w)
{
    int error = 0;
    scheduler_count_wait();
    loop_flush(scheduler_loop());
    if (!scheduler_run_protected(L, w, &error)) {
        wait_forsake(w);
        return lua_error(L);
    }
    if (error < 0) {
        loop_cancel(scheduler_loop(), &w->op);
        w->op.result = error;
    }
    w->budget = WAIT_BUDGET;
    return end_wait(L, w);
}

// The op is in flight: lets the Lua code around this function yield, or waits here.
static int park(lua_State *L, struct waiter *w)
{
    if (!w->id)
        return wait_in_place(L, w);
    if (!lua_isyieldable(L)) {
        loop_cancel(scheduler_loop(), &w->op);
        w->op.result = -ERROR_CANNOT_WAIT;
        return end_wait(L, w);
    }
    if (w->cancelled && !w->shielded) // cancelled by a finalizer since wait_begin()
        loop_complete(scheduler_loop(), &w->op, -ERROR_CANCELLED);
    scheduler_count_wait();
    w->serial = scheduler_next_serial();
    lua_pushlightuserdata(L, (void *)&park_mark);
    lua_pushnumber(L, (lua_Number)w->serial);
    if (w->kept)
        lua_pushvalue(L, w->kept);
    return w->kept ? 3 : 2;
}

bool wait_spent(struct waiter *w)
{
    if (w->budget > 0)
        w->budget--;
    if (w->budget > 0 && loop_others_due(scheduler_loop()))
        w->budget = 0;
    return w->budget == 0;
}

// Must W let others go first? Not when its op is an OP_WAIT, which waits anyway and may be known
// already to those that end it.
static bool lets_others_go_first(lua_State *L, struct waiter *w)
{
    return w->op.kind != OP_WAIT && wait_spent(w) && (!w->id || lua_isyieldable(L));
}

int wait_for(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *))
{
    w->finish = finish;
    apply_limit(L, w);
    bool fair = !lets_others_go_first(L, w);
    if (fair ? loop_start(scheduler_loop(), &w->op) : loop_defer(scheduler_loop(), &w->op))
        return end_wait(L, w);
    return park(L, w);
}

bool wait_launch(struct waiter *w, int (*finish)(lua_State *, struct waiter *))
{
    w->finish = finish;
    w->serial = scheduler_next_serial();
    w->limited = false; // the caller has seen that there is no limit
    if (loop_start(scheduler_loop(), &w->op))
        return true;
    scheduler_count_wait();
    return false;
}

bool wait_try(struct waiter *w, int (*finish)(lua_State *, struct waiter *))
{
    w->finish = finish;
    w->limited = false;
    bool done = op_perform(&w->op);
    w->serial = done ? scheduler_next_serial() : 0;
    return done;
}

int wait_turn(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *))
{
    w->finish = finish;
    w->limited = false;
    w->op.result = 0;
    loop_requeue(scheduler_loop(), &w->op);
    return park(L, w);
}

// Raises the error that another task reads (or writes) already.
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

void wait_push_error(lua_State *L, struct waiter *w, const struct addr *address)
{
    int code = (int)-w->op.result;
    bool limited = code == ERROR_EXPIRED && w->limited;
    // An error may have left the sss.timeout(), whose object was collected meanwhile.
    const struct limit *limit = limited ? limit_earliest(L, w) : NULL;
    if (limit) {
        limit_push(L, limit);
    } else if (code == EINTR) {
        scheduler_raise_interrupt();
        lua_pushliteral(L, "interrupted");
    } else if (code == EDEADLK) {
        luax_push_error(L, w->doing, code, address);
        lua_pushliteral(L, "deadlock: nothing is left that could end this wait");
        lua_setfield(L, -2, "message");
    } else if (code == EBUSY && w->op.stream) {
        push_busy(L, w, address);
    } else {
        if (code == ERROR_CANCELLED)
            w->cancelled = false;
        luax_push_error(L, w->doing, code, address);
    }
}

int wait_fail(lua_State *L, struct waiter *w, const struct addr *address)
{
    wait_push_error(L, w, address);
    return lua_error(L);
}

bool wait_is_ordinary(const struct waiter *w)
{
    int64_t result = w->op.result;
    return result == -ERROR_ENDED || result == -ERROR_CLOSED ||
           (result == -ERROR_EXPIRED && !w->limited);
}

int wait_outcome(lua_State *L, struct waiter *w, const struct addr *address)
{
    if (!wait_is_ordinary(w))
        return wait_fail(L, w, address);
    lua_pushnil(L);
    lua_pushstring(L, w->op.result == -ERROR_EXPIRED ? "timeout" : "closed");
    return 2;
}

int wait_finish(lua_State *L, double serial)
{
    struct waiter *w = wait_self();
    if ((double)w->serial != serial || w->op.state != OP_IDLE)
        return luax_fail(L, "wait", ERROR_CANNOT_WAIT, NULL);
    return end_wait(L, w);
}

void wait_abandon(void)
{
    struct waiter *w = wait_self();
    loop_cancel(scheduler_loop(), &w->op);
    w->op.result = -ERROR_CANNOT_WAIT;
}

const void *wait_park_mark(void)
{
    return &park_mark;
}
