// SPDX-License-Identifier: BSD-3-Clause
// What goes to standard error, and how an error value becomes text.

#ifndef SSS_HOST_MESSAGE_H
#define SSS_HOST_MESSAGE_H

// Every message of the program goes out here and begins with "sssrun: ". It stands on
// luax/report for tracebacks. It refuses to decide about exit statuses.

#include <lua.h>
#include <stdbool.h>

// Prints "sssrun: TEXT" and a newline.
void message_print(const char *text);

// The same with a printf(3) format.
void message_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Prints the error value on top of the stack, whatever its type, and pops it.
void message_error(lua_State *L);

// Prints what a finalizer has raised; the program goes on. A handler of LuaJIT's event "errfin".
int message_finalizer(lua_State *L);

// A message handler for lua_pcall: turns the error value into its text and a traceback without our
// own inner frames. [-1, +1]
int message_handler(lua_State *L);

// Is this message_handler(), or a function that only it calls?
bool message_is_handler(lua_CFunction function);

#endif
