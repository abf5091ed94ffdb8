// SPDX-License-Identifier: BSD-3-Clause
// Ops that perform themselves, one try at a time: those that take something in.

#include "loop/op.h"

#include "op_pair.h"

#include <fcntl.h>

static void begin_messages(int type)
{
    int fds[2];
    ck_assert_int_eq(streams_init(&shared), 0);
    ck_assert_int_eq(sock_pair(type, fds), 0);
    for (int i = 0; i < 2; i++)
        pair[i] = kit_stream(&shared, fds[i], AF_UNIX, type);
    op_init(&op);
}

// The other end closes; pair[1] stays a stream, over a descriptor of its own.
static void end_peer(void)
{
    sock_close(pair[1]->fd);
    pair[1]->fd = sock_open(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 60000), 0);
    pair[0]->readable = true;
}

static void arrived(const char *text)
{
    kit_put(pair[1]->fd, text);
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 60000), 0);
    pair[0]->readable = true;
}

START_TEST(an_op_begins_idle)
{
    memset(&op, 0xff, sizeof op);
    op_init(&op);
    ck_assert_int_eq(op.state, OP_IDLE);
    ck_assert_uint_eq(op.deadline, DEADLINE_NONE);
    ck_assert(list_is_empty(&op.link));
    ck_assert(!op.retry);
    for (int kind = OP_READ; kind <= OP_WRITABLE; kind++) {
        op.kind = (unsigned char)kind;
        ck_assert_int_eq(op_is_read(&op), kind < OP_SEND);
    }
    op.kind = OP_WAIT;
    ck_assert(!op_is_read(&op));
    ck_assert(!op_perform(&op));
}
END_TEST

START_TEST(reads_by_every_reader)
{
    begin(false);
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(!op_perform(&op));
    ck_assert(!pair[0]->readable);
    arrived("half a li");
    ck_assert(!op_perform(&op));
    arrived("ne\nchomped\r\n12345some::rest");
    ck_assert(op_perform(&op));
    kit_expect(&op, "half a line\n");
    kit_read(&op, pair[0], READER_CHOMP, 0);
    ck_assert(op_perform(&op));
    kit_expect(&op, "chomped");
    kit_read(&op, pair[0], READER_EXACT, 5);
    ck_assert(op_perform(&op));
    kit_expect(&op, "12345");
    kit_read(&op, pair[0], READER_UNTIL, 0);
    op.u.read.reader.delimiter = "::";
    op.u.read.reader.delimiter_len = 2;
    ck_assert(op_perform(&op));
    kit_expect(&op, "some");
    kit_read(&op, pair[0], READER_SOME, 2);
    ck_assert(op_perform(&op));
    kit_expect(&op, "re");
    kit_read(&op, pair[0], READER_ALL, 0);
    ck_assert(!op_perform(&op));
    arrived(" of it");
    end_peer();
    ck_assert(op_perform(&op));
    kit_expect(&op, "st of it");
    finish();
}
END_TEST

START_TEST(a_peek_consumes_nothing)
{
    begin(true);
    arrived("look\n");
    for (int i = 0; i < 3; i++) {
        kit_read(&op, pair[0], READER_LINE, 0);
        op.kind = OP_PEEK;
        ck_assert(op_perform(&op));
        ck_assert_uint_eq(op.progress, 0);
        kit_expect(&op, "look\n");
    }
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(op_perform(&op));
    kit_expect(&op, "look\n");
    finish();
}
END_TEST

START_TEST(the_end_comes_after_the_last_byte_and_stays)
{
    begin(false);
    arrived("last line");
    end_peer();
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(op_perform(&op));
    kit_expect(&op, "last line");
    for (int i = 0; i < 2; i++) {
        kit_read(&op, pair[0], READER_SOME, 10);
        ck_assert(op_perform(&op));
        ck_assert_int_eq(op.result, -ERROR_ENDED);
        ck_assert_uint_eq(op.progress, 0);
    }
    kit_read(&op, pair[0], READER_ALL, 0);
    ck_assert(op_perform(&op));
    kit_expect(&op, "");
    finish();
}
END_TEST

START_TEST(too_few_bytes_at_the_end_are_given_beside_it)
{
    begin(false);
    arrived("abc");
    end_peer();
    kit_read(&op, pair[0], READER_EXACT, 10);
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, -ERROR_ENDED);
    ck_assert_uint_eq(op.progress, 3);
    ck_assert_int_eq(memcmp(op.u.read.data, "abc", 3), 0);
    finish();
}
END_TEST

START_TEST(a_line_too_long_is_refused_and_not_lost)
{
    begin(false);
    arrived("123456789\n");
    kit_read(&op, pair[0], READER_LINE, 0);
    op.u.read.reader.limit = 5;
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, -EMSGSIZE);
    kit_read(&op, pair[0], READER_LINE, 0);
    ck_assert(op_perform(&op));
    kit_expect(&op, "123456789\n");
    finish();
}
END_TEST

START_TEST(messages_keep_their_bounds)
{
    begin_messages(SOCK_DGRAM);
    kit_read(&op, pair[0], READER_SOME, 100);
    ck_assert(!op_perform(&op));
    arrived("one");
    arrived("");
    arrived("three");
    kit_read(&op, pair[0], READER_SOME, 100);
    op.kind = OP_PEEK;
    ck_assert(op_perform(&op));
    kit_expect(&op, "one");
    kit_read(&op, pair[0], READER_SOME, 100);
    ck_assert(op_perform(&op));
    kit_expect(&op, "one");
    ck_assert(op_perform(&op));
    kit_expect(&op, "");
    kit_read(&op, pair[0], READER_SOME, 2);
    ck_assert(op_perform(&op));
    kit_expect(&op, "th"); // the rest of a message is gone, as recv(2) says
    ck_assert(!op_perform(&op));
    finish();
}
END_TEST

