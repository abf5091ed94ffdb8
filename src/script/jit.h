// SPDX-License-Identifier: BSD-3-Clause
// LuaJIT's compiler: where it may not run, and the options -j, -O and -b.

#ifndef SSS_SCRIPT_JIT_H
#define SSS_SCRIPT_JIT_H

// A system may forbid memory that is written and then executed (PR_SET_MDWE in prctl(2), systemd's
// MemoryDenyWriteExecute=, SELinux). Then the compiler is off, and scripts are interpreted. Each
// option is a call of one of LuaJIT's own Lua functions, whose arguments are the option's text,
// split at commas (https://luajit.org/running.html). It stands on the embedded jit.* modules. It
// refuses to report errors: on failure the functions return -1 and leave a message on the stack.

#include <lua.h>
#include <stdbool.h>

// Does the system forbid compiled code now? (It may also forbid it later: see
// vendor/luajit_mend.sh.)
bool jit_is_forbidden(void);

// Turns the compiler of a new state off where it is forbidden.
void jit_begin(lua_State *L);

// -j COMMAND[=ARGUMENT,...]: calls a function of the table jit ("on", "off", "flush"), or the
// function `start` of the module jit.COMMAND ("dump", "v", "p").
int jit_command(lua_State *L, const char *text);

// -O[ARGUMENT,...]: jit.opt.start.
int jit_optimize(lua_State *L, const char *text);

// -b[LETTERS] ARGUMENT...: calls jit.bcsave; ARGUMENTS ends with NULL. When that module fails, it
// ends the process itself.
int jit_bytecode(lua_State *L, const char *letters, char **arguments);

#endif
