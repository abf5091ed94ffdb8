// SPDX-License-Identifier: BSD-3-Clause
// The calls themselves, each behind the question whether it is to fail.

#include "request.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// CALL(result, name, (parameters), failed, arguments...): FAILED is what tells of a failure.
#define CALL(type, name, parameters, failed, ...)                                                  \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        int error = fault_of(FAULT_##name);                                                        \
        if (error > 0) {                                                                           \
            errno = error;                                                                         \
            return failed;                                                                         \
        }                                                                                          \
        return __real_##name(__VA_ARGS__);                                                         \
    }

CALL(int, socket, (int domain, int type, int protocol), -1, domain, type, protocol)
CALL(int, socketpair, (int domain, int type, int protocol, int *fds), -1, domain, type, protocol,
     fds)
CALL(int, bind, (int fd, const struct sockaddr *a, socklen_t len), -1, fd, a, len)
CALL(int, listen, (int fd, int backlog), -1, fd, backlog)
CALL(int, shutdown, (int fd, int how), -1, fd, how)
CALL(ssize_t, read, (int fd, void *buf, size_t size), -1, fd, buf, size)
CALL(ssize_t, write, (int fd, const void *buf, size_t size), -1, fd, buf, size)
CALL(int, getsockopt, (int fd, int level, int option, void *value, socklen_t *len), -1, fd, level,
     option, value, len)
CALL(int, setsockopt, (int fd, int level, int option, const void *value, socklen_t len), -1, fd,
     level, option, value, len)
CALL(int, getsockname, (int fd, struct sockaddr *a, socklen_t *len), -1, fd, a, len)
CALL(int, getpeername, (int fd, struct sockaddr *a, socklen_t *len), -1, fd, a, len)
CALL(int, poll, (struct pollfd * fds, nfds_t n, int ms), -1, fds, n, ms)
CALL(int, epoll_create1, (int flags), -1, flags)
CALL(int, eventfd, (unsigned start, int flags), -1, start, flags)
CALL(int, fstat, (int fd, struct stat *about), -1, fd, about)
CALL(int, lstat, (const char *path, struct stat *about), -1, path, about)
CALL(int, chmod, (const char *path, mode_t mode), -1, path, mode)
CALL(int, unlink, (const char *path), -1, path)
CALL(pid_t, fork, (void), -1)
CALL(pid_t, waitpid, (pid_t id, int *status, int options), -1, id, status, options)
CALL(int, kill, (pid_t id, int number), -1, id, number)
CALL(int, sigaction, (int number, const struct sigaction *new, struct sigaction *old), -1, number,
     new, old)
CALL(unsigned, if_nametoindex, (const char *name), 0, name)
CALL(FILE *, fopen, (const char *path, const char *mode), NULL, path, mode)
CALL(void *, malloc, (size_t size), NULL, size)
CALL(void *, calloc, (size_t n, size_t size), NULL, n, size)
CALL(char *, strdup, (const char *text), NULL, text)
CALL(void *, mmap64, (void *at, size_t size, int access, int flags, int fd, off_t offset),
     (void *)-1, at, size, access, flags, fd, offset)

// To make smaller what there is does not fail: Lua's collector relies on that in the middle of its
// work, and Lua's own allocator, which is that of the release, does it in place.
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
    int error = p && size <= malloc_usable_size(p) ? 0 : fault_of(FAULT_realloc);
    if (error == 0)
        return __real_realloc(p, size);
    errno = error;
    return NULL;
}

// The descriptor is gone whatever close(2) says.
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    int error = fault_of(FAULT_close), result = __real_close(fd);
    errno = error ? error : errno;
    return error ? -1 : result;
}

// What was interrupted goes on.
int __real_connect(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
    int error = fault_of(FAULT_connect);
    if (error == EINTR && to->sa_family == AF_UNIX)
        error = 0; // where it is not to wait there is nothing to interrupt: unix_stream_connect()
    int result = error == 0 || error == EINTR ? __real_connect(fd, to, len) : -1;
    if (error == EINTR && result < 0 && errno != EINPROGRESS)
        return -1;
    errno = error ? error : errno;
    return error ? -1 : result;
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    int error = fault_of(FAULT_fcntl);
    errno = error ? error : errno;
    return error ? -1 : __real_fcntl(fd, command, argument);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    int error = fault_of(FAULT_open);
    errno = error ? error : errno;
    return error ? -1 : __real_open(path, flags, mode);
}

// Of epoll_pwait2(2), which musl has no function for: (epoll, events, max, limit, mask, size). A
// look that does not wait is never interrupted.
static int fault_of_look(const struct timespec *limit)
{
    bool waits = !limit || limit->tv_sec || limit->tv_nsec;
    int error = fault_of(FAULT_syscall);
    return error == EINTR && !waits ? 0 : error;
}

// Every other call is made, with as many arguments as one can have.
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(list, long);
    va_end(list);
    int error =
        number == SYS_epoll_pwait2 ? fault_of_look((const struct timespec *)arguments[3]) : 0;
    errno = error ? error : errno;
    return error ? -1
                 : __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
                                  arguments[4], arguments[5]);
}

// The same where there is no epoll_pwait2(2).
int __real_epoll_wait(int fd, struct epoll_event *events, int max, int ms);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int max, int ms);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int max, int ms)
{
    int error = fault_of(FAULT_epoll_wait);
    if (error == 0 || (error == EINTR && ms == 0))
        return __real_epoll_wait(fd, events, max, ms);
    errno = error;
    return -1;
}
