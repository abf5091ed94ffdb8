// SPDX-License-Identifier: BSD-3-Clause
// Bytes through the loop: whatever is asked, cut short or called off, none is lost, none doubled.

#include "loop/loop.h"

#include "loop_kit.h"
#include "random.h"

enum { PEERS = 3, LENGTH = 150000 };

// One connection: the test writes `text` at one end and reads it by ops at the other.
struct peer {
    struct stream *s;
    int fd;
    char *text;
    size_t sent, taken;
    bool ended; // the end was read
    struct op op;
};

static struct loop *loop;
static struct peer peers[PEERS];
static struct op tick;
static uint64_t seed;

#define check(condition, p)                                                                        \
    ck_assert_msg(condition, "%s: at %zu of peer %d, kind %d, reader %d, seed %llu", #condition,   \
                  (p)->taken, (int)((p)-peers), (p)->op.kind, (int)(p)->op.u.read.reader.kind,     \
                  (unsigned long long)seed)

static void text_fill(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = random_below(40) ? (char)('a' + random_below(26)) : "\n\r::"[random_below(4)];
    for (int i = 0; i < 20; i++) { // and some long stretches
        size_t at = random_below(len - 2000);
        memset(text + at, 'L', 2000);
    }
}

static void peer_begin(struct peer *p, bool tcp)
{
    int fds[2];
    kit_fds(tcp, SOCK_STREAM, fds);
    p->s = kit_stream(loop_streams(loop), fds[0], tcp ? AF_INET : AF_UNIX, SOCK_STREAM);
    p->fd = fds[1];
    p->text = malloc(LENGTH);
    p->sent = p->taken = 0;
    p->ended = false;
    text_fill(p->text, LENGTH);
    op_init(&p->op);
}

static void peer_end(struct peer *p)
{
    check(!p->s->in.buffer, p);
    ck_assert_int_eq(loop_close(loop, p->s), 0);
    loop_drop(loop, &p->op);
    free(p->text);
}

// Sends a piece, or after the last one the end.
static void peer_feed(struct peer *p)
{
    if (p->fd < 0)
        return;
    size_t left = LENGTH - p->sent;
    size_t size = random_below(5) ? 1 + random_below(60) : 1 + random_below(30000);
    if (left == 0) {
        sock_close(p->fd);
        p->fd = -1;
        return;
    }
    ssize_t sent = sock_send(p->fd, p->text + p->sent, size < left ? size : left, 0);
    check(sent > 0 || sent == -EAGAIN, p);
    p->sent += sent > 0 ? (size_t)sent : 0;
}

static void peer_ask(struct peer *p)
{
    kit_read(&p->op, p->s, (enum reader_kind)random_below(READER_ALL + 1), 1 + random_below(500));
    struct reader *r = &p->op.u.read.reader;
    if (r->kind == READER_ALL && random_below(200)) // seldom: it has to wait for the end
        r->kind = READER_SOME;
    bool counted = r->kind == READER_SOME || r->kind == READER_EXACT;
    if (counted && random_below(10) == 0)
        r->count = 1 + random_below(60000);
    if (random_below(6) == 0)
        p->op.kind = OP_PEEK;
    if (!counted && random_below(10) == 0)
        r->limit = 1 + random_below(100);
    r->delimiter = "::";
    r->delimiter_len = 2;
    r->inclusive = random_below(2);
    if (random_below(2))
        p->op.deadline = clock_now() + random_below(1500000);
}

// What READER should find in the text that begins at P and ends at the text's end: *GIVE and the
// bytes to take. False: nothing.
static bool found(const struct reader *r, const char *at, size_t left, size_t *give, size_t *take)
{
    const char *end = NULL;
    size_t size = 1;
    *give = *take = left < r->count ? left : r->count;
    if (r->kind == READER_SOME || r->kind == READER_EXACT)
        return r->kind == READER_SOME || *give == r->count;
    if (r->kind == READER_UNTIL) {
        size = 2;
        end = memmem(at, left, "::", 2);
    } else if (r->kind != READER_ALL) {
        end = memchr(at, '\n', left);
    }
    *give = *take = left;
    if (!end)
        return r->kind != READER_UNTIL;
    *take = *give = (size_t)(end - at) + size;
    if (r->kind == READER_CHOMP)
        *give -= *give > 1 && end[-1] == '\r' ? 2 : 1;
    if (r->kind == READER_UNTIL && !r->inclusive)
        *give -= size;
    return true;
}

