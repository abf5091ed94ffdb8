// SPDX-License-Identifier: BSD-3-Clause
// Socket objects: reading.

#include "luax/luax.h"
#include "luax/reclaim.h"
#include "socket/address.h"
#include "socket/socket.h"
#include "sys/sock.h"

#include <math.h>
#include <string.h>

enum { LINE_LIMIT = 1024 * 1024 };
static const long long most = 1LL << 40; // the most bytes that one call may ask for

static int peer_outcome(lua_State *L, struct waiter *w)
{
    struct addr peer;
    return wait_outcome(L, w, socket_peer(w, &peer));
}

// Pushes what came, from the unread input; at the end of the stream, the bytes that were too few
// for "exactly n".
int socket_finish_read(lua_State *L, struct waiter *w)
{
    struct stream *stream = w->op.stream;
    int64_t result = w->op.result;
    size_t unread, take = w->op.progress;
    if (result >= 0) {
        lua_pushlstring(L, stream_unread(stream, &unread), (size_t)result);
        stream_consume(stream, take);
        return 1;
    }
    int n = peer_outcome(L, w);
    if (result == -ERROR_ENDED && (take > 0 || w->op.u.read.reader.kind == READER_EXACT)) {
        lua_pushlstring(L, stream_unread(stream, &unread), take);
        stream_consume(stream, take);
        n++;
    }
    return n;
}

// Pushes a message, which is in the scratch buffer. An empty one is the end of a connection
// (seqpacket only).
static int finish_message(lua_State *L, struct waiter *w)
{
    const struct socket *s = w->object;
    if (w->op.result == 0 && s->type == SOCK_SEQPACKET)
        w->op.result = -ERROR_ENDED;
    if (w->op.result < 0)
        return peer_outcome(L, w);
    lua_pushlstring(L, w->op.u.read.data, (size_t)w->op.result);
    return 1;
}

static struct waiter *read_waiter(lua_State *L, enum op_kind kind, const struct reader *reader)
{
    struct waiter *w = socket_waiter(L, kind);
    w->op.u.read.reader = *reader;
    w->op.u.read.from = NULL;
    return w;
}

struct reader socket_some_reader(size_t count)
{
    return (struct reader){.kind = READER_SOME, .count = count};
}

static int read_some(lua_State *L, enum op_kind kind, lua_Integer otherwise)
{
    struct socket *s = socket_check(L);
    struct reader reader = socket_some_reader((size_t)luax_opt_integer(L, 2, 1, most, otherwise));
    if (!s->stream->is_message && kind == OP_READ && reader.count > SOCKET_SOME_MAX)
        reader.count = SOCKET_SOME_MAX;
    luax_no_more(L, 2);
    struct waiter *w = read_waiter(L, kind, &reader);
    return wait_for(L, w, s->stream->is_message ? finish_message : socket_finish_read);
}

// recv(socket [, n = 1024]) -> 1..n bytes, or a message
static int socket_recv(lua_State *L)
{
    return read_some(L, OP_READ, 1024);
}

// peek(socket [, n = 1024]) -> 1..n bytes, which stay unread
static int socket_peek(lua_State *L)
{
    return read_some(L, OP_PEEK, 1024);
}

static void check_stream(lua_State *L)
{
    if (socket_check(L)->stream->is_message)
        luax_fail(L, luax_name(L), EOPNOTSUPP, NULL);
}

struct reader socket_line_reader(bool chomp)
{
    return (struct reader){.kind = chomp ? READER_CHOMP : READER_LINE, .limit = LINE_LIMIT};
}

// The word WHAT of receive ("L", "l", "a", also with a '*' before it, as in io.read).
static struct reader reader_of_word(lua_State *L, int idx)
{
    const char *word = luaL_optstring(L, idx, "L");
    word += *word == '*';
    if (strcmp(word, "L") == 0)
        return socket_line_reader(false);
    if (strcmp(word, "l") == 0)
        return socket_line_reader(true);
    if (strcmp(word, "a") == 0)
        return (struct reader){.kind = READER_ALL, .limit = (size_t)most};
    luax_arg_error(L, idx, "\"L\", \"l\", \"a\" or a number of bytes expected, got '%s'", word);
    return (struct reader){.kind = READER_ALL};
}

static struct reader check_reader(lua_State *L, int idx)
{
    int type = lua_type(L, idx);
    if (type == LUA_TNUMBER)
        return (struct reader){
            .kind = READER_EXACT,
            .count = (size_t)luax_integer(L, idx, 0, most),
        };
    if (type != LUA_TSTRING && type > LUA_TNIL)
        luax_type_error(L, idx, "\"L\", \"l\", \"a\" or a number of bytes");
    return reader_of_word(L, idx);
}

// receive(socket [, what = "L" [, limit]]) -> string
static int socket_receive(lua_State *L)
{
    check_stream(L);
    struct reader reader = check_reader(L, 2);
    bool exact = reader.kind == READER_EXACT;
    long long otherwise = exact ? most : (long long)reader.limit;
    size_t limit = (size_t)luax_opt_integer(L, 3, 1, most, otherwise);
    luax_no_more(L, 3);
    if (exact && reader.count > limit)
        luax_fail(L, luax_name(L), EMSGSIZE, NULL);
    if (!exact)
        reader.limit = limit;
    return wait_for(L, read_waiter(L, OP_READ, &reader), socket_finish_read);
}

