// SPDX-License-Identifier: BSD-3-Clause
// Socket objects: names, fields, text.

#include "luax/luax.h"
#include "socket/address.h"
#include "socket/socket.h"
#include "sys/names.h"
#include "sys/sock.h"

#include <string.h>

static int push_name(lua_State *L, int (*name)(int, struct addr *))
{
    struct addr a;
    int error = name(socket_check(L)->stream->fd, &a);
    if (error < 0)
        luax_fail(L, luax_name(L), -error, NULL);
    luax_no_more(L, 1);
    address_push(L, &a);
    return 1;
}

// socket:getsockname() -> address
static int socket_getsockname(lua_State *L)
{
    return push_name(L, sock_local);
}

// socket:getpeername() -> address
static int socket_getpeername(lua_State *L)
{
    return push_name(L, sock_peer);
}

// field(socket, name) -> value or nil
static int socket_field(lua_State *L)
{
    const struct socket *s = luax_check(L, 1, SOCKET_CLASS);
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "fd") == 0 || strcmp(key, "sid") == 0)
        lua_pushinteger(L, s->stream ? s->stream->fd : 0);
    else if (strcmp(key, "domain") == 0)
        lua_pushinteger(L, s->domain);
    else if (strcmp(key, "type") == 0)
        lua_pushinteger(L, s->type);
    else if (strcmp(key, "protocol") == 0)
        lua_pushinteger(L, s->protocol);
    else
        lua_pushnil(L);
    return 1;
}

static void push_kind(lua_State *L, const struct socket *s)
{
    bool inet = s->domain == AF_INET || s->domain == AF_INET6;
    const char *type = names_name(names_types, s->type);
    if (inet && s->type == SOCK_STREAM)
        lua_pushliteral(L, "tcp");
    else if (inet && s->type == SOCK_DGRAM)
        lua_pushliteral(L, "udp");
    else
        lua_pushfstring(L, "%s %s", names_name(names_families, s->domain), type ? type : "?");
}

// Pushes BEFORE and the address of one end, if it has one.
static void push_end(lua_State *L, const struct socket *s, const char *before,
                     int (*name)(int, struct addr *))
{
    char text[ADDR_TEXT_MAX];
    struct addr a;
    if (name(s->stream->fd, &a) < 0)
        return;
    size_t len = addr_format(&a, text);
    lua_pushstring(L, before);
    lua_pushlstring(L, text, len);
}

// tostring(socket): "socket: tcp 127.0.0.1:80 -> 127.0.0.1:4711"
int socket_tostring(lua_State *L)
{
    const struct socket *s = luax_check(L, 1, SOCKET_CLASS);
    lua_settop(L, 1);
    lua_pushliteral(L, "socket: ");
    if (s->stream)
        push_kind(L, s);
    if (s->stream)
        push_end(L, s, " ", sock_local);
    if (s->stream)
        push_end(L, s, " -> ", sock_peer);
    if (!s->stream)
        lua_pushliteral(L, "closed");
    lua_concat(L, lua_gettop(L) - 1);
    return 1;
}

const luaL_Reg socket_name_methods[] = {
    {"field", socket_field},
    {"getsockname", socket_getsockname},
    {"getpeername", socket_getpeername},
    {NULL, NULL},
};