static void peer_check_result(struct peer *p)
{
    const struct reader *r = &p->op.u.read.reader;
    size_t give, take, got = (size_t)p->op.result;
    check(found(r, p->text + p->taken, LENGTH - p->taken, &give, &take), p);
    if (r->kind == READER_SOME) { // any of it
        check(got >= 1 && got <= give, p);
        give = take = got;
    }
    check(got == give, p);
    check(r->kind <= READER_EXACT || give <= r->limit, p);
    check(p->op.progress == (p->op.kind == OP_PEEK ? 0 : take), p);
    check(memcmp(p->op.u.read.data, p->text + p->taken, give) == 0, p);
}

// At the end: what is left comes beside it.
static void peer_check_end(struct peer *p)
{
    size_t give, take, left = LENGTH - p->taken;
    check(p->fd < 0, p);
    check(left == 0 || !found(&p->op.u.read.reader, p->text + p->taken, left, &give, &take), p);
    if (p->op.kind == OP_PEEK)
        return;
    check(p->op.progress == left, p);
    check(memcmp(p->op.u.read.data, p->text + p->taken, left) == 0, p);
    p->ended = true;
}

static void peer_take(struct peer *p)
{
    size_t give, take;
    switch (p->op.result) {
    case -ERROR_EXPIRED:
    case -ERROR_CANCELLED:
        check(p->op.progress == 0, p);
        break;
    case -EMSGSIZE:
        check(found(&p->op.u.read.reader, p->text + p->taken, LENGTH - p->taken, &give, &take) ==
                      false ||
                  give > p->op.u.read.reader.limit,
              p);
        break;
    case -ERROR_ENDED:
        peer_check_end(p);
        break;
    default:
        check(p->op.result >= 0, p);
        if (p->taken == LENGTH) // an empty "everything"
            p->ended = p->op.kind != OP_PEEK;
        if (p->op.result > 0 || p->op.progress > 0)
            peer_check_result(p);
        break;
    }
    stream_consume(p->s, p->op.progress);
    p->taken += p->op.progress;
}

static void peer_step(struct peer *p)
{
    if (random_below(3) == 0)
        peer_feed(p);
    if (p->ended)
        return;
    if (p->op.state == OP_IDLE) {
        peer_ask(p);
        if (random_below(4) ? loop_start(loop, &p->op) : loop_defer(loop, &p->op))
            peer_take(p);
    } else if (random_below(30) == 0) {
        loop_complete(loop, &p->op, -ERROR_CANCELLED);
    } else if (random_below(60) == 0) {
        loop_cancel(loop, &p->op);
    }
}

// One turn, at most a millisecond long.
static void turn(void)
{
    if (tick.state == OP_IDLE) {
        kit_op(&tick, OP_WAIT, NULL);
        tick.deadline = clock_now() + 300000;
        ck_assert(!loop_start(loop, &tick));
    }
    ck_assert_int_eq(loop_turn(loop), 0);
    for (struct op *op; (op = loop_next(loop));)
        if (op != &tick)
            peer_take(container_of(op, struct peer, op));
}

static bool all_ended(void)
{
    for (int i = 0; i < PEERS; i++)
        if (!peers[i].ended)
            return false;
    return true;
}

static void property(bool tcp)
{
    int before = kit_descriptors();
    seed = random_start("loop streams");
    loop = kit_loop();
    op_init(&tick);
    for (int i = 0; i < PEERS; i++)
        peer_begin(&peers[i], tcp);
    while (!all_ended()) {
        peer_step(&peers[random_below(PEERS)]);
        if (random_below(4) == 0)
            turn();
    }
    loop_cancel(loop, &tick);
    loop_drop(loop, &tick);
    ck_assert_uint_eq(loop_in_flight(loop), 0);
    for (int i = 0; i < PEERS; i++)
        peer_end(&peers[i]);
    loop_free(loop);
    ck_assert_int_eq(kit_descriptors(), before);
}

START_TEST(reads_lose_nothing_over_tcp)
{
    property(true);
}
END_TEST

START_TEST(reads_lose_nothing_over_unix)
{
    property(false);
}
END_TEST

// A writer in random pieces, with deadlines, against a slow reader; some output is held back.
struct slow {
    struct stream *s;
    int fd;
    size_t sent, taken;
};

