// SPDX-License-Identifier: BSD-3-Clause
// Runs the tasks.

#ifndef SSS_TASK_SCHEDULER_H
#define SSS_TASK_SCHEDULER_H

// Takes finished ops from the loop and resumes the tasks that waited for them, until the main
// script can go on, or no task is left. There is one per process, as a process has one main script,
// one set of signals and one end. It refuses to know what an op does.

#include "task/wait.h"

#include <lua.h>

struct report;

void scheduler_open(lua_State *L);

// NULL before `sss` is loaded and after the end.
struct loop *scheduler_loop(void);

// The Lua state of the main script, and its waiter.
lua_State *scheduler_state(void);
struct waiter *scheduler_main(void);

// The running task; NULL for the main script.
struct task *scheduler_current(void);
void scheduler_set_current(struct task *t);

// A task was made: returns its number. A task has ended.
unsigned scheduler_number(void);
void scheduler_begin_task(void);
void scheduler_end_task(void);

// Marks the time in which the end of a task is handled; errors that are raised then are lost.
void scheduler_note_end(bool noting);

// Adds the report of a failed task that may still be joined (NULL: there was no memory for one);
// removes it, because the failure need not be reported any more.
void scheduler_keep_report(struct report *report);
void scheduler_drop_report(struct report *report);
// Are there failures that nobody has joined?
bool scheduler_has_failures(void);

// Counts an operation that has ended, and a wait in which others could run.
void scheduler_count_operation(void);
void scheduler_count_wait(void);

struct scheduler_counts {
    uint64_t operations, waits;
    unsigned alive, spawned; // tasks
};
struct scheduler_counts scheduler_counts(void);

// A number for the next wait of a task; never 0.
unsigned scheduler_next_serial(void);

// Runs tasks until the op of UNTIL is done (NULL: until no task is left). 0; -EINTR: interrupted;
// -EDEADLK: nothing is in flight that could ever end; -errno.
int scheduler_run(lua_State *L, const struct waiter *until) MUST_CHECK;
// The same, with the result in *R. False: an error (no memory) was raised in between; it is on the
// top.
bool scheduler_run_protected(lua_State *L, const struct waiter *until, int *r) MUST_CHECK;

// Open sockets and tasks hold the loop until they release it, since finalizers may make new ones
// while the state is closed, which are collected after the scheduler.
void scheduler_hold(void);
void scheduler_release(void);

// After the main script: runs until no task is left. 0; 1 when a task has failed and nobody joined
// it (which was reported on stderr); -EINTR when interrupted. Does nothing if `sss` was never
// loaded.
int scheduler_finish(lua_State *L);

// Stops a waiting script: its wait raises an error. May be called in a signal handler.
void scheduler_interrupt(void);

// The script got the interrupt while it computed: its next wait goes on as usual.
void scheduler_interrupt_taken(void);

// A wait raises the error of the last interrupt; and: has a wait done so?
void scheduler_raise_interrupt(void);
bool scheduler_was_interrupted(void);

// Is the end of a task being handled? Errors that are raised then are lost.
bool scheduler_ends_task(void);

// At the end of the program, also by os.exit: sends what is held back.
void scheduler_flush(void);

// Tells on stderr how T failed.
void scheduler_tell(struct task *t);

#endif
