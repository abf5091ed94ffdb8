// SPDX-License-Identifier: BSD-3-Clause
// Socket options as Lua values.

#ifndef SSS_SOCKET_OPTION_VALUE_H
#define SSS_SOCKET_OPTION_VALUE_H

// Turns the values of options in sys/sockopt into Lua values and back, according to the kind of the
// option. Both directions use the same form. It refuses to know sockets.

#include "sys/sockopt.h"

#include <lua.h>

// The option with the name or number at IDX.
const struct sockopt *option_check(lua_State *L, int idx);

// The value at IDX for OPTION; an argument error that names the option and what it takes.
void option_value(lua_State *L, int idx, const struct sockopt *option, struct sockopt_value *value);

void option_push(lua_State *L, const struct sockopt *option, const struct sockopt_value *value);

// Raises the error of a get or set of OPTION.
int option_fail(lua_State *L, const struct sockopt *option, int code);

// Adds the tables SO, TCP, IP, IPV6, UDP (and so) to the table on the top.
void option_open(lua_State *L);

#endif
