// SPDX-License-Identifier: BSD-3-Clause
// Address objects.

#ifndef SSS_SOCKET_ADDRESS_H
#define SSS_SOCKET_ADDRESS_H

// The Lua face of sys/addr: objects with fields, and everything that a script may write for an
// address. It refuses to resolve names: it hands them back.

#include "sys/addr.h"

#include <lua.h>

#define ADDRESS_CLASS "sss.address"

// Pushes an address object: a copy of A. It has room for A's own family only; never copy it whole.
const struct addr *address_push(lua_State *L, const struct addr *a);

// The address object at IDX, or an argument error.
const struct addr *address_check(lua_State *L, int idx);

// The word or number of an address family at IDX; nil: OTHERWISE.
int address_family(lua_State *L, int idx, int otherwise);

// Registers the class; adds toladdress to the table on the top.
void address_open(lua_State *L);

// address(value, domain, name, n) -> object, or nil, host, port, family: VALUE, the argument N of
// the function NAME, is a name to be resolved, to an address of FAMILY (0: any).
int address_parse(lua_State *L);

#endif
