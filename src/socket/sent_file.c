// SPDX-License-Identifier: BSD-3-Clause
// Files that sendfile(2) does not send.

#include "socket/sent_file.h"

#include "base/error.h"
#include "luax/luax.h"
#include "sys/sock.h"
#include "sys/sock_file.h"

#define SENT_FILE_CLASS "sss.sent_file"

enum { PIECE = 64 * 1024 };

struct sent_file {
    int fd; // -1: closed
    bool seeks;
};

void sent_file_push(lua_State *L, int *fd)
{
    struct sent_file *f = lua_newuserdata(L, sizeof *f);
    f->fd = -1;
    luaL_getmetatable(L, SENT_FILE_CLASS);
    lua_setmetatable(L, -2);
    f->fd = *fd;
    f->seeks = sock_can_seek(f->fd);
    *fd = -1;
}

static struct sent_file *check(lua_State *L)
{
    return luax_check(L, 1, SENT_FILE_CLASS);
}

// sent_file_close(file)
static int sent_file_close(lua_State *L)
{
    struct sent_file *f = check(L);
    if (f->fd >= 0)
        sock_close(f->fd);
    f->fd = -1;
    return 0;
}

// sent_file_number(file) -> descriptor
static int sent_file_number(lua_State *L)
{
    lua_pushinteger(L, check(L)->fd);
    return 1;
}

// sent_file_read(file, offset, count) -> at most COUNT bytes from OFFSET on, "" at the end; nil
// when there is nothing yet. A file that cannot seek, such as a pipe, is read on from where it is.
static int sent_file_read(lua_State *L)
{
    char piece[PIECE];
    const struct sent_file *f = check(L);
    double offset = luaL_checknumber(L, 2), count = luaL_checknumber(L, 3);
    size_t size = count < PIECE ? (size_t)count : PIECE;
    ssize_t got = sock_read_file(f->fd, f->seeks ? (off_t)offset : -1, piece, size);
    if (got == -EAGAIN)
        return 0;
    if (got < 0)
        return luax_fail(L, "sendfile", (int)-got, NULL);
    lua_pushlstring(L, piece, (size_t)got);
    return 1;
}

// sent_file_seeks(file) -> can it be read from any offset?
static int sent_file_seeks(lua_State *L)
{
    lua_pushboolean(L, check(L)->seeks);
    return 1;
}

void sent_file_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"sent_file_read", sent_file_read},
        {"sent_file_number", sent_file_number},
        {"sent_file_close", sent_file_close},
        {"sent_file_seeks", sent_file_seeks},
        {NULL, NULL},
    };
    static const luaL_Reg meta[] = {{"__gc", sent_file_close}, {NULL, NULL}};
    luax_class(L, SENT_FILE_CLASS, NULL, meta);
    luax_register(L, functions, false);
}
