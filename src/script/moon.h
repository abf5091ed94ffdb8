// SPDX-License-Identifier: BSD-3-Clause
// MoonScript for the program.

#ifndef SSS_SCRIPT_MOON_H
#define SSS_SCRIPT_MOON_H

// The embedded lua/moon.lua compiles MoonScript; it is loaded, with the compiler, when the first
// .moon file needs it. Functions have the line numbers of the source. It stands on
// script/moon_lines and script/modules. It refuses to open files.

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

// Does the name of the file say that it is MoonScript?
bool moon_is_name(const char *path);

// Pushes the table of lua/moon.lua: to_lua, load and show, each called with (text,
// chunkname). It raises when there is no memory.
void moon_open(lua_State *L);

// Compiles SIZE bytes of TEXT, with the chunk name NAME as Lua has it ("@x.moon"), and pushes the
// function: 0. On failure pushes a message of one line, which names the file, and returns -1.
int moon_load(lua_State *L, const char *text, size_t size, const char *name);

// The same, but pushes the Lua text.
int moon_to_lua(lua_State *L, const char *text, size_t size, const char *name);

#endif
