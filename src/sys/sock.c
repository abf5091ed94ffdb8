// SPDX-License-Identifier: BSD-3-Clause
// One system call per function.

#include "sys/sock.h"

#include "base/clock.h"
#include "sys/sock_call.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#ifndef SOL_UDP
#define SOL_UDP IPPROTO_UDP
#endif
#ifndef UDP_GRO
#define UDP_GRO 104 // linux/udp.h
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4 // brings a descriptor too (SO_PASSPIDFD, Linux 6.5)
#endif

enum {
    CONTROL_OTHER = 512, // credentials, a security label, a pidfd
    AT_ONCE = MSG_DONTWAIT | MSG_NOSIGNAL,
};

struct sock_counts sock_counts;

// Counts the bytes of a receive. Returns N.
static ssize_t came(ssize_t n, int flags)
{
    if (n > 0 && (flags & MSG_PEEK) == 0)
        sock_counts.received += (uint64_t)n;
    return n;
}

static ssize_t went(ssize_t n)
{
    if (n > 0)
        sock_counts.sent += (uint64_t)n;
    return n;
}

// Prepares A for accept4(2), getsockname(2) and the like. Returns the place for its length.
static socklen_t *addr_room(struct addr *a)
{
    a->len = sizeof a->u;
    return &a->len;
}

