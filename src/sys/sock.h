// SPDX-License-Identifier: BSD-3-Clause
// One system call per function.

#ifndef SSS_SYS_SOCK_H
#define SSS_SYS_SOCK_H

// Thin, never waiting, close-on-exec: each function makes its one system call, goes on after EINTR,
// and returns what the call returned or -errno. -EAGAIN means "not now". No send raises SIGPIPE.
// It counts what it does, per process and not locked: one thread only. It refuses to retry, to
// wait, to buffer, and to know who asks.

#include "base/error.h"
#include "sys/addr.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

// System calls since the program began, by kind, whatever came of them; and bytes. After a fork(2)
// both processes go on from here, each on its own.
struct sock_counts {
    uint64_t recv; // recvfrom(2), recvmsg(2) and recvmmsg(2) too
    uint64_t send; // sendto(2) and sendmsg(2) too
    uint64_t accept;
    uint64_t connect;
    uint64_t close;
    uint64_t sendfile;
    uint64_t other;    // all other calls, also on files, and those of sys/sockopt
    uint64_t received; // bytes, those that were only peeked at left out
    uint64_t sent;     // bytes
};

extern struct sock_counts sock_counts;

// socket(2): non-blocking, close-on-exec. The new descriptor.
int sock_open(int domain, int type, int protocol) MUST_CHECK;

// socketpair(2) of AF_UNIX.
int sock_pair(int type, int fds[2]) MUST_CHECK;

// Makes a descriptor that came from elsewhere close-on-exec, but for 0 to 2, and tells what it is
// (SO_DOMAIN, SO_TYPE, SO_PROTOCOL; socket(7)). 1 when its open file, which others may share, is
// blocking, and stays so: nothing here waits all the same, but for accept and connect, which then
// have functions of their own, and sendfile. 0: it is not. -EBADF, -ENOTSOCK.
int sock_adopt(int fd, int *domain, int *type, int *protocol) MUST_CHECK;

// bind(2), listen(2)
int sock_bind(int fd, const struct addr *a) MUST_CHECK;
int sock_listen(int fd, int backlog) MUST_CHECK;

// accept4(2): the new descriptor, non-blocking and close-on-exec. PEER may be NULL. Some errors
// speak of this machine (-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM), most others of one client only, who
// is gone (-ECONNABORTED, -EPERM, and what else its connection met): the caller decides, the
// listener is as good as before.
int sock_accept(int fd, struct addr *peer) MUST_CHECK;

// connect(2): 0, or -EINPROGRESS while under way. A unix listener whose backlog is full gives
// -EAGAIN, and then nothing is under way.
int sock_connect(int fd, const struct addr *a) MUST_CHECK;

// The same on a blocking open file, without waiting. It is non-blocking in between, so others who
// share it may get an EAGAIN at that very instant.
int sock_accept_blocking(int fd, struct addr *peer) MUST_CHECK;
int sock_connect_blocking(int fd, const struct addr *a) MUST_CHECK;

// After -EINPROGRESS: 0 or -errno (SO_ERROR, socket(7), which tells an error once only);
// -EINPROGRESS while not decided.
int sock_connected(int fd) MUST_CHECK;

// Is A where the stream's connect(2) goes, or went? Also where the system does not tell
// (SO_PEERNAME); any host is one's own.
bool sock_goes_to(int fd, const struct addr *a);

// recv(2), recvfrom(2): bytes. 0 is the end of a stream, or an empty datagram. FROM->len is 0 when
// the system names no sender (a stream, an unnamed unix socket).
ssize_t sock_recv(int fd, void *buf, size_t size, int flags) MUST_CHECK;
ssize_t sock_recvfrom(int fd, void *buf, size_t size, int flags, struct addr *from) MUST_CHECK;

// recvmmsg(2), into the COUNT messages: how many came, at least one. What ends them early is told
// by the next call. Does not wait for the rest, whatever the socket's mode.
int sock_recvmmsg(int fd, struct mmsghdr *messages, unsigned count) MUST_CHECK;

// send(2), sendto(2): bytes. -EPIPE when the peer is gone.
ssize_t sock_send(int fd, const void *buf, size_t size, int flags) MUST_CHECK;
ssize_t sock_sendto(int fd, const void *buf, size_t size, const struct addr *to) MUST_CHECK;

// sendmsg(2) of COUNT parts as one. TO may be NULL. -EMSGSIZE: more than IOV_MAX parts.
ssize_t sock_sendv(int fd, const struct iovec *iov, int count, const struct addr *to) MUST_CHECK;

// sendfile(2) from *OFFSET on, which it moves; NULL: the file's own position. 0: the file's end.
ssize_t sock_sendfile(int fd, int file, off_t *offset, size_t count) MUST_CHECK;

// A descriptor over a unix socket, with at least one byte of data, else -EINVAL (SCM_RIGHTS,
// unix(7)). PASSED stays open here.
ssize_t sock_sendfd(int fd, int passed, const void *data, size_t size) MUST_CHECK;

enum { SOCK_PASSED_MAX = 64 };

// Descriptors that come over a unix socket.
struct sock_passed {
    int wanted; // how many may be kept, at most SOCK_PASSED_MAX
    int count;  // how many came
    bool lost;  // some came that were not wanted, or that this process had no room for
    int fds[SOCK_PASSED_MAX];
};

// recvmsg(2): bytes. PASSED has its WANTED set, and is otherwise filled in: the descriptors
// received, in their order, close-on-exec.
ssize_t sock_recvfd(int fd, struct sock_passed *passed, void *buf, size_t size) MUST_CHECK;

// Takes no further connections on a listening TCP socket, by a filter (SO_ATTACH_FILTER, socket(7))
// that drops what opens one; those that wait to be accepted stay, unlike with close(2).
int sock_refuse(int fd) MUST_CHECK;

// shutdown(2), getsockname(2), getpeername(2)
int sock_shutdown(int fd, int how) MUST_CHECK;
int sock_local(int fd, struct addr *a) MUST_CHECK;
int sock_peer(int fd, struct addr *a) MUST_CHECK;

// fcntl(2), F_DUPFD_CLOEXEC: a further descriptor of the same open file. -EBADF, -EMFILE.
int sock_dup(int fd) MUST_CHECK;

// close(2), once, whatever it says: never repeated after EINTR, the descriptor is gone.
int sock_close(int fd);

// The same for a descriptor that may be of a socket which lingers (SO_LINGER, socket(7)): close(2)
// does not wait for its peer, and what is on its way still gets there.
int sock_discard(int fd);

// Waits with poll(2) for EVENTS (POLLIN, POLLOUT) on one descriptor, at most MS milliseconds (-1:
// for ever): the events, 0 when none. -EBADF. For the end of the program, where there is no loop
// any more.
int sock_poll(int fd, short events, int ms) MUST_CHECK;

#endif
