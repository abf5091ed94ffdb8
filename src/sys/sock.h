// SPDX-License-Identifier: BSD-3-Clause
// One system call per function.

#ifndef SSS_SYS_SOCK_H
#define SSS_SYS_SOCK_H

// Each function makes one system call, never waits, repeats the call after EINTR, and returns the
// result of the call or -errno. -EAGAIN means "not now". Descriptors are close-on-exec; no send
// raises SIGPIPE. Calls and bytes are counted, per process and without a lock: for one thread only.
// It refuses to wait, to buffer, and to know who asks.

#include "base/error.h"
#include "sys/addr.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

// System calls since the program began, by kind, failed ones included; and bytes. After a fork(2)
// both processes go on counting from the same numbers.
struct sock_counts {
    uint64_t recv; // recvfrom(2), recvmsg(2) and recvmmsg(2) too
    uint64_t send; // sendto(2) and sendmsg(2) too
    uint64_t accept;
    uint64_t connect;
    uint64_t close;
    uint64_t sendfile;
    uint64_t other;    // all other calls, also on files, and those of sys/sockopt
    uint64_t received; // bytes, without those that were only peeked at
    uint64_t sent;     // bytes
};

extern struct sock_counts sock_counts;

// socket(2): non-blocking, close-on-exec. The new descriptor.
int sock_open(int domain, int type, int protocol) MUST_CHECK;

// socketpair(2) of AF_UNIX.
int sock_pair(int type, int fds[2]) MUST_CHECK;

// For a descriptor that came from elsewhere: makes it close-on-exec (but not 0 to 2) and tells what
// it is (SO_DOMAIN, SO_TYPE, SO_PROTOCOL; socket(7)). 1 when its open file, which others may share,
// is blocking; it stays so. The functions here do not wait then either, except sock_sendfile();
// accept and connect have functions of their own for it. 0 when it is non-blocking. -EBADF,
// -ENOTSOCK.
int sock_adopt(int fd, int *domain, int *type, int *protocol) MUST_CHECK;

// bind(2), listen(2)
int sock_bind(int fd, const struct addr *a) MUST_CHECK;
int sock_listen(int fd, int backlog) MUST_CHECK;

// accept4(2): the new descriptor, non-blocking and close-on-exec. PEER may be NULL. Some errors are
// about this machine (-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM); most others are about one client that
// is gone (-ECONNABORTED, -EPERM, and others), and the listener goes on as before. The caller
// decides.
int sock_accept(int fd, struct addr *peer) MUST_CHECK;

// connect(2): 0, or -EINPROGRESS while it is under way. -EAGAIN for a unix listener whose backlog
// is full: then nothing is under way.
int sock_connect(int fd, const struct addr *a) MUST_CHECK;

// The same on a blocking open file, without waiting. The file is non-blocking during the call, so
// another process that shares it may get an EAGAIN at that moment.
int sock_accept_blocking(int fd, struct addr *peer) MUST_CHECK;
int sock_connect_blocking(int fd, const struct addr *a) MUST_CHECK;

// The outcome after -EINPROGRESS: 0 or -errno (SO_ERROR, socket(7), which gives an error only
// once); -EINPROGRESS while it is not decided.
int sock_connected(int fd) MUST_CHECK;

// Does the stream's connect(2) go, or did it go, to A? True as well when the system does not tell
// (SO_PEERNAME). The address "any host" means this machine.
bool sock_goes_to(int fd, const struct addr *a);

// recv(2), recvfrom(2): the number of bytes. 0 is the end of a stream, or an empty datagram.
// FROM->len is 0 when the system gives no sender (a stream, an unnamed unix socket).
ssize_t sock_recv(int fd, void *buf, size_t size, int flags) MUST_CHECK;
ssize_t sock_recvfrom(int fd, void *buf, size_t size, int flags, struct addr *from) MUST_CHECK;

// recvmmsg(2) into COUNT messages: how many came, at least one. An error that comes after the first
// is given by the next call. It does not wait for the rest, whatever the socket's mode.
int sock_recvmmsg(int fd, struct mmsghdr *messages, unsigned count) MUST_CHECK;

// send(2), sendto(2): the number of bytes. -EPIPE when the peer is gone.
ssize_t sock_send(int fd, const void *buf, size_t size, int flags) MUST_CHECK;
ssize_t sock_sendto(int fd, const void *buf, size_t size, const struct addr *to) MUST_CHECK;

// sendmsg(2) of COUNT parts as one message. TO may be NULL. -EMSGSIZE: more than IOV_MAX parts.
ssize_t sock_sendv(int fd, const struct iovec *iov, int count, const struct addr *to) MUST_CHECK;

// sendfile(2) from *OFFSET on, which it advances; NULL: from the file's own position. 0 at the end
// of the file.
ssize_t sock_sendfile(int fd, int file, off_t *offset, size_t count) MUST_CHECK;

// Sends the descriptor PASSED over a unix socket (SCM_RIGHTS, unix(7)), with at least one byte of
// data, otherwise -EINVAL. PASSED stays open in this process.
ssize_t sock_sendfd(int fd, int passed, const void *data, size_t size) MUST_CHECK;

enum { SOCK_PASSED_MAX = 64 };

// Descriptors that come over a unix socket.
struct sock_passed {
    int wanted; // how many may be kept, at most SOCK_PASSED_MAX
    int count;  // how many came
    bool lost;  // some were not wanted, or this process had no room for them
    int fds[SOCK_PASSED_MAX];
};

// recvmsg(2): the number of bytes. The caller sets PASSED->wanted; the rest of PASSED is filled in:
// the descriptors received, in their order, close-on-exec.
ssize_t sock_recvfd(int fd, struct sock_passed *passed, void *buf, size_t size) MUST_CHECK;

// Lets a listening TCP socket take no further connections, by a filter (SO_ATTACH_FILTER,
// socket(7)) that drops the packets which open one. Connections that wait to be accepted stay,
// unlike with close(2).
int sock_refuse(int fd) MUST_CHECK;

// shutdown(2), getsockname(2), getpeername(2)
int sock_shutdown(int fd, int how) MUST_CHECK;
int sock_local(int fd, struct addr *a) MUST_CHECK;
int sock_peer(int fd, struct addr *a) MUST_CHECK;

// fcntl(2), F_DUPFD_CLOEXEC: another descriptor of the same open file. -EBADF, -EMFILE.
int sock_dup(int fd) MUST_CHECK;

// close(2), never repeated: after EINTR the descriptor is closed, too.
int sock_close(int fd);

// The same for a socket that may linger (SO_LINGER, socket(7)): close(2) does not wait for the
// peer, and what is under way still arrives.
int sock_discard(int fd);

// Waits with poll(2) for EVENTS (POLLIN, POLLOUT) on one descriptor, at most MS milliseconds (-1:
// without limit): the events, or 0 when the time is over. -EBADF. For the end of the program, when
// there is no loop any more.
int sock_poll(int fd, short events, int ms) MUST_CHECK;

#endif