int sock_open(int domain, int type, int protocol)
{
    return (int)CALLED(other, socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

int sock_pair(int type, int fds[2])
{
    return (int)CALLED(other, socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
}

static int int_option(int fd, int number, int *value)
{
    socklen_t len = sizeof *value;
    return (int)CALLED(other, getsockopt(fd, SOL_SOCKET, number, value, &len));
}

// 1 when FD is blocking, 0 when it is not, or -errno.
static int is_blocking(int fd)
{
    int flags = (int)CALLED(other, fcntl(fd, F_GETFL));
    return flags < 0 ? flags : (flags & O_NONBLOCK) == 0;
}

// Makes FD close-on-exec, but not 0 to 2: children inherit the standard descriptors.
static int keep_from_children(int fd)
{
    int flags = fd > STDERR_FILENO ? (int)CALLED(other, fcntl(fd, F_GETFD)) : FD_CLOEXEC;
    if (flags < 0 || (flags & FD_CLOEXEC) != 0)
        return flags < 0 ? flags : 0;
    return (int)CALLED(other, fcntl(fd, F_SETFD, flags | FD_CLOEXEC));
}

// Turns UDP_GRO off: a message that holds several datagrams needs a caller that asks for their
// size.
static void separate_datagrams(int fd, int type, int protocol)
{
    static const int off;
    if (type == SOCK_DGRAM && protocol == IPPROTO_UDP)
        (void)CALLED(other, setsockopt(fd, SOL_UDP, UDP_GRO, &off, sizeof off));
}

int sock_adopt(int fd, int *domain, int *type, int *protocol)
{
    int error = int_option(fd, SO_DOMAIN, domain); // first: what is no socket is not changed
    if (error == 0)
        error = int_option(fd, SO_TYPE, type);
    if (error == 0)
        error = int_option(fd, SO_PROTOCOL, protocol);
    int blocking = error < 0 ? error : is_blocking(fd);
    if (blocking < 0)
        return blocking;
    separate_datagrams(fd, *type, *protocol);
    error = keep_from_children(fd);
    return error < 0 ? error : blocking;
}

// For calls without a flag such as MSG_DONTWAIT: the open file is made non-blocking while they run.
// 0 or -errno.
static int set_blocking(int fd, bool on)
{
    int flags = (int)CALLED(other, fcntl(fd, F_GETFL));
    if (flags < 0)
        return flags;
    flags = on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return (int)CALLED(other, fcntl(fd, F_SETFL, flags));
}

int sock_bind(int fd, const struct addr *a)
{
    return (int)CALLED(other, bind(fd, &a->u.any, a->len));
}

int sock_listen(int fd, int backlog)
{
    return (int)CALLED(other, listen(fd, backlog));
}

int sock_accept(int fd, struct addr *peer)
{
    struct addr unwanted;
    struct addr *a = peer ? peer : &unwanted;
    return (int)RESTARTED(accept,
                          accept4(fd, &a->u.any, addr_room(a), SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int sock_accept_blocking(int fd, struct addr *peer)
{
    int ready = sock_poll(fd, POLLIN, 0);
    int error = ready == 0 ? -EAGAIN : ready < 0 ? ready : set_blocking(fd, false);
    if (error < 0)
        return error;
    int client = sock_accept(fd, peer);
    (void)set_blocking(fd, true);
    return client;
}

int sock_connect_blocking(int fd, const struct addr *a)
{
    int error = set_blocking(fd, false);
    if (error < 0)
        return error;
    error = sock_connect(fd, a);
    (void)set_blocking(fd, true);
    return error;
}

int sock_connect(int fd, const struct addr *a)
{
    int error = (int)CALLED(connect, connect(fd, &a->u.any, a->len));
    return error == -EINTR ? -EINPROGRESS
                           : error; // the connection goes on; a second call would give EALREADY
}

int sock_connected(int fd)
{
    int ready = sock_poll(fd, POLLOUT, 0); // first: SO_ERROR is also 0 while it is under way
    if (ready <= 0)
        return ready < 0 ? ready : -EINPROGRESS;
    int failure = 0;
    int error = int_option(fd, SO_ERROR, &failure);
    return error < 0 ? error : -failure;
}

bool sock_goes_to(int fd, const struct addr *a)
{
    static const struct in6_addr any;
    struct addr peer = {.len = a->len}; // the system refuses a longer one
    if (CALLED(other, getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &peer.u, &peer.len)) < 0)
        return true;
    bool is_any = addr_family(a) == AF_INET6 ? memcmp(&a->u.in6.sin6_addr, &any, sizeof any) == 0
                                             : a->u.in.sin_addr.s_addr == INADDR_ANY;
    return addr_equal(&peer, a) || (is_any && addr_port(&peer) == addr_port(a));
}

ssize_t sock_recv(int fd, void *buf, size_t size, int flags)
{
    return came(RESTARTED(recv, recv(fd, buf, size, flags | MSG_DONTWAIT)), flags);
}

ssize_t sock_recvfrom(int fd, void *buf, size_t size, int flags, struct addr *from)
{
    int all = flags | MSG_DONTWAIT;
    return came(RESTARTED(recv, recvfrom(fd, buf, size, all, &from->u.any, addr_room(from))),
                flags);
}

int sock_recvmmsg(int fd, struct mmsghdr *messages, unsigned count)
{
    int n = (int)RESTARTED(recv, recvmmsg(fd, messages, count, MSG_DONTWAIT, NULL));
    for (int i = 0; i < n; i++)
        (void)came(messages[i].msg_len, 0);
    return n;
}

ssize_t sock_send(int fd, const void *buf, size_t size, int flags)
{
    return went(RESTARTED(send, send(fd, buf, size, flags | AT_ONCE)));
}

ssize_t sock_sendto(int fd, const void *buf, size_t size, const struct addr *to)
{
    return went(RESTARTED(send, sendto(fd, buf, size, AT_ONCE, &to->u.any, to->len)));
}

ssize_t sock_sendv(int fd, const struct iovec *iov, int count, const struct addr *to)
{
    if (count < 0)
        return -EINVAL;
    if (count > IOV_MAX)
        return -EMSGSIZE;
    // A message without parts is an empty datagram too, but qemu-user does not send it.
    struct iovec nothing = {(void *)"", 0};
    struct msghdr message = {.msg_iov = count > 0 ? (struct iovec *)iov : &nothing,
                             .msg_iovlen = count > 0 ? (size_t)count : 1};
    if (to) {
        message.msg_name = (void *)&to->u;
        message.msg_namelen = to->len;
    }
    return went(RESTARTED(send, sendmsg(fd, &message, AT_ONCE)));
}

// sendfile(2) has no MSG_NOSIGNAL: SIGPIPE is blocked during the call, and removed if the call has
// raised it.
ssize_t sock_sendfile(int fd, int file, off_t *offset, size_t count)
{
    static const struct timespec at_once;
    sigset_t pipe, before, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    ssize_t sent = went(RESTARTED(sendfile, sendfile(fd, file, offset, count)));
    if (sent == -EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&pipe, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sent;
}

ssize_t sock_sendfd(int fd, int passed, const void *data, size_t size)
{
    if (size == 0) // a stream would send nothing, and no descriptor either
        return -EINVAL;
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof passed)];
    } control = {.space = {0}};
    struct iovec part = {.iov_base = (void *)data, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof passed);
    memcpy(CMSG_DATA(&control.head), &passed, sizeof passed);
    return went(RESTARTED(send, sendmsg(fd, &message, AT_ONCE)));
}

// Keeps the wanted ones of the descriptors in a control message, and closes the others.
static void take_descriptors(struct cmsghdr *control, struct sock_passed *passed)
{
    const unsigned char *data = CMSG_DATA(control);
    size_t len = control->cmsg_len - CMSG_LEN(0);
    bool rights = control->cmsg_type == SCM_RIGHTS;
    if (control->cmsg_level != SOL_SOCKET || (!rights && control->cmsg_type != SCM_PIDFD))
        return;
    for (size_t at = 0; at + sizeof(int) <= len; at += sizeof(int)) {
        int fd;
        memcpy(&fd, data + at, sizeof fd);
        bool kept = rights && passed->count < passed->wanted;
        if (kept)
            passed->fds[passed->count++] = fd;
        else if (fd >= 0)
            (void)sock_discard(fd);
        passed->lost |= rights && !kept;
    }
}

ssize_t sock_recvfd(int fd, struct sock_passed *passed, void *buf, size_t size)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(SOCK_PASSED_MAX * sizeof(int)) + CONTROL_OTHER];
    } control;
    struct iovec part = {.iov_base = buf, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
    // Descriptors for which there is no room here are discarded by the kernel.
    message.msg_controllen =
        sizeof control - (SOCK_PASSED_MAX - (size_t)passed->wanted) * sizeof(int);
    passed->count = 0;
    passed->lost = false;
    ssize_t n = came(RESTARTED(recv, recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT)), 0);
    if (n < 0)
        return n;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
        take_descriptors(c, passed);
    passed->lost |= (message.msg_flags & MSG_CTRUNC) != 0;
    return n;
}

