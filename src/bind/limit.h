// SPDX-License-Identifier: BSD-3-Clause
// The time limits that sss.timeout() sets.

#ifndef SSS_BIND_LIMIT_H
#define SSS_BIND_LIMIT_H

// A limit is a deadline for everything that a waiter does until the limit is left; limits nest.
// One that was entered in a coroutine of the script's own rests while that coroutine is suspended.
// When one is over, the wait raises the limit itself as the error, so that the sss.timeout() whose
// limit it is can tell. It refuses to wait.

#include <lua.h>
#include <stdint.h>

struct waiter;

struct limit {
    uint64_t deadline;
    struct limit *outer;
    struct waiter *owner; // NULL once it is left
    lua_State *co;        // in which it was entered
};

void limit_open(lua_State *L);

// The one that ends first, LIMIT or one around it; NULL when none counts now.
struct limit *limit_earliest(struct limit *limit);

// The waiter whose innermost limit this is goes away; the limits stay.
void limit_orphan(struct limit *limit);

// Pushes the object itself.
void limit_push(lua_State *L, const struct limit *limit);

// Raises the earliest one that is over already, if any.
void limit_check(lua_State *L, struct limit *limit);

// enter(seconds) -> limit, leave(limit): of the current waiter.
int limit_enter(lua_State *L);
int limit_leave(lua_State *L);

#endif
