// SPDX-License-Identifier: BSD-3-Clause
// What goes to standard error, and how an error value becomes text.

#ifndef SSS_HOST_MESSAGE_H
#define SSS_HOST_MESSAGE_H

// Every message of the program is printed here and begins with "sssrun: ". It stands on luax/report
// for tracebacks. It refuses to decide about exit statuses.

#include <lua.h>

// Prints "sssrun: TEXT" and a newline.
void message_print(const char *text);

// The same with a printf(3) format.
void message_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Prints the error value on top of the stack, whatever its type, and pops it.
void message_error(lua_State *L);

// Prints an error of a finalizer; the program goes on. A handler of LuaJIT's event "errfin".
int message_finalizer(lua_State *L);

// Pushes the text of the error value at INDEX (absolute): strings and numbers as they are, objects
// by their __tostring. May raise.
void message_push_text(lua_State *L, int index);

// Appends a line feed and a traceback to the text on top of the stack. The traceback leaves out the
// running C function and its caller, and functions that are part of the program. May raise.
void message_add_traceback(lua_State *L);

#endif
