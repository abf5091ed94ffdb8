// SPDX-License-Identifier: BSD-3-Clause
// Tracebacks for the person at the terminal.

#ifndef SSS_BIND_REPORT_H
#define SSS_BIND_REPORT_H

// The text that tells where a script failed, without the frames that are part of the program.
// It refuses to print.

#include <lua.h>

// Pushes on L the traceback of CO from LEVEL on, behind MESSAGE (may be NULL).
void report_traceback(lua_State *L, lua_State *co, const char *message, int level);

// The report of a task called NAME whose coroutine CO ended with the error on its top: malloc'ed.
// NULL: no memory. Calls the error's __tostring on L.
char *report_failure(lua_State *L, lua_State *co, const char *name);

#endif
