// SPDX-License-Identifier: BSD-3-Clause
// A name server for the tests of look-ups, which says what it is told to, or nothing.
//
// One per process, on a port of the loopback. It refuses to run by itself: a test takes a question
// and answers it.
#ifndef SSS_TESTS_NAME_SERVER_H
#define SSS_TESTS_NAME_SERVER_H

#include "loop_kit.h"

enum { PACKET_MAX = 512 };

static int name_server;

KIT struct addr name_server_open(void)
{
    struct addr where = kit_address("127.0.0.1", 0);
    name_server = sock_open(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_eq(sock_bind(name_server, &where), 0);
    ck_assert_int_eq(sock_local(name_server, &where), 0);
    return where;
}

// The next question that comes within a minute: its packet, its type and its length.
struct asked {
    unsigned char packet[PACKET_MAX];
    size_t len; // of the header and the question
    int type;
    struct addr from;
};

KIT bool name_server_take(struct asked *q, int ms)
{
    if (sock_poll(name_server, POLLIN, ms) <= 0)
        return false;
    ssize_t got = sock_recvfrom(name_server, q->packet, sizeof q->packet, 0, &q->from);
    ck_assert_int_gt(got, 12);
    size_t at = 12;
    while (q->packet[at] != 0)
        at += q->packet[at] + 1u;
    q->type = q->packet[at + 1] << 8 | q->packet[at + 2];
    q->len = at + 5;
    return true;
}

// Answers with CODE and, for CODE 0, COUNT addresses 192.0.2.1, ... (or 2001:db8::1, ...).
KIT void name_server_answer(struct asked *q, int code, int count)
{
    unsigned char out[PACKET_MAX] = {0};
    size_t size = q->type == 1 ? 4 : 16, at = q->len;
    memcpy(out, q->packet, q->len);
    out[2] = 0x81;
    out[3] = (unsigned char)(0x80 | code);
    out[7] = (unsigned char)count;
    out[11] = 0; // no additional record
    for (int i = 0; i < count; i++) {
        const unsigned char head[] = {0xc0, 12, 0, (unsigned char)q->type, 0, 1, 0, 0,
                                      0,    60, 0, (unsigned char)size};
        static const unsigned char v4[] = {192, 0, 2, 0}, v6[16] = {0x20, 1, 0xd, 0xb8};
        memcpy(out + at, head, sizeof head);
        memcpy(out + at + sizeof head, q->type == 1 ? v4 : v6, size);
        at += sizeof head + size;
        out[at - 1] = (unsigned char)(i + 1);
    }
    ck_assert_int_eq(sock_sendto(name_server, out, at, &q->from), (ssize_t)at);
}

#endif
