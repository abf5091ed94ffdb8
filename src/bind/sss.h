// SPDX-License-Identifier: BSD-3-Clause
// The module `sss`: what the host calls.

#ifndef SSS_BIND_SSS_H
#define SSS_BIND_SSS_H

// The host puts luaopen_sss in package.preload, runs the embedded lua/sss/*.lua over what it
// leaves, and lets the rest of the program happen with scheduler_finish().

#include <lua.h>

// Pushes the table `sss`; also leaves a private table, for lua/sss/*.lua, in the registry as
// "sss.private".
int luaopen_sss(lua_State *L);

#endif
