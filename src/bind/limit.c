// SPDX-License-Identifier: BSD-3-Clause
// The time limits that sss.timeout() sets.

#include "bind/limit.h"

#include "base/clock.h"
#include "bind/luax.h"
#include "bind/wait.h"

#define LIMIT_CLASS "sss.timeout"
#define LIMITS "sss.timeouts" // in the registry: address -> limit object, weak

struct limit *limit_earliest(struct limit *limit)
{
    struct limit *found = NULL;
    for (; limit; limit = limit->outer) {
        bool counts = lua_status(limit->co) != LUA_YIELD;
        if (counts && (!found || limit->deadline < found->deadline))
            found = limit;
    }
    return found;
}

void limit_push(lua_State *L, const struct limit *limit)
{
    lua_getfield(L, LUA_REGISTRYINDEX, LIMITS);
    lua_pushlightuserdata(L, (void *)limit);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

void limit_check(lua_State *L, struct limit *limit)
{
    limit = limit_earliest(limit);
    if (limit && limit->deadline <= clock_now()) {
        limit_push(L, limit);
        lua_error(L);
    }
}

// The limit at the top keeps its coroutine alive: otherwise both could be collected at once, and
// the limit be looked at in between.
static void keep_coroutine(lua_State *L)
{
    lua_createtable(L, 1, 0);
    lua_pushthread(L);
    lua_rawseti(L, -2, 1);
    lua_setfenv(L, -2);
}

static void remember(lua_State *L, struct limit *limit)
{
    lua_getfield(L, LUA_REGISTRYINDEX, LIMITS);
    lua_pushlightuserdata(L, limit);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

int limit_enter(lua_State *L)
{
    double seconds = luax_seconds(L, 1);
    struct waiter *w = wait_self();
    struct limit *limit = lua_newuserdata(L, sizeof *limit);
    limit->deadline = clock_deadline(clock_now(), seconds);
    limit->owner = NULL;
    luaL_getmetatable(L, LIMIT_CLASS);
    lua_setmetatable(L, -2);
    limit->co = L;
    keep_coroutine(L);
    remember(L, limit);
    limit->outer = w->limit;
    limit->owner = w;
    w->limit = limit;
    return 1;
}

static void leave(struct limit *limit)
{
    if (!limit->owner)
        return;
    struct limit **at = &limit->owner->limit;
    while (*at != limit)
        at = &(*at)->outer;
    *at = limit->outer;
    limit->owner = NULL;
}

void limit_orphan(struct limit *limit)
{
    for (; limit; limit = limit->outer)
        limit->owner = NULL;
}

int limit_leave(lua_State *L)
{
    leave(luax_check(L, 1, LIMIT_CLASS));
    return 0;
}

// A limit whose sss.timeout() was left behind in a coroutine that nobody resumes.
static int limit_collect(lua_State *L)
{
    leave(luax_check(L, 1, LIMIT_CLASS));
    return 0;
}

// tostring(limit): what a script sees that catches the error of an sss.timeout() around it
static int limit_tostring(lua_State *L)
{
    lua_pushliteral(L, "timeout");
    return 1;
}

void limit_open(lua_State *L)
{
    static const luaL_Reg meta[] = {
        {"__gc", limit_collect}, {"__tostring", limit_tostring}, {NULL, NULL}};
    luax_class(L, LIMIT_CLASS, NULL, meta);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, LIMITS);
}
