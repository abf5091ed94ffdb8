// SPDX-License-Identifier: BSD-3-Clause
// Tests of sys/reader: against a plain definition, byte by byte and in random pieces.

#include "random.h"
#include "unit.h"

#include "sys/reader.h"

#include <stdint.h>
#include <string.h>

enum outcome { NOTHING, RESULT, TOO_LONG };

// A block that ends where the data ends: reading on is seen by the sanitizer.
static char *exact(const char *data, size_t len)
{
    char *copy = malloc(len);
    if (len > 0)
        memcpy(copy, data, len);
    return copy;
}

static enum reader_state look(struct reader *r, const char *data, size_t len, size_t *give,
                              size_t *take)
{
    char *copy = exact(data, len);
    enum reader_state state = reader_look(r, copy, len, give, take);
    free(copy);
    return state;
}

static enum reader_state end(struct reader *r, const char *data, size_t len, size_t *give,
                             size_t *take)
{
    char *copy = exact(data, len);
    enum reader_state state = reader_end(r, copy, len, give, take);
    free(copy);
    return state;
}

static struct reader reader(enum reader_kind kind, size_t limit, const char *delimiter,
                            bool inclusive)
{
    size_t size = delimiter ? strlen(delimiter) : 0;
    return (struct reader){.kind = kind,
                           .inclusive = inclusive,
                           .limit = limit,
                           .delimiter = delimiter,
                           .delimiter_len = size};
}

// ---- the plain definition: what a text that is all there gives

// Where DELIMITER ends for the first time in DATA, or 0.
static size_t first_end(const char *data, size_t len, const char *delimiter, size_t size)
{
    for (size_t i = size; i <= len; i++)
        if (memcmp(data + i - size, delimiter, size) == 0)
            return i;
    return 0;
}

static enum outcome plain_result(size_t n, const struct reader *r, size_t *give)
{
    *give = n;
    return n <= r->limit ? RESULT : TOO_LONG;
}

static enum outcome plain_line(const struct reader *r, const char *data, size_t len, bool ended,
                               size_t *give, size_t *take)
{
    *take = first_end(data, len, "\n", 1);
    if (*take == 0) {
        *take = len;
        return ended && len > 0 ? plain_result(len, r, give) : NOTHING;
    }
    size_t dropped = r->kind == READER_CHOMP ? 1 : 0;
    if (dropped > 0 && *take > 1 && data[*take - 2] == '\r')
        dropped = 2;
    return plain_result(*take - dropped, r, give);
}

static enum outcome plain(const struct reader *r, const char *data, size_t len, bool ended,
                          size_t *give, size_t *take)
{
    switch (r->kind) {
    case READER_LINE:
    case READER_CHOMP:
        return plain_line(r, data, len, ended, give, take);
    case READER_UNTIL:
        *take = first_end(data, len, r->delimiter, r->delimiter_len);
        return *take == 0 ? NOTHING
                          : plain_result(*take - (r->inclusive ? 0 : r->delimiter_len), r, give);
    default:
        *take = len;
        return ended ? plain_result(len, r, give) : NOTHING;
    }
}

// ---- every short text of three letters, byte by byte

static const char letters[] = {'a', '\r', '\n'};

// Check's own assertions write to a file each, which is too slow for millions.
static void require(bool fact, const struct reader *r, const char *data, size_t len)
{
    if (!fact)
        ck_abort_msg("kind %d, limit %zu, after %zu bytes: %.*s", r->kind, r->limit, len, (int)len,
                     data);
}

// Can DATA, with up to MORE further bytes and then the end, still give a result, or the end of a
// stream between two lines?
static bool may_succeed(const struct reader *r, char *data, size_t len, int more)
{
    size_t give;
    size_t take;
    enum outcome o = plain(r, data, len, true, &give, &take);
    if (o == RESULT || (o == NOTHING && len == 0 && r->kind != READER_UNTIL))
        return true;
    for (size_t i = 0; more > 0 && i < sizeof letters; i++) {
        data[len] = letters[i];
        if (may_succeed(r, data, len + 1, more - 1))
            return true;
    }
    return false;
}

static enum reader_state expected(const struct reader *r, const char *data, size_t len,
                                  size_t *give, size_t *take)
{
    char room[16];
    memcpy(room, data, len);
    if (plain(r, data, len, false, give, take) == RESULT)
        return READER_HAVE;
    return may_succeed(r, room, len, 3) ? READER_MORE : READER_TOO_LONG;
}

static void check_end(struct reader *r, const struct reader *model, const char *data, size_t len)
{
    static const enum reader_state states[] = {
        [NOTHING] = READER_MORE, [RESULT] = READER_HAVE, [TOO_LONG] = READER_TOO_LONG};
    size_t give[2] = {0};
    size_t take[2] = {0};
    enum outcome o = plain(model, data, len, true, &give[0], &take[0]);
    require(end(r, data, len, &give[1], &take[1]) == states[o], model, data, len);
    require(o != RESULT || (give[0] == give[1] && take[0] == take[1]), model, data, len);
}

