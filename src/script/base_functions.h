// SPDX-License-Identifier: BSD-3-Clause
// The functions of the base libraries that our own Lua code calls.

#ifndef SSS_SCRIPT_BASE_FUNCTIONS_H
#define SSS_SCRIPT_BASE_FUNCTIONS_H

// A script may remove or replace any function of the base libraries. This must not affect our own
// Lua code, so that code runs in an environment of its own, with the functions as they were before
// the script began; only _G is the table of the script. (It calls string functions by name, such as
// format(x), because x:format() would find the functions of the script.)

#include <lua.h>

// Keeps the functions. The standard libraries must be open, and not have been changed. May raise a
// Lua error.
void base_functions_keep(lua_State *L);

// Pushes a new environment with them. May raise a Lua error.
void base_functions_push(lua_State *L);

#endif
