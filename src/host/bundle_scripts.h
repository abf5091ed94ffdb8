// SPDX-License-Identifier: BSD-3-Clause
// Lua code that is packed in this program.

#ifndef SSS_HOST_BUNDLE_SCRIPTS_H
#define SSS_HOST_BUNDLE_SCRIPTS_H

// The main script and the modules of a bundle. Bytecode is loaded without a check: when the
// checksum of the archive is right, it is what the compiler made. It stands on pack/bundle, and
// refuses to look into the file system.

#include <lua.h>

// Compiles the main script and pushes its function: 0. Or pushes a message and returns -1.
int bundle_scripts_load_main(lua_State *L);

// Makes `require` look for packed modules first: for "a.b" they are a/b.lua, a/b.moon, a/b/init.lua
// and a/b/init.moon. Does nothing in a program without packed files. May raise.
void bundle_scripts_search(lua_State *L);

#endif
