// SPDX-License-Identifier: BSD-3-Clause
// Functions on tasks for the Lua code of the module `sss`.

#ifndef SSS_TASK_INNER_H
#define SSS_TASK_INNER_H

// Scripts do not get these functions, because calls in a wrong order could leave a wait unfinished
// or a failure unreported. They are for lua/sss alone; each is described above its definition.

#include <lua.h>

// Adds the functions to the table on the top.
void inner_open(lua_State *L);

#endif
