// SPDX-License-Identifier: BSD-3-Clause
// Socket objects: their descriptors, connecting, closing.

#include "socket/socket.h"

#include "base/clock.h"
#include "luax/finalizer.h"
#include "luax/luax.h"
#include "luax/reclaim.h"
#include "socket/address.h"
#include "sys/names.h"
#include "sys/sock.h"
#include "task/scheduler.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 4096 };

static int class_of_sockets; // for luax_set_class()

// The same with room for the first PEER_SIZE bytes of its peer's sockaddr.
static struct socket *push_with_peer(lua_State *L, const void *peer, size_t peer_size)
{
    struct socket *s = lua_newuserdata(L, sizeof *s + peer_size);
    memset(s, 0, sizeof *s);
    memcpy(s->peer, peer, peer_size);
    s->peer_size = (unsigned char)peer_size;
    luax_set_class(L, class_of_sockets);
    return s;
}

struct socket *socket_push(lua_State *L)
{
    return push_with_peer(L, "", 0);
}

// How many open sockets have this descriptor: more than one only when it was closed elsewhere
// meanwhile.
static struct {
    unsigned char *of;
    size_t size;
} owners;

bool socket_is_taken(int fd)
{
    return (size_t)fd < owners.size && owners.of[fd] > 0;
}

static bool note_owner(int fd)
{
    if ((size_t)fd >= owners.size) {
        size_t size = owners.size ? owners.size : 64;
        while (size <= (size_t)fd)
            size *= 2;
        unsigned char *of = realloc(owners.of, size);
        if (!of)
            return false;
        memset(of + owners.size, 0, size - owners.size);
        owners.of = of;
        owners.size = size;
    }
    owners.of[fd] += owners.of[fd] < UCHAR_MAX;
    return true;
}

bool socket_take(struct socket *s, int fd, int domain, int type, int protocol)
{
    struct loop *loop = scheduler_loop(); // NULL in a finalizer after the end of the program
    if (!loop || !note_owner(fd))
        return false;
    s->stream = stream_new(loop_streams(loop), fd, domain, type);
    s->domain = (unsigned short)domain;
    s->type = (unsigned char)type;
    s->protocol = (unsigned short)protocol;
    if (!s->stream) {
        owners.of[fd]--;
        return false;
    }
    scheduler_hold();
    return true;
}

bool socket_adopt(struct socket *s, int fd, int *r)
{
    int domain, type, protocol;
    *r = sock_adopt(fd, &domain, &type, &protocol);
    if (*r < 0)
        return false;
    bool blocking = *r;
    *r = socket_take(s, fd, domain, type, protocol) ? 0 : -ENOMEM;
    if (*r < 0)
        return false;
    s->stream->blocking = blocking;
    s->stream->lingers = true; // it may linger
    return true;
}

void socket_opened(lua_State *L, int *fd, bool taken)
{
    if (!taken)
        sock_close(*fd);
    *fd = -1;
    if (!taken)
        luax_fail(L, luax_name(L), ENOMEM, NULL);
}

// The address of the class's metatable. Comparing it saves a look-up by name at each call.
static const void *socket_class;

static bool is_socket(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1)) // a table can have it, too
        return false;
    bool is = lua_topointer(L, -1) == socket_class;
    lua_pop(L, 1);
    return is;
}

// The socket at stack index 1, open or closed.
static struct socket *check_any(lua_State *L)
{
    return is_socket(L) ? lua_touserdata(L, 1) : luax_check(L, 1, SOCKET_CLASS);
}

struct socket *socket_check(lua_State *L)
{
    struct socket *s = check_any(L);
    if (!s->stream)
        luax_raise(L, "%s: closed socket", luax_name(L));
    return s;
}

struct timeouts socket_timeouts(const struct socket *s)
{
    return s->timeouts ? *s->timeouts : (struct timeouts){-1, -1};
}

bool socket_set_timeouts(struct socket *s, struct timeouts timeouts)
{
    bool none = timeouts.send < 0 && timeouts.receive < 0;
    if (!s->timeouts && !none)
        s->timeouts = malloc(sizeof *s->timeouts);
    if (s->timeouts)
        *s->timeouts = timeouts;
    return s->timeouts || none;
}

uint64_t socket_deadline(const struct socket *s, bool reading)
{
    if (!s->timeouts)
        return DEADLINE_NONE;
    double timeout = reading ? s->timeouts->receive : s->timeouts->send;
    if (timeout < 0)
        return DEADLINE_NONE;
    return timeout == 0 ? 0 : clock_deadline(clock_now(), timeout);
}

