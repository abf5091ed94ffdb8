// SPDX-License-Identifier: BSD-3-Clause
// Address objects.

#ifndef SSS_SOCKET_ADDRESS_H
#define SSS_SOCKET_ADDRESS_H

// sys/addr for Lua: objects with fields, and all forms in which a script may write an address. It
// refuses to resolve names, which it returns as they are.

#include "sys/addr.h"

#include <lua.h>

#define ADDRESS_CLASS "sss.address"

// Pushes an address object with a copy of A. The copy is only as long as the family of A needs, so
// it must not be copied as a whole struct addr.
const struct addr *address_push(lua_State *L, const struct addr *a);

// The address object at IDX, or an argument error.
const struct addr *address_check(lua_State *L, int idx);

// The address family at IDX, given by a word or a number; OTHERWISE for nil.
int address_family(lua_State *L, int idx, int otherwise);

// Registers the class; adds toladdress to the table on the top.
void address_open(lua_State *L);

// address(value, domain, name, n) -> object, or nil, host, port, family: VALUE, the argument N of
// the function NAME, is a name to be resolved, to an address of FAMILY (0: any).
int address_parse(lua_State *L);

#endif
