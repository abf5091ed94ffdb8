// SPDX-License-Identifier: BSD-3-Clause
// Socket objects: writing.

#include "luax/luax.h"
#include "luax/reclaim.h"
#include "socket/address.h"
#include "socket/sent_file.h"
#include "socket/socket.h"
#include "sys/sock.h"
#include "sys/sock_file.h"
#include "task/operation.h"

#include <lualib.h>
#include <stdio.h>
#include <string.h>

// A failure says how many bytes were sent: in the third result, or in the field `sent` of the
// error.
static int finish_send(lua_State *L, struct waiter *w)
{
    struct addr peer;
    int64_t result = w->op.result;
    if (result >= 0) {
        lua_pushnumber(L, (lua_Number)result);
        return 1;
    }
    if ((result == -ERROR_EXPIRED && !w->limited) || result == -ERROR_CLOSED) {
        int n = wait_outcome(L, w, NULL);
        lua_pushnumber(L, (lua_Number)w->op.progress);
        return n + 1;
    }
    wait_push_error(
        L, w, w->op.kind == OP_SENDTO && w->op.u.send.to ? w->op.u.send.to : socket_peer(w, &peer));
    if (lua_istable(L, -1)) {
        lua_pushnumber(L, (lua_Number)w->op.progress);
        lua_setfield(L, -2, "sent");
    }
    return lua_error(L);
}

// What is to be sent: one string, or an array of them.
struct payload {
    const struct iovec *parts; // NULL: the string
    int count;
    const char *data;
    size_t total;
    bool is_line; // "\r\n" follows the string
};

static struct iovec part_of(lua_State *L, int idx)
{
    size_t len;
    const char *data = lua_tolstring(L, idx, &len);
    return (struct iovec){(void *)data, len};
}

// The string that is argument IDX; a number becomes a string.
static struct payload check_string(lua_State *L, int idx, struct waiter *w)
{
    if (!lua_isstring(L, idx))
        luax_type_error(L, idx, "string");
    if (lua_type(L, idx) != LUA_TSTRING) {
        lua_pushvalue(L, idx); // keeps the string alive, which may be made of a number
        idx = lua_gettop(L);
        w->kept = (unsigned char)idx;
    }
    struct iovec part = part_of(L, idx);
    return (struct payload){.data = part.iov_base, .total = part.iov_len};
}

// The array of strings at IDX. The parts are in a userdata that is left on the stack, and whose
// environment keeps the strings alive, because the script may change its own table while the send
// waits.
static struct payload check_array(lua_State *L, int idx, struct waiter *w)
{
    int count = (int)lua_objlen(L, idx);
    struct iovec *parts = lua_newuserdata(L, (size_t)(count ? count : 1) * sizeof *parts);
    struct payload p = {.parts = parts, .count = count};
    lua_createtable(L, count, 0);
    int keep = lua_gettop(L);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, idx, i + 1);
        if (!lua_isstring(L, -1))
            luax_arg_error(L, idx, "element %d is a %s, not a string", i + 1, luaL_typename(L, -1));
        parts[i] = part_of(L, -1);
        p.total += parts[i].iov_len;
        lua_rawseti(L, keep, i + 1);
    }
    lua_setfenv(L, -2);
    w->kept = (unsigned char)lua_gettop(L);
    return p;
}

static struct payload check_payload(lua_State *L, int idx, struct waiter *w)
{
    if (lua_istable(L, idx))
        return check_array(L, idx, w);
    if (!lua_isstring(L, idx))
        luax_type_error(L, idx, "string or array of strings");
    return check_string(L, idx, w);
}

static int hold_all(struct stream *stream, const struct payload *p)
{
    size_t end = p->is_line ? 2 : 0;
    int error = p->parts ? 0 : stream_hold(stream, p->data, p->total - end);
    if (error == 0 && end > 0)
        error = stream_hold(stream, "\error\n", end);
    for (int i = 0; error == 0 && i < p->count; i++)
        error = stream_hold(stream, p->parts[i].iov_base, p->parts[i].iov_len);
    return error;
}

static int hold(lua_State *L, struct stream *stream, const struct payload *p)
{
    int error = bytes_reserve(&stream->out, p->total) ? hold_all(stream, p) : -ENOMEM;
    if (error < 0)
        return luax_fail(L, luax_name(L), -error, NULL);
    operation_end();
    lua_pushnumber(L, (lua_Number)p->total);
    return 1;
}

