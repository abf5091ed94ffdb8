// SPDX-License-Identifier: BSD-3-Clause
// One system call per function.

#ifndef SSS_NET_SOCK_H
#define SSS_NET_SOCK_H

// Thin, non-blocking, close-on-exec: each function makes its one system call, goes on after EINTR,
// never raises SIGPIPE, and returns what the call returned or -errno. -EAGAIN means "not now". It
// refuses to retry, to wait, to buffer, and to know who asks.

#include "base/error.h"
#include "net/addr.h"

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

// socket(2): non-blocking, close-on-exec. The new descriptor.
int sock_open(int domain, int type, int protocol) MUST_CHECK;

// socketpair(2) of AF_UNIX.
int sock_pair(int type, int fds[2]) MUST_CHECK;

// Makes a descriptor that came from elsewhere non-blocking and close-on-exec, and tells what it is
// (SO_DOMAIN, SO_TYPE, SO_PROTOCOL; socket(7)). -EBADF, -ENOTSOCK.
int sock_adopt(int fd, int *domain, int *type, int *protocol) MUST_CHECK;

int sock_bind(int fd, const struct addr *a) MUST_CHECK;     // bind(2)
int sock_listen(int fd, int backlog) MUST_CHECK;            // listen(2)
int sock_accept(int fd, struct addr *peer) MUST_CHECK;      // accept4(2); the new descriptor
int sock_connect(int fd, const struct addr *a) MUST_CHECK;  // connect(2); -EINPROGRESS while under way
int sock_disconnect(int fd) MUST_CHECK;                     // connect(2) to AF_UNSPEC: a datagram socket forgets its peer
int sock_connected(int fd) MUST_CHECK; // SO_ERROR after -EINPROGRESS: 0 or -errno; -EINPROGRESS while not decided

ssize_t sock_recv(int fd, void *buf, size_t size, int flags) MUST_CHECK;          // recv(2)
ssize_t sock_recvfrom(int fd, void *buf, size_t size, int flags, struct addr *from) MUST_CHECK;
ssize_t sock_send(int fd, const void *buf, size_t size, int flags) MUST_CHECK;    // send(2)
ssize_t sock_sendto(int fd, const void *buf, size_t size, const struct addr *to) MUST_CHECK; // sendto(2)
ssize_t sock_sendv(int fd, const struct iovec *iov, int count, const struct addr *to) MUST_CHECK; // sendmsg(2); TO may be NULL; at most IOV_MAX parts
ssize_t sock_sendfile(int fd, int file, off_t *offset, size_t count) MUST_CHECK;  // sendfile(2)

// A descriptor over a unix socket, with at least one byte of data (SCM_RIGHTS, unix(7)).
ssize_t sock_sendfd(int fd, int passed, const void *data, size_t size) MUST_CHECK;
// *PASSED is the descriptor received (close-on-exec) or -1 when none came; further ones are closed.
ssize_t sock_recvfd(int fd, int *passed, void *buf, size_t size) MUST_CHECK;

int sock_shutdown(int fd, int how) MUST_CHECK;              // shutdown(2)
int sock_local(int fd, struct addr *a) MUST_CHECK;          // getsockname(2)
int sock_peer(int fd, struct addr *a) MUST_CHECK;           // getpeername(2)
int sock_close(int fd); // close(2), once, whatever it says (never repeated after EINTR)

// Waits with poll(2) for EVENTS ("r" POLLIN, "w" POLLOUT) on one descriptor, at most MS: the events,
// 0 when none. For the end of the program, where there is no loop any more.
int sock_poll(int fd, short events, int ms) MUST_CHECK;

// Is there a live listener at this unix path? 1 yes, 0 a stale file, -errno. (Tries to connect.)
int sock_unix_alive(const struct addr *a, int type) MUST_CHECK;

#endif