START_TEST(what_a_receive_met_is_told_before_the_next_message)
{
    begin_messages(SOCK_DGRAM);
    pair[0]->missed = ECONNREFUSED;
    kit_op(&op, OP_READABLE, pair[0]);
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 0);
    arrived("after");
    pair[0]->readable = false; // what was met is told all the same
    kit_read(&op, pair[0], READER_SOME, 100);
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, -ECONNREFUSED);
    ck_assert(!op_perform(&op));
    pair[0]->readable = true;
    ck_assert(op_perform(&op));
    kit_expect(&op, "after");
    finish();
}
END_TEST

START_TEST(a_message_goes_whole_however_many_parts_it_has)
{
    struct iovec parts[3] = {kit_text("a"), kit_text(""), kit_text("bc")};
    const char *expected[] = {"", "a", "a", "abc"};
    begin_messages(SOCK_DGRAM);
    for (int count = 0; count <= 3; count++) {
        kit_send(&op, pair[1], parts);
        op.kind = OP_SENDTO;
        op.u.send.count = count;
        ck_assert(op_perform(&op));
        ck_assert_int_eq(op.result, (int64_t)strlen(expected[count]));
        kit_read(&op, pair[0], READER_SOME, 100);
        ck_assert(op_perform(&op));
        kit_expect(&op, expected[count]);
    }
    finish();
}
END_TEST

START_TEST(a_datagram_comes_with_its_sender)
{
    struct addr here = kit_address("127.0.0.1", 0), from;
    int fds[2];
    ck_assert_int_eq(streams_init(&shared), 0);
    for (int i = 0; i < 2; i++) {
        fds[i] = sock_open(AF_INET, SOCK_DGRAM, 0);
        ck_assert_int_eq(sock_bind(fds[i], &here), 0);
        pair[i] = kit_stream(&shared, fds[i], AF_INET, SOCK_DGRAM);
    }
    op_init(&op);
    struct addr to;
    ck_assert_int_eq(sock_local(fds[1], &to), 0);
    struct iovec parts[2] = {kit_text("two "), kit_text("parts")};
    kit_op(&op, OP_SENDTO, pair[0]);
    op.u.send.parts = parts;
    op.u.send.count = 2;
    op.u.send.total = 9;
    op.u.send.to = &to;
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 9);
    ck_assert_int_gt(sock_poll(fds[1], POLLIN, 60000), 0);
    kit_read(&op, pair[1], READER_SOME, 100);
    op.kind = OP_RECVFROM;
    op.u.read.from = &from;
    ck_assert(op_perform(&op));
    kit_expect(&op, "two parts");
    ck_assert_int_eq(sock_local(fds[0], &to), 0);
    ck_assert(addr_equal(&from, &to));
    finish();
}
END_TEST

START_TEST(a_descriptor_travels_with_its_data)
{
    begin(false);
    int before = kit_descriptors(), tube[2];
    ck_assert_int_eq(pipe2(tube, O_CLOEXEC), 0);
    struct iovec part = kit_text("with it");
    kit_send(&op, pair[1], &part);
    op.kind = OP_SENDFD;
    op.u.send.fd = tube[1];
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 7);
    close(tube[1]);
    kit_read(&op, pair[0], READER_SOME, 0);
    op.kind = OP_RECVFD;
    ck_assert(op_perform(&op));
    int passed = stream_take_passed(pair[0]);
    ck_assert_int_eq(passed, op.u.read.fd);
    ck_assert_int_ge(passed, 0);
    ck_assert_int_ne(fcntl(passed, F_GETFD) & FD_CLOEXEC, 0);
    kit_expect(&op, "with it");
    char c;
    ck_assert_int_eq(write(passed, "!", 1), 1);
    ck_assert_int_eq(read(tube[0], &c, 1), 1);
    close(passed);
    close(tube[0]);
    ck_assert_int_eq(kit_descriptors(), before);
    end_peer();
    kit_read(&op, pair[0], READER_SOME, 0);
    op.kind = OP_RECVFD;
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, -ERROR_ENDED);
    finish();
}
END_TEST

START_TEST(readiness_is_asked_of_the_system)
{
    begin(true);
    kit_op(&op, OP_READABLE, pair[0]);
    ck_assert(!op_perform(&op));
    arrived("ab");
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 0);
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 2);
    ck_assert(op_perform(&op)); // what is unread counts too
    stream_consume(pair[0], 2);
    ck_assert(!op_perform(&op));
    kit_op(&op, OP_WRITABLE, pair[0]);
    ck_assert(op_perform(&op));
    while (sock_poll(pair[0]->fd, POLLOUT, 20) > 0) // until both sides' buffers have settled
        kit_stuff(pair[0]->fd);
    ck_assert(!op_perform(&op));
    ck_assert(!pair[0]->writable);
    finish();
}
END_TEST

UNIT_MAIN("op", an_op_begins_idle, reads_by_every_reader, a_peek_consumes_nothing,
          the_end_comes_after_the_last_byte_and_stays, too_few_bytes_at_the_end_are_given_beside_it,
          a_line_too_long_is_refused_and_not_lost, messages_keep_their_bounds,
          what_a_receive_met_is_told_before_the_next_message,
          a_message_goes_whole_however_many_parts_it_has, a_datagram_comes_with_its_sender,
          a_descriptor_travels_with_its_data, readiness_is_asked_of_the_system)
