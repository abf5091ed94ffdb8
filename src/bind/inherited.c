// SPDX-License-Identifier: BSD-3-Clause
// What sss.inherited() needs of the system.

#include "bind/inherited.h"

#include "bind/luax.h"
#include "net/sock.h"

#include <unistd.h>

// pid() -> number of this process
static int private_pid(lua_State *L)
{
    lua_pushinteger(L, getpid());
    return 1;
}

// is_socket(fd) -> boolean. Raises when the descriptor is not open.
static int private_is_socket(lua_State *L)
{
    int domain, type, protocol;
    int r = sock_adopt((int)luaL_checkinteger(L, 1), &domain, &type, &protocol);
    if (r < 0 && r != -ENOTSOCK)
        return luax_fail(L, "inherited", -r, NULL);
    lua_pushboolean(L, r == 0);
    return 1;
}

void inherited_open_private(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"pid", private_pid}, {"is_socket", private_is_socket}, {NULL, NULL}};
    luax_register(L, functions, false);
}
