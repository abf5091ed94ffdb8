// SPDX-License-Identifier: BSD-3-Clause
// What our own Lua code calls of the base libraries.

#ifndef SSS_SCRIPT_BASE_FUNCTIONS_H
#define SSS_SCRIPT_BASE_FUNCTIONS_H

// A script may remove or replace any function of the base libraries. Our own Lua code must not
// notice, so it runs in an environment of its own: the functions as they were before the script
// began; only _G is the table of the script. (It calls string functions by name, as format(x):
// x:format() finds those of the script.)

#include <lua.h>

// Keeps the functions. The standard libraries must be open, and as they are from the start. May
// raise a Lua error.
void base_functions_keep(lua_State *L);

// Pushes a new environment with them. May raise a Lua error.
void base_functions_push(lua_State *L);

#endif
