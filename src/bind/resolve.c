// SPDX-License-Identifier: BSD-3-Clause
// sss.resolve.

#include "bind/resolve.h"

#include "bind/address.h"
#include "bind/luax.h"
#include "bind/scheduler.h"
#include "net/names.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static void push_addresses(lua_State *L, struct resolve *req)
{
    lua_createtable(L, (int)req->count, 0);
    for (size_t i = 0; i < req->count; i++) {
        address_push(L, &req->addrs[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

// Pushes the error with the name that was asked for as its address.
static int fail_resolve(lua_State *L, struct waiter *w, const char *host)
{
    wait_push_error(L, w, NULL);
    if (lua_istable(L, -1)) {
        lua_pushstring(L, host);
        lua_setfield(L, -2, "address");
    }
    return lua_error(L);
}

// The request has an owner until it is answered.
static void release(struct resolve **held)
{
    if (*held && (*held)->owner)
        loop_abandon(scheduler_loop(), *held);
    else if (*held)
        resolve_free(*held);
    *held = NULL;
}

// The request is held by an object on the stack, with the host's name behind the pointer.
static int finish_resolve(lua_State *L, struct waiter *w)
{
    struct resolve **held = w->object;
    if (w->op.result < 0) {
        release(held);
        return fail_resolve(L, w, (const char *)(held + 1));
    }
    push_addresses(L, *held);
    release(held);
    return 1;
}

static void forsake_request(struct op *op)
{
    struct waiter *w = container_of(op, struct waiter, op);
    struct resolve **held = w->object;
    if (held)
        release(held);
}

static int request_collect(lua_State *L)
{
    struct resolve **held = lua_touserdata(L, 1);
    if (*held && (*held)->owner)
        container_of((*held)->owner, struct waiter, op)->object = NULL;
    release(held);
    return 0;
}

static int number_or(double n, int otherwise)
{
    return n >= 0 && n <= INT_MAX && n == floor(n) ? (int)n : otherwise;
}

// The value of option KEY at stack index 3, a word of NAMES or a number; nil: OTHERWISE.
static int word_option(lua_State *L, const char *key, const struct name *names, int otherwise)
{
    int value = -ENOENT;
    lua_getfield(L, 3, key);
    if (lua_isnil(L, -1))
        value = otherwise;
    else if (lua_type(L, -1) == LUA_TNUMBER)
        value = number_or(lua_tonumber(L, -1), -ENOENT);
    else if (lua_type(L, -1) == LUA_TSTRING)
        value = names_value(names, lua_tostring(L, -1), lua_objlen(L, -1));
    if (value < 0)
        luax_arg_error(L, 3, "option '%s': no such word or number", key);
    lua_pop(L, 1);
    return value;
}

static struct resolve **push_request(lua_State *L, const char *host, size_t len)
{
    struct resolve **held = lua_newuserdata(L, sizeof *held + len + 1);
    *held = NULL;
    memcpy(held + 1, host, len + 1);
    luaL_getmetatable(L, "sss.resolve");
    lua_setmetatable(L, -2);
    return held;
}

// sss.resolve(host [, service [, {family=, type=}]]) -> array of addresses
static int resolve(lua_State *L)
{
    static const char *const keys[] = {"family", "type", NULL};
    size_t len;
    const char *host = luax_string(L, 1, &len);
    if (lua_type(L, 2) == LUA_TNUMBER)
        luax_integer(L, 2, 0, 65535);
    const char *service = lua_isnoneornil(L, 2) ? NULL : luax_string(L, 2, NULL);
    if (len == 0 || strlen(host) != len)
        luax_arg_error(L, 1, "not a host name");
    if (service && addr_parse_port(service, strlen(service)) == -ERANGE)
        luax_arg_error(L, 2, "port must be 0 to 65535, got %s", service);
    int family = AF_UNSPEC, type = SOCK_STREAM;
    lua_settop(L, 3);
    if (luax_options(L, 3, keys)) {
        family = word_option(L, "family", names_families, AF_UNSPEC);
        type = word_option(L, "type", names_types, SOCK_STREAM);
    }
    struct waiter *w = wait_begin(L, OP_WAIT);
    struct resolve **held = push_request(L, host, len);
    int r = loop_resolve(scheduler_loop(), &w->op, host, service, family, type, false, held);
    if (r < 0)
        return luax_fail(L, "resolve", -r, NULL);
    w->object = held;
    w->op.u.wait.forsake = forsake_request;
    w->kept = (unsigned char)lua_gettop(L);
    return wait_for(L, w, finish_resolve);
}

void resolve_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"resolve", resolve}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", request_collect}, {NULL, NULL}};
    luax_class(L, "sss.resolve", NULL, meta);
    luax_register(L, functions, false);
}
