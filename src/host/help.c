// SPDX-License-Identifier: BSD-3-Clause
// Runs the embedded lua/help.lua.

#include "host/help.h"

#include "host/build.h"
#include "host/message.h"
#include "script/modules.h"

#include <lauxlib.h>
#include <string.h>

// Pushes the content of an embedded file, or "" when this build does not have it.
static void push_file(lua_State *L, const char *name)
{
    const struct embedded *file = embedded_find(name);
    if (!file)
        lua_pushliteral(L, "");
    else
        lua_pushlstring(L, file->data, file->size);
}

// Pushes an array of {name=, text=} with the embedded files whose names begin with PREFIX, which is
// removed.
static void push_texts(lua_State *L, const char *prefix)
{
    size_t count;
    size_t first = embedded_range(prefix, &count);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        const struct embedded *file = &embedded_files[first + i];
        lua_createtable(L, 0, 2);
        lua_pushstring(L, file->name + strlen(prefix));
        lua_setfield(L, -2, "name");
        lua_pushlstring(L, file->data, file->size);
        lua_setfield(L, -2, "text");
        lua_rawseti(L, -2, (int)i + 1);
    }
}

// Pushes the sources that lua/help.lua prints from.
static void push_sources(lua_State *L)
{
    lua_createtable(L, 0, 5);
    push_file(L, "lua/meta/sss.lua");
    lua_setfield(L, -2, "meta");
    push_texts(L, "manual/");
    lua_setfield(L, -2, "manual");
    push_texts(L, "license/");
    lua_setfield(L, -2, "licenses");
    lua_pushstring(L, cli_usage());
    lua_setfield(L, -2, "usage");
    lua_pushstring(L, build_usage());
    lua_setfield(L, -2, "build");
}

// The chunk returns true, or nil and a message for an unknown topic.
static int run_help(lua_State *L)
{
    const char *topic = lua_tostring(L, 1);
    const struct embedded *file = embedded_find("lua/help.lua");
    if (!file)
        return luaL_error(L, "this build has no help text");
    modules_load(L, file, "=[sss]");
    lua_pushstring(L, topic);
    push_sources(L);
    lua_call(L, 2, 2);
    return 2;
}

int help_print(lua_State *L, const struct cli *cli)
{
    lua_pushcfunction(L, run_help);
    lua_pushstring(L, cli->script < cli->argc ? cli->argv[cli->script] : NULL);
    if (lua_pcall(L, 1, 2, 0) != 0) {
        message_error(L);
        return 1;
    }
    if (lua_toboolean(L, -2))
        return 0;
    message_error(L);
    return 2;
}
