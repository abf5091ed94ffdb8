// SPDX-License-Identifier: BSD-3-Clause
// Failures of tasks that nobody can join any more.

#ifndef SSS_TASK_LOST_H
#define SSS_TASK_LOST_H

// A failure that is not joined is told when the collector frees the task; an idle program makes no
// garbage, so that it would hear of it late. So a cycle of the collector is driven here, in short
// steps between which everybody else runs, and with a tenth of the time at most. It refuses to work
// where the script has stopped the collector; the end of the program tells, too.

#include <lua.h>

void lost_open(void);

// A task has failed that somebody may join yet.
void lost_expect(void);

// Begins to look, if there is anything to look for; to be called now and then.
void lost_look(lua_State *L);

#endif
