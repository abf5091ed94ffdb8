// SPDX-License-Identifier: BSD-3-Clause
// How the main script and the tasks wait.

#ifndef SSS_TASK_WAIT_H
#define SSS_TASK_WAIT_H

// A waiter can wait for one op at a time: it is the main script or a task, which is a coroutine. A
// function that has to wait takes the current waiter, fills in its op, and returns wait_for(). In
// the main script, that runs the loop until the op is done. In a task, it returns a mark to the Lua
// code around each such function (lua/sss), which yields. When the op is done, the task is resumed
// and calls `finish` with the same arguments, which stay alive in this way; it pushes the results
// or raises an error. That Lua code passes nil for missing arguments. This room refuses to know
// descriptors and pollers.

#include "loop/loop.h"

#include <lua.h>
#include <stdbool.h>

struct limit;
struct task;

enum {
    WAIT_BUDGET = 100
}; // ops of one waiter in a row before others get their turn; see wait_spent()

struct waiter {
    struct op op;
    int (*finish)(lua_State *L, struct waiter *w);
    const char *doing;   // the function that waits, for messages
    void *object;        // what it works on; for `finish`
    struct limit *limit; // the innermost sss.timeout(), or NULL
    unsigned serial;     // of the wait that `finish` still has to end, or 0
    int fd;              // a descriptor that `finish` still has to return, or -1
    unsigned id;         // number of its task, or 0
    unsigned char budget;
    unsigned char kept; // stack index of another value to keep alive; `finish` gets it on the top
    bool cancelled : 1; // the next wait raises the error of a cancel
    bool shielded : 1;  // no sss.timeout() ends this wait
    bool limited : 1;   // the op has the deadline of the sss.timeout() that ends first
    bool closing : 1;   // the op's stream was closed while a function still works on it
};

// Prepares the waiter of the task with the number ID; 0: of the main script.
void wait_init(struct waiter *w, unsigned id);

// Its task, or NULL.
struct task *wait_task(struct waiter *w);

// Closes the descriptor that an earlier call could not return, because memory ran out.
void wait_drop_fd(struct waiter *w);

// Gives up a wait that will not be finished, because an error came in between (in a hook, or no
// memory) or the task of W has ended. Its op is idle afterwards.
void wait_forsake(struct waiter *w);

// Was an earlier wait of W not finished? That is rare, and this is called often.
static inline bool wait_has_leftovers(const struct waiter *w)
{
    if (w->serial | w->op.state | w->closing | (w->fd >= 0))
        return true;
    return w->op.kind == OP_WAIT && (w->op.u.wait.forsake || !list_is_empty(&w->op.u.wait.among));
}

// The current waiter: that of the running task or of the main script.
struct waiter *wait_self(void);

// Raises the errors that come before a wait: that the waiter was cancelled, or that an
// sss.timeout() is over.
void wait_tell(lua_State *L, struct waiter *w);

// The current waiter, after wait_tell(), with its op idle and reset to KIND.
struct waiter *wait_begin(lua_State *L, enum op_kind kind);

// The same, but no error is raised first, and no sss.timeout() ends the wait. A task_cancel() does,
// with -ERROR_CANCELLED, and the next wait raises it.
struct waiter *wait_begin_shielded(lua_State *L, enum op_kind kind);

// For code without a lua_State. Does the current waiter run in the coroutine of its task, where it
// can yield? (The answer is wrong in a coroutine that the script has made inside the task.)
bool wait_can_park(struct waiter *w);
// Makes the op idle and resets it to KIND. DOING is for messages.
void wait_reset(struct waiter *w, enum op_kind kind, const char *doing);
// Starts the op, when no sss.timeout() counts. True: it has its result. Otherwise the caller
// yields, and then calls wait_finish() with the serial number of the wait, which calls FINISH.
bool wait_launch(struct waiter *w, int (*finish)(lua_State *, struct waiter *));
// The same, but when the op has no result at once, it is idle again.
bool wait_try(struct waiter *w, int (*finish)(lua_State *, struct waiter *));

// Counts an op of W, which is idle. Has W done so much without waiting, by number or by time while
// others are ready, that others should have their turn? The next wait_for() gives it to them.
bool wait_spent(struct waiter *w);

// Starts the op of the waiter and waits if needed. Returns the results of FINISH.
int wait_for(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *));

// Can W, the current waiter, let others run?
bool wait_can_turn(lua_State *L, const struct waiter *w);
// Lets everything else that is ready run first. Returns the results of FINISH.
int wait_turn(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *));

// Is the result of the op an ordinary outcome: the stream has ended, was closed here, or the time
// is over?
bool wait_is_ordinary(const struct waiter *w);

// For FINISH, when the op's result is negative. Pushes nil, "timeout" or nil, "closed" for the
// ordinary outcomes; raises anything else, with ADDRESS (may be NULL) in the message.
int wait_outcome(lua_State *L, struct waiter *w, const struct addr *address);
// Pushes the error object for any outcome; and raises it.
void wait_push_error(lua_State *L, struct waiter *w, const struct addr *address);
int wait_fail(lua_State *L, struct waiter *w, const struct addr *address);

// For the Lua code around functions that wait. wait_finish() pushes the results of the current
// waiter's op; wait_abandon() makes the op idle, where a coroutine in between cannot yield.
int wait_finish(lua_State *L, double serial);
void wait_abandon(void);
const void *wait_park_mark(void);

#endif
