// SPDX-License-Identifier: BSD-3-Clause
// Files that sendfile(2) does not send.

#ifndef SSS_SOCKET_SENT_FILE_H
#define SSS_SOCKET_SENT_FILE_H

// An object with the descriptor of a file that Lua code reads to its end. Scripts do not get such
// an object. It refuses to wait, and to know where the bytes go.

#include <lua.h>

// Pushes such an object. It takes the descriptor in *FD, which is -1 afterwards.
void sent_file_push(lua_State *L, int *fd);

// Adds sent_file_read, sent_file_number and sent_file_close to the table on the top.
void sent_file_open(lua_State *L);

#endif
