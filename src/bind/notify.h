// SPDX-License-Identifier: BSD-3-Clause
// Telling a service manager, for lua/sss/8_notify.lua.

#ifndef SSS_BIND_NOTIFY_H
#define SSS_BIND_NOTIFY_H

// What Lua cannot do for sss.notify(): read the environment, send a datagram, and call a function
// at regular times without keeping the program running. It refuses to know what is sent.

#include <lua.h>

// Adds the table `notifier` to the private table on the top of the stack.
void notify_open_functions(lua_State *L);

#endif
