// SPDX-License-Identifier: BSD-3-Clause
// The calls that move bytes or connections: after one that says "not now", the edge comes again.

#include "request.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

enum { DESCRIPTORS = 65536 };

int __real_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event);
int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *len);

// How each descriptor was registered last.
static struct {
    int epoll; // 0: nowhere
    struct epoll_event event;
} registered[DESCRIPTORS];

int __wrap_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    int error = fault_of(FAULT_epoll_ctl);
    if (error) {
        errno = error;
        return -1;
    }
    int result = __real_epoll_ctl(epoll, what, fd, event);
    if (result == 0 && fd < DESCRIPTORS) {
        registered[fd].epoll = what == EPOLL_CTL_DEL ? 0 : epoll;
        if (event)
            registered[fd].event = *event;
    }
    return result;
}

// Has the system tell of FD's readiness once more. Where it is not registered (any more) that
// happens by itself, when somebody registers it.
static void tell_again(int fd)
{
    int error = errno;
    if (fd < DESCRIPTORS && registered[fd].epoll)
        (void)__real_epoll_ctl(registered[fd].epoll, EPOLL_CTL_MOD, fd, &registered[fd].event);
    errno = error;
}

// A message is all or nothing.
static int is_stream(int fd)
{
    int type = 0;
    socklen_t len = sizeof type;
    return __real_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

static size_t one(size_t size)
{
    return size > 1 ? 1 : size;
}

static size_t half(size_t size)
{
    return size > 1 ? size / 2 : size;
}

static int failed(int fd, int error)
{
    errno = error;
    if (error == EAGAIN)
        tell_again(fd);
    return -1;
}

// MOVE(name, (parameters), size, smaller, arguments...): "short" makes SIZE smaller.
#define MOVE(name, parameters, size, smaller, ...)                                                 \
    ssize_t __real_##name parameters;                                                              \
    ssize_t __wrap_##name parameters;                                                              \
    ssize_t __wrap_##name parameters                                                               \
    {                                                                                              \
        int error = fault_of(FAULT_##name);                                                        \
        if (error > 0)                                                                             \
            return failed(fd, error);                                                              \
        if (error == FAULT_SHORT && is_stream(fd))                                                 \
            size = smaller(size);                                                                  \
        ssize_t result = __real_##name(__VA_ARGS__);                                               \
        if (error == FAULT_SHORT)                                                                  \
            tell_again(fd);                                                                        \
        return result;                                                                             \
    }

MOVE(send, (int fd, const void *buf, size_t size, int flags), size, half, fd, buf, size, flags)
MOVE(sendto,
     (int fd, const void *buf, size_t size, int flags, const struct sockaddr *to, socklen_t len),
     size, half, fd, buf, size, flags, to, len)
MOVE(sendfile, (int fd, int file, off_t *offset, size_t size), size, half, fd, file, offset, size)
MOVE(recv, (int fd, void *buf, size_t size, int flags), size, one, fd, buf, size, flags)
MOVE(recvfrom, (int fd, void *buf, size_t size, int flags, struct sockaddr *from, socklen_t *len),
     size, one, fd, buf, size, flags, from, len)

// Half of the first part, or one byte; what goes with it in the message goes all the same.
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    int error = fault_of(FAULT_sendmsg);
    if (error > 0)
        return failed(fd, error);
    if (error == 0 || !is_stream(fd) || message->msg_iovlen == 0)
        return __real_sendmsg(fd, message, flags);
    struct iovec part = message->msg_iov[0];
    struct msghdr less = *message;
    part.iov_len = half(part.iov_len);
    less.msg_iov = &part;
    less.msg_iovlen = 1;
    return __real_sendmsg(fd, &less, flags);
}

ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
    int error = fault_of(FAULT_recvmsg);
    if (error > 0)
        return failed(fd, error);
    size_t size = message->msg_iov[0].iov_len;
    if (error == FAULT_SHORT && is_stream(fd))
        message->msg_iov[0].iov_len = one(size);
    ssize_t result = __real_recvmsg(fd, message, flags);
    message->msg_iov[0].iov_len = size;
    if (error == FAULT_SHORT)
        tell_again(fd);
    return result;
}

// One message.
int __real_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *t);
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *t);
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *t)
{
    int error = fault_of(FAULT_recvmmsg);
    if (error > 0)
        return failed(fd, error);
    int result = __real_recvmmsg(fd, messages, error == FAULT_SHORT ? 1 : n, flags, t);
    if (error == FAULT_SHORT)
        tell_again(fd);
    return result;
}

int __real_accept4(int fd, struct sockaddr *peer, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *peer, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *peer, socklen_t *len, int flags)
{
    int error = fault_of(FAULT_accept4);
    return error > 0 ? failed(fd, error) : __real_accept4(fd, peer, len, flags);
}
