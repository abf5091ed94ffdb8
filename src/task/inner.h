// SPDX-License-Identifier: BSD-3-Clause
// What the Lua code of the module `sss` needs of the tasks.

#ifndef SSS_TASK_INNER_H
#define SSS_TASK_INNER_H

// Functions that no script gets: they may leave a wait undone or a task untold when they are called
// out of order. They are for lua/sss alone, each described above its definition.

#include <lua.h>

// Adds the functions to the table on the top.
void inner_open(lua_State *L);

#endif
