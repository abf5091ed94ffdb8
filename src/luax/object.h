// SPDX-License-Identifier: BSD-3-Clause
// Objects of the classes that are written in Lua.

#ifndef SSS_LUAX_OBJECT_H
#define SSS_LUAX_OBJECT_H

// A channel or a server consists of other objects and of counts that must agree. They are in a
// table, the state, which a script cannot reach: it has a userdata in its place. It refuses to know
// what a state holds.

#include <lua.h>

// Adds new_class() to the private table on the top.
void object_open(lua_State *L);

#endif
