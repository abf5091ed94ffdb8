// SPDX-License-Identifier: BSD-3-Clause
// Tests of sys/sock: unix sockets, their files, and descriptors that travel.

#include "sockets.h"
#include "sys/sock_file.h"
#include "temporary.h"

#include <sys/resource.h>
#include <sys/stat.h>

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif

START_TEST(a_live_listener_is_seen)
{
    char dir[64];
    char path[80];
    int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    temporary_folder(dir);
    snprintf(path, sizeof path, "%s/s", dir);
    for (int i = 0; i < 3; i++) {
        struct addr a = unix_address(path);
        ck_assert_int_eq(sock_unix_alive(&a, types[i]), -ENOENT);
        int fd = bound(&a, types[i]);
        ck_assert_int_eq(sock_unix_alive(&a, types[i]), 1);
        ck_assert_int_eq(sock_unix_alive(&a, types[(i + 1) % 3]), 1);
        sock_close(fd);
        ck_assert_int_eq(sock_unix_alive(&a, types[i]), 0);
        ck_assert_int_eq(unlink(path), 0);
    }
    rmdir(dir);
}
END_TEST

START_TEST(a_busy_listener_is_alive)
{
    struct addr a = unix_address("@sss-busy");
    snprintf(a.u.un.sun_path + 1, 32, "sss-busy-%d", (int)getpid());
    int listener = bound(&a, SOCK_STREAM);
    int fds[16];
    int n = 0;
    ck_assert_int_eq(sock_listen(listener, 0), 0);
    do
        fds[n] = sock_open(AF_UNIX, SOCK_STREAM, 0);
    while (sock_connect(fds[n++], &a) == 0 && n < 16);
    ck_assert_int_lt(n, 16);
    ck_assert_int_eq(sock_connect(fds[n - 1], &a), -EAGAIN);
    ck_assert_int_eq(sock_unix_alive(&a, SOCK_STREAM), 1);
    while (n > 0)
        sock_close(fds[--n]);
    sock_close(listener);
    ck_assert_int_eq(sock_unix_alive(&a, SOCK_STREAM), -ENOENT);
}
END_TEST

