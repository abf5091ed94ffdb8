// SPDX-License-Identifier: BSD-3-Clause
// sss.asset.

#ifndef SSS_SCRIPT_ASSET_H
#define SSS_SCRIPT_ASSET_H

// The content of a data file: in a bundle that of a packed file, otherwise that of the file with
// this name in the current folder, so that a program behaves the same before it is built. It
// refuses names that could not be packed.

#include <lua.h>

// Adds asset() to the table on the top of the stack.
void asset_open(lua_State *L);

#endif
