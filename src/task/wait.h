// SPDX-License-Identifier: BSD-3-Clause
// How the main script and the tasks wait.

#ifndef SSS_TASK_WAIT_H
#define SSS_TASK_WAIT_H

// A waiter is one who can wait for one op at a time: the main script, or a task, which is a
// coroutine. A function that has to wait takes the current waiter, fills in its op, and returns
// wait_for(). In the main script that turns the loop in place. In a task it returns a mark to the
// Lua code around every such function (lua/sss), which yields; when the op is done the task is
// resumed and calls `finish` with the same arguments, which thereby stay alive. It pushes the
// results or raises. That Lua code passes nil for arguments that are missing. This room refuses to
// know descriptors and pollers.

#include "loop/loop.h"

#include <lua.h>
#include <stdbool.h>

struct limit;
struct task;

enum {
    WAIT_BUDGET = 100
}; // ops of one waiter in a row, until others get their turn; see wait_spent()

struct waiter {
    struct op op;
    int (*finish)(lua_State *L, struct waiter *w);
    const char *doing;   // the function that waits, for messages
    void *object;        // what it works on; for `finish`
    struct limit *limit; // the innermost sss.timeout(), or NULL
    unsigned serial;     // of the wait that `finish` has yet to end; 0: none
    int fd;              // a descriptor that `finish` has yet to hand over, or -1
    unsigned id;         // number of its task; 0: it has none
    unsigned char budget;
    unsigned char kept; // stack index of a value to be kept alive, too; `finish` has it on its top
    bool cancelled : 1; // to be told at the next wait
    bool shielded : 1;  // no sss.timeout() ends this wait
    bool limited : 1;   // the op has the deadline of the sss.timeout() that ends first
    bool closing : 1;   // the op's stream was closed while a function still works on it
};

// Of task ID.
void wait_init(struct waiter *w, unsigned id);

// Its task, or NULL.
struct task *wait_task(struct waiter *w);

// Closes the descriptor that an earlier call could not hand over any more (out of memory).
void wait_drop_fd(struct waiter *w);

// Lets go of a wait that nobody will end: an error came in between (of a hook, out of memory), or
// W's task has ended. Its op is idle afterwards.
void wait_forsake(struct waiter *w);

// Did an earlier wait of W not come to its end? It rarely happens, and the question is asked often.
static inline bool wait_has_leftovers(const struct waiter *w)
{
    if (w->serial | w->op.state | w->closing | (w->fd >= 0))
        return true;
    return w->op.kind == OP_WAIT && (w->op.u.wait.forsake || !list_is_empty(&w->op.u.wait.among));
}

// The waiter of whoever runs now.
struct waiter *wait_self(void);

// Raises what the waiter has to be told before it waits: that it was cancelled, that an
// sss.timeout() is over.
void wait_tell(lua_State *L, struct waiter *w);

// The waiter of whoever runs now, told, its op idle and reset to KIND.
struct waiter *wait_begin(lua_State *L, enum op_kind kind);

// The same, but nothing is told first and no sss.timeout() ends the wait; a task_cancel() does,
// with -ERROR_CANCELLED, which remains to be told.
struct waiter *wait_begin_shielded(lua_State *L, enum op_kind kind);

// For code that has no lua_State. Does wait_self() run in its task's own coroutine, where it can
// park? (In one that the script has made inside of it, the answer is wrong.)
bool wait_can_park(struct waiter *w);
// The op, idle and reset to KIND. DOING is for messages.
void wait_reset(struct waiter *w, enum op_kind kind, const char *doing);
// Where no sss.timeout() counts. Starts the op: true when it has its result. Whoever called it
// yields if not, and calls wait_finish() with the serial number of the wait, which calls FINISH.
bool wait_launch(struct waiter *w, int (*finish)(lua_State *, struct waiter *));
// The same, but when it has no result at once nothing has happened.
bool wait_try(struct waiter *w, int (*finish)(lua_State *, struct waiter *));

// One more op of W, whose op is idle and known to nobody. Have he, or those before him, done so
// much without waiting that others should have their turn: by number, or in time while somebody is
// ready? The next wait_for() gives it to them.
bool wait_spent(struct waiter *w);

// Starts the waiter's op, and waits if it must: the results of FINISH.
int wait_for(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *));

// Can W, the waiter of whoever runs now, let the others run?
bool wait_can_turn(lua_State *L, const struct waiter *w);
// Lets everything else that is ready run first; then the results of FINISH.
int wait_turn(lua_State *L, struct waiter *w, int (*finish)(lua_State *, struct waiter *));

// Is the op's result an ordinary outcome: the peer closed, this side closed, the time is over?
bool wait_is_ordinary(const struct waiter *w);

// For FINISH, when the op's result is negative. Pushes nil, "timeout" or nil, "closed" for the
// ordinary outcomes; raises anything else, with ADDRESS (may be NULL) in the message.
int wait_outcome(lua_State *L, struct waiter *w, const struct addr *address);
// Pushes the error for any outcome; and raises it.
void wait_push_error(lua_State *L, struct waiter *w, const struct addr *address);
int wait_fail(lua_State *L, struct waiter *w, const struct addr *address);

// For the Lua code around functions that wait. wait_finish() pushes what the op of the current
// waiter brought; wait_abandon() takes the op back where a coroutine in between cannot yield.
int wait_finish(lua_State *L, double serial);
void wait_abandon(void);
const void *wait_park_mark(void);

#endif
