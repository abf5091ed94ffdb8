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

// The request is the waiter's, which lets go of it also where an error comes in between: no object
// has to be collected for it. It has an owner until it is answered.
static void release(struct waiter *w)
{
    struct resolve *req = w->object;
    w->op.u.wait.forsake = NULL;
    if (req->owner)
        loop_abandon(scheduler_loop(), req);
    else
        resolve_free(req);
}

static void forsake_request(struct op *op)
{
    release(container_of(op, struct waiter, op));
}

static int finish_resolve(lua_State *L, struct waiter *w)
{
    if (w->op.result < 0) {
        release(w);
        return fail_resolve(L, w, lua_tostring(L, 1));
    }
    w->op.u.wait.forsake = forsake_request; // without memory for the addresses
    push_addresses(L, w->object);
    release(w);
    return 1;
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
    struct resolve *req;
    int r = loop_resolve(scheduler_loop(), &w->op, host, service, family, type, false, &req);
    if (r < 0)
        return luax_fail(L, "resolve", -r, NULL);
    w->object = req;
    w->op.u.wait.forsake = forsake_request;
    return wait_for(L, w, finish_resolve);
}

void resolve_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"resolve", resolve}, {NULL, NULL}};
    luax_register(L, functions, false);
}
