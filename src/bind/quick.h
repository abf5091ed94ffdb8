// SPDX-License-Identifier: BSD-3-Clause
// What can be done on a socket at once, for compiled Lua code.

#ifndef SSS_BIND_QUICK_H
#define SSS_BIND_QUICK_H

// A line that is there already, and a string that can be sent or held back now, need no op and no
// waiter's state. These functions do just that, and do nothing whenever anything is unusual: the
// ordinary functions of the socket then do it all. They have no lua_State, so that Lua code calls
// them by ffi: compiled by the JIT compiler such a call costs 2 ns, one by the C API 40.

#include <lua.h>
#include <stddef.h>

struct socket;

// A line of S, without its end if CHOMP, to *DATA and *SIZE: it is consumed, and stays in place
// until the next operation on any socket. False: nothing was done.
int quick_line(struct socket *s, int chomp);

// Sends or holds back SIZE bytes: how many were taken care of, perhaps none or a part.
int quick_send(struct socket *s, const char *data, int size);

// Adds to the table on the top, as pointers: quick_line, quick_send, and quick_found, where
// quick_line leaves {const char *data; int size}.
void quick_open(lua_State *L);

#endif
