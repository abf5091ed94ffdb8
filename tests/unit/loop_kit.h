// SPDX-License-Identifier: BSD-3-Clause
// What the tests of the loop's floor share: connected streams, ops filled in, turns of the loop.
//
// It stands on loop/loop.h and on real sockets of this machine. Whatever fails here fails the
// test. It refuses to hide results: the tests look at ops and streams themselves.
#ifndef SSS_TESTS_LOOP_KIT_H
#define SSS_TESTS_LOOP_KIT_H

#include "base/clock.h"
#include "loop/loop.h"
#include "poller_reverse.h"
#include "sys/sock.h"
#include "unit.h"

#include <dirent.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define KIT __attribute__((unused)) static

// How many entries a folder has.
KIT int kit_count(const char *path)
{
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    int count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

// How many descriptors this process has (and some more, always the same).
KIT int kit_descriptors(void)
{
    return kit_count("/proc/self/fd");
}

// By the environment: epoll(7), or the poller of poller_reverse.h.
KIT const struct poller_class *kit_poller(void)
{
    const char *name = getenv("UNIT_POLLER");
    return name && strcmp(name, "reverse") == 0 ? &poller_reverse : &poller_epoll;
}

KIT struct loop *kit_loop(void)
{
    struct loop *loop;
    ck_assert_int_eq(loop_new_with(kit_poller(), &loop), 0);
    return loop;
}

KIT struct addr kit_address(const char *host, int port)
{
    struct addr a;
    const char *why;
    ck_assert_int_eq(addr_from_host(&a, (struct host){host, strlen(host), port, AF_UNSPEC}, &why),
                     0);
    return a;
}

// A listening TCP socket on the loopback; its address in *WHERE.
KIT int kit_listen(struct addr *where)
{
    struct addr any = kit_address("127.0.0.1", 0);
    int fd = sock_open(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sock_bind(fd, &any), 0);
    ck_assert_int_eq(sock_listen(fd, 128), 0);
    ck_assert_int_eq(sock_local(fd, where), 0);
    return fd;
}

// Two connected TCP sockets.
KIT void kit_tcp(int fds[2])
{
    struct addr where, peer;
    int listener = kit_listen(&where);
    fds[0] = sock_open(AF_INET, SOCK_STREAM, 0);
    int rc = sock_connect(fds[0], &where);
    ck_assert(rc == 0 || rc == -EINPROGRESS);
    ck_assert_int_gt(sock_poll(listener, POLLIN, 60000), 0);
    fds[1] = sock_accept(listener, &peer);
    ck_assert_int_ge(fds[1], 0);
    ck_assert_int_gt(sock_poll(fds[0], POLLOUT, 5000), 0);
    sock_close(listener);
}

// Two connected sockets: of TCP, or unix ones of TYPE.
KIT void kit_fds(bool tcp, int type, int fds[2])
{
    if (tcp)
        kit_tcp(fds);
    else
        ck_assert_int_eq(sock_pair(type, fds), 0);
}

KIT struct stream *kit_stream(struct streams *shared, int fd, int domain, int type)
{
    struct stream *s = stream_new(shared, fd, domain, type);
    ck_assert_ptr_nonnull(s);
    return s;
}

// Two connected byte streams.
KIT void kit_pair(struct streams *shared, bool tcp, struct stream *pair[2])
{
    int fds[2];
    kit_fds(tcp, SOCK_STREAM, fds);
    for (int i = 0; i < 2; i++)
        pair[i] = kit_stream(shared, fds[i], tcp ? AF_INET : AF_UNIX, SOCK_STREAM);
}

// Ends streams that no loop knows.
KIT void kit_end(struct stream *s)
{
    int fd = s->fd;
    stream_free(s);
    sock_close(fd);
}

// Fills in an idle op: KIND on S, without deadline.
KIT void kit_op(struct op *op, enum op_kind kind, struct stream *s)
{
    ck_assert_int_eq(op->state, OP_IDLE);
    op->kind = kind;
    op->stream = s;
    op->result = -4711;
    op->progress = 0;
    op->deadline = DEADLINE_NONE;
    op->retry = false;
    memset(&op->u, 0, sizeof op->u);
}

KIT void kit_read(struct op *op, struct stream *s, enum reader_kind kind, size_t count)
{
    kit_op(op, OP_READ, s);
    op->u.read.reader.kind = kind;
    if (kind == READER_SOME || kind == READER_EXACT)
        op->u.read.reader.count = count;
    else
        op->u.read.reader.limit = 1 << 20;
    op->u.read.fd = -1;
}

KIT void kit_send(struct op *op, struct stream *s, const struct iovec *part)
{
    kit_op(op, OP_SEND, s);
    op->u.send.parts = part;
    op->u.send.count = 1;
    op->u.send.total = part->iov_len;
    op->u.send.fd = -1;
}

KIT struct iovec kit_text(const char *text)
{
    return (struct iovec){.iov_base = (void *)text, .iov_len = strlen(text)};
}

// The result of a read is exactly TEXT; it is consumed.
KIT void kit_expect(struct op *op, const char *text)
{
    size_t len = strlen(text);
    ck_assert_msg(op->result == (int64_t)len, "result %lld, not the %zu bytes of \"%s\"",
                  (long long)op->result, len, text);
    ck_assert_msg(memcmp(op->u.read.data, text, len) == 0, "\"%.*s\" is not \"%s\"", (int)len,
                  op->u.read.data, text);
    stream_consume(op->stream, op->progress);
}

// The next op that is done, of however many turns.
KIT struct op *kit_next(struct loop *loop)
{
    struct op *op;
    while (!(op = loop_next(loop))) {
        int rc = loop_turn(loop);
        ck_assert_msg(rc == 0, "loop_turn: %d", rc);
    }
    ck_assert_int_eq(op->state, OP_IDLE);
    return op;
}

// Starts OP and waits until it is done; no other may be in flight. Its result.
KIT int64_t kit_do(struct loop *loop, struct op *op)
{
    if (!loop_start(loop, op))
        ck_assert_ptr_eq(kit_next(loop), op);
    ck_assert_int_eq(op->state, OP_IDLE);
    return op->result;
}

// Turns the loop for SECONDS; nothing may come of it.
KIT void kit_idle(struct loop *loop, struct op *timer, double seconds)
{
    kit_op(timer, OP_WAIT, NULL);
    timer->deadline = clock_deadline(clock_now(), seconds);
    ck_assert_int_eq(kit_do(loop, timer), -ERROR_EXPIRED);
}

// Sends all of TEXT on a plain descriptor, at once.
KIT void kit_put(int fd, const char *text)
{
    ck_assert_int_eq(sock_send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

// What a plain descriptor gives within a minute is TEXT.
KIT void kit_get(int fd, const char *text)
{
    char have[4096];
    size_t len = 0, want = strlen(text);
    while (len < want) {
        ck_assert_int_gt(sock_poll(fd, POLLIN, 60000), 0);
        ssize_t got = sock_recv(fd, have + len, sizeof have - len, 0);
        ck_assert_int_gt(got, 0);
        len += (size_t)got;
    }
    ck_assert_uint_eq(len, want);
    ck_assert_int_eq(memcmp(have, text, want), 0);
}

// Sends on a plain descriptor until the system takes no more; how many bytes.
KIT size_t kit_stuff(int fd)
{
    static const char junk[16384];
    size_t total = 0;
    ssize_t sent;
    while ((sent = sock_send(fd, junk, sizeof junk, 0)) > 0)
        total += (size_t)sent;
    ck_assert_int_eq(sent, -EAGAIN);
    return total;
}

#endif
