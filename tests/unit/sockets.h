// SPDX-License-Identifier: BSD-3-Clause
// What the tests of sockets share: loopback addresses, temporary paths, open descriptors.
#ifndef SSS_TESTS_SOCKETS_H
#define SSS_TESTS_SOCKETS_H

#include "sys/sock.h"
#include "unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline struct addr loopback(int port)
{
    struct addr a = {.len = sizeof a.u.in};
    a.u.in = (struct sockaddr_in){.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return a;
}

// A unix address; an abstract name when NAME begins with '@'.
static inline struct addr unix_address(const char *name)
{
    struct addr a = {.u.un.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(a.u.un.sun_path, name, len);
    a.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    if (name[0] == '@') {
        a.u.un.sun_path[0] = '\0';
        a.len--;
    }
    return a;
}

// A socket bound to A, listening if it is a stream; A becomes its own address.
static inline int bound(struct addr *a, int type)
{
    int fd = sock_open(a->u.any.sa_family, type, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sock_bind(fd, a), 0);
    if (type != SOCK_DGRAM)
        ck_assert_int_eq(sock_listen(fd, 8), 0);
    ck_assert_int_eq(sock_local(fd, a), 0);
    return fd;
}

static inline void wait_for(int fd, short events)
{
    ck_assert_int_ne(sock_poll(fd, events, 5000) & events, 0);
}

// A TCP connection: FDS[0] asked for it, FDS[1] accepted it.
static inline void tcp_pair(int fds[2])
{
    struct addr a = loopback(0);
    int listener = bound(&a, SOCK_STREAM);
    fds[0] = sock_open(AF_INET, SOCK_STREAM, 0);
    int e = sock_connect(fds[0], &a);
    ck_assert(e == 0 || e == -EINPROGRESS);
    wait_for(listener, POLLIN);
    fds[1] = sock_accept(listener, NULL);
    ck_assert_int_ge(fds[1], 0);
    wait_for(fds[0], POLLOUT);
    ck_assert_int_eq(sock_connected(fds[0]), 0);
    sock_close(listener);
}

static inline int open_descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static inline bool is_ours(int fd)
{
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

#endif
