// SPDX-License-Identifier: BSD-3-Clause
// Waiting for a descriptor.

#include "bind/descriptor.h"

#include "base/clock.h"
#include "luax/luax.h"
#include "luax/reclaim.h"
#include "socket/socket.h"
#include "sys/sock.h"
#include "task/scheduler.h"

#include <lualib.h>
#include <stdio.h>

#define FOREIGN_CLASS "sss.foreign"

// Each wait has a stream over a duplicate of the descriptor. The poller finds streams by their
// descriptors, and a duplicate has a number of its own. So any number of tasks can wait for one
// descriptor, also for that of one of our sockets, and no harm is done when the script closes it
// meanwhile and the system uses its number again.
struct foreign {
    struct stream *stream;
};

static void close_foreign(struct foreign *f)
{
    struct stream *s = f->stream;
    if (!s)
        return;
    int fd = s->fd;
    f->stream = NULL;
    loop_release(scheduler_loop(),
                 s); // so that the poller forgets it; close(2) alone is not enough
    sock_close(fd);
    scheduler_release();
}

// For a wait that was given up. When the finalizer cannot be called (no memory), the duplicate
// stays open until the program ends, since the op does not know the object.
static int foreign_collect(lua_State *L)
{
    struct foreign *f = luax_test(L, 1, FOREIGN_CLASS);
    if (f)
        close_foreign(f);
    return 0;
}

static struct stream *open_foreign(lua_State *L, struct foreign *f, int fd)
{
    int copy = sock_dup(fd);
    if (reclaim_descriptors(L, copy))
        copy = sock_dup(fd);
    if (copy < 0)
        luax_fail(L, luax_name(L), -copy, NULL);
    f->stream = stream_new(loop_streams(scheduler_loop()), copy, 0, 0);
    if (!f->stream) {
        sock_close(copy);
        luax_fail(L, luax_name(L), ENOMEM, NULL);
    }
    scheduler_hold();
    return f->stream;
}

static struct foreign *push_foreign(lua_State *L)
{
    struct foreign *f = lua_newuserdata(L, sizeof *f);
    f->stream = NULL;
    luaL_getmetatable(L, FOREIGN_CLASS);
    lua_setmetatable(L, -2);
    return f;
}

// The number of a descriptor: the argument itself, or that of a Lua file.
static int check_fd(lua_State *L, int idx)
{
    FILE **file = luax_test(L, idx, LUA_FILEHANDLE);
    if (file && !*file)
        luax_arg_error(L, idx, "closed file");
    if (file)
        return fileno(*file);
    if (lua_type(L, idx) != LUA_TNUMBER)
        luax_type_error(L, idx, "socket, file or descriptor number");
    return (int)luax_integer(L, idx, 0, 1 << 30);
}

static enum op_kind check_way(lua_State *L, int idx)
{
    size_t len;
    const char *way = luax_string(L, idx, &len);
    if (len != 1 || (*way != 'r' && *way != 'w'))
        luax_arg_error(L, idx, "\"r\" or \"w\" expected, got '%s'", way);
    return *way == 'r' ? OP_READABLE : OP_WRITABLE;
}

static uint64_t check_deadline(lua_State *L, int idx)
{
    if (lua_isnoneornil(L, idx))
        return DEADLINE_NONE;
    double seconds = luax_seconds(L, idx);
    return seconds > 0 ? clock_deadline(clock_now(), seconds) : 0;
}

static int finish_ready(lua_State *L, struct waiter *w)
{
    if (w->op.result < 0)
        return wait_outcome(L, w, NULL);
    lua_pushboolean(L, true);
    return 1;
}

static int finish_wait_fd(lua_State *L, struct waiter *w)
{
    struct foreign *f = w->object;
    if (f) {
        close_foreign(f);
        w->op.stream = NULL;
    }
    // epoll_ctl(2) refuses a file on a disk, which is always ready. Then the task only lets others
    // run first.
    return w->op.result == -EPERM ? wait_turn(L, w, finish_ready) : finish_ready(L, w);
}

// sss.wait(socket_or_fd, "r" or "w" [, seconds]) -> true
static int wait_fd(lua_State *L)
{
    struct socket *s = luax_test(L, 1, SOCKET_CLASS);
    if (s && !s->stream)
        return luax_raise(L, "wait: closed socket");
    int fd = s ? -1 : check_fd(L, 1);
    enum op_kind kind = check_way(L, 2);
    uint64_t deadline = check_deadline(L, 3);
    luax_no_more(L, 3);
    struct foreign *f = s ? NULL : push_foreign(L);
    struct waiter *w = wait_begin(L, kind);
    w->object = f;
    w->kept = f ? (unsigned char)lua_gettop(L) : 0;
    w->op.stream = s ? s->stream : open_foreign(L, f, fd);
    w->op.deadline = deadline;
    return wait_for(L, w, finish_wait_fd);
}

void descriptor_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"wait", wait_fd}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", foreign_collect}, {NULL, NULL}};
    luax_class(L, FOREIGN_CLASS, NULL, meta);
    luax_register(L, functions, false);
}
