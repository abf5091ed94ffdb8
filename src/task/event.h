// SPDX-License-Identifier: BSD-3-Clause
// Something that waiters wait for until somebody wakes them.

#ifndef SSS_TASK_EVENT_H
#define SSS_TASK_EVENT_H

// The one primitive under everything that the Lua side builds for waiting: whoever waits looks at
// his condition, waits for the event, and looks again. The two may pass a value each way. An event
// remembers nothing; who was woken was woken, also when he is cancelled before he runs. It refuses
// to know conditions.

#include <lua.h>

// Adds event() to the table on the top.
void event_open(lua_State *L);

#endif
