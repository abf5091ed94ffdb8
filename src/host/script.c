// SPDX-License-Identifier: BSD-3-Clause
// Loads a script file, a folder's main file, or standard input.

#include "host/script.h"

#include "base/bytes.h"
#include "base/error.h"
#include "host/bytecode.h"
#include "host/moon.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CONTENT_MAX ((size_t)256 << 20) // bytes of bytecode or MoonScript; more is no script

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_regular(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
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
        return lua_pushfstring(L, "/.");
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
        if ((unsigned char)head[i] < ' ' && memchr("\t\n\v\f\r", head[i], 5) == NULL)
            return true;
    }
    return false;
}

// The parser's message would show the binary bytes.
static void explain_binary(lua_State *L, const char *path)
{
    lua_pop(L, 1);
    lua_pushfstring(L, "cannot run %s: it is neither a %s script nor LuaJIT bytecode", path,
                    moon_is_name(path) ? "MoonScript" : "Lua");
}

// Everything from FILE; 0 or -errno.
static int read_all(FILE *file, struct bytes *content)
{
    size_t size;
    do {
        char *space = bytes_reserve(content, BUFSIZ);
        if (space == NULL)
            return -ENOMEM;
        size = fread(space, 1, BUFSIZ, file);
        bytes_commit(content, size);
        if (bytes_length(content) > CONTENT_MAX)
            return -EFBIG;
    } while (size > 0);
    return ferror(file) ? -EIO : 0;
}

// Loads FILE, which begins like bytecode; NAME is for messages, with Lua's prefix.
static int load_dump(lua_State *L, FILE *file, const char *name)
{
    struct bytes dump = {0};
    int error = read_all(file, &dump);
    const char *data = bytes_front(&dump);
    size_t size = bytes_length(&dump);
    bool sound = error == 0 && bytecode_is_dump(data, size) && bytecode_is_sound(data, size);
    int status = sound ? luaL_loadbuffer(L, data, size, name) : -1;
    bytes_clear(&dump);
    if (error < 0)
        lua_pushfstring(L, "cannot read %s: %s", name + 1, error_text(-error));
    else if (!sound)
        lua_pushfstring(L, "%s: cannot load malformed bytecode", name + 1);
    return status == 0 ? 0 : -1;
}

// Does FILE begin with the byte that bytecode begins with? Nothing is taken from it.
static bool begins_like_dump(FILE *file)
{
    int first = getc(file);
    if (first != EOF)
        ungetc(first, file);
    return first == '\033';
}

// Pushes the text of FILE; or a message, and -1.
static int push_text(lua_State *L, FILE *file, const char *path)
{
    struct bytes text = {0};
    int error = read_all(file, &text);
    if (error == 0)
        lua_pushlstring(L, bytes_front(&text), bytes_length(&text));
    else
        lua_pushfstring(L, "cannot read %s: %s", path, error_text(-error));
    bytes_clear(&text);
    return error;
}

// Loads MoonScript from FILE, and closes it.
static int load_moon(lua_State *L, FILE *file, const char *path)
{
    size_t size;
    int error = push_text(L, file, path);
    fclose(file);
    if (error < 0)
        return -1;
    const char *text = lua_tolstring(L, -1, &size);
    error = moon_load(L, text, size, lua_pushfstring(L, "@%s", path));
    lua_replace(L, -3);
    lua_pop(L, 1);
    if (error < 0 && is_regular(path) && is_binary(path))
        explain_binary(L, path);
    return error;
}

static int load_text(lua_State *L, const char *path)
{
    int status = luaL_loadfile(L, path);
    if (status == LUA_ERRSYNTAX && path != NULL && is_regular(path) && is_binary(path))
        explain_binary(L, path);
    return status == 0 ? 0 : -1;
}

// What is no regular file can be opened only once: for a Lua script LuaJIT does it.
static FILE *open_file(const char *path)
{
    return moon_is_name(path) || is_regular(path) ? fopen(path, "rb") : NULL;
}

// Bytecode from FILE, and closes it.
static int load_dump_file(lua_State *L, FILE *file, const char *path)
{
    int error = load_dump(L, file, lua_pushfstring(L, "@%s", path));
    fclose(file);
    lua_remove(L, -2);
    return error;
}

static int load_file(lua_State *L, const char *path)
{
    if (path == NULL)
        return begins_like_dump(stdin) ? load_dump(L, stdin, "=stdin") : load_text(L, NULL);
    FILE *file = open_file(path);
    if (file == NULL)
        return load_text(L, path);
    if (begins_like_dump(file))
        return load_dump_file(L, file, path);
    if (moon_is_name(path))
        return load_moon(L, file, path);
    fclose(file);
    return load_text(L, path);
}

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

// Pushes the file that runs for FOLDER; NULL and nothing when it has none.
static const char *push_main_file(lua_State *L, const char *folder)
{
    static const char *const names[] = {"main.lua", "main.moon"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *file = lua_pushfstring(L, "%s/%s", folder, names[i]);
        if (exists(file))
            return file;
        lua_pop(L, 1);
    }
    return NULL;
}

static int load_folder(lua_State *L, const char *path)
{
    int base = lua_gettop(L);
    const char *folder = push_folder_name(L, path);
    const char *file = push_main_file(L, folder);
    int error = -1;
    if (file == NULL) {
        lua_pushfstring(L, "cannot run %s: it is a folder without main.lua or main.moon", path);
    } else if (is_folder(file)) {
        lua_pushfstring(L, "cannot run %s: it is a folder", file);
    } else {
        prepend_path(L, folder);
        error = load_file(L, file);
    }
    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
    return error;
}

int script_load(lua_State *L, const char *path)
{
    if (path != NULL && is_folder(path))
        return load_folder(L, path);
    return load_file(L, path);
}
