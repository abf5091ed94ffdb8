// SPDX-License-Identifier: BSD-3-Clause
// Socket objects: options and timeouts.

#include "luax/luax.h"
#include "luax/reclaim.h"
#include "socket/option_value.h"
#include "socket/socket.h"

#include <string.h>

// socket:setsockopt(name [, value = 1]) -> socket
static int socket_setsockopt(lua_State *L)
{
    struct socket *s = socket_check(L);
    struct sockopt_value value;
    const struct sockopt *option = option_check(L, 2);
    luax_no_more(L, 3);
    if (lua_gettop(L) < 3) {
        lua_settop(L, 2);
        lua_pushinteger(L, 1);
    }
    option_value(L, 3, option, &value);
    socket_check(L); // a metamethod of the value may have closed the socket
    int error = sockopt_set(s->stream->fd, option, &value);
    if (reclaim_descriptors(L, error)) { // the system needs a descriptor to look for an interface
        socket_check(L);
        error = sockopt_set(s->stream->fd, option, &value);
    }
    if (error == -EINVAL)
        luax_arg_error(L, 3, "option '%s.%s' takes %s; this value is invalid", option->table,
                       option->name, sockopt_takes(option));
    if (error < 0)
        return option_fail(L, option, -error);
    if (option->kind == SOCKOPT_LINGER)
        s->stream->lingers = true;
    lua_settop(L, 1);
    return 1;
}

// socket:getsockopt(name) -> value
static int socket_getsockopt(lua_State *L)
{
    struct socket *s = socket_check(L);
    struct sockopt_value value;
    const struct sockopt *option = option_check(L, 2);
    luax_no_more(L, 2);
    int error = sockopt_get(s->stream->fd, option, &value);
    if (error < 0)
        return option_fail(L, option, -error);
    option_push(L, option, &value);
    return 1;
}

static int set_flag(lua_State *L, const char *name)
{
    luax_no_more(L, 2);
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_pushboolean(L, true);
        lua_replace(L, 2);
    }
    lua_pushstring(L, name);
    lua_insert(L, 2);
    return socket_setsockopt(L);
}

// socket:reuseaddr([on = true]) -> socket
static int socket_reuseaddr(lua_State *L)
{
    return set_flag(L, "reuseaddr");
}

// socket:broadcast([on = true]) -> socket
static int socket_broadcast(lua_State *L)
{
    return set_flag(L, "broadcast");
}

// ---- timeouts

// Pops a number of seconds; OTHERWISE for nil.
static double pop_seconds(lua_State *L, const char *key, double otherwise)
{
    double seconds = otherwise;
    if (lua_type(L, -1) == LUA_TNUMBER)
        seconds = lua_tonumber(L, -1);
    else if (lua_isboolean(L, -1) && !lua_toboolean(L, -1))
        seconds = -1;
    else if (!lua_isnil(L, -1))
        luax_arg_error(L, 2, "'%s': number of seconds expected, got %s", key, luaL_typename(L, -1));
    if (seconds != seconds)
        luax_arg_error(L, 2, "'%s': number of seconds expected, got nan", key);
    lua_pop(L, 1);
    return seconds < 0 ? -1 : seconds;
}

// Accepts both spellings that scripts use.
static double timeout_field(lua_State *L, const char *key, const char *other, double otherwise)
{
    lua_getfield(L, 2, key);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_getfield(L, 2, other);
    }
    return pop_seconds(L, key, otherwise);
}

// socket:settimeout(seconds | {send=, receive=} | nil) -> socket
static int socket_settimeout(lua_State *L)
{
    static const char *const keys[] = {"send", "receive", "snd", "rcv", NULL};
    struct socket *s = socket_check(L);
    struct timeouts timeouts = socket_timeouts(s);
    luax_no_more(L, 2);
    lua_settop(L, 2);
    if (lua_istable(L, 2)) {
        luax_options(L, 2, keys);
        timeouts.send = timeout_field(L, "send", "snd", timeouts.send);
        timeouts.receive = timeout_field(L, "receive", "rcv", timeouts.receive);
    } else {
        if (!lua_isnil(L, 2) && lua_type(L, 2) != LUA_TNUMBER)
            luax_type_error(L, 2, "number of seconds, table or nil");
        timeouts.send = timeouts.receive = pop_seconds(L, "timeout", -1);
    }
    if (!socket_set_timeouts(s, timeouts))
        return luax_fail(L, "settimeout", ENOMEM, NULL);
    lua_settop(L, 1);
    return 1;
}

static void push_timeout(lua_State *L, double seconds)
{
    if (seconds < 0)
        lua_pushnil(L);
    else
        lua_pushnumber(L, seconds);
}

// socket:gettimeout() -> receive, send
static int socket_gettimeout(lua_State *L)
{
    struct socket *s = socket_check(L);
    luax_no_more(L, 1);
    struct timeouts timeouts = socket_timeouts(s);
    push_timeout(L, timeouts.receive);
    push_timeout(L, timeouts.send);
    return 2;
}

const luaL_Reg socket_option_methods[] = {
    {"setsockopt", socket_setsockopt},
    {"getsockopt", socket_getsockopt},
    {"setopt", socket_setsockopt},
    {"getopt", socket_getsockopt},
    {"reuseaddr", socket_reuseaddr},
    {"broadcast", socket_broadcast},
    {"settimeout", socket_settimeout},
    {"gettimeout", socket_gettimeout},
    {NULL, NULL},
};
