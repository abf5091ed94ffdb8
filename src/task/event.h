// SPDX-License-Identifier: BSD-3-Clause
// Events: waiters wait for one until somebody wakes them.

#ifndef SSS_TASK_EVENT_H
#define SSS_TASK_EVENT_H

// All that lua/sss builds for waiting stands on events: a waiter looks at its condition, waits for
// the event, and looks again. The waiter and the one that wakes it may each give the other a value.
// An event remembers nothing: a wake-up counts also when the waiter is cancelled before it runs. It
// refuses to know conditions.

#include <lua.h>

// Adds event() to the table on the top.
void event_open(lua_State *L);

#endif
