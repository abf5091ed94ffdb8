// SPDX-License-Identifier: BSD-3-Clause
// Reads packed files, or files below the current folder.

#include "script/asset.h"

#include "base/error.h"
#include "luax/luax.h"
#include "pack/bundle.h"
#include "pack/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// Raises the error object for ERROR. Its address is the name, which is the first argument.
static int fail(lua_State *L, int error)
{
    luax_push_error(L, "asset", -error, NULL);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "address");
    return lua_error(L);
}

// Reads up to SIZE bytes from the beginning of the file NAME: how many, or -errno; -EISDIR for a
// folder, -EINVAL for anything else that is no regular file.
static ssize_t read_file(const char *name, char *to, size_t size)
{
    struct stat info;
    // Opening a named pipe would wait for its writer.
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    ssize_t got = fstat(fd, &info) < 0    ? -errno
                  : S_ISREG(info.st_mode) ? source_read(fd, to, size, 0)
                  : S_ISDIR(info.st_mode) ? -EISDIR
                                          : -EINVAL;
    close(fd);
    return got;
}

// The file may grow meanwhile: one byte more than its size is asked for, to see that.
static int push_file(lua_State *L, const char *name)
{
    struct stat info;
    if (stat(name, &info) < 0)
        return fail(L, -errno);
    size_t room = (size_t)info.st_size + 1;
    for (;;) {
        if (room > ARCHIVE_MAX)
            return fail(L, -EFBIG);
        char *content = lua_newuserdata(L, room);
        ssize_t got = read_file(name, content, room);
        if (got < 0)
            return fail(L, (int)got);
        if ((size_t)got < room) {
            lua_pushlstring(L, content, (size_t)got);
            return 1;
        }
        lua_pop(L, 1);
        room *= 2;
    }
}

static int push_packed(lua_State *L, const struct archive *p, const char *name)
{
    struct archive_file file;
    int error = archive_find(p, name, &file);
    if (error < 0)
        return fail(L, error);
    lua_pushlstring(L, (const char *)file.data, file.size);
    return 1;
}

// asset(name) -> string
static int sss_asset(lua_State *L)
{
    size_t length;
    const char *name = luax_string(L, 1, &length);
    luax_no_more(L, 1);
    if (archive_name_fault(name, length))
        return fail(L, -EINVAL);
    const struct archive *p = bundle_archive();
    return p ? push_packed(L, p, name) : push_file(L, name);
}

void asset_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"asset", sss_asset}, {NULL, NULL}};
    luax_register(L, functions, false);
}
