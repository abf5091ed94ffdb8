// SPDX-License-Identifier: BSD-3-Clause
// A package loader for packed modules.

#include "host/bundle_scripts.h"

#include "pack/bundle.h"
#include "pack/bytecode.h"
#include "script/moon.h"

#include <lauxlib.h>
#include <string.h>

// Pushes the function of a script, or a message and returns -1.
static int load(lua_State *L, const struct archive_file *file)
{
    int status;
    const char *data = (const char *)file->data;
    const char *name = lua_pushfstring(L, "@%s", file->name);
    if (moon_is_name(file->name) && !bytecode_is_dump(data, file->size))
        status = moon_load(L, data, file->size, name);
    else
        status = luaL_loadbuffer(L, data, file->size, name);
    lua_remove(L, -2);
    return status == 0 ? 0 : -1;
}

int bundle_scripts_load_main(lua_State *L)
{
    const struct archive *p = bundle_archive();
    struct archive_file file = archive_at(p, p->main);
    return load(L, &file);
}

// Finds the file of the module whose name, with "/" for each dot, is PATH. Negative when there is
// none.
static int find_module(lua_State *L, const char *path, struct archive_file *file)
{
    static const char *const ends[] = {".lua", ".moon", "/init.lua", "/init.moon"};
    int error = -1;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0] && error < 0; i++) {
        error = archive_find(bundle_archive(), lua_pushfstring(L, "%s%s", path, ends[i]), file);
        lua_pop(L, 1);
    }
    return error;
}

// The package loader, the first one.
static int search_packed(lua_State *L)
{
    struct archive_file file;
    const char *name = luaL_checkstring(L, 1);
    if (find_module(L, luaL_gsub(L, name, ".", "/"), &file) < 0) {
        lua_pushfstring(L, "\n\tno packed module '%s'", name);
        return 1;
    }
    if (load(L, &file) < 0)
        return luaL_error(L, "error loading packed module '%s' from %s:\n\t%s", name, file.name,
                          lua_tostring(L, -1));
    return 1;
}

void bundle_scripts_search(lua_State *L)
{
    if (!bundle_archive())
        return;
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "loaders");
    for (int i = (int)lua_objlen(L, -1); i >= 1; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, search_packed);
    lua_rawseti(L, -2, 1);
    lua_pop(L, 2);
}
