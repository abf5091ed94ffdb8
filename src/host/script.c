// SPDX-License-Identifier: BSD-3-Clause
// Loads a script file, a folder's main file, or standard input.

#include "host/script.h"

#include "base/bytes.h"
#include "base/error.h"
#include "host/bytecode.h"
#include "host/moon.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTENT_MAX ((size_t)256 << 20) // bytes of bytecode or MoonScript; more is no script

// The type of a file (S_IFREG, S_IFDIR, ...), 0 when there is none.
static mode_t file_type(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_mode & S_IFMT : 0;
}

static bool is_regular(const char *path)
{
    return file_type(path) == S_IFREG;
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

// Of the file that is loaded. An error of Lua may leave it (no memory for a string): the next file
// takes its place.
static struct bytes content;

// Everything from FILE to `content`; 0 or -errno.
static int read_all(FILE *file)
{
    size_t size;
    bytes_clear(&content);
    do {
        char *space = bytes_reserve(&content, BUFSIZ);
        if (space == NULL)
            return -ENOMEM;
        size = fread(space, 1, BUFSIZ, file);
        bytes_commit(&content, size);
        if (bytes_length(&content) > CONTENT_MAX)
            return -EFBIG;
    } while (size > 0);
    return ferror(file) ? -EIO : 0;
}

// Pushes why the file NAME (with Lua's prefix) could not be read.
static int read_failed(lua_State *L, const char *name, int error)
{
    bytes_clear(&content);
    lua_pushfstring(L, "cannot read %s: %s", name + 1, error_text(-error));
    return -1;
}

// Loads the `content` of the file NAME, bytecode.
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

// Does FILE begin with the byte that bytecode begins with? Nothing is taken from it.
static bool begins_like_dump(FILE *file)
{
    int first = getc(file);
    if (first != EOF)
        ungetc(first, file);
    return first == '\033';
}

// The same for MoonScript.
static int load_moon(lua_State *L, const char *name)
{
    size_t size;
    lua_pushlstring(L, bytes_front(&content), bytes_length(&content));
    bytes_clear(&content);
    const char *text = lua_tolstring(L, -1, &size), *path = name + 1;
    int error = moon_load(L, text, size, name);
    lua_remove(L, -2);
    if (error < 0 && is_regular(path) && is_binary(path))
        explain_binary(L, path);
    return error;
}

// What has become of loading a Lua text: 0 or -1.
static int text_outcome(lua_State *L, int status, const char *path)
{
    if (status == LUA_ERRSYNTAX && path != NULL && is_regular(path) && is_binary(path))
        explain_binary(L, path);
    return status == 0 ? 0 : -1;
}

static int load_text(lua_State *L, const char *path)
{
    return text_outcome(L, luaL_loadfile(L, path), path);
}

// A script while it is read. This is no FILE: for one, the C library has to ask the system for
// memory, which took a tenth of the time that a short script needs.
struct reading {
    int fd;
    int error;   // 0 or -errno
    bool is_new; // the first part has been read and nobody has got it yet
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

// Loads what R reads of the file NAME, and closes it.
static int load_reading(lua_State *L, struct reading *r, const char *name)
{
    int status = lua_load(L, reading_part, r, name);
    close(r->fd);
    if (r->error == 0)
        return text_outcome(L, status, name + 1);
    lua_pop(L, 1);
    return read_failed(L, name, r->error);
}

// Loads the file NAME, which is MoonScript or bytecode. Whatever may raise an error comes before
// the file is open or after it is closed again.
static int load_other(lua_State *L, const char *name)
{
    const char *path = name + 1;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return load_text(L, path);
    bool is_moon = moon_is_name(path) && !begins_like_dump(file);
    int error = read_all(file);
    fclose(file);
    if (error < 0)
        return read_failed(L, name, error);
    return is_moon ? load_moon(L, name) : load_dump(L, name);
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
    return load_other(L, name);
}

// TYPE: of the file at PATH. What is no regular file can be opened only once: LuaJIT does it.
static int load_file(lua_State *L, const char *path, mode_t type)
{
    const char *name = lua_pushfstring(L, "@%s", path);
    int error;
    if (moon_is_name(path))
        error = load_other(L, name);
    else
        error = type == S_IFREG ? load_regular(L, name) : load_text(L, path);
    lua_remove(L, -2); // the name
    return error;
}

static int load_stdin(lua_State *L)
{
    if (!begins_like_dump(stdin))
        return load_text(L, NULL);
    int error = read_all(stdin);
    return error < 0 ? read_failed(L, "=stdin", error) : load_dump(L, "=stdin");
}

// Pushes the file that runs for FOLDER; NULL and nothing when it has none.
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
    if (file == NULL) {
        lua_pushfstring(L, "cannot run %s: it is a folder without main.lua or main.moon", path);
    } else if (file_type(file) == S_IFDIR) {
        lua_pushfstring(L, "cannot run %s: it is a folder", file);
    } else {
        prepend_path(L, folder);
        error = load_file(L, file, file_type(file));
    }
    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
    return error;
}

int script_load(lua_State *L, const char *path)
{
    if (path == NULL)
        return load_stdin(L);
    mode_t type = file_type(path);
    return type == S_IFDIR ? load_folder(L, path) : load_file(L, path, type);
}
