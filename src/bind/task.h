// SPDX-License-Identifier: BSD-3-Clause
// Who waits: the main script and the tasks.

#ifndef SSS_BIND_TASK_H
#define SSS_BIND_TASK_H

// A waiter is one who can wait for one op at a time: the main script, or a task, which is a
// coroutine. A function that has to wait takes the current waiter, fills in its op, and returns
// task_wait(). In the main script that turns the loop in place. In a task it returns a mark to
// the Lua code around every such function (lua/sss), which yields; when the op is done the task
// is resumed and calls `finish`, which pushes the results or raises, and reads only the waiter.
// The arguments stay on the stack meanwhile and keep alive what the op points to. It refuses to
// know descriptors and pollers.

#include "loop/loop.h"

#include <lua.h>
#include <stdbool.h>

struct limit;
struct task;

struct waiter {
    struct op op;
    int (*finish)(lua_State *L, struct waiter *w);
    const char *doing;     // the function that waits, for messages
    void *object;          // what it works on; for `finish`
    int fd;                // a descriptor that `finish` has yet to hand over, or -1
    struct list among;     // link among those who wait for the same thing
    struct limit *limit;   // the innermost sss.timeout(), or NULL
    struct limit *limited; // the one whose deadline the op has, or NULL
    struct task *task;     // NULL: the main script
    unsigned char budget;  // ops until others get their turn
    bool cancelled;        // to be told at the next wait
};

struct task {
    struct waiter waiter;
    struct list link;    // among the living, or among the failures that nobody has joined
    struct list joiners; // waiters, by `among`
    lua_State *co;       // NULL when it has ended
    char *name;          // NULL: "task N"
    char *report;        // a failure that nobody has joined yet
    unsigned id;
    enum { TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_DONE, TASK_FAILED, TASK_CANCELLED } status;
};

enum { TASK_NAME_MAX = 64 };

#define TASK_CLASS "sss.task"

// Makes the scheduler of this Lua state; once.
void task_open(lua_State *L);

struct loop *task_loop(void);

// The waiter of whoever runs now, its op idle and reset to KIND. Raises what the waiter has to be
// told first: that it was cancelled, that an sss.timeout() is over.
struct waiter *task_waiter(lua_State *L, enum op_kind kind);

// Starts the waiter's op, and waits if it must: the results of FINISH.
int task_wait(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *));

// Lets everything else that is ready run first; then the results of FINISH.
int task_step_back(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *));

// For FINISH, when the op's result is negative. Pushes nil, "timeout" or nil, "closed" for the
// ordinary outcomes; raises anything else, with ADDRESS (may be NULL) in the message.
int task_outcome(lua_State *L, struct waiter *w, const struct addr *address);
// Pushes the error for any outcome; and raises it.
void task_push_error(lua_State *L, struct waiter *w, const struct addr *address);
int task_fail(lua_State *L, struct waiter *w, const struct addr *address);

// Makes a task of the function and the NARGS arguments on the top of the stack; leaves the task.
struct task *task_spawn(lua_State *L, int nargs);

// Raises `cancelled` in T where it waits. Does nothing to a task that has ended.
void task_cancel(struct task *t);

// The task that runs now; NULL: the main script.
struct task *task_current(void);
// Its object, or nil.
void task_push_current(lua_State *L);

// Takes note that somebody has seen how T ended.
void task_claim(struct task *t);

// The name of the one who waits for OP: "main script", "task 3".
const char *task_describe(const struct op *op, char name[TASK_NAME_MAX]);
const char *task_name(const struct task *t, char name[TASK_NAME_MAX]);

// For the Lua code around functions that wait. task_finish() pushes what the op of the current
// waiter brought; task_abandon() takes the op back where the coroutine in between cannot yield.
int task_finish(lua_State *L);
void task_abandon(void);
const void *task_park_mark(void);

struct waiter *task_self(void);
unsigned task_count(void); // the living

#endif
