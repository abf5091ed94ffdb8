// SPDX-License-Identifier: BSD-3-Clause
// Streams without a loop: input lent and kept, output held.

#include "loop/stream.h"

#include "loop_kit.h"
#include "random.h"

static struct streams shared;
static struct stream *pair[2], *other[2];

static void begin(bool tcp)
{
    ck_assert_int_eq(streams_init(&shared), 0);
    kit_pair(&shared, tcp, pair);
    kit_pair(&shared, tcp, other);
}

static void finish(void)
{
    for (int i = 0; i < 2; i++) {
        kit_end(pair[i]);
        kit_end(other[i]);
    }
    streams_free(&shared);
}

static void expect_unread(struct stream *s, const char *text)
{
    size_t len;
    const char *data = stream_unread(s, &len);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(len, strlen(text));
    ck_assert_int_eq(memcmp(data, text, len), 0);
}

static bool holds_no_buffer(const struct stream *s)
{
    return !s->in.buffer && !s->out.buffer && !s->rare && s->lent_len == 0;
}

// All of the scratch, from which everybody's input moves away.
static int take_scratch(void)
{
    char *place;
    int r = streams_place(&shared, STREAM_SCRATCH, &place);
    ck_assert(r < 0 || place == shared.scratch);
    return r;
}

START_TEST(input_is_lent_then_consumed)
{
    begin(false);
    expect_unread(pair[0], "");
    ck_assert(holds_no_buffer(pair[0]));
    kit_put(pair[1]->fd, "hello");
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 5);
    expect_unread(pair[0], "hello");
    ck_assert_uint_eq(shared.lending, 1);
    ck_assert_ptr_null(pair[0]->in.buffer); // lent, not copied
    stream_consume(pair[0], 2);
    expect_unread(pair[0], "llo");
    kit_put(pair[1]->fd, " world");
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 6);
    expect_unread(pair[0], "llo world");
    stream_consume(pair[0], 9);
    ck_assert_uint_eq(shared.lending, 0);
    ck_assert_uint_eq(shared.used, 0);
    ck_assert(holds_no_buffer(pair[0]));
    finish();
}
END_TEST

START_TEST(several_lend_at_a_time)
{
    begin(true);
    kit_put(pair[1]->fd, "first");
    kit_put(other[1]->fd, "second");
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 5);
    stream_consume(pair[0], 1);
    ck_assert_int_eq(stream_fill(other[0], SIZE_MAX), 6);
    ck_assert_uint_eq(shared.lending, 2);
    expect_unread(pair[0], "irst");
    expect_unread(other[0], "second");
    kit_put(pair[1]->fd, "!");
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX),
                     1); // moves the other's out, to be in one piece
    ck_assert_uint_eq(shared.lending, 1);
    expect_unread(pair[0], "irst!");
    expect_unread(other[0], "second");
    stream_consume(pair[0], 5);
    stream_consume(other[0], 6);
    ck_assert_uint_eq(shared.used, 0);
    ck_assert(holds_no_buffer(pair[0]));
    ck_assert(holds_no_buffer(other[0]));
    finish();
}
END_TEST

START_TEST(input_moves_out_when_the_scratch_is_full)
{
    static char chunk[STREAM_SCRATCH];
    begin(false);
    int got = 0;
    memset(chunk, 'x', sizeof chunk);
    while (got < STREAM_SCRATCH / 2) {
        ck_assert_int_gt(sock_send(pair[1]->fd, chunk, 1000, 0), 0);
        ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 1000);
        got += 1000;
    }
    size_t room = STREAM_SCRATCH - shared.used;
    kit_put(other[1]->fd, "second");
    ck_assert_int_eq(stream_fill(other[0], SIZE_MAX), 6);
    ck_assert_uint_eq(shared.lending, 2);
    char *place;
    ck_assert_int_eq(streams_place(&shared, room - 1000, &place), 0);
    ck_assert_uint_eq(shared.lending, 2);
    ck_assert_int_eq(streams_place(&shared, room, &place), 0);
    ck_assert_uint_eq(shared.lending, 0);
    ck_assert_ptr_eq(place, shared.scratch);
    size_t len;
    ck_assert_int_eq(memcmp(stream_unread(pair[0], &len), chunk, (size_t)got), 0);
    ck_assert_uint_eq(len, (size_t)got);
    expect_unread(other[0], "second");
    finish();
}
END_TEST

