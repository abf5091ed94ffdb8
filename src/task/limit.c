// SPDX-License-Identifier: BSD-3-Clause
// The time limits that sss.timeout() sets.

#include "task/limit.h"

#include "base/clock.h"
#include "luax/luax.h"
#include "task/wait.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define LIMIT_CLASS "sss.timeout"

enum { MANY = 16 }; // limits of a waiter; a power of two

static int limit_class; // for luax_set_class()
static int links;       // reference of a weak table: address of a limit -> its link

// The object of a limit, which a script may see as an error. The object and its link, a table that
// is its environment, keep each other alive. The weak table holds the link, because a userdata is
// removed from a weak table even when a finalizer makes it reachable again.
struct object {
    struct limit *limit; // NULL when the limit was left
};

enum { LINK_COROUTINE = 1, LINK_OBJECT }; // keys

// Pushes the address as a number, because a light userdata may need memory.
static void push_key(lua_State *L, const struct limit *limit)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, links);
    lua_pushnumber(L, (lua_Number)(uintptr_t)limit);
}

// Pushes two values, the second of which is the link, or nil when the object was collected, perhaps
// with the coroutine of the limit.
static bool push_link(lua_State *L, const struct limit *limit)
{
    push_key(L, limit);
    lua_rawget(L, -2);
    return lua_type(L, -1) == LUA_TTABLE;
}

static bool has_object(lua_State *L, const struct limit *limit)
{
    bool has = push_link(L, limit);
    lua_pop(L, 2);
    return has;
}

// Pushes the object; or pushes nil and returns NULL.
static struct object *push_object(lua_State *L, const struct limit *limit)
{
    if (push_link(L, limit)) {
        lua_rawgeti(L, -1, LINK_OBJECT);
        lua_remove(L, -2);
    }
    lua_remove(L, -2);
    return lua_touserdata(L, -1);
}

void limit_push(lua_State *L, const struct limit *limit)
{
    push_object(L, limit);
}

// Takes the limit at *AT out of its chain. The entry of its address stays in the table until the
// object is collected, or another limit has the same address.
static void drop(struct limit **at)
{
    struct limit *limit = *at;
    *at = limit->outer;
    free(limit);
}

// Also removes limits whose object was collected.
struct limit *limit_earliest(lua_State *L, struct waiter *w)
{
    struct limit *found = NULL, **at = &w->limit;
    unsigned count = 0;
    while (*at) {
        struct limit *limit = *at;
        if (!has_object(L, limit)) {
            drop(at);
            continue;
        }
        bool counts = lua_status(limit->co) != LUA_YIELD;
        if (counts && (!found || limit->deadline < found->deadline))
            found = limit;
        at = &limit->outer;
        count++;
    }
    if (w->limit)
        w->limit->among = count;
    return found;
}

void limit_check(lua_State *L, struct waiter *w)
{
    const struct limit *limit = limit_earliest(L, w);
    if (limit && limit->deadline <= clock_now()) {
        limit_push(L, limit);
        lua_error(L);
    }
}

// Pushes a new object, and its link.
static struct object *make_object(lua_State *L)
{
    struct object *object = lua_newuserdata(L, sizeof *object);
    object->limit = NULL;
    luax_set_class(L, limit_class);
    lua_createtable(L, 2, 0);
    lua_pushthread(L);
    lua_rawseti(L, -2, LINK_COROUTINE);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, LINK_OBJECT);
    lua_pushvalue(L, -1);
    lua_setfenv(L, -3);
    return object;
}

static struct limit *add_limit(struct waiter *w, lua_State *co, double seconds)
{
    struct limit *limit = malloc(sizeof *limit);
    if (!limit)
        return NULL;
    limit->deadline = clock_deadline(clock_now(), seconds);
    limit->outer = w->limit;
    limit->owner = w;
    limit->co = co;
    limit->among = w->limit ? w->limit->among + 1 : 1;
    w->limit = limit;
    return limit;
}

// Without memory for its entry in the table, the limit is treated as one whose object was
// collected. When an earlier limit had the same address, the entry exists already.
int limit_enter(lua_State *L)
{
    double seconds = luax_seconds(L, 1);
    struct waiter *w = wait_self();
    struct object *object = make_object(L);
    struct limit *limit = add_limit(w, L, seconds);
    if (!limit)
        return luax_fail(L, "timeout", ENOMEM, NULL);
    push_key(L, limit);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 2);
    object->limit = limit;
    // Many limits are left over only in a script that never waits.
    if (limit->among >= MANY && (limit->among & (limit->among - 1)) == 0)
        limit_earliest(L, w);
    return 1;
}

int limit_leave(lua_State *L)
{
    struct object *object = luax_check(L, 1, LIMIT_CLASS);
    struct limit *limit = object->limit;
    if (!limit)
        return 0;
    struct limit **at = &limit->owner->limit;
    while (*at != limit)
        at = &(*at)->outer;
    object->limit = NULL;
    drop(at);
    return 0;
}

void limit_orphan(lua_State *L, struct waiter *w)
{
    while (w->limit) {
        struct object *object = push_object(L, w->limit);
        lua_pop(L, 1);
        if (object)
            object->limit = NULL;
        drop(&w->limit);
    }
}

// tostring(limit): the text for a script that catches the error of an sss.timeout() around it
static int limit_tostring(lua_State *L)
{
    lua_pushliteral(L, "timeout");
    return 1;
}

void limit_open(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__tostring", limit_tostring}, {NULL, NULL}};
    limit_class = luax_class(L, LIMIT_CLASS, NULL, meta);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    links = luaL_ref(L, LUA_REGISTRYINDEX);
}
