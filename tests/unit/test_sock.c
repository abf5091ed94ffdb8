// SPDX-License-Identifier: BSD-3-Clause
// Tests of sys/sock: real sockets on loopback.

#include "sockets.h"

#include <limits.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

START_TEST(opens_non_blocking_and_close_on_exec)
{
    int domains[] = {AF_INET, AF_UNIX};
    for (int i = 0; i < 2; i++) {
        int fd = sock_open(domains[i], SOCK_STREAM, 0);
        ck_assert_int_ge(fd, 0);
        ck_assert(is_ours(fd));
        ck_assert_int_eq(sock_close(fd), 0);
        ck_assert_int_eq(sock_close(fd), -EBADF);
    }
    ck_assert_int_eq(sock_open(-1, SOCK_STREAM, 0), -EAFNOSUPPORT);
    ck_assert_int_eq(sock_open(AF_INET, 0, 0), -ESOCKTNOSUPPORT);
}
END_TEST

START_TEST(a_pair_talks)
{
    int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 3; i++) {
        int fds[2];
        char buf[8] = {0};
        ck_assert_int_eq(sock_pair(types[i], fds), 0);
        ck_assert(is_ours(fds[0]) && is_ours(fds[1]));
        ck_assert_int_eq(sock_recv(fds[1], buf, sizeof buf, 0), -EAGAIN);
        ck_assert_int_eq(sock_send(fds[0], "hello", 5, 0), 5);
        ck_assert_int_eq(sock_recv(fds[1], buf, sizeof buf, MSG_PEEK), 5);
        ck_assert_int_eq(sock_recv(fds[1], buf, sizeof buf, 0), 5);
        ck_assert_str_eq(buf, "hello");
        sock_close(fds[0]);
        sock_close(fds[1]);
    }
}
END_TEST

// The signal would end the test's process.
START_TEST(a_gone_peer_is_epipe_and_no_signal)
{
    struct iovec part = {.iov_base = "x", .iov_len = 1};
    int fds[2];
    signal(SIGPIPE, SIG_DFL);
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    sock_close(fds[1]);
    ck_assert_int_eq(sock_send(fds[0], "x", 1, 0), -EPIPE);
    ck_assert_int_eq(sock_sendv(fds[0], &part, 1, NULL), -EPIPE);
    ck_assert_int_eq(sock_sendfd(fds[0], 0, "x", 1), -EPIPE);
    sock_close(fds[0]);

    tcp_pair(fds);
    struct addr a = loopback(1);
    ck_assert_int_eq(sock_shutdown(fds[0], SHUT_WR), 0);
    ck_assert_int_eq(sock_sendto(fds[0], "x", 1, &a), -EPIPE);
    sock_close(fds[0]);
    sock_close(fds[1]);
}
END_TEST

START_TEST(accepts_what_connects)
{
    struct addr a = loopback(0);
    struct addr peer;
    struct addr local;
    int listener = bound(&a, SOCK_STREAM);
    ck_assert_int_ne(a.u.in.sin_port, 0);
    ck_assert_int_eq(sock_accept(listener, &peer), -EAGAIN);
    int fd = sock_open(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(sock_peer(fd, &peer), -ENOTCONN);
    int e = sock_connect(fd, &a);
    ck_assert(e == 0 || e == -EINPROGRESS);
    wait_for(listener, POLLIN);
    int accepted = sock_accept(listener, &peer);
    ck_assert_int_ge(accepted, 0);
    ck_assert(is_ours(accepted));
    wait_for(fd, POLLOUT);
    ck_assert_int_eq(sock_connected(fd), 0);
    ck_assert_int_eq(sock_local(fd, &local), 0);
    ck_assert_uint_eq(local.len, sizeof(struct sockaddr_in));
    ck_assert_uint_eq(peer.len, local.len);
    ck_assert_mem_eq(&peer.u, &local.u, local.len);
    ck_assert_int_eq(sock_peer(fd, &peer), 0);
    ck_assert_mem_eq(&peer.u, &a.u, a.len);
    sock_close(accepted);
    sock_close(fd);
    sock_close(listener);
}
END_TEST

START_TEST(where_a_connection_goes)
{
    struct addr a = loopback(0);
    struct addr any = {.len = sizeof any.u.in};
    int listener = bound(&a, SOCK_STREAM);
    int fd = sock_open(AF_INET, SOCK_STREAM, 0);
    ck_assert(sock_goes_to(fd, &a)); // nothing is known yet
    int e = sock_connect(fd, &a);
    ck_assert(e == 0 || e == -EINPROGRESS);
    ck_assert(sock_goes_to(fd, &a));
    any.u.in.sin_family = AF_INET;
    any.u.in.sin_port = a.u.in.sin_port;
    ck_assert(sock_goes_to(fd, &any));
    socklen_t len = sizeof any.u.in;
    bool told = getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &any.u, &len) == 0; // not by qemu-user
    any.u.in.sin_port ^= 1;
    ck_assert_int_eq(sock_goes_to(fd, &any), !told);
    sock_close(fd);
    sock_close(listener);
}
END_TEST

