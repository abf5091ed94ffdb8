// SPDX-License-Identifier: BSD-3-Clause
// Waiting for a descriptor.

#ifndef SSS_BIND_DESCRIPTOR_H
#define SSS_BIND_DESCRIPTOR_H

// sss.wait() waits until a descriptor can be read or written, also one that this module did not
// open: a pipe, a terminal, a connection of a library. It neither reads nor writes, and refuses to
// own the descriptor.

#include <lua.h>

// Adds wait to the table on the top.
void descriptor_open(lua_State *L);

#endif