static char slow_pattern(size_t at)
{
    return (char)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

static void slow_read(struct slow *w, size_t most)
{
    static char got[65536];
    ssize_t size = sock_recv(w->fd, got, 1 + random_below(most), 0);
    size_t same = 0;
    while (size > 0 && same < (size_t)size && got[same] == slow_pattern(w->taken + same))
        same++;
    ck_assert_msg(size == -EAGAIN || same == (size_t)size, "at %zu, seed %llu", w->taken + same,
                  (unsigned long long)seed);
    w->taken += same;
}

static size_t slow_piece(struct slow *w, char *piece, size_t most)
{
    size_t size = 1 + random_below(most);
    for (size_t i = 0; i < size; i++)
        piece[i] = slow_pattern(w->sent + i);
    return size;
}

static void slow_send(struct slow *w, struct op *op)
{
    static char piece[1 << 20];
    struct iovec part = {piece, slow_piece(w, piece, random_below(2) ? 3000 : sizeof piece)};
    kit_send(op, w->s, &part);
    op->deadline = clock_now() + random_below(2000000);
    if (!loop_start(loop, op)) {
        struct op *back;
        while (!(back = loop_next(loop))) {
            if (random_below(2))
                slow_read(w, 65536);
            if (random_below(20) == 0)
                loop_complete(loop, op, -ERROR_CANCELLED);
            ck_assert_int_eq(loop_turn(loop), 0);
        }
        ck_assert_ptr_eq(back, op);
    }
    ck_assert(op->result == (int64_t)part.iov_len || op->result == -ERROR_EXPIRED ||
              op->result == -ERROR_CANCELLED);
    ck_assert_uint_le(op->progress, part.iov_len);
    w->sent += op->progress;
}

static void slow_hold(struct slow *w)
{
    static char piece[STREAM_HOLD_MAX];
    if (bytes_length(&w->s->out) > STREAM_HOLD_MAX / 2)
        return;
    size_t size = slow_piece(w, piece, STREAM_HOLD_MAX / 2);
    ck_assert_int_eq(stream_hold(w->s, piece, size), 0);
    w->sent += size;
    if (random_below(2))
        loop_flush(loop);
}

static void slow_flush(struct slow *w, struct op *op)
{
    int64_t result;
    do {
        slow_read(w, 65536);
        kit_op(op, OP_FLUSH, w->s);
        op->deadline = clock_now() + 1000000;
        result = kit_do(loop, op);
    } while (result == -ERROR_EXPIRED);
    ck_assert_int_eq(result, 0);
}

// With ROOM bytes in the system's send buffer; 0: as it is. A small one cuts what is held, too.
static void slow_property(bool tcp, int room)
{
    int fds[2];
    struct op op;
    seed = random_start("loop sends");
    loop = kit_loop();
    kit_fds(tcp, SOCK_STREAM, fds);
    if (room > 0)
        ck_assert_int_eq(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    struct slow w = {.fd = fds[1]};
    w.s = kit_stream(loop_streams(loop), fds[0], tcp ? AF_INET : AF_UNIX, SOCK_STREAM);
    op_init(&op);
    for (int i = 0; i < 300; i++) {
        if (random_below(4) == 0)
            slow_hold(&w);
        slow_send(&w, &op);
        if (random_below(3) == 0)
            slow_read(&w, 65536);
    }
    slow_flush(&w, &op);
    ck_assert_ptr_null(w.s->out.buffer);
    ck_assert_int_eq(loop_close(loop, w.s), 0);
    while (w.taken < w.sent) {
        ck_assert_int_gt(sock_poll(w.fd, POLLIN, 60000), 0);
        slow_read(&w, 65536);
    }
    char more;
    ck_assert_int_gt(sock_poll(w.fd, POLLIN, 60000), 0);
    ck_assert_int_eq(sock_recv(w.fd, &more, 1, 0), 0); // exactly what was counted
    sock_close(w.fd);
    loop_drop(loop, &op);
    loop_free(loop);
}

START_TEST(sends_count_exactly_over_tcp)
{
    slow_property(true, 0);
    slow_property(true, 4096);
}
END_TEST

START_TEST(sends_count_exactly_over_unix)
{
    slow_property(false, 0);
    slow_property(false, 4096);
}
END_TEST

UNIT_MAIN("loop streams", reads_lose_nothing_over_tcp, reads_lose_nothing_over_unix,
          sends_count_exactly_over_tcp, sends_count_exactly_over_unix)