// The filter sees a packet from its TCP header on (RFC 9293): byte 13 holds the flags. A packet
// with SYN alone opens a connection and is dropped. Accepted sockets inherit the filter, but get no
// such packets.
int sock_refuse(int fd)
{
    enum { FLAGS = 13, SYN = 0x02, ACK = 0x10 };
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT_MAX),
    };
    static const struct sock_fprog filter = {sizeof code / sizeof code[0], code};
    return (int)CALLED(other, setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
}

int sock_shutdown(int fd, int how)
{
    return (int)CALLED(other, shutdown(fd, how));
}

int sock_local(int fd, struct addr *a)
{
    return (int)CALLED(other, getsockname(fd, &a->u.any, addr_room(a)));
}

int sock_peer(int fd, struct addr *a)
{
    return (int)CALLED(other, getpeername(fd, &a->u.any, addr_room(a)));
}

int sock_dup(int fd)
{
    return (int)CALLED(other, fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

// On Linux the descriptor is closed also when a signal has interrupted the call (close(2)).
int sock_close(int fd)
{
    int error = (int)CALLED(close, close(fd));
    return error == -EINTR ? 0 : error;
}

// close(2) waits for the peer while a socket lingers (SO_LINGER). What is under way is sent without
// that, too.
int sock_discard(int fd)
{
    struct linger l = {0};
    socklen_t len = sizeof l;
    int error = (int)CALLED(other, getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len));
    if (error == 0 && l.l_onoff != 0 && l.l_linger != 0) {
        l.l_onoff = 0;
        (void)CALLED(other, setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    }
    return sock_close(fd);
}

// poll(2) once, until DEADLINE. The caller handles -EINTR.
static int poll_until(struct pollfd *p, uint64_t deadline)
{
    return (int)CALLED(other, poll(p, 1, clock_timeout_ms(clock_now(), deadline)));
}

int sock_poll(int fd, short events, int ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    uint64_t deadline = ms < 0 ? DEADLINE_NONE : clock_deadline(clock_now(), ms / 1e3);
    int n;
    do // not RESTARTED(), which would wait for the whole time again
        n = poll_until(&p, deadline);
    while (n == -EINTR);
    if (n <= 0)
        return n;
    return (p.revents & POLLNVAL) != 0 ? -EBADF : p.revents;
}
