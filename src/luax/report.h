// SPDX-License-Identifier: BSD-3-Clause
// Tracebacks for the person at the terminal.

#ifndef SSS_LUAX_REPORT_H
#define SSS_LUAX_REPORT_H

// The text that tells where a script failed, without the frames that are part of the program.
// It refuses to print.

#include "base/list.h"

#include <lua.h>
#include <stdbool.h>

// Pushes on L the traceback of CO from LEVEL on, behind MESSAGE (may be NULL).
void report_traceback(lua_State *L, lua_State *co, const char *message, int level);

// keep_trace(error) -> error: a message handler that gives an error object the traceback of its
// origin, in its field traceback. Where there is no memory for one it has none: the handler does
// not fail.
int report_keep_trace(lua_State *L);

// How a task failed, in memory of its own (free(3)).
struct report {
    struct list link; // among those that nobody has claimed
    bool told;
    char text[];
};

// The report of a task called NAME that ended with the error below the top of L; its coroutine is
// on the top. Both are popped. Calls the error's __tostring. Without memory it says less, or is
// NULL.
struct report *report_failure(lua_State *L, const char *name);

// What is told of a failure that has no report for lack of memory.
extern const char report_lost[];

#endif
