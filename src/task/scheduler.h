// SPDX-License-Identifier: BSD-3-Clause
// Runs the tasks.

#ifndef SSS_TASK_SCHEDULER_H
#define SSS_TASK_SCHEDULER_H

// Takes ops that are done from the loop and resumes the tasks that waited for them, until the main
// script can go on, or no task is left. There is one per process: a process has one main script,
// one set of signals, one end. It refuses to know what an op does.

#include "task/wait.h"

#include <lua.h>

struct report;

void scheduler_open(lua_State *L);

// NULL until `sss` is loaded, and after the end.
struct loop *scheduler_loop(void);

// That of the main script.
lua_State *scheduler_state(void);
struct waiter *scheduler_main(void);

// The task that runs now; NULL: the main script.
struct task *scheduler_current(void);
void scheduler_set_current(struct task *t);

// A task has been made: its number. It has ended.
unsigned scheduler_number(void);
void scheduler_begin_task(void);
void scheduler_end_task(void);

// While the end of a task is noted, when what is raised is lost.
void scheduler_note_end(bool noting);

// The report of a task that has failed, which somebody may join yet; NULL: there was no memory for
// one. And it need not be told any more.
void scheduler_keep_report(struct report *report);
void scheduler_drop_report(struct report *report);
// Are there failures that nobody has joined?
bool scheduler_has_failures(void);

// A call that may wait has ended; somebody really waits.
void scheduler_count_operation(void);
void scheduler_count_wait(void);

struct scheduler_counts {
    uint64_t operations, waits;
    unsigned alive, spawned; // tasks
};
struct scheduler_counts scheduler_counts(void);

// Runs tasks until the op of UNTIL is done (NULL: until no task is left). 0; -EINTR: interrupted;
// -EDEADLK: nothing is under way that could ever end; -errno.
int scheduler_run(lua_State *L, const struct waiter *until) MUST_CHECK;
// The same, with the result in *R. False: an error (no memory) came in between; it is on the top.
bool scheduler_run_protected(lua_State *L, const struct waiter *until, int *r) MUST_CHECK;

// An open socket and a task keep the loop until they release it: finalizers may make some when the
// state is closed, which are collected after the scheduler.
void scheduler_hold(void);
void scheduler_release(void);

// After the main script: runs until no task is left. 0; 1 when a task failed and nobody joined it
// (that has been told on stderr); -EINTR when interrupted. Does nothing if `sss` was never loaded.
int scheduler_finish(lua_State *L);

// A waiting script is stopped: its wait raises an error. From a signal handler.
void scheduler_interrupt(void);

// The interrupt reached the script while it computed: its next wait goes on as usual.
void scheduler_interrupt_taken(void);

// A wait raises the error of the last interrupt. And has one done so?
void scheduler_raise_interrupt(void);
bool scheduler_was_interrupted(void);

// Is the end of a task being noted? What is raised then is lost.
bool scheduler_ends_task(void);

// At the end of the program, os.exit included: sends what is held back.
void scheduler_flush(void);

// Tells on stderr how T failed.
void scheduler_tell(struct task *t);

#endif
