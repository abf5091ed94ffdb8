// SPDX-License-Identifier: BSD-3-Clause
// What a script asks to read, found in bytes.

#include "sys/reader.h"

#include <stdint.h>
#include <string.h>

enum { SHORT_DELIMITER = 8 }; // bytes

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// The search for the next result begins anew.
static enum reader_state have(struct reader *r, size_t give, size_t take, size_t *out_give,
                              size_t *out_take)
{
    r->looked = 0;
    *out_give = give;
    *out_take = take;
    return READER_HAVE;
}

// The place of the first newline from `looked` on, before END; END when there is none.
static size_t find_newline(struct reader *r, const char *data, size_t end)
{
    if (r->looked >= end)
        return end;
    const char *newline = memchr(data + r->looked, '\n', end - r->looked);
    r->looked = end;
    return newline ? (size_t)(newline - data) : end;
}

static enum reader_state look_line(struct reader *r, const char *data, size_t len, size_t *give,
                                   size_t *take)
{
    size_t end = least(len, r->limit);
    size_t at = find_newline(r, data, end);
    if (at < end)
        return have(r, at + 1, at + 1, give, take);
    return len > r->limit ? READER_TOO_LONG : READER_MORE;
}

// Are LEN bytes without a newline more than LIMIT, even when the last one is a "\r" that will be
// dropped?
static bool chomp_too_long(const char *data, size_t len, size_t limit)
{
    if (len <= limit)
        return false;
    return len - limit > 1 || data[limit] != '\r';
}

static enum reader_state look_chomp(struct reader *r, const char *data, size_t len, size_t *give,
                                    size_t *take)
{
    // The longest line that is allowed, with its "\r\n".
    size_t end = r->limit < SIZE_MAX - 2 ? least(len, r->limit + 2) : len;
    size_t at = find_newline(r, data, end);
    if (at == end)
        return chomp_too_long(data, len, r->limit) ? READER_TOO_LONG : READER_MORE;
    size_t text = at > 0 && data[at - 1] == '\r' ? at - 1 : at;
    if (text > r->limit)
        return READER_TOO_LONG;
    return have(r, text, at + 1, give, take);
}

// The first place of the delimiter in DATA, or NULL. For a short delimiter, memchr(3) looks for its
// first byte, which is fast; for a long one that could take time proportional to the product of
// both lengths.
static const char *find_bytes(const char *data, size_t len, const char *delimiter, size_t size)
{
    if (size > SHORT_DELIMITER)
        return memmem(data, len, delimiter, size);
    const char *end = data + len;
    while ((size_t)(end - data) >= size) {
        data = memchr(data, delimiter[0], (size_t)(end - data) - size + 1);
        if (!data || memcmp(data, delimiter, size) == 0)
            return data;
        data++;
    }
    return NULL;
}

// Moves `looked` to the first place where the delimiter is, or can begin once more bytes have come.
static bool find_delimiter(struct reader *r, const char *data, size_t len)
{
    size_t size = r->delimiter_len;
    const char *found = NULL;
    if (len > r->looked)
        found = find_bytes(data + r->looked, len - r->looked, r->delimiter, size);
    if (found) {
        r->looked = (size_t)(found - data);
        return true;
    }
    if (len >= size && r->looked < len - size + 1)
        r->looked = len - size + 1;
    while (r->looked < len && memcmp(data + r->looked, r->delimiter, len - r->looked) != 0)
        r->looked++;
    return false;
}

static enum reader_state look_until(struct reader *r, const char *data, size_t len, size_t *give,
                                    size_t *take)
{
    size_t size = r->delimiter_len;
    size_t added = r->inclusive ? size : 0;
    if (added > r->limit)
        return READER_TOO_LONG;
    size_t last = r->limit - added; // the last place where the delimiter may begin
    size_t end = last < SIZE_MAX - size ? least(len, last + size) : len;
    bool found = find_delimiter(r, data, end);
    if (r->looked > last)
        return READER_TOO_LONG;
    if (!found)
        return READER_MORE;
    return have(r, r->looked + added, r->looked + size, give, take);
}

enum reader_state reader_look(struct reader *r, const char *data, size_t len, size_t *give,
                              size_t *take)
{
    size_t n = least(len, r->count);
    switch ((enum reader_kind)r->kind) {
    case READER_SOME:
        return n > 0 || r->count == 0 ? have(r, n, n, give, take) : READER_MORE;
    case READER_EXACT:
        return n == r->count ? have(r, n, n, give, take) : READER_MORE;
    case READER_LINE:
        return look_line(r, data, len, give, take);
    case READER_CHOMP:
        return look_chomp(r, data, len, give, take);
    case READER_UNTIL:
        return look_until(r, data, len, give, take);
    case READER_ALL:
        break;
    }
    return len > r->limit ? READER_TOO_LONG : READER_MORE;
}

enum reader_state reader_end(struct reader *r, const char *data, size_t len, size_t *give,
                             size_t *take)
{
    (void)data;
    bool line = r->kind == READER_LINE || r->kind == READER_CHOMP;
    if (r->kind != READER_ALL && (!line || len == 0))
        return READER_MORE;
    if (len > r->limit) // a "\r" without a "\n" behind it is text
        return READER_TOO_LONG;
    return have(r, len, len, give, take);
}

size_t reader_missing(const struct reader *r, size_t len)
{
    if (r->kind != READER_EXACT)
        return SIZE_MAX;
    return len < r->count ? r->count - len : 0;
}
