// SPDX-License-Identifier: BSD-3-Clause
// Tracebacks for the person at the terminal.

#ifndef SSS_BIND_REPORT_H
#define SSS_BIND_REPORT_H

// The text that tells where a script failed, without the frames that are part of the program.
// It refuses to print.

#include <lua.h>

// Pushes on L the traceback of CO from LEVEL on, behind MESSAGE (may be NULL).
void report_traceback(lua_State *L, lua_State *co, const char *message, int level);

// The report of a task called NAME that ended with the error below the top of L; its coroutine is
// on the top. Both are popped. Calls the error's __tostring. Without memory it says less; never
// NULL.
char *report_failure(lua_State *L, const char *name);
// The report of a failure about which nothing is known for lack of memory.
char *report_lost(void);
// Frees what the two gave.
void report_free(char *report);

#endif
