// SPDX-License-Identifier: BSD-3-Clause
// pack.write, pack.save, pack.doom, pack.contents, pack.runtime.

#include "host/pack_module.h"

#include "host/pack_files.h"
#include "luax/luax.h"
#include "pack/bundle.h"
#include "pack/elf.h"
#include "pack/program.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define CONTENTS_CLASS "sssrun.contents"
enum { FILE_MODE = 0666, MODE_MAX = 07777 };

// Returns nil and the message to Lua.
static int fail(lua_State *L, const struct fault *f)
{
    lua_pushnil(L);
    lua_pushfstring(L, "cannot %s %s: %s", f->action, f->path, f->reason);
    return 2;
}

// A path: a string without NUL.
static const char *check_path(lua_State *L, int idx)
{
    size_t length;
    if (lua_type(L, idx) != LUA_TSTRING)
        luax_type_error(L, idx, "string");
    const char *path = lua_tolstring(L, idx, &length);
    if (strlen(path) != length)
        luax_arg_error(L, idx, "a path without NUL expected");
    return path;
}

// The string in the field KEY of the table at IDX, which keeps it. NULL when the field is nil and
// not NEEDED. Argument errors name the first argument.
static const char *get_string(lua_State *L, int idx, const char *key, bool needed, size_t *length)
{
    lua_getfield(L, idx, key);
    bool missing = lua_isnil(L, -1) && !needed;
    if (!missing && lua_type(L, -1) != LUA_TSTRING)
        luax_arg_error(L, 1, "a string expected as '%s', got %s", key, luaL_typename(L, -1));
    const char *text = missing ? NULL : lua_tolstring(L, -1, length);
    lua_pop(L, 1);
    return text;
}

static const char *get_path(lua_State *L, int idx, const char *key, bool needed)
{
    size_t length = 0;
    const char *path = get_string(L, idx, key, needed, &length);
    if (path && strlen(path) != length)
        luax_arg_error(L, 1, "a string without NUL expected as '%s'", key);
    return path;
}

// The source in the value on the top of the stack: a string, or a table with `path` or `data`. The
// caller must keep that value.
static struct source get_source(lua_State *L)
{
    struct source source = {0};
    size_t size = 0;
    if (lua_type(L, -1) == LUA_TSTRING) {
        source.data = lua_tolstring(L, -1, &size);
    } else if (lua_istable(L, -1)) {
        int table = lua_gettop(L);
        source.path = get_path(L, table, "path", false);
        if (!source.path)
            source.data = get_string(L, table, "data", true, &size);
    } else {
        luax_arg_error(L, 1, "strings and tables expected, got %s", luaL_typename(L, -1));
    }
    source.size = size;
    return source;
}

static void get_files(lua_State *L, int idx, struct program *p)
{
    lua_getfield(L, idx, "files");
    if (!lua_istable(L, -1))
        luax_arg_error(L, 1, "a table expected as 'files', got %s", luaL_typename(L, -1));
    int files = lua_gettop(L);
    p->count = lua_objlen(L, files);
    p->files = lua_newuserdata(L, (p->count + 1) * sizeof *p->files);
    for (size_t i = 0; i < p->count; i++) {
        lua_rawgeti(L, files, (int)i + 1);
        if (!lua_istable(L, -1))
            luax_arg_error(L, 1, "tables expected in 'files', got %s", luaL_typename(L, -1));
        p->files[i].source = get_source(L);
        p->files[i].name = get_path(L, lua_gettop(L), "name", true);
        lua_pop(L, 1);
    }
}

static int pack_write(lua_State *L)
{
    static const char *const keys[] = {"runtime", "out", "main", "files", NULL};
    struct program p = {0};
    struct fault fault;
    uint64_t size;
    if (!luax_options(L, 1, keys))
        luax_type_error(L, 1, "table");
    luax_no_more(L, 1);
    p.runtime = get_path(L, 1, "runtime", true);
    p.out = get_path(L, 1, "out", false);
    p.main = get_path(L, 1, "main", true);
    get_files(L, 1, &p);
    if (program_write(&p, &size, &fault) < 0)
        return fail(L, &fault);
    lua_pushnumber(L, (lua_Number)size);
    return 1;
}

// The parts that pack.save writes, in this order.
struct parts {
    struct source *sources;
    size_t count;
};

static int copy_parts(const struct parts *parts, struct savefile *out, const char *target,
                      struct fault *fault)
{
    struct source_sink sink = {out, NULL, target};
    for (size_t i = 0; i < parts->count; i++) {
        if (source_copy(&parts->sources[i], &sink, fault) < 0)
            return -1;
    }
    return 0;
}

static int look_at_parts(const struct parts *parts, struct fault *fault)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (source_look(&parts->sources[i], fault) < 0)
            return -1;
    }
    return 0;
}

