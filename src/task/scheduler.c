// SPDX-License-Identifier: BSD-3-Clause
// Runs the tasks.

#include "task/scheduler.h"

#include "base/notice.h"
#include "luax/luax.h"
#include "luax/report.h"
#include "task/limit.h"
#include "task/lost.h"
#include "task/task.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const double finish_at_end_s = 10; // for held output at the end of the program

#define SCHEDULER_CLASS "sss.scheduler"

static struct scheduler {
    struct loop *loop; // NULL until `sss` is loaded
    lua_State *state;  // that of the main script
    struct waiter main;
    struct task *current;  // NULL for the main script
    struct list unclaimed; // reports of tasks that failed and were not joined
    unsigned unreported;   // such tasks without a report, for which there was no memory
    unsigned alive;
    unsigned spawned;
    unsigned serial; // of the last wait
    bool failed;     // a failure was reported: the exit status of the program is 1
    bool ending;     // the end of a task is being handled
    volatile sig_atomic_t interrupted; // a wait has raised the error of the last interrupt
    uint64_t parked;                   // the number of waits in which others could run
    uint64_t operations;               // operations that have ended
    unsigned holders;                  // objects that still need the loop when the state is closed
    bool over;                         // the state is being closed
} scheduler;

struct loop *scheduler_loop(void)
{
    return scheduler.loop;
}

lua_State *scheduler_state(void)
{
    return scheduler.state;
}

struct waiter *scheduler_main(void)
{
    return &scheduler.main;
}

struct task *scheduler_current(void)
{
    return scheduler.current;
}

void scheduler_set_current(struct task *t)
{
    scheduler.current = t;
}

unsigned scheduler_number(void)
{
    if (++scheduler.spawned == 0) // after 2^32 tasks; 0 is the main script
        scheduler.spawned = 1;
    return scheduler.spawned;
}

unsigned scheduler_next_serial(void)
{
    if (++scheduler.serial == 0) // after 2^32 of them
        scheduler.serial = 1;
    return scheduler.serial;
}

void scheduler_begin_task(void)
{
    scheduler.alive++;
}

void scheduler_end_task(void)
{
    scheduler.alive--;
}

void scheduler_note_end(bool noting)
{
    scheduler.ending = noting;
}

void scheduler_keep_report(struct report *report)
{
    if (report)
        list_append(&scheduler.unclaimed, &report->link);
    else
        scheduler.unreported++;
}

void scheduler_drop_report(struct report *report)
{
    if (report)
        list_remove(&report->link);
    else if (scheduler.unreported > 0)
        scheduler.unreported--;
}

bool scheduler_has_failures(void)
{
    return !list_is_empty(&scheduler.unclaimed) || scheduler.unreported > 0;
}

void scheduler_count_operation(void)
{
    scheduler.operations++;
}

void scheduler_count_wait(void)
{
    scheduler.parked++;
}

struct scheduler_counts scheduler_counts(void)
{
    return (struct scheduler_counts){scheduler.operations, scheduler.parked, scheduler.alive,
                                     scheduler.spawned};
}

static void tell(const char *text)
{
    fflush(stdout);
    notice_write(text, strlen(text));
    scheduler.failed = true;
}

static void tell_report(struct report *report)
{
    if (!report->told)
        tell(report->text);
    report->told = true;
}

void scheduler_tell(struct task *t)
{
    struct report *report = task_report(t);
    if (report)
        tell_report(report);
    else if (scheduler.unreported > 0) // tell_all() has not reported it
        tell(report_lost);
    task_claim(t);
}

// Runs tasks until the op of UNTIL is done (NULL: until no task is left): 0 or -errno.
int scheduler_run(lua_State *L, const struct waiter *until)
{
    for (;;) {
        struct op *op;
        while ((op = loop_next(scheduler.loop))) {
            struct waiter *w = container_of(op, struct waiter, op);
            if (w == until) {
                loop_flush(scheduler.loop);
                return 0;
            }
            if (w->id)
                task_resume(L, wait_task(w));
            else
                w->finish(L, w);
        }
        if (!until && scheduler.alive == 0)
            return 0;
        lost_look(L);
        int error = loop_turn(scheduler.loop);
        if (error < 0)
            return error;
    }
}