struct waiter *socket_waiter(lua_State *L, enum op_kind kind)
{
    struct socket *s = socket_check(L);
    struct waiter *w = wait_begin(L, kind);
    w->object = s;
    w->op.stream = s->stream;
    w->op.deadline = socket_deadline(s, op_is_read(&w->op));
    return w;
}

// A peer that is gone is still known by the address from which it was accepted.
static const struct addr *accepted_from(const struct socket *s, struct addr *peer)
{
    if (s->peer_size == 0)
        return NULL;
    memset(peer, 0, sizeof *peer);
    memcpy(&peer->u, s->peer, s->peer_size);
    bool is_inet = peer->u.any.sa_family == AF_INET;
    peer->len = is_inet ? sizeof(struct sockaddr_in) : s->peer_size;
    return peer;
}

// How many bytes of PEER have to be kept: none for a unix socket, whose clients have no name.
static size_t peer_size(const struct addr *peer)
{
    if (addr_family(peer) == AF_INET)
        return offsetof(struct sockaddr_in, sin_zero);
    return addr_family(peer) == AF_INET6 ? peer->len : 0;
}

const struct addr *socket_peer(const struct waiter *w, struct addr *peer)
{
    const struct socket *s = w->object;
    if (!s->stream || wait_is_ordinary(w))
        return NULL;
    return sock_peer(s->stream->fd, peer) == 0 ? peer : accepted_from(s, peer);
}

int socket_finish(lua_State *L, struct waiter *w)
{
    struct addr peer;
    if (w->op.result < 0)
        return wait_outcome(L, w, socket_peer(w, &peer));
    lua_settop(L, 0);
    return 0;
}

static int self(lua_State *L)
{
    lua_settop(L, 1);
    return 1;
}

// socket:bind(address) -> socket
static int socket_bind(lua_State *L)
{
    struct socket *s = socket_check(L);
    const struct addr *a = address_check(L, 2);
    luax_no_more(L, 2);
    luax_check_result(L, sock_bind(s->stream->fd, a), a);
    return self(L);
}

// socket:listen([backlog = 4096]) -> socket
static int socket_listen(lua_State *L)
{
    struct socket *s = socket_check(L);
    int backlog = (int)luax_opt_integer(L, 2, 0, 1 << 30, BACKLOG);
    luax_no_more(L, 2);
    luax_check_result(L, sock_listen(s->stream->fd, backlog), NULL);
    return self(L);
}

static int finish_connect(lua_State *L, struct waiter *w)
{
    struct socket *s = w->object;
    if (w->op.result < 0)
        return wait_outcome(L, w, w->op.u.connect.to);
    s->connected = true;
    return 0;
}

// connect(socket, address)
static int socket_connect(lua_State *L)
{
    struct socket *s = socket_check(L);
    const struct addr *to = address_check(L, 2);
    luax_no_more(L, 2);
    if (s->connected && !s->stream->is_message)
        return luax_fail(L, "connect", EISCONN, to);
    struct waiter *w = socket_waiter(L, OP_CONNECT);
    w->op.u.connect.to = to;
    w->op.u.connect.started = false;
    return wait_for(L, w, finish_connect);
}

// Filled in by the op just before its owner goes on.
static struct addr accepted_peer;

// When there is no descriptor, the client still waits to be accepted.
static void accept_again(lua_State *L, struct waiter *w)
{
    if (!w->op.stream || !reclaim_descriptors(L, w->op.result))
        return;
    int64_t failure = w->op.result;
    if (!op_perform(&w->op))
        w->op.result = failure; // another process has accepted it
}

// Pushes a socket for the client, or the outcome of a failure, when *ACCEPTED is false.
static int push_client(lua_State *L, struct waiter *w, struct addr *from, bool *accepted)
{
    struct socket *s = w->object;
    accept_again(L, w);
    *accepted = w->op.result >= 0;
    if (w->op.result < 0)
        return wait_outcome(L, w, NULL);
    w->fd = (int)w->op.result;
    *from = accepted_peer;
    struct socket *client = push_with_peer(L, &from->u, peer_size(from));
    bool lingers = w->op.stream->lingers;
    socket_opened(L, &w->fd, socket_take(client, w->fd, s->domain, s->type, s->protocol));
    client->stream->lingers = lingers; // it has its listener's options
    return 1;
}

static int finish_accept_client(lua_State *L, struct waiter *w)
{
    struct addr peer;
    bool accepted;
    return push_client(L, w, &peer, &accepted);
}

