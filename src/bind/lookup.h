// SPDX-License-Identifier: BSD-3-Clause
// sss.lookup and sss.resolvers.

#ifndef SSS_BIND_LOOKUP_H
#define SSS_BIND_LOOKUP_H

// The records of the domain name system as tables, and which name servers are asked for them. The
// work is in dns/resolver.

#include <lua.h>

// Adds both to the table on the top.
void lookup_open(lua_State *L);

#endif