static void fill_op(struct op *op, const struct payload *p, const struct addr *to)
{
    op->u.send.parts = p->parts;
    op->u.send.count = p->count;
    op->u.send.data = p->data;
    op->u.send.total = p->total;
    op->u.send.is_line = p->is_line;
    op->u.send.to = to;
}

static int send_payload(lua_State *L, struct waiter *w, const struct payload *p)
{
    struct stream *stream = w->op.stream;
    bool holds = p->total > 0 && w->op.progress == 0 && stream_holds(stream, p->total);
    if (holds && !stream->writer && !wait_spent(w))
        return hold(L, stream, p);
    w->op.kind = stream->is_message ? OP_SENDTO : OP_SEND;
    fill_op(&w->op, p, NULL);
    return wait_for(L, w, finish_send);
}

// send(socket, data [, sent = 0]) -> bytes; the first SENT bytes of a string were sent already
static int socket_send(lua_State *L)
{
    struct waiter *w = socket_waiter(L, OP_SEND);
    struct payload p = check_payload(L, 2, w);
    w->op.progress = (size_t)lua_tointeger(L, 3);
    return send_payload(L, w, &p);
}

// sendln(socket, line) -> bytes
static int socket_sendln(lua_State *L)
{
    struct waiter *w = socket_waiter(L, OP_SEND);
    luax_no_more(L, 2);
    struct payload p = check_string(L, 2, w);
    p.total += 2;
    p.is_line = true;
    return send_payload(L, w, &p);
}

// Nothing can be sent to port 0, but a datagram may come from there (RFC 768). ANSWER: the address
// is an object, as recvfrom() returns it. Then the datagram counts as lost on its way, so that no
// peer can end a server by an error.
static bool is_lost_answer(const struct op *op, bool answer)
{
    const struct addr *to = op->u.send.to;
    bool inet = addr_family(to) == AF_INET || addr_family(to) == AF_INET6;
    return answer && op->result == -EINVAL && inet && addr_port(to) == 0;
}

static int finish_sendto(lua_State *L, struct waiter *w)
{
    if (is_lost_answer(&w->op, lua_type(L, 4) == LUA_TNUMBER))
        w->op.result = (int64_t)w->op.u.send.total;
    return finish_send(L, w);
}

// sendto(socket, data, address [, failure]) -> bytes. FAILURE, when ADDRESS was an object: the
// result of an attempt that was just made, or 0 for none.
static int socket_sendto(lua_State *L)
{
    struct socket *s = socket_check(L);
    int failure = (int)lua_tointeger(L, 4);
    const struct addr *to = address_check(L, 3);
    if (!s->stream->is_message)
        return luax_fail(L, "sendto", EISCONN, to);
    struct waiter *w = socket_waiter(L, OP_SENDTO);
    struct payload p = check_payload(L, 2, w);
    fill_op(&w->op, &p, to);
    w->op.result = -failure;
    return failure ? finish_sendto(L, w) : wait_for(L, w, finish_sendto);
}

// flush(socket)
static int socket_flush(lua_State *L)
{
    luax_no_more(L, 1);
    return wait_for(L, socket_waiter(L, OP_FLUSH), socket_finish);
}

// Makes W->fd another descriptor of the open file FD, or returns -errno. Another task may close FD
// while W waits, and its number may be used again.
static int hold_file(lua_State *L, struct waiter *w, int fd)
{
    int copy = sock_dup(fd);
    if (reclaim_descriptors(L, copy))
        copy = sock_dup(fd);
    if (copy >= 0)
        w->fd = copy;
    return copy;
}

