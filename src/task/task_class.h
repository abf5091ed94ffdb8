// SPDX-License-Identifier: BSD-3-Clause
// The class of task objects.

#ifndef SSS_TASK_TASK_CLASS_H
#define SSS_TASK_TASK_CLASS_H

// What a script can do with tasks: sss.spawn(), join, cancel, status and name. The mechanism is in
// task/task.

#include <lua.h>

// Completes the class that task_open() has begun, and adds spawn to the table on the top.
void task_class_open(lua_State *L);

#endif
