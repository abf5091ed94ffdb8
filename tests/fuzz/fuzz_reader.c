// SPDX-License-Identifier: BSD-3-Clause
// Readers: every form over any bytes in any pieces, compared with a plain definition.

#include "fuzz.h"

#include "sys/reader.h"

#include <stdbool.h>

struct answer {
    enum reader_state state;
    size_t give;
    size_t take;
};

// Where DELIMITER ends for the first time in DATA, or 0.
static size_t first_end(const char *data, size_t len, const char *delimiter, size_t size)
{
    for (size_t i = size; i <= len; i++)
        if (memcmp(data + i - size, delimiter, size) == 0)
            return i;
    return 0;
}

static struct answer bounded(size_t give, size_t take, size_t limit)
{
    return (struct answer){give <= limit ? READER_HAVE : READER_TOO_LONG, give, take};
}

// There is no delimiter yet: the shortest result that may still come.
static size_t shortest_until(const struct reader *r, const char *data, size_t len)
{
    size_t overlap = r->delimiter_len - 1;
    if (overlap > len)
        overlap = len;
    while (memcmp(data + len - overlap, r->delimiter, overlap) != 0)
        overlap--;
    return len - overlap + (r->inclusive ? r->delimiter_len : 0);
}

static struct answer plain_line(const struct reader *r, const char *data, size_t len, bool ended)
{
    size_t take = first_end(data, len, "\n", 1);
    bool chomp = r->kind == READER_CHOMP;
    if (take > 0) {
        size_t dropped = !chomp ? 0 : take > 1 && data[take - 2] == '\r' ? 2 : 1;
        return bounded(take - dropped, take, r->limit);
    }
    if (ended && len > 0)
        return bounded(len, len, r->limit);
    size_t least = len - (chomp && len > 0 && data[len - 1] == '\r');
    return (struct answer){least > r->limit ? READER_TOO_LONG : READER_MORE, 0, 0};
}

static struct answer plain_until(const struct reader *r, const char *data, size_t len, bool ended)
{
    size_t take = first_end(data, len, r->delimiter, r->delimiter_len);
    if (take > 0)
        return bounded(take - (r->inclusive ? 0 : r->delimiter_len), take, r->limit);
    bool long_already = !ended && shortest_until(r, data, len) > r->limit;
    return (struct answer){long_already ? READER_TOO_LONG : READER_MORE, 0, 0};
}

// What these bytes, all that there are, give.
static struct answer plain(const struct reader *r, const char *data, size_t len, bool ended)
{
    switch (r->kind) {
    case READER_SOME:
        return len == 0 ? (struct answer){READER_MORE, 0, 0}
                        : bounded(len < r->count ? len : r->count, len < r->count ? len : r->count,
                                  SIZE_MAX);
    case READER_EXACT:
        return len < r->count ? (struct answer){READER_MORE, 0, 0}
                              : bounded(r->count, r->count, SIZE_MAX);
    case READER_LINE:
    case READER_CHOMP:
        return plain_line(r, data, len, ended);
    case READER_UNTIL:
        return plain_until(r, data, len, ended);
    default:
        if (ended || len > r->limit)
            return bounded(len, len, r->limit);
        return (struct answer){READER_MORE, 0, 0};
    }
}

// The reader's answer over a block of exactly LEN bytes.
static struct answer ask(struct reader *r, const char *data, size_t len, bool ended)
{
    struct answer a = {0};
    char *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, data, len);
    a.state = ended ? reader_end(r, copy, len, &a.give, &a.take)
                    : reader_look(r, copy, len, &a.give, &a.take);
    free(copy);
    return a;
}

static struct answer checked(struct reader *r, const char *data, size_t len, bool ended)
{
    struct reader before = *r;
    struct answer got = ask(r, data, len, ended), wanted = plain(&before, data, len, ended);
    FUZZ_REQUIRE(got.state == wanted.state);
    FUZZ_REQUIRE(got.state != READER_HAVE || got.give == wanted.give);
    FUZZ_REQUIRE(got.state != READER_HAVE || got.take == wanted.take);
    return got;
}

// Takes results while there are some from the bytes of at .. end; false when one is too long.
static bool take_all(struct reader *r, const char *data, size_t *at, size_t end)
{
    for (;;) {
        struct answer a = checked(r, data + *at, end - *at, false);
        if (a.state != READER_HAVE)
            return a.state == READER_MORE;
        *at += a.take;
        if (a.take == 0)
            return true; // no bytes are asked for
    }
}

static struct reader make_reader(struct input *in, char *delimiter, size_t len)
{
    struct reader r = {.kind = input_byte(in) % 6};
    r.inclusive = input_byte(in) & 1;
    r.limit = input_byte(in);
    r.delimiter = delimiter;
    r.delimiter_len = len;
    if (r.kind == READER_SOME && r.count == 0)
        r.count = 1;
    return r;
}

// The delimiter in the first line; the form; how long the pieces are; the bytes.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input in = {bytes, size};
    size_t len, at = 0, end = 0;
    char *delimiter = input_word(&in, 16, &len);
    struct reader r = make_reader(&in, len > 0 ? delimiter : "\r\n", len > 0 ? len : 2);
    uint64_t cuts = input_number(&in, 8);
    char *data = (char *)input_rest(&in);
    bool going = true;
    while (going && end < in.left) {
        size_t piece = 1 + cuts % 16;
        cuts = cuts >> 4 | cuts << 60;
        end = in.left - end < piece ? in.left : end + piece;
        going = take_all(&r, data, &at, end);
    }
    if (going && ask(&(struct reader){.kind = r.kind,
                                      .limit = r.limit,
                                      .inclusive = r.inclusive,
                                      .delimiter = r.delimiter,
                                      .delimiter_len = r.delimiter_len},
                     data + at, end - at, false)
                         .state == READER_MORE)
        checked(&r, data + at, end - at, true);
    free(data);
    free(delimiter);
    return 0;
}
