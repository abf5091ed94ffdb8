// SPDX-License-Identifier: BSD-3-Clause
// The options that steer LuaJIT: -j, -O and -b.

#ifndef SSS_HOST_JIT_H
#define SSS_HOST_JIT_H

// Each is a call of one of LuaJIT's own Lua functions with the option's text, split at commas, as
// arguments (https://luajit.org/running.html). It stands on the embedded jit.* modules. It refuses
// to report: on failure the functions return -1 and leave the message on the stack.

#include <lua.h>

// -j COMMAND[=ARGUMENT,...]: a function of the table jit ("on", "off", "flush", "version" is none),
// else the `start` of a module jit.COMMAND ("dump", "v", "p").
int jit_command(lua_State *L, const char *text);

// -O[ARGUMENT,...]: jit.opt.start.
int jit_optimize(lua_State *L, const char *text);

// -b[LETTERS] ARGUMENT...: jit.bcsave; ARGUMENTS ends with NULL. The module ends the process itself
// when it fails.
int jit_bytecode(lua_State *L, const char *letters, char **arguments);

#endif
