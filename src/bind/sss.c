// SPDX-License-Identifier: BSD-3-Clause
// The module `sss`, put together.

#include "bind/sss.h"

#include "base/notice.h"
#include "bind/descriptor.h"
#include "bind/lookup.h"
#include "bind/notify.h"
#include "bind/resolve.h"
#include "bind/signal.h"
#include "bind/stats.h"
#include "bind/workers.h"
#include "luax/luax.h"
#include "luax/object.h"
#include "luax/reclaim.h"
#include "socket/address.h"
#include "socket/fast.h"
#include "socket/option_value.h"
#include "socket/sent_file.h"
#include "socket/socket.h"
#include "sys/names.h"
#include "sys/sock.h"
#include "sys/sock_file.h"
#include "task/inner.h"
#include "task/scheduler.h"
#include "task/task_class.h"
#include "task/time.h"

#include <stdio.h>
#include <unistd.h>

// Sets the table NAMES as a Lua table under two keys, such as sss.AF and sss.af.
static void add_names(lua_State *L, const struct name *names, const char *key, const char *other)
{
    lua_newtable(L);
    for (; names->name; names++) {
        lua_pushinteger(L, names->value);
        lua_setfield(L, -2, names->name);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, key);
    lua_setfield(L, -2, other);
}

// fail(op, code_name [, address]): raises the error object
static int private_fail(lua_State *L)
{
    const struct addr *a = luax_test(L, 3, ADDRESS_CLASS);
    return luax_fail(L, luaL_checkstring(L, 1), error_code(luaL_checkstring(L, 2)), a);
}

// raise(text): raises a text, placed in the script
static int private_raise(lua_State *L)
{
    return luax_raise(L, "%s", luaL_checkstring(L, 1));
}

// unlink_stale(address, type): removes a unix socket's file that nobody listens on
static int private_unlink_stale(lua_State *L)
{
    const struct addr *a = address_check(L, 1);
    int type = (int)luaL_checkinteger(L, 2), r = 0;
    int alive = sock_unix_alive(a, type);
    if (reclaim_descriptors(L, alive))
        alive = sock_unix_alive(a, type);
    // Anything but a stale socket is left there, and bind(2) reports what is in the way.
    if (alive == 0)
        r = sock_unlink(a);
    return r < 0 ? luax_fail(L, "listen", -r, a) : 0;
}

// lock_folder(address) -> number of the lock; nil when there is nothing to lock, or it cannot be
// locked
static int private_lock_folder(lua_State *L)
{
    int lock = sock_lock_folder(address_check(L, 1));
    if (lock < 0)
        return 0;
    lua_pushinteger(L, lock);
    return 1;
}

// unlock_folder(lock)
static int private_unlock_folder(lua_State *L)
{
    sock_close((int)luaL_checkinteger(L, 1));
    return 0;
}

// chmod(address, mode): of a unix socket's file
static int private_chmod(lua_State *L)
{
    const struct addr *a = address_check(L, 1);
    int error = sock_chmod(a, (unsigned)luaL_checkinteger(L, 2));
    return error < 0 ? luax_fail(L, "listen", -error, a) : 0;
}

// reclaim_cost() -> how long the last collection for want of descriptors took, in seconds
static int private_reclaim_cost(lua_State *L)
{
    lua_pushnumber(L, reclaim_cost());
    return 1;
}

// pid() -> number of this process
static int private_pid(lua_State *L)
{
    lua_pushinteger(L, getpid());
    return 1;
}

// tell(text): prints a message of the program on standard error, by one system call
static int private_tell(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    fflush(stdout);
    notice_write(text, size);
    return 0;
}

// is_socket(fd) -> boolean. Raises when the descriptor is not open.
static int private_is_socket(lua_State *L)
{
    int domain, type, protocol;
    int r = sock_adopt((int)luaL_checkinteger(L, 1), &domain, &type, &protocol);
    if (r < 0 && r != -ENOTSOCK)
        return luax_fail(L, "inherited", -r, NULL);
    lua_pushboolean(L, r >= 0);
    return 1;
}

// methods_of(class) -> the table of its C functions
static int private_methods_of(lua_State *L)
{
    luaL_getmetatable(L, luaL_checkstring(L, 1));
    lua_getfield(L, -1, "__index");
    return 1;
}

// metatable_of(class) -> metatable
static int private_metatable_of(lua_State *L)
{
    luaL_getmetatable(L, luaL_checkstring(L, 1));
    return 1;
}

// class_of(class) -> what getmetatable() gives for its objects
static int private_class_of(lua_State *L)
{
    luaL_getmetatable(L, luaL_checkstring(L, 1));
    lua_getfield(L, -1, "__metatable");
    return 1;
}

static void open_private(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"address", address_parse},
        {"fail", private_fail},
        {"raise", private_raise},
        {"unlink_stale", private_unlink_stale},
        {"lock_folder", private_lock_folder},
        {"unlock_folder", private_unlock_folder},
        {"chmod", private_chmod},
        {"reclaim_cost", private_reclaim_cost},
        {"pid", private_pid},
        {"tell", private_tell},
        {"is_socket", private_is_socket},
        {"methods_of", private_methods_of},
        {"metatable_of", private_metatable_of},
        {"class_of", private_class_of},
        {NULL, NULL},
    };
    lua_newtable(L);
    luax_register(L, functions, false);
    inner_open(L);
    object_open(L);
    fast_open(L);
    sent_file_open(L);
    process_open(L);
    notify_open_functions(L);
    resolve_open_private(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "sss.private");
}

int luaopen_sss(lua_State *L)
{
    luax_open(L); // first: the others need its error objects
    scheduler_open(L);
    lua_newtable(L);
    add_names(L, names_families, "AF", "af");
    add_names(L, names_types, "SOCK", "sock");
    option_open(L);
    address_open(L);
    task_class_open(L);
    time_open(L);
    resolve_open(L);
    lookup_open(L);
    socket_open_class(L);
    signal_open(L);
    descriptor_open(L);
    stats_open(L);
    lua_pushliteral(L, SSSRUN_VERSION);
    lua_setfield(L, -2, "version");
    open_private(L);
    return 1;
}
