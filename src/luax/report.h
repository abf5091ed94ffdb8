// SPDX-License-Identifier: BSD-3-Clause
// Tracebacks for the person at the terminal.

#ifndef SSS_LUAX_REPORT_H
#define SSS_LUAX_REPORT_H

// The text that says where a script failed, without the functions that are part of the program. It
// refuses to print.

#include "base/list.h"

#include <lua.h>
#include <stdbool.h>

// Pushes on L the traceback of CO from LEVEL on, behind MESSAGE (may be NULL).
void report_traceback(lua_State *L, lua_State *co, const char *message, int level);

// keep_trace(error) -> error: a message handler that puts the traceback of the place where an error
// was raised into the field `traceback` of an error object; not where there is no memory for it.
int report_keep_trace(lua_State *L);

// How a task failed, in memory of its own (free(3)).
struct report {
    struct list link; // among those that nobody has claimed
    bool told;
    char text[];
};

// The report of the task NAME, which failed with the error below the top of L; its coroutine is on
// the top. Both are popped. Calls the error's __tostring. Where memory is short the report says
// less, or is NULL.
struct report *report_failure(lua_State *L, const char *name);

// The text for a failure that has no report because there was no memory.
extern const char report_lost[];

#endif
