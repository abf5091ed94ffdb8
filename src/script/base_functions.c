// SPDX-License-Identifier: BSD-3-Clause
// The functions of the base libraries that our own Lua code calls.

#include "script/base_functions.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#define REGISTRY_FIELD "sss.base"

static const struct {
    const char *library; // "_G" for a global; the rows of a library stand together
    const char *name;
} functions[] = {
    {"_G", "_G"},
    {"_G", "error"},
    {"_G", "getmetatable"},
    {"_G", "ipairs"},
    {"_G", "next"},
    {"_G", "pairs"},
    {"_G", "pcall"},
    {"_G", "rawget"},
    {"_G", "rawset"},
    {"_G", "require"},
    {"_G", "select"},
    {"_G", "setmetatable"},
    {"_G", "tonumber"},
    {"_G", "tostring"},
    {"_G", "type"},
    {"_G", "unpack"},
    {"_G", "xpcall"},
    {"coroutine", "create"},
    {"coroutine", "resume"},
    {"coroutine", "isyieldable"},
    {"coroutine", "status"},
    {"coroutine", "yield"},
    {"debug", "getinfo"},
    {"debug", "gethook"},
    {"debug", "sethook"},
    {"jit", "off"},
    {"jit", "status"},
    {"math", "floor"},
    {"math", "huge"},
    {"math", "max"},
    {"math", "min"},
    {"os", "exit"},
    {"os", "getenv"},
    {"package", "loaded"},
    {"package", "loaders"},
    {"package", "preload"},
    {"string", "byte"},
    {"string", "char"},
    {"string", "find"},
    {"string", "format"},
    {"string", "gmatch"},
    {"string", "gsub"},
    {"string", "lower"},
    {"string", "match"},
    {"string", "rep"},
    {"string", "sub"},
    {"table", "concat"},
    {"table", "insert"},
    {"table", "remove"},
    {"table", "sort"},
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

// Is the row I the first one of its library?
static bool begins_library(int i)
{
    return i == 0 || strcmp(functions[i].library, functions[i - 1].library) != 0;
}

// () -> the environment; its upvalues are the functions
static int make_environment(lua_State *L)
{
    int globals = 1, library = globals;
    lua_newtable(L);
    for (int i = 0; i < FUNCTIONS; i++) {
        if (begins_library(i) && i > 0) {
            lua_settop(L, globals);
            lua_newtable(L);
            library = lua_gettop(L);
            lua_pushvalue(L, library);
            lua_setfield(L, globals, functions[i].library);
        }
        lua_pushvalue(L, lua_upvalueindex(i + 1));
        lua_setfield(L, library, functions[i].name);
    }
    lua_settop(L, globals);
    return 1;
}

// This runs at each start of the program, so the tables are made only when they are needed.
void base_functions_keep(lua_State *L)
{
    int library = lua_gettop(L) + 1;
    lua_pushnil(L);
    luaL_checkstack(L, FUNCTIONS + 1, NULL);
    for (int i = 0; i < FUNCTIONS; i++) {
        if (begins_library(i)) {
            lua_getglobal(L, functions[i].library);
            lua_replace(L, library);
        }
        lua_getfield(L, library, functions[i].name);
    }
    lua_pushcclosure(L, make_environment, FUNCTIONS);
    lua_setfield(L, LUA_REGISTRYINDEX, REGISTRY_FIELD);
    lua_pop(L, 1);
}

void base_functions_push(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, REGISTRY_FIELD);
    lua_call(L, 0, 1);
}
