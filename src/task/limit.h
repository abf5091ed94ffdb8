// SPDX-License-Identifier: BSD-3-Clause
// The time limits that sss.timeout() sets.

#ifndef SSS_TASK_LIMIT_H
#define SSS_TASK_LIMIT_H

// A limit is a deadline for everything that a waiter does until the limit is left; limits nest.
// One that was entered in a coroutine of the script's own rests while that coroutine is suspended.
// When one is over, the wait raises the limit's object as the error, so that the sss.timeout()
// whose limit it is can tell. It refuses to wait.

#include <lua.h>
#include <stdint.h>

struct waiter;

// It has memory of its own, which is freed when it is left, when its waiter goes away, or when
// somebody looks at it after its object was collected: that of an sss.timeout() that was left
// behind in a coroutine that nobody resumes. No finalizer takes part: the collector leaves one out
// where there is no stack for its call.
struct limit {
    uint64_t deadline;
    struct limit *outer;
    struct waiter *owner;
    lua_State *co;  // in which it was entered; lives as long as the object
    unsigned among; // so many were in the chain, with itself, when somebody last counted
};

void limit_open(lua_State *L);

// The limit of W that ends first; NULL when none counts now.
struct limit *limit_earliest(lua_State *L, struct waiter *w);

// W goes away, or what it does ends: it has no limits any more. Needs no memory.
void limit_orphan(lua_State *L, struct waiter *w);

// Pushes the object, nil when it was collected. Needs no memory.
void limit_push(lua_State *L, const struct limit *limit);

// Raises the earliest one of W that is over already, if any.
void limit_check(lua_State *L, struct waiter *w);

// enter(seconds) -> limit, leave(limit): of the current waiter.
int limit_enter(lua_State *L);
int limit_leave(lua_State *L);

#endif