START_TEST(a_refused_connection_is_told_once)
{
    struct addr a = loopback(0);
    int fd = bound(&a, SOCK_STREAM); // a port that is surely free a moment later
    sock_close(fd);
    fd = sock_open(AF_INET, SOCK_STREAM, 0);
    int e = sock_connect(fd, &a);
    if (e == -EINPROGRESS) {
        wait_for(fd, POLLOUT);
        e = sock_connected(fd);
    }
    ck_assert_int_eq(e, -ECONNREFUSED);
    sock_close(fd);
    ck_assert_int_eq(sock_connected(fd), -EBADF);
}
END_TEST

// A listener that never accepts leaves the last ones without an answer.
START_TEST(a_connection_under_way_is_not_decided)
{
    enum { MANY = 16 };
    struct addr a = loopback(0);
    int listener = bound(&a, SOCK_STREAM);
    int waiting = 0;
    ck_assert_int_eq(sock_listen(listener, 0), 0);
    int fds[MANY];
    for (int i = 0; i < MANY; i++) {
        fds[i] = sock_open(AF_INET, SOCK_STREAM, 0);
        if (sock_connect(fds[i], &a) == -EINPROGRESS && sock_connected(fds[i]) == -EINPROGRESS) {
            ck_assert_int_eq(sock_connect(fds[i], &a), -EALREADY);
            waiting++;
        }
    }
    ck_assert_int_gt(waiting, 0);
    for (int i = 0; i < MANY; i++)
        sock_close(fds[i]);
    sock_close(listener);
}
END_TEST

START_TEST(datagrams_keep_their_edges_and_senders)
{
    struct addr a = loopback(0);
    struct addr b = loopback(0);
    struct addr from;
    struct iovec parts[3] = {{"one ", 4}, {"", 0}, {"two", 3}};
    char buf[16] = {0};
    int fa = bound(&a, SOCK_DGRAM);
    int fb = bound(&b, SOCK_DGRAM);
    ck_assert_int_eq(sock_recvfrom(fb, buf, sizeof buf, 0, &from), -EAGAIN);
    ck_assert_int_eq(sock_sendto(fa, "", 0, &b), 0);
    ck_assert_int_eq(sock_sendv(fa, parts, 3, &b), 7);
    wait_for(fb, POLLIN);
    ck_assert_int_eq(sock_recvfrom(fb, buf, sizeof buf, 0, &from), 0); // empty is no end
    ck_assert_mem_eq(&from.u, &a.u, a.len);
    ck_assert_int_eq(sock_recvfrom(fb, buf, 5, MSG_TRUNC, &from), 7);
    ck_assert_uint_eq(from.len, a.len);
    ck_assert_str_eq(buf, "one t");
    sock_close(fa);
    sock_close(fb);
}
END_TEST