struct run {
    const struct waiter *until;
    int result;
};

static int run_inside(lua_State *L)
{
    struct run *run = lua_touserdata(L, 1);
    run->result = scheduler_run(L, run->until);
    return 0;
}

bool scheduler_run_protected(lua_State *L, const struct waiter *until, int *r)
{
    struct run run = {until, 0};
    bool ran = lua_cpcall(L, run_inside, &run) == 0;
    *r = run.result;
    return ran;
}

// Reports the failures that were not joined. A task still has its report, unless it was freed
// without its finalizer.
static void tell_all(void)
{
    for (struct list *at = scheduler.unclaimed.next; at != &scheduler.unclaimed; at = at->next)
        tell_report(container_of(at, struct report, link));
    for (; scheduler.unreported > 0; scheduler.unreported--)
        tell(report_lost);
}

static void tell_deadlock(void)
{
    char text[128];
    bool one = scheduler.alive == 1;
    snprintf(text, sizeof text,
             "deadlock: %u task%s wait%s for something that can no longer happen", scheduler.alive,
             one ? "" : "s", one ? "s" : "");
    tell(text);
}

int scheduler_finish(lua_State *L)
{
    if (!scheduler.loop)
        return 0;
    int error = scheduler_run(L, NULL);
    if (error == -EDEADLK)
        tell_deadlock();
    else if (error < 0)
        return error;
    tell_all();
    scheduler_flush();
    return scheduler.failed ? 1 : 0;
}

void scheduler_interrupt(void)
{
    scheduler.interrupted = 0;
    if (scheduler.loop)
        loop_wake(scheduler.loop);
}

void scheduler_interrupt_taken(void)
{
    if (scheduler.loop)
        loop_forget_wake(scheduler.loop);
}

void scheduler_raise_interrupt(void)
{
    scheduler.interrupted = 1;
}

bool scheduler_was_interrupted(void)
{
    return scheduler.interrupted;
}

bool scheduler_ends_task(void)
{
    return scheduler.ending;
}

void scheduler_flush(void)
{
    if (scheduler.loop)
        loop_finish(scheduler.loop, finish_at_end_s);
}

static void end_when_free(void)
{
    if (!scheduler.over || scheduler.holders > 0)
        return;
    loop_free(scheduler.loop);
    scheduler.loop = NULL;
}

void scheduler_hold(void)
{
    scheduler.holders++;
}

void scheduler_release(void)
{
    scheduler.holders--;
    end_when_free();
}

// The scheduler was made first, so its object is collected last, when the state is closed. One that
// could not be completed holds nothing.
static int scheduler_collect(lua_State *L)
{
    const bool *keeps = luax_check(L, 1, SCHEDULER_CLASS);
    if (!*keeps)
        return 0;
    wait_forsake(&scheduler.main);
    limit_orphan(L, &scheduler.main);
    scheduler.over = true;
    end_when_free();
    return 0;
}

// Pushes an object that frees the loop when it is collected, if it has got one.
static bool *push_keeper(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__gc", scheduler_collect}, {NULL, NULL}};
    luax_class(L, SCHEDULER_CLASS, NULL, meta);
    bool *keeps = lua_newuserdata(L, sizeof *keeps);
    *keeps = false;
    luaL_getmetatable(L, SCHEDULER_CLASS);
    lua_setmetatable(L, -2);
    return keeps;
}

// Steps that can run out of memory come first: after the loop is made, nothing fails.
static void make_scheduler(lua_State *L)
{
    bool *keeps = push_keeper(L);
    memset(&scheduler, 0, sizeof scheduler);
    list_init(&scheduler.unclaimed);
    scheduler.state = L;
    wait_init(&scheduler.main, 0);
    lost_open();
    lua_setfield(L, LUA_REGISTRYINDEX, SCHEDULER_CLASS ".keeper");
    int error = loop_new(&scheduler.loop);
    if (error < 0)
        luax_fail(L, "sss", -error, NULL);
    *keeps = true;
}

void scheduler_open(lua_State *L)
{
    if (!scheduler.loop) // an earlier require may have failed after this point
        make_scheduler(L);
    limit_open(L);
    task_open(L);
}