START_TEST(what_is_no_socket_is_not_stale)
{
    char dir[64];
    char path[80];
    char link_path[80];
    temporary_folder(dir);
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(link_path, sizeof link_path, "%s/link", dir);
    struct addr file = unix_address(path);
    struct addr link = unix_address(link_path);
    struct addr folder = unix_address(dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    ck_assert_int_eq(symlink(path, link_path), 0);
    ck_assert_int_eq(sock_unix_alive(&file, SOCK_STREAM), -ENOTSOCK);
    ck_assert_int_eq(sock_unix_alive(&link, SOCK_STREAM), -ENOTSOCK);
    ck_assert_int_eq(sock_unix_alive(&folder, SOCK_STREAM), -ENOTSOCK);
    unlink(path);
    unlink(link_path);
    rmdir(dir);
}
END_TEST

START_TEST(a_path_may_fill_its_field)
{
    char dir[64];
    char path[109];
    temporary_folder(dir);
    size_t len = strlen(dir);
    memcpy(path, dir, len);
    memset(path + len, 'x', sizeof path - 1 - len);
    path[len] = '/';
    path[108] = '\0';
    struct addr a = {.len = sizeof a.u.un, .u.un.sun_family = AF_UNIX};
    memcpy(a.u.un.sun_path, path, sizeof a.u.un.sun_path); // no room for a NUL
    struct addr own = a;
    int fd = bound(&own, SOCK_STREAM);
    ck_assert_uint_ge(own.len, a.len);
    ck_assert_mem_eq(own.u.un.sun_path, path, sizeof own.u.un.sun_path);
    ck_assert_int_eq(sock_unix_alive(&a, SOCK_STREAM), 1);
    sock_close(fd);
    ck_assert_int_eq(sock_unix_alive(&a, SOCK_STREAM), 0);
    memset((char *)&a.u + sizeof a.u.un, 'y', sizeof a.u - sizeof a.u.un); // what may follow it
    ck_assert_int_eq(sock_chmod(&a, 0640), 0);
    struct stat file;
    ck_assert_int_eq(stat(path, &file), 0);
    ck_assert_int_eq(file.st_mode & 0777, 0640);
    ck_assert_int_eq(sock_unlink(&a), 0);
    ck_assert_int_eq(sock_unlink(&a), -ENOENT);
    ck_assert_int_eq(sock_chmod(&a, 0600), -ENOENT);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(an_abstract_name_has_no_file)
{
    struct addr a = unix_address("@sss-nothing");
    ck_assert_int_eq(sock_unlink(&a), 0);
    ck_assert_int_eq(sock_chmod(&a, 0600), 0);
}
END_TEST

START_TEST(opens_a_file_to_send)
{
    char dir[64];
    char path[80];
    temporary_folder(dir);
    snprintf(path, sizeof path, "%s/file", dir);
    int before = open_descriptors();
    ck_assert_int_eq(sock_open_file(path), -ENOENT);
    ck_assert_int_eq(sock_open_file(dir), -EISDIR);
    ck_assert_int_eq(open_descriptors(), before);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    int fd = sock_open_file(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    sock_close(fd);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    fd = sock_open_file(path); // nobody writes, and it does not wait for one
    ck_assert_int_ge(fd, 0);
    sock_close(fd);
    unlink(path);
    rmdir(dir);
}
END_TEST

START_TEST(an_unnamed_peer_has_no_path)
{
    struct addr peer;
    int fds[2];
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    ck_assert_int_eq(sock_peer(fds[0], &peer), 0);
    ck_assert_uint_eq(peer.len, offsetof(struct sockaddr_un, sun_path));
    sock_close(fds[0]);
    sock_close(fds[1]);
}
END_TEST

START_TEST(a_descriptor_travels)
{
    int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 3; i++) {
        int before = open_descriptors();
        int fds[2];
        int pipes[2];
        struct sock_passed passed = {.wanted = 1};
        char buf[8] = {0};
        ck_assert_int_eq(sock_pair(types[i], fds), 0);
        ck_assert_int_eq(pipe(pipes), 0);
        ck_assert_int_eq(sock_recvfd(fds[1], &passed, buf, sizeof buf), -EAGAIN);
        ck_assert_int_eq(passed.count, 0);
        ck_assert_int_eq(sock_sendfd(fds[0], pipes[1], "abc", 3), 3);
        ck_assert_int_eq(sock_recvfd(fds[1], &passed, buf, sizeof buf), 3);
        ck_assert_str_eq(buf, "abc");
        ck_assert(passed.count == 1 && !passed.lost);
        ck_assert_int_ne(fcntl(passed.fds[0], F_GETFD) & FD_CLOEXEC, 0);
        ck_assert_int_eq(write(passed.fds[0], "z", 1), 1);
        ck_assert_int_eq(read(pipes[0], buf, 1), 1);
        ck_assert_int_eq(buf[0], 'z');
        int all[] = {fds[0], fds[1], pipes[0], pipes[1], passed.fds[0]};
        for (int k = 0; k < 5; k++)
            ck_assert_int_eq(sock_close(all[k]), 0);
        ck_assert_int_eq(open_descriptors(), before);
    }
}
END_TEST

START_TEST(no_descriptor_is_none)
{
    int fds[2];
    struct sock_passed passed = {.wanted = 1, .count = 5};
    char buf[8];
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    ck_assert_int_eq(sock_sendfd(fds[0], 0, "", 0), -EINVAL);
    ck_assert_int_eq(sock_sendfd(fds[0], -1, "x", 1), -EBADF);
    ck_assert_int_eq(sock_send(fds[0], "x", 1, 0), 1);
    ck_assert_int_eq(sock_recvfd(fds[1], &passed, buf, sizeof buf), 1);
    ck_assert(passed.count == 0 && !passed.lost);
    sock_close(fds[0]);
    passed.count = 5;
    ck_assert_int_eq(sock_recvfd(fds[1], &passed, buf, sizeof buf), 0);
    ck_assert_int_eq(passed.count, 0);
    sock_close(fds[1]);
}
END_TEST

// Sends COUNT copies of descriptor 0 with one byte.
static void send_many(int fd, int count)
{
    static union {
        struct cmsghdr head;
        char space[CMSG_SPACE(253 * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = "x", .iov_len = 1};
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int))};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    ck_assert_int_eq(sendmsg(fd, &message, 0), 1);
}

START_TEST(surplus_descriptors_are_closed)
{
    int counts[] = {1, 2, 3, 100, 253}, wanted[] = {1, 1, 8, SOCK_PASSED_MAX, 0};
    int fds[2];
    int one = 1;
    struct sock_passed passed;
    char c;
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    // More than descriptors may come, and one kind of it is a descriptor.
    ck_assert_int_eq(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one), 0);
    if (setsockopt(fds[1], SOL_SOCKET, SO_PASSPIDFD, &one, sizeof one) < 0)
        printf("skipped: SO_PASSPIDFD: not in this kernel\n");
    int before = open_descriptors();
    for (int i = 0; i < 5; i++) {
        passed.wanted = wanted[i];
        send_many(fds[0], counts[i]);
        ck_assert_int_eq(sock_recvfd(fds[1], &passed, &c, 1), 1);
        ck_assert_int_eq(passed.count, counts[i] < passed.wanted ? counts[i] : passed.wanted);
        ck_assert(passed.lost == (counts[i] > passed.wanted));
        ck_assert_int_eq(open_descriptors(), before + passed.count);
        for (int k = 0; k < passed.count; k++)
            ck_assert_int_eq(sock_close(passed.fds[k]), 0);
    }
    ck_assert_int_eq(sock_send(fds[0], "x", 1, 0), 1);
    ck_assert_int_eq(sock_recvfd(fds[1], &passed, &c, 1), 1);
    ck_assert(passed.count == 0 && !passed.lost);
    ck_assert_int_eq(open_descriptors(), before);
    sock_close(fds[0]);
    sock_close(fds[1]);
}
END_TEST

START_TEST(no_room_for_a_descriptor_is_told)
{
    int fds[2];
    struct sock_passed passed = {.wanted = 1};
    char c;
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    ck_assert_int_eq(sock_sendfd(fds[0], 0, "x", 1), 1);
    ck_assert_int_eq(sock_send(fds[0], "y", 1, 0), 1);
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    ssize_t n = sock_recvfd(fds[1], &passed, &c, 1);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(n, 1);
    ck_assert_int_eq(c, 'x');
    ck_assert(passed.count == 0 && passed.lost);
    ck_assert_int_eq(sock_recvfd(fds[1], &passed, &c, 1), 1);
    ck_assert_int_eq(c, 'y');
    sock_close(fds[0]);
    sock_close(fds[1]);
}
END_TEST

UNIT_MAIN("sock unix", a_live_listener_is_seen, a_busy_listener_is_alive,
          what_is_no_socket_is_not_stale, a_path_may_fill_its_field, an_abstract_name_has_no_file,
          opens_a_file_to_send, an_unnamed_peer_has_no_path, a_descriptor_travels,
          no_descriptor_is_none, surplus_descriptors_are_closed, no_room_for_a_descriptor_is_told)
