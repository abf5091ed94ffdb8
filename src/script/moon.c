// SPDX-License-Identifier: BSD-3-Clause
// Loads lua/moon.lua and calls it.

#include "script/moon.h"

#include "script/embedded.h"
#include "script/modules.h"
#include "script/moon_lines.h"

#include <lauxlib.h>
#include <string.h>

#define REGISTRY_FIELD "sss.moon"
#define SUFFIX ".moon"

bool moon_is_name(const char *path)
{
    size_t length = strlen(path);
    size_t suffix = strlen(SUFFIX);
    return length > suffix && strcmp(path + length - suffix, SUFFIX) == 0;
}

static void load_table(lua_State *L)
{
    const struct embedded *file = embedded_find("lua/moon.lua");
    if (!file)
        luaL_error(L, "this build has no MoonScript");
    modules_load(L, file, "=[sss]");
    moon_lines_open(L);
    lua_call(L, 1, 1);
}

void moon_open(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, REGISTRY_FIELD);
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    load_table(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, REGISTRY_FIELD);
}

// Calls the function FIELD of the table with TEXT and NAME; pushes its result, or a message.
static int call(lua_State *L, const char *field, const char *text, size_t size, const char *name)
{
    moon_open(L);
    lua_getfield(L, -1, field);
    lua_remove(L, -2);
    lua_pushlstring(L, text, size);
    lua_pushstring(L, name);
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) {
        lua_remove(L, -2);
        return -1;
    }
    lua_pop(L, 1);
    return 0;
}

int moon_load(lua_State *L, const char *text, size_t size, const char *name)
{
    return call(L, "load", text, size, name);
}

int moon_to_lua(lua_State *L, const char *text, size_t size, const char *name)
{
    return call(L, "show", text, size, name);
}
