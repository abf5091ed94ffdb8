// SPDX-License-Identifier: BSD-3-Clause
// Files that sendfile(2) does not send.

#ifndef SSS_SOCKET_SENT_FILE_H
#define SSS_SOCKET_SENT_FILE_H

// An object that holds the descriptor of a file, until it has been read to its end by Lua code. No
// script gets hold of it. It refuses to wait, and to know where the bytes go.

#include <lua.h>

// Pushes one that takes the descriptor in *FD, which is -1 afterwards.
void sent_file_push(lua_State *L, int *fd);

// Adds sent_file_read, sent_file_number and sent_file_close to the table on the top.
void sent_file_open(lua_State *L);

#endif
