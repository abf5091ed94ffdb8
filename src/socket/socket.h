// SPDX-License-Identifier: BSD-3-Clause
// Socket objects.

#ifndef SSS_SOCKET_SOCKET_H
#define SSS_SOCKET_SOCKET_H

// The Lua object of a socket. It is made closed, before its descriptor is opened, and it closes the
// descriptor when it is closed or collected. Making, reading, writing and options are in rooms of
// their own. It refuses to know how waiting works.

#include "task/wait.h"

#include <lauxlib.h>
#include <lua.h>
#include <netinet/in.h>

#define SOCKET_CLASS "sss.socket"

// In seconds; negative: none.
struct timeouts {
    double send;
    double receive;
};

// Small, because there may be very many; what few sockets need is kept elsewhere.
struct socket {
    struct stream *stream;     // NULL: closed
    struct timeouts *timeouts; // of an open socket; NULL when it has none
    unsigned short domain;
    unsigned short protocol;
    unsigned char type;
    bool connected; // by this program: a second connect of a stream is refused (the kernel would
                    // allow it)
    unsigned char peer_size;
    _Alignas(8) char peer[]; // of an accepted connection: the meaningful part of its sockaddr
};

// Pushes a closed socket.
struct socket *socket_push(lua_State *L);

// Does an open socket have the descriptor FD?
bool socket_is_taken(int fd);

// Gives the descriptor FD to S. False: no memory, and FD still belongs to the caller.
bool socket_take(struct socket *s, int fd, int domain, int type, int protocol) MUST_CHECK;

// The same for a descriptor that came from elsewhere. False, with -errno in *R: FD stays the
// caller's; -ENOTSOCK, -EBADF, -ENOMEM.
bool socket_adopt(struct socket *s, int fd, int *r) MUST_CHECK;

// Says whether socket_take() has TAKEN the descriptor in *FD, which is -1 afterwards. When it has
// not, the descriptor is closed, and an error is raised.
void socket_opened(lua_State *L, int *fd, bool taken);

// The open socket at stack index 1; raises "closed socket" for a closed one.
struct socket *socket_check(lua_State *L);

// The current waiter, with its op of KIND on the open socket at index 1, and the deadline by the
// socket's timeout for that direction.
struct waiter *socket_waiter(lua_State *L, enum op_kind kind);

// For FINISH: returns the socket, or the outcome of a failure.
int socket_finish(lua_State *L, struct waiter *w);

// The deadline of an op that begins now, by the socket's timeout for that direction.
uint64_t socket_deadline(const struct socket *s, bool reading);

// False: no memory.
bool socket_set_timeouts(struct socket *s, struct timeouts timeouts) MUST_CHECK;
struct timeouts socket_timeouts(const struct socket *s);

// The longest string that recv() returns from a stream: LuaJIT needs a mapping of its own for
// larger ones.
enum { SOCKET_SOME_MAX = 120 * 1024 };

// The readers of the reading methods, with default limits: a line, at most COUNT bytes, up to a
// delimiter.
struct reader socket_line_reader(bool chomp);
struct reader socket_some_reader(size_t count);
struct reader socket_until_reader(const char *delimiter, size_t len);

// For FINISH, after an OP_READ, or an OP_RECVFROM that has filled in FROM: returns what was read,
// or the outcome.
int socket_finish_read(lua_State *L, struct waiter *w);
int socket_finish_recvfrom(lua_State *L, struct waiter *w, const struct addr *from);

// Writes the peer's address to *PEER, for the message of a failure. Returns PEER, or NULL when
// there is none.
const struct addr *socket_peer(const struct waiter *w, struct addr *peer);

// Adds socket, pair, fromfd to the table on the top; makes the class with the methods of all rooms.
void socket_open_class(lua_State *L);

// tostring(socket): "socket: tcp 127.0.0.1:80 -> 127.0.0.1:4711"; socket_name.c
int socket_tostring(lua_State *L);

extern const luaL_Reg socket_functions[];      // socket_make.c
extern const luaL_Reg socket_methods[];        // socket.c
extern const luaL_Reg socket_name_methods[];   // socket_name.c
extern const luaL_Reg socket_read_methods[];   // socket_read.c
extern const luaL_Reg socket_write_methods[];  // socket_write.c
extern const luaL_Reg socket_option_methods[]; // socket_option.c

#endif