static int finish_accept(lua_State *L, struct waiter *w)
{
    struct addr peer;
    bool accepted;
    int n = push_client(L, w, &peer, &accepted);
    if (!accepted)
        return n;
    address_push(L, &peer);
    return 2;
}

// client_name(socket) -> the address that it was accepted from, as text, also after its end
static int socket_client_name(lua_State *L)
{
    struct addr peer;
    char text[ADDR_TEXT_MAX];
    const struct addr *from = accepted_from(check_any(L), &peer);
    lua_pushlstring(L, text, from ? addr_format(from, text) : 0);
    return 1;
}

// is_open(socket) -> boolean
static int socket_is_open(lua_State *L)
{
    lua_pushboolean(L, check_any(L)->stream ? 1 : 0);
    return 1;
}

static int start_accept(lua_State *L, int (*finish)(lua_State *, struct waiter *))
{
    struct waiter *w = socket_waiter(L, OP_ACCEPT);
    luax_no_more(L, 1);
    w->doing = "accept"; // also for accept_client(), which scripts do not know
    w->op.u.accept.peer = &accepted_peer;
    return wait_for(L, w, finish);
}

// accept(socket) -> socket, address
static int socket_accept(lua_State *L)
{
    return start_accept(L, finish_accept);
}

// accept_client(socket) -> socket
static int socket_accept_client(lua_State *L)
{
    return start_accept(L, finish_accept_client);
}

// shutdown(socket [, how = "both"])
static int socket_shutdown(lua_State *L)
{
    struct socket *s = socket_check(L);
    size_t len;
    int how = SHUT_RDWR;
    if (!lua_isnoneornil(L, 2)) {
        const char *word = luax_string(L, 2, &len);
        how = names_value(names_shutdowns, word, len);
        if (how < 0)
            luax_arg_error(L, 2, "\"read\", \"write\" or \"both\" expected, got '%s'", word);
    }
    luax_no_more(L, 2);
    struct waiter *w = socket_waiter(L, OP_SHUTDOWN);
    if (how != SHUT_WR)
        s->stream->unsure = true; // there will be no event for the end of the input
    w->op.u.how = how;
    return wait_for(L, w, socket_finish);
}

static void drop_stream(struct socket *s)
{
    owners.of[s->stream->fd]--;
    free(s->timeouts);
    s->timeouts = NULL;
    s->stream = NULL;
}

static int close_stream(struct socket *s)
{
    struct stream *stream = s->stream;
    if (!stream)
        return 0;
    drop_stream(s);
    int error = loop_close(scheduler_loop(), stream);
    scheduler_release();
    return error;
}

// A finalizer may close a socket while a function that works on it has made the collector run. Then
// the stream is closed when that function has finished.
static void close_later(struct socket *s)
{
    wait_self()->closing = true;
    drop_stream(s);
}

// socket:close() -> socket. Raises an error of held output after closing.
static int socket_close(lua_State *L)
{
    struct socket *s = check_any(L);
    luax_no_more(L, 1);
    if (s->stream && finalizer_runs(L) && wait_self()->op.stream == s->stream)
        close_later(s);
    else
        luax_check_result(L, close_stream(s), NULL);
    return self(L);
}

// The finalizer. Only functions that work on the socket could have ops with a pointer to it, and
// they keep it alive. When the finalizer cannot be called (no memory), the descriptor stays open
// until the program ends. To avoid that, a table of all sockets would be needed, which would cost
// memory for each.
static int socket_collect(lua_State *L)
{
    if (is_socket(L))
        close_stream(lua_touserdata(L, 1));
    return 0;
}

const luaL_Reg socket_methods[] = {
    {"bind", socket_bind},
    {"listen", socket_listen},
    {"connect", socket_connect},
    {"accept", socket_accept},
    {"shutdown", socket_shutdown},
    {"close", socket_close},
    {"accept_client", socket_accept_client}, // these three are for lua/sss only
    {"client_name", socket_client_name},
    {"is_open", socket_is_open},
    {NULL, NULL},
};

void socket_open_class(lua_State *L)
{
    static const luaL_Reg meta[] = {
        {"__gc", socket_collect}, {"__tostring", socket_tostring}, {NULL, NULL}};
    luax_register(L, socket_functions, false);
    class_of_sockets = luax_class(L, SOCKET_CLASS, socket_methods, meta);
    luax_register(L, socket_name_methods, true);
    luax_register(L, socket_read_methods, true);
    luax_register(L, socket_write_methods, true);
    luax_register(L, socket_option_methods, true);
    lua_pop(L, 1);
    luaL_getmetatable(L, SOCKET_CLASS);
    socket_class = lua_topointer(L, -1);
    lua_pop(L, 1);
}
