// SPDX-License-Identifier: BSD-3-Clause
// Looks for a .moon file along package.path.

#include "script/moon_module.h"

#include "script/script.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPILER "moonscript"
#define LUA_SUFFIX ".lua"

enum { PLACE = 2 }; // in package.loaders: behind package.preload, before the Lua files

static bool is_of_compiler(const char *name)
{
    size_t length = strlen(COMPILER);
    return strncmp(name, COMPILER, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

static bool is_readable(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode) && access(path, R_OK) == 0;
}

// Pushes the file name that the template gives for NAME ("a/b"). When it is not a template for Lua
// files: pushes nothing and returns NULL.
static const char *push_file_name(lua_State *L, const char *template, size_t length,
                                  const char *name)
{
    size_t suffix = strlen(LUA_SUFFIX);
    if (length < suffix || memcmp(template + length - suffix, LUA_SUFFIX, suffix) != 0)
        return NULL;
    lua_pushlstring(L, template, length - suffix);
    lua_pushliteral(L, ".moon");
    lua_concat(L, 2);
    luaL_gsub(L, lua_tostring(L, -1), "?", name);
    lua_remove(L, -2);
    return lua_tostring(L, -1);
}

// Pushes the name of the first readable file along PATH. When there is none: pushes nothing and
// returns NULL.
static const char *push_found(lua_State *L, const char *path, const char *name)
{
    while (*path != '\0') {
        size_t length = strcspn(path, ";");
        const char *file = push_file_name(L, path, length, name);
        if (file && is_readable(file))
            return file;
        if (file)
            lua_pop(L, 1);
        path += length;
        path += *path == ';';
    }
    return NULL;
}

// The loader; the package table is its upvalue. Like Lua's own loader, it reads package.path each
// time.
static int load_module(lua_State *L)
{
    const char *module = luaL_checkstring(L, 1);
    lua_getfield(L, lua_upvalueindex(1), "path");
    const char *path = lua_tostring(L, -1);
    if (!path)
        return luaL_error(L, "'package.path' must be a string");
    if (is_of_compiler(module))
        return 0;
    const char *name = luaL_gsub(L, module, ".", "/");
    const char *file = push_found(L, path, name);
    if (!file) {
        lua_pushfstring(L, "\n\tno file '%s.moon' along package.path", name);
        return 1;
    }
    if (script_load(L, file) == 0)
        return 1;
    lua_pushfstring(L, "error loading module '%s' from file '%s':\n\t%s", module, file,
                    lua_tostring(L, -1));
    return lua_error(L);
}

void moon_module_install(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "loaders");
    int loaders = lua_gettop(L);
    for (int i = (int)lua_objlen(L, loaders); i >= PLACE; i--) {
        lua_rawgeti(L, loaders, i);
        lua_rawseti(L, loaders, i + 1);
    }
    lua_pushvalue(L, loaders - 1);
    lua_pushcclosure(L, load_module, 1);
    lua_rawseti(L, loaders, PLACE);
    lua_pop(L, 2);
}