// Makes W->fd a descriptor of the Lua file at IDX, or of the file with that name. Returns it.
static int check_file(lua_State *L, int idx, struct waiter *w)
{
    FILE **file = luax_test(L, idx, LUA_FILEHANDLE);
    if (file) {
        if (!*file)
            luax_arg_error(L, idx, "closed file");
        fflush(*file);
        luax_check_result(L, hold_file(L, w, fileno(*file)), NULL);
        return w->fd;
    }
    if (lua_type(L, idx) != LUA_TSTRING)
        luax_type_error(L, idx, "path or open file");
    const char *path = lua_tostring(L, idx);
    if (strlen(path) != lua_objlen(L, idx))
        luax_arg_error(L, idx, "a path has no NUL inside");
    w->fd = sock_open_file(path);
    if (reclaim_descriptors(L, w->fd))
        w->fd = sock_open_file(path);
    if (w->fd < 0) {
        int code = -w->fd;
        w->fd = -1;
        luax_push_error(L, "sendfile", code, NULL);
        lua_pushvalue(L, idx);
        lua_setfield(L, -2, "address");
        lua_error(L);
    }
    return w->fd;
}

static int finish_held(lua_State *L, struct waiter *w)
{
    if (w->fd >= 0)
        sock_close(w->fd);
    w->fd = -1;
    return finish_send(L, w);
}

// Is it a file that sendfile(2) does not send, or where it would wait (in /proc, a pipe, a
// terminal)?
static bool has_to_be_read(const struct op *op)
{
    int64_t result = op->result;
    return op->progress == 0 &&
           (result == -EINVAL || result == -ESPIPE || result == -ENOSYS || result == -EOVERFLOW);
}

// Returns the number of bytes, or an object by which Lua code reads the file.
static int finish_sendfile(lua_State *L, struct waiter *w)
{
    if (!has_to_be_read(&w->op) || w->fd < 0)
        return finish_held(L, w);
    sent_file_push(L, &w->fd);
    return 1;
}

// sendfile(socket, path_or_file [, offset = 0 [, count]]) -> bytes
static int socket_sendfile(lua_State *L)
{
    const long long most = 1LL << 50;
    struct waiter *w = socket_waiter(L, OP_SENDFILE);
    long long offset = luax_opt_integer(L, 3, 0, most, 0);
    long long count = luax_opt_integer(L, 4, 0, most, most);
    luax_no_more(L, 4);
    if (w->op.stream->is_message)
        return luax_fail(L, "sendfile", EOPNOTSUPP, NULL);
    w->op.u.file.file = check_file(L, 2, w);
    w->op.u.file.offset = (off_t)offset;
    w->op.u.file.count = (size_t)count;
    return wait_for(L, w, finish_sendfile);
}

// The descriptor that is to be passed: that of a socket or a Lua file, or a number.
static int check_passed(lua_State *L, int idx)
{
    struct socket *passed = luax_test(L, idx, SOCKET_CLASS);
    FILE **file = luax_test(L, idx, LUA_FILEHANDLE);
    if (passed && !passed->stream)
        luax_arg_error(L, idx, "closed socket");
    if (passed)
        return passed->stream->fd;
    if (file && *file)
        return fileno(*file);
    if (lua_type(L, idx) != LUA_TNUMBER)
        luax_type_error(L, idx, "socket, file or descriptor number");
    return (int)luax_integer(L, idx, 0, 1 << 30);
}

// sendfd(socket, socket_or_fd [, data = "\0"]) -> bytes
static int socket_sendfd(lua_State *L)
{
    struct socket *s = socket_check(L);
    int fd = check_passed(L, 2);
    if (s->domain != AF_UNIX || s->type != SOCK_STREAM)
        return luax_fail(L, "sendfd", EOPNOTSUPP, NULL);
    luax_no_more(L, 3);
    bool given = !lua_isnoneornil(L, 3);
    if (given && (lua_type(L, 3) != LUA_TSTRING || lua_objlen(L, 3) == 0))
        luax_type_error(L, 3, "string of at least one byte");
    struct waiter *w = socket_waiter(L, OP_SENDFD);
    struct payload p = given ? check_string(L, 3, w) : (struct payload){.data = "", .total = 1};
    fill_op(&w->op, &p, NULL);
    w->op.u.send.fd = hold_file(L, w, fd);
    w->op.result = w->op.u.send.fd;
    return w->op.result < 0 ? finish_send(L, w) : wait_for(L, w, finish_held);
}

const luaL_Reg socket_write_methods[] = {
    {"send", socket_send},
    {"sendln", socket_sendln},
    {"sendto", socket_sendto},
    {"flush", socket_flush},
    {"sendfile", socket_sendfile},
    {"sendfd", socket_sendfd},
    {NULL, NULL},
};