// Feeds DATA byte by byte, to one reader that remembers and one that never does.
static void check_bytewise(const struct reader *model, const char *data, size_t len)
{
    struct reader r = *model;
    enum reader_state state = READER_MORE;
    for (size_t n = 0; n <= len && state == READER_MORE; n++) {
        struct reader fresh = *model;
        size_t give[3] = {0};
        size_t take[3] = {0};
        state = expected(model, data, n, &give[0], &take[0]);
        require(look(&r, data, n, &give[1], &take[1]) == state, model, data, n);
        require(look(&fresh, data, n, &give[2], &take[2]) == state, model, data, n);
        for (int i = 1; state == READER_HAVE && i < 3; i++)
            require(give[i] == give[0] && take[i] == take[0], model, data, n);
        require(state != READER_HAVE || (r.looked == 0 && fresh.looked == 0), model, data, n);
    }
    if (state == READER_MORE)
        check_end(&r, model, data, len);
}

static void check_all_texts(enum reader_kind kind, const char *delimiter, bool inclusive)
{
    enum { LONGEST = 6, TEXTS = 729 };
    for (size_t limit = 0; limit <= 5; limit++) {
        struct reader r = reader(kind, limit, delimiter, inclusive);
        for (int number = 0; number < TEXTS; number++) {
            char data[LONGEST];
            for (int i = 0, n = number; i < LONGEST; i++, n /= 3)
                data[i] = letters[n % 3];
            check_bytewise(&r, data, LONGEST);
            check_bytewise(&r, data, (size_t)number % LONGEST);
        }
    }
}

START_TEST(every_short_line)
{
    check_all_texts(READER_LINE, NULL, false);
    check_all_texts(READER_CHOMP, NULL, false);
    check_all_texts(READER_ALL, NULL, false);
}
END_TEST

START_TEST(every_short_text_until)
{
    static const char *const delimiters[] = {"\n", "\r\n", "aa", "a\na", "a\ra", "aaa"};
    for (size_t i = 0; i < sizeof delimiters / sizeof delimiters[0]; i++) {
        check_all_texts(READER_UNTIL, delimiters[i], false);
        check_all_texts(READER_UNTIL, delimiters[i], true);
    }
}
END_TEST

// ---- a long stream of results, in random pieces

struct results {
    size_t count;
    size_t give[512];
    size_t take[512];
    enum reader_state last; // what ended it
};

static void add_result(struct results *out, size_t give, size_t take)
{
    if (out->count == 512)
        ck_abort_msg("too many results");
    out->give[out->count] = give;
    out->take[out->count++] = take;
}

// Reads DATA, which comes in pieces of at most PIECE bytes, until it ends or is too long.
static void read_stream(struct reader r, const char *data, size_t len, size_t piece,
                        struct results *out)
{
    size_t from = 0;
    size_t to = 0;
    size_t give;
    size_t take;
    out->count = 0;
    for (;;) {
        out->last = look(&r, data + from, to - from, &give, &take);
        if (out->last == READER_MORE && to < len) {
            size_t n = piece < len ? 1 + random_below(piece) : len;
            to = len - to < n ? len : to + n;
            continue;
        }
        if (out->last == READER_MORE)
            out->last = end(&r, data + from, to - from, &give, &take);
        if (out->last != READER_HAVE)
            return;
        require(give <= take && take <= to - from, &r, data + from, to - from);
        add_result(out, give, take);
        from += take;
        if (take == 0) // everything, which was nothing
            return;
    }
}

static size_t random_text(char *data, size_t size)
{
    static const char *const alphabets[] = {"ab", "a\n", "a\r\n", "abcdefghij\r\n", "aaaaaaaab"};
    const char *alphabet = alphabets[random_below(5)];
    size_t len = random_below(size);
    bool any_byte = random_below(4) == 0;
    for (size_t i = 0; i < len; i++)
        data[i] = any_byte ? (char)random_below(256) : alphabet[random_below(strlen(alphabet))];
    return len;
}

static struct reader random_reader(char delimiter[8])
{
    size_t limits[] = {random_below(8), random_below(40), 300, SIZE_MAX};
    struct reader r = reader(READER_EXACT + (enum reader_kind)random_below(5),
                             limits[random_below(4)], "", random_below(2) == 1);
    r.count = 1 + random_below(50);
    do
        r.delimiter_len = random_text(delimiter, 8);
    while (r.delimiter_len == 0);
    r.delimiter = delimiter;
    return r;
}

