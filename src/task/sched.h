// SPDX-License-Identifier: BSD-3-Clause
// Tasks and time, as Lua functions.

#ifndef SSS_TASK_SCHED_H
#define SSS_TASK_SCHED_H

// What a script can do with tasks: the functions of `sss` and the class of task objects. The
// mechanism is in task/task. It refuses to know sockets.

#include <lua.h>

// Adds spawn, sleep, ... to the table on the top.
void sched_open(lua_State *L);

// Adds what the Lua code around waiting functions needs to the table on the top.
void sched_open_private(lua_State *L);

#endif
