// SPDX-License-Identifier: BSD-3-Clause
// The module `sss`: what the host calls.

#ifndef SSS_BIND_SSS_H
#define SSS_BIND_SSS_H

// The host puts luaopen_sss into package.preload, runs the embedded files of lua/sss on its
// results, and runs the remaining tasks by scheduler_finish() at the end of the script.

#include <lua.h>

// Pushes the table `sss`; also leaves a private table, for lua/sss/*.lua, in the registry as
// "sss.private".
int luaopen_sss(lua_State *L);

#endif
