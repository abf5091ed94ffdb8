// SPDX-License-Identifier: BSD-3-Clause
// sss.asset.

#ifndef SSS_SCRIPT_ASSET_H
#define SSS_SCRIPT_ASSET_H

// The content of a data file: of a packed one in a bundle, else of the file of that name below the
// current folder, so that a program runs the same before it is built. It refuses names that could
// not be packed.

#include <lua.h>

// Adds asset() to the table on the top of the stack.
void asset_open(lua_State *L);

#endif
