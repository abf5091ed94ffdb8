// SPDX-License-Identifier: BSD-3-Clause
// Loads a script file, a folder's main.lua, or standard input.

#include "host/script.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

// "FOLDER/?.lua;FOLDER/?/init.lua;" goes before package.path.
static void prepend_path(lua_State *L, const char *folder)
{
    lua_getglobal(L, "package");
    if (lua_istable(L, -1)) {
        lua_getfield(L, -1, "path");
        const char *path = lua_isstring(L, -1) ? lua_tostring(L, -1) : "";
        lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", folder, folder, path);
        lua_setfield(L, -3, "path");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

// Pushes PATH without slashes at its end ("/" itself stays "/.").
static const char *push_folder_name(lua_State *L, const char *path)
{
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    if (length == 0)
        return lua_pushliteral(L, "/."), lua_tostring(L, -1);
    lua_pushlstring(L, path, length);
    return lua_tostring(L, -1);
}

// Does the file begin with bytes that no text has?
static bool is_binary(const char *path)
{
    char head[512];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t size = fread(head, 1, sizeof head, file);
    fclose(file);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)head[i];
        if (c < ' ' && strchr("\t\n\v\f\r", c) == NULL)
            return true;
        if (c == '\0')
            return true;
    }
    return false;
}

// Replaces the parser's message, which would show the binary bytes, by one that can be read.
static void explain_failure(lua_State *L, const char *path)
{
    const char *message = lua_tostring(L, -1);
    if (strstr(message, "bytecode") != NULL)
        lua_pushfstring(L, "cannot run %s: %s", path, message);
    else
        lua_pushfstring(L, "cannot run %s: it is neither a Lua script nor LuaJIT bytecode", path);
    lua_remove(L, -2);
}

static int load_file(lua_State *L, const char *path)
{
    int status = luaL_loadfile(L, path);
    if (status == 0)
        return 0;
    if (status == LUA_ERRSYNTAX && path != NULL && is_binary(path))
        explain_failure(L, path);
    return -1;
}

static int load_folder(lua_State *L, const char *path)
{
    struct stat info;
    const char *folder = push_folder_name(L, path);
    const char *file = lua_pushfstring(L, "%s/main.lua", folder);
    int error = -1;
    if (stat(file, &info) < 0) {
        lua_pushfstring(L, "cannot run %s: it is a folder without main.lua", path);
    } else if (S_ISDIR(info.st_mode)) {
        lua_pushfstring(L, "cannot run %s: it is a folder", file);
    } else {
        prepend_path(L, folder);
        error = load_file(L, file);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
    return error;
}

int script_load(lua_State *L, const char *path)
{
    if (path != NULL && is_folder(path))
        return load_folder(L, path);
    return load_file(L, path);
}
