// SPDX-License-Identifier: BSD-3-Clause
// Lua code that is packed in this program.

#ifndef SSS_HOST_BUNDLE_SCRIPTS_H
#define SSS_HOST_BUNDLE_SCRIPTS_H

// The main script and the modules of a bundle. Bytecode in it is loaded as it is: an archive whose
// checksum is right holds what was packed, and that was made by the compiler. It stands on
// pack/bundle, and refuses to look into the file system.

#include <lua.h>

// Compiles the main script and pushes its function: 0. Or pushes a message and returns -1.
int bundle_scripts_load_main(lua_State *L);

// Makes the packed modules the first that `require` finds: for "a.b" a/b.lua, a/b.moon,
// a/b/init.lua, a/b/init.moon. Does nothing in a program without packed files. May raise.
void bundle_scripts_search(lua_State *L);

#endif
