// SPDX-License-Identifier: BSD-3-Clause
// Runs the tasks.

#ifndef SSS_TASK_SCHEDULER_H
#define SSS_TASK_SCHEDULER_H

// Takes ops that are done from the loop and resumes the tasks that waited for them, until the main
// script can go on, or no task is left. There is one per process: a process has one main script,
// one set of signals, one end. It refuses to know what an op does.

#include "task/wait.h"

#include <lua.h>

struct scheduler {
    struct loop *loop; // NULL until `sss` is loaded
    lua_State *state;  // the main script's
    struct waiter main;
    struct task *current;  // NULL: the main script
    struct list unclaimed; // reports of tasks that failed and were not joined
    unsigned unreported;   // such tasks, without a report for lack of memory
    unsigned alive;
    unsigned spawned;
    bool failed;         // a failure was told: the program's exit status is 1
    bool ending;         // a task's end is being noted
    uint64_t parked;     // how often somebody really waited
    uint64_t operations; // calls that may wait and have ended
    unsigned holders;    // what still needs the loop when the state is closed
    bool over;           // the state is being closed
};

extern struct scheduler scheduler;

void scheduler_open(lua_State *L);

struct loop *scheduler_loop(void);

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

// Is the end of a task being noted? What is raised then is lost.
bool scheduler_ends_task(void);

// At the end of the program, os.exit included: sends what is held back.
void scheduler_flush(void);

// Tells on stderr how T failed.
void scheduler_tell(struct task *t);

#endif
