// SPDX-License-Identifier: BSD-3-Clause
// The time limits that sss.timeout() sets.

#ifndef SSS_TASK_LIMIT_H
#define SSS_TASK_LIMIT_H

// A limit is a deadline for everything that a waiter does until the limit is left; limits nest. A
// limit that was entered in a coroutine of the script does not count while that coroutine is
// suspended. When the time is over, the wait raises the object of the limit as the error, by which
// the sss.timeout() recognizes its own limit. It refuses to wait.

#include <lua.h>
#include <stdint.h>

struct waiter;

// A limit has memory of its own. It is freed when the limit is left, when its waiter ends, or when
// it is looked at after its object was collected, as for an sss.timeout() in a coroutine that is
// never resumed. There is no finalizer, because the collector does not call one when there is no
// room on the stack.
struct limit {
    uint64_t deadline;
    struct limit *outer;
    struct waiter *owner;
    lua_State *co;  // the coroutine in which it was entered; lives as long as the object
    unsigned among; // the length of the chain from here on, when it was last counted
};

void limit_open(lua_State *L);

// The limit of W that ends first, or NULL when none counts now.
struct limit *limit_earliest(lua_State *L, struct waiter *w);

// Removes all limits of W, which ends or has ended what it did. Needs no memory.
void limit_orphan(lua_State *L, struct waiter *w);

// Pushes the object, or nil when it was collected. Needs no memory.
void limit_push(lua_State *L, const struct limit *limit);

// Raises the object of the first limit of W that is over, if there is one.
void limit_check(lua_State *L, struct waiter *w);

// enter(seconds) -> limit, leave(limit): of the current waiter.
int limit_enter(lua_State *L);
int limit_leave(lua_State *L);

#endif
