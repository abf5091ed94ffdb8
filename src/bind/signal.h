// SPDX-License-Identifier: BSD-3-Clause
// Signals as Lua objects.

#ifndef SSS_BIND_SIGNAL_H
#define SSS_BIND_SIGNAL_H

// sss.signal() makes an object on which a task can wait; sss.onsignal() starts a task each time a
// signal comes. The second keeps a waiter in flight that belongs to no task, so it does not keep
// the program running. It refuses to know how signals arrive, which is in loop/signals.

#include <lua.h>

// Adds signal and onsignal to the table on the top.
void signal_open(lua_State *L);

#endif
