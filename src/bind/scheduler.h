// SPDX-License-Identifier: BSD-3-Clause
// Runs the tasks.

#ifndef SSS_BIND_SCHEDULER_H
#define SSS_BIND_SCHEDULER_H

// Takes ops that are done from the loop and resumes the tasks that waited for them, until the main
// script can go on, or no task is left. There is one per process: a process has one main script,
// one set of signals, one end. It refuses to know what an op does.

#include "bind/wait.h"

#include <lua.h>

struct scheduler {
    struct loop *loop; // NULL until `sss` is loaded
    struct waiter main;
    struct task *current;  // NULL: the main script
    struct list tasks;     // alive
    struct list unclaimed; // failed, and not joined
    unsigned alive;
    unsigned spawned;
    bool collect;         // there are failures that no collection has looked at
    uint64_t collect_due; // when the next one may
    bool failed;          // a failure was told: the program's exit status is 1
    int threads_ref;      // table: coroutine -> task object, of the living
};

extern struct scheduler scheduler;

void scheduler_open(lua_State *L);

struct loop *scheduler_loop(void);

// Runs tasks until the op of UNTIL is done (NULL: until no task is left). 0; -EINTR: interrupted;
// -EDEADLK: nothing is under way that could ever end; -errno.
int scheduler_run(lua_State *L, const struct waiter *until) MUST_CHECK;

// Tells on stderr how T failed.
void scheduler_tell(struct task *t);

#endif
