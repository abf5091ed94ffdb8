// SPDX-License-Identifier: BSD-3-Clause
// Lua modules that are part of the executable.

#ifndef SSS_SCRIPT_MODULES_H
#define SSS_SCRIPT_MODULES_H

// Makes `require "sss"` and `require "jit.dump"` (and LuaJIT's other modules) work without a file,
// by package.preload. "lpeg", "re" and the modules in lua/module ("moonscript", "moon") are found
// by a package loader, which is the last one, so that a user's own file of such a name is
// preferred. It stands on the embedded files and on luaopen_sss. It refuses to search the file
// system.

#include "script/embedded.h"

#include <lua.h>

// Fills package.preload. The standard libraries must be open. May raise a Lua error.
void modules_preload(lua_State *L);

// Adds the package loader behind the others. May raise a Lua error.
void modules_search(lua_State *L);

// Compiles an embedded file and pushes its function. NAME is how it appears in messages, with Lua's
// prefix: "@jit/dump.lua", "=[sss]". Raises a Lua error when it does not compile.
void modules_load(lua_State *L, const struct embedded *file, const char *name);

#endif
