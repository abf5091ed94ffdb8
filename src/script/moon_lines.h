// SPDX-License-Identifier: BSD-3-Clause
// Lua code that was made from a source in another language, with the line numbers of that source.

#ifndef SSS_SCRIPT_MOON_LINES_H
#define SSS_SCRIPT_MOON_LINES_H

// It stands on pack/lines. It refuses to know the language, and to load bytecode.

#include <lua.h>

// The module "moonscript.lines": pushes the Lua function
//   load_mapped(code, name, lines [, chunkname]) -> function | nil, message
// CODE is compiled as the chunk NAME, which messages of the Lua compiler have; the function is the
// chunk CHUNKNAME, in which the line N of CODE is the line lines[N] of the source.
int moon_lines_open(lua_State *L);

#endif