struct reader socket_until_reader(const char *delimiter, size_t len)
{
    return (struct reader){
        .kind = READER_UNTIL, .limit = LINE_LIMIT, .delimiter = delimiter, .delimiter_len = len};
}

// receiveuntil(socket, delimiter [, {inclusive=, limit=}]) -> string
static int socket_receiveuntil(lua_State *L)
{
    static const char *const keys[] = {"inclusive", "limit", NULL};
    check_stream(L);
    if (lua_type(L, 2) != LUA_TSTRING)
        luax_type_error(L, 2, "string");
    struct reader reader = socket_until_reader(lua_tostring(L, 2), lua_objlen(L, 2));
    if (reader.delimiter_len == 0)
        luax_arg_error(L, 2, "a delimiter is not empty");
    luax_no_more(L, 3);
    if (luax_options(L, 3, keys)) {
        lua_getfield(L, 3, "inclusive");
        reader.inclusive = lua_toboolean(L, -1);
        lua_getfield(L, 3, "limit");
        double limit = lua_isnil(L, -1) ? LINE_LIMIT : lua_tonumber(L, -1);
        bool fits = limit >= 1 && limit <= (double)most && limit == floor(limit);
        if (!fits || lua_type(L, -1) == LUA_TSTRING)
            luax_arg_error(L, 3, "option 'limit': a whole number of bytes, at least 1");
        reader.limit = (size_t)limit;
    }
    return wait_for(L, read_waiter(L, OP_READ, &reader), socket_finish_read);
}

// Filled in by the op just before its owner goes on.
static struct addr message_from;

int socket_finish_recvfrom(lua_State *L, struct waiter *w, const struct addr *from)
{
    struct addr copy = *from; // a finalizer may run and change it
    int n = finish_message(L, w);
    if (n != 1)
        return n;
    address_push(L, &copy);
    return 2;
}

static int finish_recvfrom(lua_State *L, struct waiter *w)
{
    return socket_finish_recvfrom(L, w, &message_from);
}

// On a stream, the peer is the sender.
static int finish_recvfrom_stream(lua_State *L, struct waiter *w)
{
    struct addr peer;
    int n = socket_finish_read(L, w);
    if (n != 1)
        return n;
    if (sock_peer(w->op.stream->fd, &peer) < 0)
        return n;
    address_push(L, &peer);
    return 2;
}

// recvfrom(socket [, n = 65536]) -> data, address
static int socket_recvfrom(lua_State *L)
{
    struct socket *s = socket_check(L);
    struct reader reader = {
        .kind = READER_SOME,
        .count = (size_t)luax_opt_integer(L, 2, 1, most, 65536),
    };
    luax_no_more(L, 2);
    if (!s->stream->is_message)
        return wait_for(L, read_waiter(L, OP_READ, &reader), finish_recvfrom_stream);
    struct waiter *w = read_waiter(L, OP_RECVFROM, &reader);
    w->op.u.read.from = &message_from;
    return wait_for(L, w, finish_recvfrom);
}

// Pushes a socket for the descriptor FD, or its number when it is no socket.
static void push_passed(lua_State *L, int fd)
{
    int error;
    struct socket *s = socket_push(L);
    if (socket_adopt(s, fd, &error))
        return;
    if (error == -ENOMEM)
        luax_fail(L, "recvfd", ENOMEM, NULL);
    lua_pop(L, 1);
    lua_pushinteger(L, fd);
}

static int finish_recvfd(lua_State *L, struct waiter *w)
{
    struct stream *stream = w->op.stream;
    size_t unread;
    if (w->op.result < 0)
        return peer_outcome(L, w);
    // The stream keeps the descriptor until all results were made, so that nothing is lost without
    // memory.
    lua_pushlstring(L, stream_unread(stream, &unread), (size_t)w->op.result);
    push_passed(L, w->op.u.read.fd);
    stream_take_passed(stream);
    stream_consume(stream, w->op.progress);
    lua_insert(L, -2);
    return 2;
}

// A descriptor that comes while this process can have no more is lost, and cannot be asked for
// again.
static void make_room(lua_State *L, const struct stream *stream)
{
    int copy = stream_passed(stream) < 0 ? sock_dup(stream->fd) : -1;
    if (copy >= 0)
        sock_close(copy);
    else
        reclaim_descriptors(L, copy);
}

// recvfd(socket) -> socket or descriptor number, data that came with it
static int socket_recvfd(lua_State *L)
{
    struct socket *s = socket_check(L);
    struct reader reader = {.kind = READER_ALL, .limit = LINE_LIMIT};
    luax_no_more(L, 1);
    if (s->domain != AF_UNIX || s->type != SOCK_STREAM)
        return luax_fail(L, "recvfd", EOPNOTSUPP, NULL);
    make_room(L, s->stream);
    return wait_for(L, read_waiter(L, OP_RECVFD, &reader), finish_recvfd);
}

const luaL_Reg socket_read_methods[] = {
    {"recv", socket_recv},
    {"peek", socket_peek},
    {"receive", socket_receive},
    {"receiveuntil", socket_receiveuntil},
    {"recvfrom", socket_recvfrom},
    {"recvfd", socket_recvfd},
    {NULL, NULL},
};
