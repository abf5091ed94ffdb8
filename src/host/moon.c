// SPDX-License-Identifier: BSD-3-Clause
// Loads lua/moon.lua and calls it.

#include "host/moon.h"

#include "base/bytes.h"
#include "base/error.h"
#include "host/embedded.h"
#include "host/lines.h"
#include "host/modules.h"

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

// Pushes the numbers of the array at INDEX as a block of memory.
static uint32_t *push_lines(lua_State *L, int index, size_t count)
{
    uint32_t *lines = lua_newuserdata(L, count * sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (int)i + 1);
        lines[i] = (uint32_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    return lines;
}

// map_lines(dump, lines) -> function
static int map_lines(lua_State *L)
{
    size_t size;
    struct bytes mapped = {0};
    const char *dump = luaL_checklstring(L, 1, &size);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t count = lua_objlen(L, 2);
    const uint32_t *lines = push_lines(L, 2, count);
    int error = lines_map(dump, size, lines, count, &mapped);
    int status = 0;
    if (error == 0)
        status = luaL_loadbuffer(L, bytes_front(&mapped), bytes_length(&mapped), "=moon");
    bytes_clear(&mapped);
    if (error < 0)
        return luaL_error(L, "cannot number the lines: %s", error_text(-error));
    return status == 0 ? 1 : lua_error(L);
}

static void load_table(lua_State *L)
{
    const struct embedded *file = embedded_find("lua/moon.lua");
    if (file == NULL)
        luaL_error(L, "this build has no MoonScript");
    modules_load(L, file, "=[sss]");
    lua_pushcfunction(L, map_lines);
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

int moon_load(lua_State *L, const char *text, size_t size, const char *name)
{
    moon_open(L);
    lua_getfield(L, -1, "load");
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
