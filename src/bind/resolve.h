// SPDX-License-Identifier: BSD-3-Clause
// sss.resolve.

#ifndef SSS_BIND_RESOLVE_H
#define SSS_BIND_RESOLVE_H

// Host names to address objects, without stopping other tasks. The work is in loop/resolver.

#include <lua.h>

// Adds resolve to the table on the top.
void resolve_open(lua_State *L);

#endif
