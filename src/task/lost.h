// SPDX-License-Identifier: BSD-3-Clause
// Failures of tasks that nobody can join any more.

#ifndef SSS_TASK_LOST_H
#define SSS_TASK_LOST_H

// A failure that nobody joins is reported when the collector frees the task. An idle program makes
// no garbage, so that could be late. So this room runs cycles of the collector, in short steps
// between which other tasks run, and for at most a tenth of the time. It refuses to work where the
// script has stopped the collector; then the end of the program reports the failure.

#include <lua.h>

void lost_open(void);

// A task has failed, and may still be joined.
void lost_expect(void);

// Begins a search if there is anything to find. To be called now and then.
void lost_look(lua_State *L);

#endif
