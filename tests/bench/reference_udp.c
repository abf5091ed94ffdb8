// SPDX-License-Identifier: BSD-3-Clause
// The reference's UDP echo: in batches (recvmmsg, sendmmsg), or one datagram at a time.

#include "reference.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define BATCH 64
#define DATAGRAM_MAX 65536

static _Alignas(4096) char data[BATCH][DATAGRAM_MAX];
static struct sockaddr_storage senders[BATCH];
static struct iovec pieces[BATCH];
static struct mmsghdr messages[BATCH];

static void prepare(void)
{
    for (int i = 0; i < BATCH; i++) {
        pieces[i].iov_base = data[i];
        messages[i].msg_hdr =
            (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1, .msg_name = &senders[i]};
    }
}

// Sends back COUNT datagrams; those that find no room are lost, as datagrams may be.
static void answer(int fd, int count)
{
    for (int i = 0; i < count; i++)
        pieces[i].iov_len = messages[i].msg_len;
    for (int sent = 0; sent < count;) {
        int n = sendmmsg(fd, messages + sent, (unsigned)(count - sent), MSG_NOSIGNAL);
        sent += n > 0 ? n : 1;
    }
}

static void serve_batches(int fd)
{
    int count;
    do {
        for (int i = 0; i < BATCH; i++) {
            pieces[i].iov_len = DATAGRAM_MAX;
            messages[i].msg_hdr.msg_namelen = sizeof(senders[i]);
        }
        count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
        if (count > 0)
            answer(fd, count);
    } while (count == BATCH);
}

static void serve_single(int fd)
{
    struct sockaddr *sender = (struct sockaddr *)&senders[0];
    socklen_t size = sizeof(senders[0]);
    ssize_t n;
    while ((n = recvfrom(fd, data[0], DATAGRAM_MAX, MSG_DONTWAIT, sender, &size)) >= 0) {
        if (sendto(fd, data[0], (size_t)n, MSG_NOSIGNAL, sender, size) < 0 && errno == EBADF)
            reference_fail("sendto");
        size = sizeof(senders[0]);
    }
}

void reference_udp(bool batches)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int fd = reference_listener(SOCK_DGRAM), epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        reference_fail("epoll");
    prepare();
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        if (batches)
            serve_batches(fd);
        else
            serve_single(fd);
    }
}