START_TEST(pieces_do_not_matter)
{
    random_start("pieces_do_not_matter");
    for (int round = 0; round < 4000; round++) {
        char data[400];
        char delimiter[8];
        static struct results whole;
        static struct results pieces;
        size_t len = random_text(data, sizeof data);
        struct reader r = random_reader(delimiter);
        read_stream(r, data, len, SIZE_MAX, &whole);
        for (size_t piece = 1; piece <= 81; piece *= 3) {
            read_stream(r, data, len, piece, &pieces);
            ck_assert_int_eq(pieces.last, whole.last);
            ck_assert_uint_eq(pieces.count, whole.count);
            ck_assert_mem_eq(pieces.give, whole.give, whole.count * sizeof whole.give[0]);
            ck_assert_mem_eq(pieces.take, whole.take, whole.count * sizeof whole.take[0]);
        }
    }
}
END_TEST

// ---- the rest

START_TEST(some_takes_what_is_there)
{
    struct reader r = {.kind = READER_SOME, .count = 3};
    size_t give;
    size_t take;
    ck_assert_int_eq(look(&r, "", 0, &give, &take), READER_MORE);
    ck_assert_int_eq(end(&r, "", 0, &give, &take), READER_MORE);
    ck_assert_int_eq(look(&r, "ab", 2, &give, &take), READER_HAVE);
    ck_assert(give == 2 && take == 2);
    ck_assert_int_eq(look(&r, "abcd", 4, &give, &take), READER_HAVE);
    ck_assert(give == 3 && take == 3);
    ck_assert_uint_eq(reader_missing(&r, 0), SIZE_MAX);
}
END_TEST

START_TEST(exact_waits_for_all)
{
    struct reader r = {.kind = READER_EXACT, .count = 3};
    size_t give;
    size_t take;
    ck_assert_int_eq(look(&r, "ab", 2, &give, &take), READER_MORE);
    ck_assert_uint_eq(reader_missing(&r, 2), 1);
    ck_assert_int_eq(end(&r, "ab", 2, &give, &take), READER_MORE);
    ck_assert_int_eq(look(&r, "abcd", 4, &give, &take), READER_HAVE);
    ck_assert(give == 3 && take == 3);
    ck_assert_uint_eq(reader_missing(&r, 4), 0);
}
END_TEST

START_TEST(nothing_is_had_at_once)
{
    enum reader_kind kinds[] = {READER_SOME, READER_EXACT};
    for (int i = 0; i < 2; i++) {
        struct reader r = {.kind = kinds[i], .count = 0};
        size_t give = 1;
        size_t take = 1;
        ck_assert_int_eq(reader_look(&r, NULL, 0, &give, &take), READER_HAVE);
        ck_assert(give == 0 && take == 0);
    }
}
END_TEST

START_TEST(no_data_has_no_address)
{
    for (int kind = READER_LINE; kind <= READER_ALL; kind++) {
        struct reader r = reader((enum reader_kind)kind, 10, "x", false);
        size_t give = 1;
        size_t take = 1;
        ck_assert_int_eq(reader_look(&r, NULL, 0, &give, &take), READER_MORE);
        ck_assert_int_eq(reader_end(&r, NULL, 0, &give, &take),
                         kind == READER_ALL ? READER_HAVE : READER_MORE);
    }
}
END_TEST

START_TEST(a_nul_is_a_byte)
{
    struct reader r = reader(READER_LINE, 100, NULL, false);
    size_t give;
    size_t take;
    ck_assert_int_eq(look(&r, "a\0b\nc", 5, &give, &take), READER_HAVE);
    ck_assert(give == 4 && take == 4);
    r = (struct reader){.kind = READER_UNTIL, .limit = 9, .delimiter = "\0\0", .delimiter_len = 2};
    ck_assert_int_eq(look(&r, "a\0b\0\0c", 6, &give, &take), READER_HAVE);
    ck_assert(give == 3 && take == 5);
}
END_TEST

// Byte by byte, a search that began anew each time would take hours.
START_TEST(a_long_line_is_searched_once)
{
    enum { SIZE = 4 << 20 };
    char *data = malloc(SIZE);
    memset(data, 'x', SIZE);
    struct reader r[2] = {reader(READER_LINE, SIZE, NULL, false),
                          reader(READER_UNTIL, SIZE, "\r\n\r\n", false)};
    size_t give;
    size_t take;
    for (size_t n = 0; n <= SIZE; n++)
        for (int i = 0; i < 2; i++)
            require(reader_look(&r[i], data, n, &give, &take) == READER_MORE, &r[i], "", 0);
    free(data);
}
END_TEST

UNIT_MAIN("reader", every_short_line, every_short_text_until, pieces_do_not_matter,
          some_takes_what_is_there, exact_waits_for_all, nothing_is_had_at_once,
          no_data_has_no_address, a_nul_is_a_byte, a_long_line_is_searched_once)