START_TEST(no_more_lend_than_there_are_places)
{
    struct stream *many[STREAM_LENDERS + 1], *peers[STREAM_LENDERS + 1];
    ck_assert_int_eq(streams_init(&shared), 0);
    for (int i = 0; i <= STREAM_LENDERS; i++) {
        int fds[2];
        ck_assert_int_eq(sock_pair(SOCK_STREAM, fds), 0);
        many[i] = kit_stream(&shared, fds[0], AF_UNIX, SOCK_STREAM);
        peers[i] = kit_stream(&shared, fds[1], AF_UNIX, SOCK_STREAM);
        kit_put(fds[1], "x");
        stream_fill_ahead(many[i]);
        ck_assert_uint_eq(shared.lending, i < STREAM_LENDERS ? i + 1 : i);
    }
    expect_unread(many[STREAM_LENDERS], "");
    ck_assert_int_eq(stream_fill(many[STREAM_LENDERS], SIZE_MAX), 1);
    ck_assert_uint_eq(shared.lending, 1);
    for (int i = 0; i <= STREAM_LENDERS; i++) {
        expect_unread(many[i], "x");
        kit_end(many[i]);
        kit_end(peers[i]);
    }
    streams_free(&shared);
}
END_TEST

START_TEST(what_a_receive_ahead_meets_is_told_by_the_next)
{
    begin(true);
    stream_fill_ahead(pair[0]); // nothing is there
    ck_assert(!pair[0]->readable);
    kit_put(pair[1]->fd, "x");
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 5000), 0);
    pair[0]->readable = true;
    stream_fill_ahead(pair[0]);
    expect_unread(pair[0], "x");
    stream_consume(pair[0], 1);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(pair[1]->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    sock_close(pair[1]->fd);
    pair[1]->fd = dup(pair[0]->fd); // for finish() to close
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 5000), 0);
    pair[0]->readable = true;
    stream_fill_ahead(pair[0]);
    stream_fill_ahead(pair[0]);
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), -ECONNRESET);
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 0);
    finish();
}
END_TEST

START_TEST(a_receive_ahead_notes_the_end)
{
    begin(false);
    ck_assert_int_eq(sock_shutdown(pair[1]->fd, SHUT_WR), 0);
    stream_fill_ahead(pair[0]);
    ck_assert(pair[0]->eof);
    ck_assert(holds_no_buffer(pair[0]));
    finish();
}
END_TEST

START_TEST(an_empty_receive_changes_nothing)
{
    begin(true);
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), -EAGAIN);
    ck_assert(holds_no_buffer(pair[0]));
    ck_assert(!pair[0]->readable);
    kit_put(pair[1]->fd, "rest");
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 4);
    ck_assert_int_eq(take_scratch(), 0);
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), -EAGAIN); // from a buffer of its own
    expect_unread(pair[0], "rest");
    ck_assert_int_eq(stream_fill(pair[0], 1 << 20), -EAGAIN); // and a large one
    expect_unread(pair[0], "rest");
    ck_assert_int_eq(sock_shutdown(pair[1]->fd, SHUT_WR), 0);
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 5000), 0);
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 0);
    expect_unread(pair[0], "rest");
    stream_consume(pair[0], 4);
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 0);
    ck_assert(holds_no_buffer(pair[0]));
    finish();
}
END_TEST

START_TEST(a_short_receive_over_tcp_means_no_more)
{
    begin(true);
    kit_put(pair[1]->fd, "x");
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 1);
    ck_assert(!pair[0]->readable);
    finish();
}
END_TEST

START_TEST(a_failed_receive_keeps_the_input)
{
    begin(true);
    kit_put(pair[1]->fd, "kept");
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 4);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(pair[1]->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    sock_close(pair[1]->fd);
    pair[1]->fd = dup(pair[0]->fd); // for finish() to close
    ck_assert_int_gt(sock_poll(pair[0]->fd, POLLIN, 5000), 0);
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), -ECONNRESET);
    expect_unread(pair[0], "kept");
    finish();
}
END_TEST

