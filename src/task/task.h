// SPDX-License-Identifier: BSD-3-Clause
// Tasks: coroutines that the scheduler runs.

#ifndef SSS_TASK_TASK_H
#define SSS_TASK_TASK_H

// A task is a coroutine with a waiter. Until it ends, the scheduler keeps its object alive;
// afterwards the environment of the object holds its results. A failure that nobody joins is
// reported. It refuses to know what tasks wait for.

#include "task/wait.h"

#include <lua.h>

// When a task has failed and was not joined, the field `object` of its waiter is the report, or
// NULL when there was no memory for one. After its end only the object refers to the task, and the
// collector may free it without calling its finalizer (no memory for the call).
struct task {
    struct waiter waiter;
    struct list joiners;  // waiters, by `op.u.wait.among`
    lua_State *co;        // NULL when it has ended
    char *name;           // NULL for "task N"
    int co_ref;           // keeps the coroutine alive
    int object_ref;       // keeps the object alive
    int on_end;           // reference of the function that is called at its end, or LUA_NOREF
    unsigned number : 24; // the first argument of that function
    unsigned status : 3;
    bool holds : 1;    // the loop: scheduler_hold()
    bool kept : 1;     // the environment of the object is the table of results
    bool reported : 1; // it has failed, and nobody has joined it yet
};

enum { TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_DONE, TASK_FAILED, TASK_CANCELLED };

enum { TASK_NAME_MAX = 64 };
enum { TASK_NUMBER_MAX = (1 << 24) - 1 };

#define TASK_CLASS "sss.task"

void task_open(lua_State *L);

// Makes a task of the function and the NARGS arguments on the top of the stack; leaves the task.
struct task *task_spawn(lua_State *L, int nargs);

// ON_END, a reference in the registry, is called as on_end(number, task, failed, error) when T has
// ended. It cannot wait there, and the coroutine is as T has left it. Such a task has no results,
// and its failure is not reported.
void task_watch(struct task *t, int on_end, int number);

// Pushes MESSAGE and the traceback of T, which has just ended.
void task_push_traceback(lua_State *L, const struct task *t, const char *message);

// Runs T until it waits or ends.
void task_resume(lua_State *L, struct task *t);

// Raises `cancelled` in T where it waits. Does nothing to a task that has ended.
void task_cancel(struct task *t);

// The same for all living tasks but the running one; with ON_END, only for those that have it.
void task_cancel_others(lua_State *L, int on_end);

// The report of a failure that nobody has joined yet, or NULL.
struct report *task_report(const struct task *t);

// Notes that the failure of T was seen.
void task_claim(struct task *t);

// Does this suspended coroutine belong to a task that has not begun, or waits?
bool task_sleeps_in(lua_State *co);

// The running task, or NULL in the main script; and pushes its object, or nil.
struct task *task_current(void);
void task_push_current(lua_State *L);

// The name of T, and of the waiter of OP: "task 3", "the main script".
const char *task_name(const struct task *t, char name[TASK_NAME_MAX]);
const char *task_describe(const struct op *op, char name[TASK_NAME_MAX]);

#endif
