// SPDX-License-Identifier: BSD-3-Clause
// Loads a script file, a folder's main file, or standard input.

#include "script/script.h"

#include "base/bytes.h"
#include "base/error.h"
#include "pack/bytecode.h"
#include "script/moon.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LUA_SUFFIX ".lua"
#define CONTENT_MAX ((size_t)256 << 20) // the largest file of bytecode or MoonScript

// The type of a file (S_IFREG, S_IFDIR, ...), or 0 when it does not exist.
static mode_t file_type(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_mode & S_IFMT : 0;
}

static bool is_regular(const char *path)
{
    return file_type(path) == S_IFREG;
}

// Does the name of the file say that it is Lua? Standard input (NULL) has none.
static bool is_lua_name(const char *path)
{
    size_t length = path ? strlen(path) : 0, suffix = strlen(LUA_SUFFIX);
    return length > suffix && strcmp(path + length - suffix, LUA_SUFFIX) == 0;
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

// Pushes PATH without the slashes at its end ("/." for "/" itself).
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

// Are there bytes at the beginning of the file that no text has?
static bool is_binary(const char *path)
{
    char head[512];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t size = fread(head, 1, sizeof head, file);
    fclose(file);
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)head[i] < ' ' && !memchr("\t\n\v\f\r", head[i], 5))
            return true;
    }
    return false;
}

// Replaces the parser's message, which would show binary bytes.
static void explain_binary(lua_State *L, const char *path, const char *language)
{
    lua_pop(L, 1);
    lua_pushfstring(L, "cannot run %s: it is neither a %s script nor LuaJIT bytecode", path,
                    language);
}

// The content of the file that is being loaded. When a Lua error (no memory) leaves it behind, the
// next file replaces it.
static struct bytes content;

// Reads all of FILE into `content`: 0 or -errno.
static int read_all(FILE *file)
{
    size_t size;
    bytes_clear(&content);
    do {
        char *space = bytes_reserve(&content, BUFSIZ);
        if (!space)
            return -ENOMEM;
        size = fread(space, 1, BUFSIZ, file);
        bytes_commit(&content, size);
        if (bytes_length(&content) > CONTENT_MAX)
            return -EFBIG;
    } while (size > 0);
    return ferror(file) ? -EIO : 0;
}

// Pushes the message that the file NAME (with Lua's prefix) could not be read. Returns -1.
static int read_failed(lua_State *L, const char *name, int error)
{
    bytes_clear(&content);
    lua_pushfstring(L, "cannot read %s: %s", name + 1, error_text(-error));
    return -1;
}

// Loads the `content` of the file NAME, which is bytecode.
static int load_dump(lua_State *L, const char *name)
{
    const char *data = bytes_front(&content);
    size_t size = bytes_length(&content);
    bool sound = bytecode_is_dump(data, size) && bytecode_is_sound(data, size);
    int status = sound ? luaL_loadbuffer(L, data, size, name) : -1;
    bytes_clear(&content);
    if (!sound)
        lua_pushfstring(L, "%s: cannot load malformed bytecode", name + 1);
    return status == 0 ? 0 : -1;
}

// Does FILE begin with the first byte of bytecode? Nothing is consumed.
static bool begins_like_dump(FILE *file)
{
    int first = getc(file);
    if (first != EOF)
        ungetc(first, file);
    return first == '\033';
}

// Pushes the `content` as a string and clears it.
static const char *push_content(lua_State *L, size_t *size)
{
    lua_pushlstring(L, bytes_front(&content), bytes_length(&content));
    bytes_clear(&content);
    return lua_tolstring(L, -1, size);
}

// Calls WORK (moon_load or moon_to_lua) with the `content` of the file NAME, which is MoonScript.
static int with_moon(lua_State *L, const char *name,
                     int (*work)(lua_State *, const char *, size_t, const char *))
{
    size_t size;
    const char *text = push_content(L, &size), *path = name + 1;
    int error = work(L, text, size, name);
    lua_remove(L, -2);
    if (error < 0 && name[0] == '@' && is_regular(path) && is_binary(path))
        explain_binary(L, path, "MoonScript");
    return error;
}

// The result of loading a Lua text with this status: 0 or -1.
static int text_outcome(lua_State *L, int status, const char *path)
{
    if (status == LUA_ERRSYNTAX && path && is_regular(path) && is_binary(path))
        explain_binary(L, path, "Lua");
    return status == 0 ? 0 : -1;
}

static int load_text(lua_State *L, const char *path)
{
    return text_outcome(L, luaL_loadfile(L, path), path);
}

// A script that is being read. A FILE would take longer: the C library asks the system for memory
// for it, which took a tenth of the time of a short script.
struct reading {
    int fd;
    int error;   // 0 or -errno
    bool is_new; // the first part has been read, but not handed out
    size_t size;
    char part[1024];
};

static void reading_next(struct reading *r)
{
    ssize_t size;
    do
        size = read(r->fd, r->part, sizeof r->part);
    while (size < 0 && errno == EINTR);
    r->error = size < 0 ? -errno : 0;
    r->size = size < 0 ? 0 : (size_t)size;
}

