// SPDX-License-Identifier: BSD-3-Clause
// From a path to a compiled chunk.

#ifndef SSS_SCRIPT_SCRIPT_H
#define SSS_SCRIPT_SCRIPT_H

// A script is a Lua file, a MoonScript file (its name ends with .moon), a file of LuaJIT bytecode,
// a folder with main.lua or main.moon in it, or standard input. A `#!` line is skipped. It refuses
// to run anything.

#include <lua.h>
#include <stdbool.h>

// Compiles the script at PATH (NULL: standard input) and pushes its function; 0. On failure pushes
// a message of one line, which names the file, and returns -1. For a folder, package.path then
// finds the folder's modules first.
int script_load(lua_State *L, const char *path);

// The same, but standard input, and a file whose name does not end with .lua, is MoonScript.
int script_load_moon(lua_State *L, const char *path);

// Pushes the Lua text that the MoonScript file at PATH (NULL: standard input) is compiled to: 0. -1
// with a message when it does not compile, or is Lua.
int script_to_lua(lua_State *L, const char *path, bool is_moon);

#endif