// Also of a socket that would block.
START_TEST(receives_several_datagrams_at_once)
{
    enum { SENT = 3, ROOM = 8 };
    const char *const sent[SENT] = {"one", "", "three"};
    char bufs[ROOM][8] = {0};
    struct sockaddr_in names[ROOM];
    struct iovec parts[ROOM];
    struct mmsghdr messages[ROOM];
    struct addr a = loopback(0), b = loopback(0);
    int fa = bound(&a, SOCK_DGRAM), fb = bound(&b, SOCK_DGRAM);
    uint64_t bytes = sock_counts.received;
    ck_assert_int_eq(fcntl(fb, F_SETFL, 0), 0);
    for (int i = 0; i < SENT; i++)
        ck_assert_int_eq(sock_sendto(fa, sent[i], strlen(sent[i]), &b), (ssize_t)strlen(sent[i]));
    for (int i = 0; i < ROOM; i++) {
        parts[i] = (struct iovec){bufs[i], sizeof bufs[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &names[i],
                                              .msg_namelen = sizeof names[i],
                                              .msg_iov = &parts[i],
                                              .msg_iovlen = 1};
    }
    for (int got = 0, n; got < SENT; got += n) {
        wait_for(fb, POLLIN);
        n = sock_recvmmsg(fb, messages + got, (unsigned)(ROOM - got));
        ck_assert_int_gt(n, 0);
    }
    for (int i = 0; i < SENT; i++) {
        ck_assert_uint_eq(messages[i].msg_len, strlen(sent[i]));
        ck_assert_str_eq(bufs[i], sent[i]);
        ck_assert_mem_eq(&names[i], &a.u, a.len);
    }
    ck_assert_uint_eq(sock_counts.received - bytes, 8);
    ck_assert_int_eq(sock_recvmmsg(fb, messages, ROOM), -EAGAIN);
    sock_close(fa);
    sock_close(fb);
    ck_assert_int_eq(sock_recvmmsg(fb, messages, ROOM), -EBADF);
}
END_TEST

START_TEST(a_datagram_socket_without_a_peer)
{
    struct addr peer;
    int fd = sock_open(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_eq(sock_peer(fd, &peer), -ENOTCONN);
    ck_assert_int_eq(sock_send(fd, "x", 1, 0), -EDESTADDRREQ);
    sock_close(fd);
}
END_TEST

START_TEST(a_stream_names_no_sender)
{
    struct addr from;
    char c;
    int fds[2];
    tcp_pair(fds);
    ck_assert_int_eq(sock_send(fds[0], "x", 1, 0), 1);
    wait_for(fds[1], POLLIN);
    ck_assert_int_eq(sock_recvfrom(fds[1], &c, 1, 0, &from), 1);
    ck_assert_uint_eq(from.len, 0);
    ck_assert_int_eq(sock_shutdown(fds[0], SHUT_WR), 0);
    wait_for(fds[1], POLLIN);
    ck_assert_int_eq(sock_recv(fds[1], &c, 1, 0), 0);
    ck_assert_int_eq(sock_shutdown(fds[0], 77), -EINVAL);
    sock_close(fds[0]);
    sock_close(fds[1]);
}
END_TEST

START_TEST(sends_as_many_parts_as_there_may_be)
{
    static struct iovec parts[IOV_MAX + 1];
    static char buf[IOV_MAX + 1];
    int fds[2];
    for (int i = 0; i <= IOV_MAX; i++)
        parts[i] = (struct iovec){.iov_base = "x", .iov_len = 1};
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    ck_assert_int_eq(sock_sendv(fds[0], parts, IOV_MAX, NULL), IOV_MAX);
    ck_assert_int_eq(sock_recv(fds[1], buf, sizeof buf, 0), IOV_MAX);
    ck_assert_int_eq(sock_sendv(fds[0], parts, IOV_MAX + 1, NULL), -EMSGSIZE);
    ck_assert_int_eq(sock_sendv(fds[0], parts, -1, NULL), -EINVAL);
    ck_assert_int_eq(sock_recv(fds[1], buf, sizeof buf, 0), -EAGAIN);
    sock_close(fds[0]);
    sock_close(fds[1]);
}
END_TEST

START_TEST(sends_a_file)
{
    int fds[2];
    char buf[16] = {0};
    off_t offset = 2;
    FILE *file = tmpfile();
    ck_assert_int_eq(fputs("0123456789", file), 1);
    fflush(file);
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    ck_assert_int_eq(sock_sendfile(fds[0], fileno(file), &offset, 3), 3);
    ck_assert_int_eq(offset, 5);
    ck_assert_int_eq(sock_sendfile(fds[0], fileno(file), &offset, 100), 5);
    ck_assert_int_eq(sock_sendfile(fds[0], fileno(file), &offset, 100), 0);
    ck_assert_int_eq(sock_recv(fds[1], buf, sizeof buf, 0), 8);
    ck_assert_str_eq(buf, "23456789");
    signal(SIGPIPE, SIG_IGN); // as the program does: sendfile(2) has no MSG_NOSIGNAL
    sock_close(fds[1]);
    offset = 0;
    ck_assert_int_eq(sock_sendfile(fds[0], fileno(file), &offset, 3), -EPIPE);
    ck_assert_int_eq(offset, 0);
    sock_close(fds[0]);
    fclose(file);
}
END_TEST

START_TEST(adopts_a_descriptor)
{
    int domain;
    int type;
    int protocol;
    int pipes[2];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert(!is_ours(fd));
    ck_assert_int_eq(sock_adopt(fd, &domain, &type, &protocol), 1); // blocking, and stays so
    ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    ck_assert(is_ours(fd));
    ck_assert(domain == AF_INET && type == SOCK_DGRAM && protocol == IPPROTO_UDP);
    ck_assert_int_eq(sock_adopt(fd, &domain, &type, &protocol), 0);
    sock_close(fd);
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(sock_adopt(pipes[0], &domain, &type, &protocol), -ENOTSOCK);
    ck_assert_int_eq(fcntl(pipes[0], F_GETFL) & O_NONBLOCK, 0);
    close(pipes[0]);
    close(pipes[1]);
    ck_assert_int_eq(sock_adopt(-1, &domain, &type, &protocol), -EBADF);
}
END_TEST

START_TEST(a_duplicate_is_of_the_same_open_file)
{
    int fds[2];
    char byte;
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    int copy = sock_dup(fds[0]);
    ck_assert_int_ge(copy, 0);
    ck_assert_int_ne(copy, fds[0]);
    ck_assert(fcntl(copy, F_GETFD) & FD_CLOEXEC);
    sock_close(fds[0]);
    ck_assert_int_eq(sock_dup(fds[0]), -EBADF);
    ck_assert_int_eq(sock_dup(-1), -EBADF);
    ck_assert_int_eq(sock_send(copy, "x", 1, 0), 1);
    ck_assert_int_eq(sock_recv(fds[1], &byte, 1, 0), 1);
    sock_close(copy);
    sock_close(fds[1]);
}
END_TEST

static volatile sig_atomic_t interruptions;

static void interrupted(int number)
{
    (void)number;
    interruptions++;
}

// A signal every few milliseconds, each of which interrupts a call.
static void start_interruptions(void)
{
    struct sigaction action = {.sa_handler = interrupted};
    struct itimerval often = {{.tv_usec = 3000}, {.tv_usec = 3000}};
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

START_TEST(goes_on_after_a_signal)
{
    int fds[2];
    char c = 0;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0); // blocks, so it is interrupted
    struct sockaddr_un any = {.sun_family = AF_UNIX};
    struct sockaddr_un at;
    socklen_t len = sizeof at;
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&any, sizeof any.sun_family), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    pid_t child = fork();
    if (child == 0) {
        bool told = read(fds[1], &c, 1) == 1;
        usleep(100000);
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        _exit(told && connect(client, (struct sockaddr *)&at, len) == 0 ? 0 : 1);
    }
    start_interruptions();
    ck_assert_int_eq(write(fds[0], "g", 1), 1);
    int client = sock_accept(listener, NULL);
    ck_assert_int_ge(client, 0);
    sock_close(client);
    sock_close(listener);
    ck_assert_int_gt(interruptions, 0); // some thirty, on a machine that is idle
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    sock_close(fds[0]);
    sock_close(fds[1]);
}
END_TEST

START_TEST(signals_do_not_lengthen_a_poll)
{
    struct timespec from;
    struct timespec to;
    int fds[2];
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    start_interruptions();
    clock_gettime(CLOCK_MONOTONIC, &from);
    ck_assert_int_eq(sock_poll(fds[0], POLLIN, 100), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    ck_assert_double_ge(seconds, 0.099);
    ck_assert_double_lt(seconds, 60); // would never end
    ck_assert_int_gt(interruptions, 0);
    ck_assert_int_eq(sock_poll(fds[0], POLLOUT, -1), POLLOUT);
    sock_close(fds[1]);
    ck_assert_int_ne(sock_poll(fds[0], POLLIN, 0) & POLLHUP, 0);
    sock_close(fds[0]);
    ck_assert_int_eq(sock_poll(fds[0], POLLIN, 0), -EBADF);
}
END_TEST

START_TEST(counts_calls_and_bytes)
{
    char buf[8];
    int fds[2];
    struct sock_counts before = sock_counts;
    ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
    ck_assert_int_eq(sock_recv(fds[1], buf, sizeof buf, 0), -EAGAIN); // counts, too
    ck_assert_int_eq(sock_send(fds[0], "hello", 5, 0), 5);
    ck_assert_int_eq(sock_sendfd(fds[0], 0, "x", 1), 1);
    ck_assert_int_eq(sock_recv(fds[1], buf, 3, MSG_PEEK), 3); // is not received yet
    ck_assert_int_eq(sock_recv(fds[1], buf, 3, 0), 3);
    sock_close(fds[0]);
    sock_close(fds[1]);
    ck_assert_uint_eq(sock_counts.other - before.other, 1);
    ck_assert_uint_eq(sock_counts.recv - before.recv, 3);
    ck_assert_uint_eq(sock_counts.send - before.send, 2);
    ck_assert_uint_eq(sock_counts.close - before.close, 2);
    ck_assert_uint_eq(sock_counts.received - before.received, 3);
    ck_assert_uint_eq(sock_counts.sent - before.sent, 6);
    ck_assert_uint_eq(sock_counts.accept, before.accept);
    ck_assert_uint_eq(sock_counts.connect, before.connect);
    ck_assert_uint_eq(sock_counts.sendfile, before.sendfile);
}
END_TEST

UNIT_MAIN("sock", opens_non_blocking_and_close_on_exec, a_pair_talks,
          a_gone_peer_is_epipe_and_no_signal, accepts_what_connects, where_a_connection_goes,
          a_refused_connection_is_told_once, a_connection_under_way_is_not_decided,
          datagrams_keep_their_edges_and_senders, receives_several_datagrams_at_once,
          a_datagram_socket_without_a_peer, a_stream_names_no_sender,
          sends_as_many_parts_as_there_may_be, sends_a_file, adopts_a_descriptor,
          a_duplicate_is_of_the_same_open_file, goes_on_after_a_signal,
          signals_do_not_lengthen_a_poll, counts_calls_and_bytes)
