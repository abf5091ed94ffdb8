// SPDX-License-Identifier: BSD-3-Clause
// What can be done on a socket at once, for compiled Lua code.

#ifndef SSS_BIND_QUICK_H
#define SSS_BIND_QUICK_H

// Reading a line, and sending or holding back a string, where nothing is unusual; otherwise these
// functions do nothing, and the ordinary functions of the socket do it all. They have no lua_State,
// so that Lua code calls them by ffi: compiled by the JIT compiler such a call costs 2 ns, one by
// the C API 40.

#include <lua.h>
#include <stddef.h>

struct socket;

enum quick_result {
    QUICK_NOTHING, // nothing was done
    QUICK_DONE,    // a line was found
    QUICK_PARKED,  // the op is in flight: yield, then quick_finish()
    QUICK_FINISH,  // the op has ended with something else than a line: finish()
};

// A line of S, without its end if CHOMP. It is consumed, and stays in place until the next
// operation on any socket. OUTERMOST: the caller runs in his task's own coroutine, so he can wait.
int quick_line(struct socket *s, int chomp, int outermost);

// After the wait with this serial number: true when a line was found; otherwise finish() tells.
int quick_finish(double serial);

// Sends or holds back SIZE bytes: how many were taken care of, perhaps none or a part.
int quick_send(struct socket *s, const char *data, int size);

// Adds to the table on the top the functions as pointers, and quick_found, where they leave
// {double serial; const char *data; int size}: the wait's serial number, and the line.
void quick_open(lua_State *L);

#endif
