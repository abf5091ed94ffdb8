// SPDX-License-Identifier: BSD-3-Clause
// Makes sockets: sss.socket, sss.pair, sss.fromfd.

#include "luax/luax.h"
#include "luax/reclaim.h"
#include "socket/address.h"
#include "socket/socket.h"
#include "sys/names.h"
#include "sys/sock.h"
#include "sys/sockopt.h"
#include "task/scheduler.h"

// The socket type at IDX, a word or a number, without SOCK_CLOEXEC and SOCK_NONBLOCK, which are
// always set.
static int check_type(lua_State *L, int idx)
{
    size_t len;
    if (lua_isnoneornil(L, idx))
        return SOCK_STREAM;
    if (lua_type(L, idx) == LUA_TNUMBER)
        return (int)luax_integer(L, idx, 0, 1 << 30) & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
    const char *word = luax_string(L, idx, &len);
    int type = names_value(names_types, word, len);
    if (type < 0)
        luax_arg_error(L, idx, "unknown socket type '%s'", word);
    return type;
}

static int check_protocol(lua_State *L, int idx)
{
    size_t len;
    if (lua_isnoneornil(L, idx))
        return 0;
    if (lua_type(L, idx) == LUA_TNUMBER)
        return (int)luax_integer(L, idx, 0, 65535);
    const char *word = luax_string(L, idx, &len);
    int protocol = names_protocol(word, len);
    if (reclaim_descriptors(L, protocol))
        protocol = names_protocol(word, len);
    if (protocol == -EMFILE || protocol == -ENFILE)
        luax_check_result(L, protocol, NULL);
    if (protocol < 0)
        luax_arg_error(L, idx, "unknown protocol '%s'", word);
    return protocol;
}

static bool is_tcp(int domain, int type)
{
    return (domain == AF_INET || domain == AF_INET6) && type == SOCK_STREAM;
}

// Sets TCP_NODELAY, so that small messages are sent at once. Accepted sockets inherit it (tcp(7)).
static void set_nodelay(int fd)
{
    static const char name[] = "tcp.nodelay";
    struct sockopt_value on = {.on = true};
    const struct sockopt *option = sockopt_by_name(name, sizeof name - 1);
    int error = sockopt_set(fd, option, &on);
    (void)error; // another protocol of stream sockets (SCTP, MPTCP) may not have it
}

// sss.socket([domain [, type [, protocol]]]) -> socket
static int socket_make(lua_State *L)
{
    int domain = address_family(L, 1, AF_INET);
    int type = check_type(L, 2);
    int protocol = check_protocol(L, 3);
    luax_no_more(L, 3);
    struct socket *s = socket_push(L);
    int fd = sock_open(domain, type, protocol);
    if (reclaim_descriptors(L, fd))
        fd = sock_open(domain, type, protocol);
    luax_check_result(L, fd, NULL);
    if (is_tcp(domain, type))
        set_nodelay(fd);
    socket_opened(L, &fd, socket_take(s, fd, domain, type, protocol));
    return 1;
}

// sss.pair([type]) -> socket, socket
static int socket_pair(lua_State *L)
{
    int type = check_type(L, 1), fds[2];
    luax_no_more(L, 1);
    struct socket *a = socket_push(L);
    struct socket *b = socket_push(L);
    int error = sock_pair(type, fds);
    if (reclaim_descriptors(L, error))
        error = sock_pair(type, fds);
    luax_check_result(L, error, NULL);
    bool taken = socket_take(a, fds[0], AF_UNIX, type, 0);
    if (!taken)
        sock_close(fds[0]);
    if (!taken || !socket_take(b, fds[1], AF_UNIX, type, 0)) {
        sock_close(fds[1]);
        luax_fail(L, luax_name(L), ENOMEM, NULL);
    }
    return 2;
}

// sss.fromfd(fd) -> socket, which owns the descriptor from now on
static int socket_fromfd(lua_State *L)
{
    int fd = (int)luax_integer(L, 1, 0, 1 << 30), r;
    luax_no_more(L, 1);
    if (socket_is_taken(fd))
        luax_arg_error(L, 1, "descriptor %d is that of an open socket", fd);
    if (scheduler_loop() && loop_is_closing(scheduler_loop(), fd))
        luax_arg_error(L, 1, "descriptor %d is that of a closed socket, whose output is on its way",
                       fd);
    struct socket *s = socket_push(L);
    if (!socket_adopt(s, fd, &r))
        luax_check_result(L, r, NULL);
    return 1;
}

const luaL_Reg socket_functions[] = {
    {"socket", socket_make},
    {"pair", socket_pair},
    {"fromfd", socket_fromfd},
    {NULL, NULL},
};
