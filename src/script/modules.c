// SPDX-License-Identifier: BSD-3-Clause
// package.preload and a package loader over the embedded files.

#include "script/modules.h"

#include "bind/sss.h"
#include "script/asset.h"
#include "script/base_functions.h"
#include "script/moon_lines.h"

#include <lauxlib.h>
#include <string.h>

#define INNER_NAME                                                                                 \
    "=[sss]" // the file name in messages and tracebacks; luax/report leaves such lines out
#define PRIVATE_FIELD "sss.private"
#define MODULE_FIELD "sss.module"
#define MODULE_FOLDER "module/"

int luaopen_lpeg(lua_State *L); // LPeg has no header for it

void modules_load(lua_State *L, const struct embedded *file, const char *name)
{
    if (luaL_loadbuffer(L, file->data, file->size, name) != 0)
        lua_error(L);
}

// Completes the module at the index SSS, whose C part is there: calls each file of lua/sss as
// chunk(sss, private).
static void run_inner_files(lua_State *L, int sss)
{
    size_t count;
    size_t first = embedded_range("lua/sss/", &count);
    base_functions_push(L);
    int environment = lua_gettop(L);
    for (size_t i = 0; i < count; i++) {
        modules_load(L, &embedded_files[first + i], INNER_NAME);
        lua_pushvalue(L, environment);
        lua_setfenv(L, -2);
        lua_pushvalue(L, sss);
        lua_getfield(L, LUA_REGISTRYINDEX, PRIVATE_FIELD);
        lua_call(L, 2, 0);
    }
    lua_pop(L, 1);
}

// The loader of "sss". The module is made once, also when a script removes it from package.loaded.
static int load_sss(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, MODULE_FIELD);
    if (!lua_isnil(L, -1))
        return 1;
    luaopen_sss(L);
    asset_open(L);
    int sss = lua_gettop(L);
    run_inner_files(L, sss);
    lua_pushvalue(L, sss);
    lua_setfield(L, LUA_REGISTRYINDEX, MODULE_FIELD);
    return 1;
}

// The loader of a jit.* module. The upvalue is its embedded file, the argument the name of the
// module.
static int load_jit_module(lua_State *L)
{
    const struct embedded *file = lua_touserdata(L, lua_upvalueindex(1));
    modules_load(L, file, lua_pushfstring(L, "@%s", file->name));
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

// Sets preload["jit.dump"] for the file "jit/dump.lua"; package.preload is on top of the stack.
// This runs at each start of the program, and luaL_gsub would take as long as all the rest.
static void preload_jit_module(lua_State *L, const struct embedded *file)
{
    char name[32]; // the longest one of LuaJIT has 17 letters
    size_t length = strlen(file->name) - strlen(".lua");
    if (length > sizeof name)
        luaL_error(L, "%s: too long a name", file->name);
    for (size_t i = 0; i < length; i++)
        name[i] = file->name[i];
    name[strlen("jit")] = '.';
    lua_pushlstring(L, name, length);
    lua_pushlightuserdata(L, (void *)file);
    lua_pushcclosure(L, load_jit_module, 1);
    lua_rawset(L, -3);
}

// Pushes the file name of a module: NAME with "/" for each dot, between MODULE_FOLDER and END.
static const char *push_file_name(lua_State *L, const char *name, const char *end)
{
    const char *path = luaL_gsub(L, name, ".", "/");
    const char *file = lua_pushfstring(L, MODULE_FOLDER "%s%s", path, end);
    lua_remove(L, -2);
    return file;
}

// The embedded file of the module NAME, or NULL. Leaves its file name on the stack.
static const struct embedded *find_module(lua_State *L, const char *name)
{
    const struct embedded *file = embedded_find(push_file_name(L, name, ".lua"));
    return file ? file : embedded_find(push_file_name(L, name, "/init.lua"));
}

// Gives the function on the top an environment of its own, so that a variable which a third-party
// module forgets to make local does not become a global of the script.
static void set_own_environment(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L);
    lua_pushvalue(L, LUA_GLOBALSINDEX);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfenv(L, -2);
}

// The C function that loads the module NAME, or NULL.
static lua_CFunction find_c_module(const char *name)
{
    if (strcmp(name, "lpeg") == 0)
        return luaopen_lpeg;
    return strcmp(name, "moonscript.lines") == 0 ? moon_lines_open : NULL;
}

// The last package loader, so that a user's own module of the same name is found first.
static int search_module(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_CFunction open = find_c_module(name);
    if (open) {
        lua_pushcfunction(L, open);
        return 1;
    }
    const struct embedded *file = find_module(L, name);
    if (!file) {
        lua_pushfstring(L, "\n\tno built-in module '%s'", name);
        return 1;
    }
    modules_load(L, file, lua_pushfstring(L, "@%s", file->name + strlen(MODULE_FOLDER)));
    set_own_environment(L);
    return 1;
}

void modules_search(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "loaders");
    lua_pushcfunction(L, search_module);
    lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
    lua_pop(L, 2);
}

void modules_preload(lua_State *L)
{
    size_t count;
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, load_sss);
    lua_setfield(L, -2, "sss");
    size_t first = embedded_range("jit/", &count);
    for (size_t i = 0; i < count; i++)
        preload_jit_module(L, &embedded_files[first + i]);
    lua_pop(L, 2);
}
