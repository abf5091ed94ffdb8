// SPDX-License-Identifier: BSD-3-Clause
// stat(2) and readdir(3).

#include "host/pack_files.h"

#include "base/error.h"
#include "luax/luax.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER_CLASS "sssrun.folder"

static int fail(lua_State *L, const char *path, int code)
{
    lua_pushnil(L);
    lua_pushfstring(L, "cannot read %s: %s", path, error_text(code));
    return 2;
}

static const char *check_path(lua_State *L)
{
    size_t length;
    if (lua_type(L, 1) != LUA_TSTRING)
        luax_type_error(L, 1, "string");
    const char *path = lua_tolstring(L, 1, &length);
    if (strlen(path) != length)
        luax_arg_error(L, 1, "a path without NUL expected");
    luax_no_more(L, 1);
    return path;
}

int pack_stat(lua_State *L)
{
    struct stat info;
    char id[48];
    const char *path = check_path(L);
    if (stat(path, &info) < 0)
        return fail(L, path, errno);
    const char *type = S_ISREG(info.st_mode) ? "file" : S_ISDIR(info.st_mode) ? "folder" : "other";
    snprintf(id, sizeof id, "%llu:%llu", (unsigned long long)info.st_dev,
             (unsigned long long)info.st_ino);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, type);
    lua_setfield(L, -2, "type");
    lua_pushnumber(L, (lua_Number)info.st_size);
    lua_setfield(L, -2, "size");
    lua_pushstring(L, id);
    lua_setfield(L, -2, "id");
    return 1;
}

// Closes a folder that is open because Lua had no memory for its names.
static int folder_gc(lua_State *L)
{
    DIR **folder = lua_touserdata(L, 1);
    if (*folder)
        closedir(*folder);
    *folder = NULL;
    return 0;
}

static DIR **new_folder(lua_State *L)
{
    DIR **folder = lua_newuserdata(L, sizeof *folder);
    *folder = NULL;
    if (luaL_newmetatable(L, FOLDER_CLASS)) {
        lua_pushcfunction(L, folder_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return folder;
}

// Adds the names of the files to the table on the top: how many, or -errno.
static int read_names(lua_State *L, DIR *folder)
{
    int count = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno != 0 ? -errno : count;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -2, ++count);
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Pushes a sorted copy of the array of COUNT strings on the top, by the order of their bytes.
static void push_sorted(lua_State *L, int count)
{
    int names = lua_gettop(L);
    const char **texts = lua_newuserdata(L, ((size_t)count + 1) * sizeof *texts);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, names, i + 1);
        texts[i] = lua_tostring(L, -1); // the table NAMES keeps the string
        lua_pop(L, 1);
    }
    qsort(texts, (size_t)count, sizeof *texts, compare_texts);
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushstring(L, texts[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

int pack_folder(lua_State *L)
{
    const char *path = check_path(L);
    DIR **folder = new_folder(L);
    *folder = opendir(path);
    if (!*folder)
        return fail(L, path, errno);
    lua_newtable(L);
    int count = read_names(L, *folder);
    closedir(*folder);
    *folder = NULL;
    if (count < 0)
        return fail(L, path, -count);
    push_sorted(L, count);
    return 1;
}
