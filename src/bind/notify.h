// SPDX-License-Identifier: BSD-3-Clause
// Telling a service manager, for lua/sss/8_notify.lua.

#ifndef SSS_BIND_NOTIFY_H
#define SSS_BIND_NOTIFY_H

// What Lua cannot do for sss.notify(): the environment, a datagram, and a beat, which calls a
// function again and again but keeps no program going. It refuses to know what is told.

#include <lua.h>

// Adds the table `notifier` to the private table on the top of the stack.
void notify_open_functions(lua_State *L);

#endif
