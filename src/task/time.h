// SPDX-License-Identifier: BSD-3-Clause
// Time, as Lua functions.

#ifndef SSS_TASK_TIME_H
#define SSS_TASK_TIME_H

// sss.sleep and sss.yield, which wait, and sss.now and sss.time. Limits of time are in task/limit.

#include <lua.h>

// Adds the functions to the table on the top.
void time_open(lua_State *L);

#endif
