// SPDX-License-Identifier: BSD-3-Clause
// LuaJIT's compiler: where it may not run, and the options -j, -O and -b.

#ifndef SSS_SCRIPT_JIT_H
#define SSS_SCRIPT_JIT_H

// A system may forbid memory that is written and then executed (PR_SET_MDWE in prctl(2), systemd's
// MemoryDenyWriteExecute=, SELinux); then the compiler is off, and scripts are interpreted.
// Each option is a call of one of LuaJIT's own Lua functions with the option's text, split at
// commas, as arguments (https://luajit.org/running.html). It stands on the embedded jit.* modules.
// It refuses to report: on failure the functions return -1 and leave the message on the stack.

#include <lua.h>
#include <stdbool.h>

// Does the system forbid compiled code now? It may do so later too: vendor/luajit_mend.sh.
bool jit_is_forbidden(void);

// Turns the compiler of a new state off where it is forbidden.
void jit_begin(lua_State *L);

// -j COMMAND[=ARGUMENT,...]: a function of the table jit ("on", "off", "flush", "version" is none),
// else the `start` of a module jit.COMMAND ("dump", "v", "p").
int jit_command(lua_State *L, const char *text);

// -O[ARGUMENT,...]: jit.opt.start.
int jit_optimize(lua_State *L, const char *text);

// -b[LETTERS] ARGUMENT...: jit.bcsave; ARGUMENTS ends with NULL. The module ends the process itself
// when it fails.
int jit_bytecode(lua_State *L, const char *letters, char **arguments);

#endif