static int save_parts(const struct parts *parts, const char *target, mode_t mode, uint64_t *size,
                      struct fault *fault)
{
    struct savefile out;
    if (look_at_parts(parts, fault) < 0)
        return -1;
    int error = savefile_open(&out, target, mode);
    if (error == -EEXIST)
        return fault_set(fault, "write", target, "it is no regular file");
    if (error < 0)
        return fault_errno(fault, "write", target, error);
    if (copy_parts(parts, &out, target, fault) < 0) {
        savefile_drop(&out);
        return -1;
    }
    *size = out.size;
    error = savefile_commit(&out);
    return error < 0 ? fault_errno(fault, "write", target, error) : 0;
}

// The parts in the array at IDX. They are in a userdata that is left on the stack.
static struct parts get_parts(lua_State *L, int idx)
{
    size_t count = lua_objlen(L, idx);
    struct source *sources = lua_newuserdata(L, (count + 1) * sizeof *sources);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, idx, (int)i + 1);
        sources[i] = get_source(L);
        lua_pop(L, 1);
    }
    return (struct parts){sources, count};
}

static int pack_save(lua_State *L)
{
    struct fault fault;
    uint64_t size;
    const char *target = check_path(L, 1);
    if (!lua_istable(L, 2))
        luax_type_error(L, 2, "table");
    mode_t mode = (mode_t)luax_opt_integer(L, 3, 0, MODE_MAX, FILE_MODE);
    luax_no_more(L, 3);
    struct parts parts = get_parts(L, 2);
    if (save_parts(&parts, target, mode, &size, &fault) < 0)
        return fail(L, &fault);
    lua_pushnumber(L, (lua_Number)size);
    return 1;
}

static int pack_doom(lua_State *L)
{
    const char *path = lua_isnoneornil(L, 1) ? NULL : check_path(L, 1);
    luax_no_more(L, 1);
    if (savefile_doom(path) < 0)
        return luaL_error(L, "not enough memory");
    return 0;
}

static int contents_gc(lua_State *L)
{
    program_close(lua_touserdata(L, 1));
    return 0;
}

static void push_contents(lua_State *L, const struct program_contents *c)
{
    const struct archive *p = &c->archive;
    lua_createtable(L, (int)p->count, 2);
    lua_pushstring(L, archive_at(p, p->main).name);
    lua_setfield(L, -2, "main");
    lua_pushnumber(L, (lua_Number)c->runtime_size);
    lua_setfield(L, -2, "runtime");
    for (uint32_t i = 0; i < p->count; i++) {
        struct archive_file file = archive_at(p, i);
        lua_createtable(L, 0, 2);
        lua_pushstring(L, file.name);
        lua_setfield(L, -2, "name");
        lua_pushnumber(L, (lua_Number)file.size);
        lua_setfield(L, -2, "size");
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static int pack_contents(lua_State *L)
{
    struct fault fault;
    const char *path = check_path(L, 1);
    luax_no_more(L, 1);
    struct program_contents *c = lua_newuserdata(L, sizeof *c);
    *c = (struct program_contents){0};
    luaL_getmetatable(L, CONTENTS_CLASS);
    lua_setmetatable(L, -2);
    int status = program_open(c, path, &fault);
    if (status == 0)
        push_contents(L, c);
    program_close(c);
    return status == 0 ? 1 : fail(L, &fault);
}

// Finds out about the runtime at PATH: 0, or -1 and a fault.
static int look_at_runtime(const char *path, struct stat *info, const char **arch,
                           struct fault *fault)
{
    struct elf elf;
    const char *reason;
    int fd = source_open(path, "use as runtime", info, fault);
    if (fd < 0)
        return -1;
    int error = elf_read(&elf, fd, &reason);
    if (error == 0)
        *arch = elf_arch(&elf);
    elf_free(&elf);
    close(fd);
    if (error == 0)
        return 0;
    return fault_set(fault, "use as runtime", path,
                     error == -ENOEXEC ? reason : error_text(-error));
}

static int pack_runtime(lua_State *L)
{
    char own[PATH_MAX];
    struct fault fault;
    struct stat info;
    const char *arch;
    const char *path = lua_isnoneornil(L, 1) ? bundle_program(own) : check_path(L, 1);
    luax_no_more(L, 1);
    if (look_at_runtime(path, &info, &arch, &fault) < 0)
        return fail(L, &fault);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, path);
    lua_setfield(L, -2, "path");
    lua_pushstring(L, arch);
    lua_setfield(L, -2, "arch");
    lua_pushnumber(L, (lua_Number)info.st_size);
    lua_setfield(L, -2, "size");
    return 1;
}

void pack_module_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"runtime", pack_runtime},   {"write", pack_write},
        {"contents", pack_contents}, {"stat", pack_stat},
        {"folder", pack_folder},     {"save", pack_save},
        {"doom", pack_doom},         {NULL, NULL},
    };
    static const luaL_Reg meta[] = {{"__gc", contents_gc}, {NULL, NULL}};
    luax_class(L, CONTENTS_CLASS, NULL, meta);
    lua_newtable(L);
    luax_register(L, functions, false);
}
