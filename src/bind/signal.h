// SPDX-License-Identifier: BSD-3-Clause
// Signals as Lua objects.

#ifndef SSS_BIND_SIGNAL_H
#define SSS_BIND_SIGNAL_H

// sss.signal() makes an object that a task waits on; sss.onsignal() has a task started each time a
// signal comes. The second keeps a waiter in flight that belongs to no task, so that it keeps no
// program alive. It refuses to know how signals arrive: that is loop/signals.

#include <lua.h>

// Adds signal and onsignal to the table on the top.
void signal_open(lua_State *L);

#endif