// Random sends, receives, moves and takings on two streams that fight for the scratch.
static unsigned char pattern(int stream, uint64_t at)
{
    return (unsigned char)((at * 31 + (at >> 8) * 7 + (at >> 16)) ^ (stream ? 0x5a : 0));
}

struct side {
    struct stream *from, *to;
    uint64_t sent, taken;
};

static void side_send(struct side *side, int which)
{
    static unsigned char chunk[200000];
    size_t size = random_below(3) ? 1 + random_below(200) : 1 + random_below(sizeof chunk);
    for (size_t i = 0; i < size; i++)
        chunk[i] = pattern(which, side->sent + i);
    ssize_t sent = sock_send(side->to->fd, chunk, size, 0);
    ck_assert(sent > 0 || sent == -EAGAIN);
    side->sent += sent > 0 ? (uint64_t)sent : 0;
}

static void side_take(struct side *side, int which, uint64_t seed)
{
    size_t len;
    const char *data = stream_unread(side->from, &len);
    size_t size = random_below(2) ? len : random_below(len + 1);
    size_t same = 0;
    while (same < size && (unsigned char)data[same] == pattern(which, side->taken + same))
        same++;
    ck_assert_msg(same == size, "stream %d at %llu, seed %llu", which,
                  (unsigned long long)(side->taken + same), (unsigned long long)seed);
    stream_consume(side->from, size);
    side->taken += size;
}

static void side_fill(struct side *side)
{
    size_t want = random_below(4) ? SIZE_MAX : random_below(1 << 20);
    ssize_t got = stream_fill(side->from, want);
    ck_assert(got > 0 || got == -EAGAIN);
}

static void property(bool tcp)
{
    uint64_t seed = random_start("stream");
    begin(tcp);
    struct side sides[2] = {{.from = pair[0], .to = pair[1]}, {.from = other[0], .to = other[1]}};
    for (int i = 0; i < 3000; i++) {
        int which = (int)random_below(2);
        switch (random_below(4)) {
        case 0:
            side_send(&sides[which], which);
            break;
        case 1:
            side_fill(&sides[which]);
            break;
        case 2:
            side_take(&sides[which], which, seed);
            break;
        default:
            ck_assert_int_eq(random_below(8) ? 0 : take_scratch(), 0);
            break;
        }
    }
    for (int which = 0; which < 2; which++)
        while (sides[which].taken < sides[which].sent) {
            ssize_t got = stream_fill(sides[which].from, SIZE_MAX);
            ck_assert(got > 0 || got == -EAGAIN);
            side_take(&sides[which], which, seed);
        }
    ck_assert(holds_no_buffer(pair[0]));
    ck_assert(holds_no_buffer(other[0]));
    finish();
}

START_TEST(bytes_stay_the_same_over_unix)
{
    property(false);
}
END_TEST

START_TEST(bytes_stay_the_same_over_tcp)
{
    property(true);
}
END_TEST

START_TEST(output_is_held_only_beside_unread_input)
{
    begin(false);
    ck_assert(!stream_holds(pair[0], 1));
    kit_put(pair[1]->fd, "ab");
    ck_assert_int_eq(stream_fill(pair[0], SIZE_MAX), 2);
    ck_assert(stream_holds(pair[0], 1));
    ck_assert(stream_holds(pair[0], STREAM_HOLD_MAX));
    ck_assert(!stream_holds(pair[0], STREAM_HOLD_MAX + 1));
    ck_assert_int_eq(stream_hold(pair[0], "one", 3), 0);
    ck_assert_int_eq(stream_hold(pair[0], "two", 3), 0);
    ck_assert(!list_is_empty(&shared.held));
    ck_assert(!stream_holds(pair[0], STREAM_HOLD_MAX - 5));
    ck_assert_int_eq(stream_flush(pair[0]), 0);
    ck_assert(list_is_empty(&shared.held));
    ck_assert_ptr_null(pair[0]->out.buffer);
    kit_get(pair[1]->fd, "onetwo");
    stream_consume(pair[0], 2);
    ck_assert(!stream_holds(pair[0], 1));
    finish();
}
END_TEST

