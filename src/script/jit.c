// SPDX-License-Identifier: BSD-3-Clause
// Calls LuaJIT's control functions.

#include "script/jit.h"

#include "script/moon.h"

#include <lauxlib.h>
#include <luajit.h>
#include <string.h>
#include <sys/mman.h>

// Maps and protects a page in the way that LuaJIT does for compiled code. That takes a microsecond.
bool jit_is_forbidden(void)
{
    size_t size = 1; // rounded up to a page by the system
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    bool forbidden = mprotect(page, size, PROT_READ | PROT_EXEC) != 0;
    munmap(page, size);
    return forbidden;
}

void jit_begin(lua_State *L)
{
    if (jit_is_forbidden())
        luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
}

// Pushes the parts of TEXT between commas, nil for an empty one. Returns their number.
static int push_arguments(lua_State *L, const char *text)
{
    int count = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        luaL_checkstack(L, LUA_MINSTACK, "too many arguments");
        if (length > 0)
            lua_pushlstring(L, text, length);
        else
            lua_pushnil(L);
        count++;
        text += length;
        text += *text == ',';
    }
    return count;
}

// Calls the function below its COUNT arguments; on failure it is replaced by a message.
static int call(lua_State *L, int count)
{
    return lua_pcall(L, count, 0, 0) == 0 ? 0 : -1;
}

// Pushes the function `start` of the module jit.NAME; -1 with a message when there is none.
static int push_start(lua_State *L, const char *name)
{
    lua_getglobal(L, "require");
    lua_pushfstring(L, "jit.%s", name);
    if (lua_pcall(L, 1, 1, 0) != 0) {
        const char *message = lua_tostring(L, -1);
        if (message && strncmp(message, "module '", 8) != 0)
            return -1;
    } else if (lua_istable(L, -1)) {
        lua_getfield(L, -1, "start");
        lua_remove(L, -2);
        if (lua_isfunction(L, -1))
            return 0;
    }
    lua_pop(L, 1);
    lua_pushfstring(L, "-j: unknown LuaJIT command '%s' (on, off, flush, v, dump, bc, p)", name);
    return -1;
}

// Pushes package.loaded[MODULE][NAME].
static void push_loaded(lua_State *L, const char *module, const char *name)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
    lua_getfield(L, -1, module);
    lua_getfield(L, -1, name);
    lua_insert(L, -3);
    lua_pop(L, 2);
}

int jit_command(lua_State *L, const char *text)
{
    size_t length = strcspn(text, "=");
    lua_pushlstring(L, text, length);
    const char *name = lua_tostring(L, -1);
    push_loaded(L, "jit", name);
    if (!lua_isfunction(L, -1)) {
        lua_pop(L, 1);
        if (push_start(L, name) < 0)
            return -1;
    }
    lua_remove(L, -2);
    return call(L, push_arguments(L, text[length] == '=' ? text + length + 1 : ""));
}

int jit_optimize(lua_State *L, const char *text)
{
    push_loaded(L, "jit.opt", "start");
    return call(L, push_arguments(L, text));
}

// Refuses MoonScript, which jit.bcsave would take for Lua.
static int check_input(lua_State *L, const char *letters, const char *path)
{
    if (!path || !moon_is_name(path) || strchr(letters, 'e'))
        return 0;
    lua_pushfstring(L, "-b: %s is MoonScript; only Lua can be saved as bytecode", path);
    return -1;
}

int jit_bytecode(lua_State *L, const char *letters, char **arguments)
{
    int count = 0;
    if (check_input(L, letters, *arguments) < 0)
        return -1;
    if (push_start(L, "bcsave") < 0)
        return -1;
    if (*letters != '\0') {
        lua_pushfstring(L, "-%s", letters);
        count++;
    }
    for (; *arguments; arguments++) {
        luaL_checkstack(L, LUA_MINSTACK, "too many arguments");
        lua_pushstring(L, *arguments);
        count++;
    }
    return call(L, count);
}
