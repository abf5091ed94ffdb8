// SPDX-License-Identifier: BSD-3-Clause
// sss.lookup and sss.resolvers.

#ifndef SSS_BIND_LOOKUP_H
#define SSS_BIND_LOOKUP_H

// Gives the records of the domain name system as tables, and sets the name servers that are asked.
// The work is done in dns/resolver.

#include <lua.h>

// Adds both to the table on the top.
void lookup_open(lua_State *L);

#endif
