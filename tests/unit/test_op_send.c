// SPDX-License-Identifier: BSD-3-Clause
// Ops that perform themselves, one try at a time: those that send.

#include "loop/op.h"

#include "op_pair.h"
#include "temporary.h"

START_TEST(sends_all_parts_after_what_is_held)
{
    begin(false);
    char text[200];
    struct iovec parts[100];
    for (int i = 0; i < 100; i++) { // more than go in one call; some of them empty
        text[2 * i] = (char)('a' + i % 26);
        text[2 * i + 1] = '.';
        parts[i] = (struct iovec){text + 2 * i, i % 3 ? 2 : 0};
    }
    char want[300] = "held";
    size_t total = 0;
    for (int i = 0; i < 100; i++) {
        memcpy(want + 4 + total, parts[i].iov_base, parts[i].iov_len);
        total += parts[i].iov_len;
    }
    ck_assert_int_eq(stream_hold(pair[0], "held", 4), 0);
    kit_send(&op, pair[0], &parts[0]);
    op.u.send.count = 100;
    op.u.send.total = total;
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, (int64_t)total);
    ck_assert_ptr_null(pair[0]->out.buffer);
    ck_assert(list_is_empty(&shared.held));
    want[4 + total] = '\0';
    kit_get(pair[1]->fd, want);
    finish();
}
END_TEST

// Reads what is there from pair[1], and counts it.
static size_t take_all(void)
{
    static char sink[1 << 16];
    size_t total = 0;
    ssize_t got;
    while ((got = sock_recv(pair[1]->fd, sink, sizeof sink, 0)) > 0)
        total += (size_t)got;
    return total;
}

START_TEST(a_send_counts_what_went)
{
    begin(false);
    size_t size = 4 << 20, taken = 0;
    struct iovec part = {calloc(1, size), size};
    ck_assert_int_eq(stream_hold(pair[0], "held", 4), 0);
    kit_send(&op, pair[0], &part);
    while (!op_perform(&op)) {
        ck_assert(!pair[0]->writable);
        taken += take_all();
        ck_assert_uint_eq(op.progress + 4, taken); // the held bytes are not the op's
        pair[0]->writable = true;
    }
    taken += take_all();
    ck_assert_uint_eq(taken, size + 4);
    ck_assert_int_eq(op.result, (int64_t)size);
    free(part.iov_base);
    finish();
}
END_TEST

START_TEST(a_background_failure_is_told_once)
{
    begin(false);
    struct iovec part = kit_text("x");
    const enum op_kind kinds[] = {OP_SEND, OP_FLUSH, OP_SHUTDOWN, OP_SENDFILE, OP_SENDFD};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        pair[0]->failed = ECONNRESET;
        kit_send(&op, pair[0], &part);
        op.kind = (unsigned char)kinds[i];
        ck_assert(op_perform(&op));
        ck_assert_int_eq(op.result, -ECONNRESET);
        ck_assert_int_eq(pair[0]->failed, 0);
    }
    kit_send(&op, pair[0], &part);
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 1);
    kit_get(pair[1]->fd, "x");
    finish();
}
END_TEST

START_TEST(a_send_to_nobody_fails_without_a_signal)
{
    begin(false);
    sock_close(pair[1]->fd);
    pair[1]->fd = sock_open(AF_UNIX, SOCK_STREAM, 0);
    struct iovec part = kit_text("x");
    kit_send(&op, pair[0], &part);
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, -EPIPE);
    finish();
}
END_TEST

START_TEST(sends_a_file)
{
    char path[TEMPORARY_MAX];
    int file = temporary_file(path);
    unlink(path);
    ck_assert_int_eq(write(file, "0123456789", 10), 10);
    begin(true);
    ck_assert_int_eq(stream_hold(pair[0], "held", 4), 0);
    kit_op(&op, OP_SENDFILE, pair[0]);
    op.u.file.file = file;
    op.u.file.offset = 2;
    op.u.file.count = 5;
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 5);
    kit_get(pair[1]->fd, "held23456");
    kit_op(&op, OP_SENDFILE, pair[0]);
    op.u.file.file = file;
    op.u.file.offset = 7;
    op.u.file.count = 100; // more than there is
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 3);
    kit_get(pair[1]->fd, "789");
    close(file);
    finish();
}
END_TEST

START_TEST(a_shutdown_follows_what_is_held)
{
    begin(false);
    ck_assert_int_eq(stream_hold(pair[0], "bye", 3), 0);
    kit_op(&op, OP_SHUTDOWN, pair[0]);
    op.u.how = SHUT_WR;
    ck_assert(op_perform(&op));
    ck_assert_int_eq(op.result, 0);
    kit_get(pair[1]->fd, "bye");
    char c;
    ck_assert_int_eq(sock_recv(pair[1]->fd, &c, 1, 0), 0);
    finish();
}
END_TEST

UNIT_MAIN("op send", sends_all_parts_after_what_is_held, a_send_counts_what_went,
          a_background_failure_is_told_once, a_send_to_nobody_fails_without_a_signal, sends_a_file,
          a_shutdown_follows_what_is_held)
