// SPDX-License-Identifier: BSD-3-Clause
// Compiles a text, and replaces the line numbers in the result.

#include "script/moon_lines.h"

#include "base/bytes.h"
#include "base/error.h"
#include "pack/lines.h"

#include <lauxlib.h>
#include <limits.h>

// Pushes the numbers of the array at INDEX as a userdata; a value that is no line number becomes 1.
static uint32_t *push_lines(lua_State *L, int index, size_t count)
{
    uint32_t *lines = lua_newuserdata(L, count * sizeof *lines + 1);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (int)i + 1);
        lua_Number line = lua_tonumber(L, -1);
        lines[i] = line >= 1 && line <= INT_MAX ? (uint32_t)line : 1;
        lua_pop(L, 1);
    }
    return lines;
}

static int append(lua_State *L, const void *data, size_t size, void *buffer)
{
    (void)L;
    luaL_addlstring(buffer, data, size);
    return 0;
}

// Pushes the bytecode of the function on the top.
static void push_dump(lua_State *L)
{
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    if (lua_dump(L, append, &buffer) != 0)
        luaL_error(L, "cannot dump the function");
    luaL_pushresult(&buffer);
}

// Pushes the function of the bytecode on the top, with the line numbers of the array at INDEX.
static int load_dump(lua_State *L, int index)
{
    size_t size, count = lua_objlen(L, index);
    struct bytes mapped = {0};
    const char *dump = lua_tolstring(L, -1, &size);
    const uint32_t *lines = push_lines(L, index, count);
    int error = lines_map(dump, size, lines, count, &mapped);
    int status = 0;
    if (error == 0)
        status = luaL_loadbuffer(L, bytes_front(&mapped), bytes_length(&mapped), "=moon");
    bytes_clear(&mapped);
    if (error < 0)
        return luaL_error(L, "cannot number the lines: %s", error_text(-error));
    return status == 0 ? 1 : lua_error(L);
}

static int load_mapped(lua_State *L)
{
    size_t size;
    const char *code = luaL_checklstring(L, 1, &size);
    const char *name = luaL_checkstring(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    const char *chunk_name = luaL_optstring(L, 4, name);
    luaL_argcheck(L, size == 0 || code[0] != '\033', 1, "text expected, got bytecode");
    lua_settop(L, 4);
    int status = luaL_loadbuffer(L, code, size, chunk_name);
    if (status == 0) {
        push_dump(L);
        return load_dump(L, 3);
    }
    if (status != LUA_ERRSYNTAX)
        return lua_error(L);
    lua_pushnil(L);
    return luaL_loadbuffer(L, code, size, name) == LUA_ERRSYNTAX ? 2 : lua_error(L);
}

int moon_lines_open(lua_State *L)
{
    lua_pushcfunction(L, load_mapped);
    return 1;
}
