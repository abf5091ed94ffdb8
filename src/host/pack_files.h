// SPDX-License-Identifier: BSD-3-Clause
// pack.stat and pack.folder.

#ifndef SSS_HOST_PACK_FILES_H
#define SSS_HOST_PACK_FILES_H

// Looks into the file system for host/pack_module. It refuses to open files.

#include <lua.h>

int pack_stat(lua_State *L);
int pack_folder(lua_State *L);

#endif