// A lua_Reader.
static const char *reading_part(lua_State *L, void *data, size_t *size)
{
    struct reading *r = data;
    (void)L;
    if (!r->is_new)
        reading_next(r);
    r->is_new = false;
    *size = r->size;
    return r->size > 0 ? r->part : NULL;
}

// Loads the file NAME, which R reads, and closes it.
static int load_reading(lua_State *L, struct reading *r, const char *name)
{
    int status = lua_load(L, reading_part, r, name);
    close(r->fd);
    if (r->error == 0)
        return text_outcome(L, status, name + 1);
    lua_pop(L, 1);
    return read_failed(L, name, r->error);
}

// Reads the file NAME into `content`: 0, or -1 with a message. Calls that may raise an error come
// before the file is opened or after it is closed.
static int read_file(lua_State *L, const char *name, bool *is_dump)
{
    FILE *file = fopen(name + 1, "rb");
    if (!file) {
        int code = errno;
        lua_pushfstring(L, "cannot open %s: %s", name + 1, error_text(code));
        return -1;
    }
    *is_dump = begins_like_dump(file);
    int error = read_all(file);
    fclose(file);
    return error < 0 ? read_failed(L, name, error) : 0;
}

// Loads the file NAME, which is MoonScript or bytecode.
static int load_other(lua_State *L, const char *name, bool is_moon)
{
    bool is_dump = false;
    if (read_file(L, name, &is_dump) < 0)
        return -1;
    return is_moon && !is_dump ? with_moon(L, name, moon_load) : load_dump(L, name);
}

static int load_regular(lua_State *L, const char *name)
{
    struct reading r = {.is_new = true, .fd = open(name + 1, O_RDONLY | O_CLOEXEC)};
    if (r.fd < 0)
        return load_text(L, name + 1);
    reading_next(&r);
    if (r.size == 0 || r.part[0] != '\033')
        return load_reading(L, &r, name);
    close(r.fd);
    return load_other(L, name, false);
}

// TYPE is the type of the file at PATH. One that is not regular can be opened only once, which
// LuaJIT does.
static int load_file(lua_State *L, const char *path, mode_t type, bool is_moon)
{
    const char *name = lua_pushfstring(L, "@%s", path);
    int error;
    if (is_moon)
        error = load_other(L, name, true);
    else
        error = type == S_IFREG ? load_regular(L, name) : load_text(L, path);
    lua_remove(L, -2); // the name
    return error;
}

static int load_stdin(lua_State *L, bool is_moon)
{
    bool is_dump = begins_like_dump(stdin);
    if (!is_dump && !is_moon)
        return load_text(L, NULL);
    int error = read_all(stdin);
    if (error < 0)
        return read_failed(L, "=stdin", error);
    return is_dump ? load_dump(L, "=stdin") : with_moon(L, "=stdin", moon_load);
}

// Pushes the name of the main file of FOLDER. When there is none: pushes nothing and returns NULL.
static const char *push_main_file(lua_State *L, const char *folder)
{
    static const char *const names[] = {"main.lua", "main.moon"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *file = lua_pushfstring(L, "%s/%s", folder, names[i]);
        if (file_type(file) != 0)
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
    if (!file) {
        lua_pushfstring(L, "cannot run %s: it is a folder without main.lua or main.moon", path);
    } else if (file_type(file) == S_IFDIR) {
        lua_pushfstring(L, "cannot run %s: it is a folder", file);
    } else {
        prepend_path(L, folder);
        error = load_file(L, file, file_type(file), moon_is_name(file));
    }
    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
    return error;
}

static int load(lua_State *L, const char *path, bool is_moon)
{
    if (!path)
        return load_stdin(L, is_moon);
    mode_t type = file_type(path);
    return type == S_IFDIR ? load_folder(L, path) : load_file(L, path, type, is_moon);
}

int script_load(lua_State *L, const char *path)
{
    return load(L, path, path && moon_is_name(path));
}

int script_load_moon(lua_State *L, const char *path)
{
    return load(L, path, !is_lua_name(path));
}

// Pushes the message that the file is not MoonScript. Returns -1.
static int refuse_lua(lua_State *L, const char *path, bool is_dump)
{
    bytes_clear(&content);
    lua_pushfstring(L, "--lua: %s is %s; only MoonScript becomes Lua%s",
                    path ? path : "standard input", is_dump ? "bytecode" : "Lua",
                    !path && !is_dump ? " (-m says that it is MoonScript)" : "");
    return -1;
}

int script_to_lua(lua_State *L, const char *path, bool is_moon)
{
    bool is_dump = false, is_lua = is_moon ? is_lua_name(path) : !path || !moon_is_name(path);
    if (is_lua)
        return refuse_lua(L, path, false);
    const char *name = path ? lua_pushfstring(L, "@%s", path) : "=stdin";
    int top = lua_gettop(L), error = 0;
    if (path)
        error = read_file(L, name, &is_dump);
    else if ((error = read_all(stdin)) < 0)
        error = read_failed(L, name, error);
    if (error == 0)
        error = is_dump ? refuse_lua(L, path, true) : with_moon(L, name, moon_to_lua);
    if (path)
        lua_remove(L, top);
    return error;
}
