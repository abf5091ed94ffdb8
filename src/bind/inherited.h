// SPDX-License-Identifier: BSD-3-Clause
// What sss.inherited() needs of the system.

#ifndef SSS_BIND_INHERITED_H
#define SSS_BIND_INHERITED_H

// Two functions for the Lua side, which reads the environment. It refuses to know systemd.

#include <lua.h>

// Adds pid() and is_socket() to the table on the top.
void inherited_open_private(lua_State *L);

#endif
