// SPDX-License-Identifier: BSD-3-Clause
// Waiting for a descriptor.

#ifndef SSS_BIND_DESCRIPTOR_H
#define SSS_BIND_DESCRIPTOR_H

// sss.wait() waits until a descriptor can be read or written, also one that is not ours: a pipe, a
// terminal, a library's connection. It neither reads nor writes, and it refuses to own what it
// waits for.

#include <lua.h>

// Adds wait to the table on the top.
void descriptor_open(lua_State *L);

#endif