START_TEST(small_output_is_held_while_others_have_input)
{
    begin(false);
    shared.gathering = true;
    ck_assert(!stream_holds(pair[0], 1)); // nobody has spoken yet: there may be nobody
    kit_put(pair[1]->fd, "?");
    ck_assert_int_eq(stream_fill(pair[0], 1), 1);
    stream_consume(pair[0], 1);
    ck_assert(stream_holds(pair[0], STREAM_GATHER_MAX));
    ck_assert(!stream_holds(pair[0], STREAM_GATHER_MAX + 1));
    shared.gathering = false;
    ck_assert(!stream_holds(pair[0], 1));
    finish();
}
END_TEST

START_TEST(a_flush_goes_as_far_as_it_goes)
{
    begin(false);
    size_t stuffed = kit_stuff(pair[0]->fd);
    ck_assert_int_eq(stream_hold(pair[0], "held", 4), 0);
    ck_assert_int_eq(stream_flush(pair[0]), -EAGAIN);
    ck_assert(!pair[0]->writable);
    ck_assert(!list_is_empty(&pair[0]->link));
    char sink[65536];
    while (stuffed > 0) {
        ssize_t got = sock_recv(pair[1]->fd, sink, sizeof sink, 0);
        ck_assert_int_gt(got, 0);
        stuffed -= (size_t)got;
    }
    ck_assert_int_eq(stream_flush(pair[0]), -EAGAIN); // nobody has said that there is room
    pair[0]->writable = true;
    ck_assert_int_eq(stream_flush(pair[0]), 0);
    kit_get(pair[1]->fd, "held");
    finish();
}
END_TEST

START_TEST(a_failed_flush_drops_what_was_held)
{
    begin(false);
    ck_assert_int_eq(stream_hold(pair[0], "lost", 4), 0);
    sock_close(pair[1]->fd);
    pair[1]->fd = dup(pair[0]->fd);
    ck_assert_int_eq(stream_flush(pair[0]), -EPIPE);
    ck_assert_ptr_null(pair[0]->out.buffer);
    ck_assert(list_is_empty(&shared.held));
    ck_assert_int_eq(stream_flush(pair[0]), 0);
    finish();
}
END_TEST

START_TEST(passed_descriptors_are_kept_in_order_and_never_leak)
{
    int before = kit_descriptors();
    begin(false);
    for (int i = 0; i < STREAM_PASSED_MAX + 5; i++) {
        ck_assert_int_eq(sock_sendfd(pair[1]->fd, other[0]->fd, "x", 1), 1);
        ck_assert_int_gt(stream_fill(pair[0], SIZE_MAX), 0);
    }
    ck_assert_int_eq(pair[0]->lost, EMFILE);
    int first = stream_take_passed(pair[0]), second = stream_take_passed(pair[0]);
    ck_assert_int_ge(first, 0);
    ck_assert_int_gt(second, first);
    sock_close(first);
    sock_close(second);
    ck_assert_int_eq(stream_take_passed(other[0]), -1);
    finish(); // closes those that nobody asked for
    ck_assert_int_eq(kit_descriptors(), before);
}
END_TEST

START_TEST(message_sockets_hold_nothing)
{
    int fds[2];
    ck_assert_int_eq(streams_init(&shared), 0);
    ck_assert_int_eq(sock_pair(SOCK_SEQPACKET, fds), 0);
    struct stream *s = kit_stream(&shared, fds[0], AF_UNIX, SOCK_SEQPACKET);
    ck_assert(s->is_message);
    ck_assert(!stream_holds(s, 1));
    kit_end(s);
    sock_close(fds[1]);
    streams_free(&shared);
}
END_TEST

UNIT_MAIN("stream", input_is_lent_then_consumed, several_lend_at_a_time,
          input_moves_out_when_the_scratch_is_full, no_more_lend_than_there_are_places,
          what_a_receive_ahead_meets_is_told_by_the_next, a_receive_ahead_notes_the_end,
          small_output_is_held_while_others_have_input, an_empty_receive_changes_nothing,
          a_short_receive_over_tcp_means_no_more, a_failed_receive_keeps_the_input,
          bytes_stay_the_same_over_unix, bytes_stay_the_same_over_tcp,
          output_is_held_only_beside_unread_input, a_flush_goes_as_far_as_it_goes,
          a_failed_flush_drops_what_was_held, passed_descriptors_are_kept_in_order_and_never_leak,
          message_sockets_hold_nothing)
