// SPDX-License-Identifier: BSD-3-Clause
// Runs what the command line says.

#ifndef SSS_HOST_RUNNER_H
#define SSS_HOST_RUNNER_H

// With -w, the workers are started first. Then come LUA_INIT, the options -e, -l, -j and -O in
// their order, the script, and its tasks until none is left. An uncaught error is reported with its
// traceback and ends the run. It refuses to end the process and to read options.

#include "host/cli.h"

#include <lua.h>

// Runs everything. Returns the exit status of the program: 0, 1, or INTERRUPT_STATUS.
int runner_run(lua_State *L, const struct cli *cli);

// Compiles each file behind `check` and reports those that fail; with --lua, prints the Lua text of
// each. 0 or 1.
int runner_check(lua_State *L, const struct cli *cli);

// Calls LuaJIT's jit.bcsave with the arguments behind -b: 0 or 1.
int runner_bytecode(lua_State *L, const struct cli *cli);

#endif
