// SPDX-License-Identifier: BSD-3-Clause
// Runs what the command line says.

#ifndef SSS_HOST_RUNNER_H
#define SSS_HOST_RUNNER_H

// With -w the workers first. LUA_INIT, then -e -l -j -O in their order, then the script, then its
// tasks until none is left. An uncaught error is reported with its traceback and ends the run. It
// refuses to end the process and to read options.

#include "host/cli.h"

#include <lua.h>

// Runs everything; the exit status of the program: 0, 1, or INTERRUPT_STATUS.
int runner_run(lua_State *L, const struct cli *cli);

// Compiles each file named after `check` and reports those that fail; with --lua, prints the Lua
// that each becomes: 0 or 1.
int runner_check(lua_State *L, const struct cli *cli);

// Hands the command line over to LuaJIT's jit.bcsave (-b): 0 or 1.
int runner_bytecode(lua_State *L, const struct cli *cli);

#endif
