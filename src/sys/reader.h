// SPDX-License-Identifier: BSD-3-Clause
// What a script asks to read, found in bytes.

#ifndef SSS_SYS_READER_H
#define SSS_SYS_READER_H

// A reader looks at the bytes that have come and says whether the result is among them, more bytes
// are needed, or it is too long. It remembers how far it has searched, so that a line which comes
// byte by byte is not searched from its start each time. It refuses to know sockets; it never
// changes the bytes.

#include <stdbool.h>
#include <stddef.h>

enum reader_kind {
    READER_SOME,  // at least one and at most `count` bytes
    READER_EXACT, // exactly `count` bytes
    READER_LINE,  // up to and with "\n"
    READER_CHOMP, // the same, given without its "\n" or "\r\n"
    READER_UNTIL, // up to `delimiter`
    READER_ALL,   // everything until the end
};

enum reader_state { READER_MORE, READER_HAVE, READER_TOO_LONG };

struct reader {
    unsigned char kind;     // enum reader_kind
    bool inclusive;         // UNTIL: give the delimiter too
    unsigned delimiter_len; // UNTIL
    union {
        size_t count; // SOME, EXACT
        size_t limit; // LINE, CHOMP, UNTIL, ALL: longest result in bytes (without what is dropped)
    };
    const char *delimiter; // UNTIL; must outlive the reader; not empty
    size_t looked;         // bytes already searched; 0 at the start and after READER_HAVE
};

// Looks at LEN bytes at DATA, which begin with the first unread byte and are not fewer than at the
// last call. READER_HAVE: the first *GIVE bytes are the result, *TAKE (>= *GIVE) bytes are to be
// consumed, and the reader is ready for the next result of its kind. READER_TOO_LONG as soon as
// that is certain. The outcome does not depend on the pieces in which the bytes came.
enum reader_state reader_look(struct reader *r, const char *data, size_t len, size_t *give,
                              size_t *take);

// The stream has ended after LEN bytes for which reader_look() returned READER_MORE. READER_HAVE
// when they count as a result (a last line without newline; for ALL any bytes, even none);
// READER_TOO_LONG when they are more than the limit (for CHOMP, a last "\r" is text now);
// READER_MORE when there is no result.
enum reader_state reader_end(struct reader *r, const char *data, size_t len, size_t *give,
                             size_t *take);

// How many bytes at most are still needed when LEN are there: for EXACT the missing ones, otherwise
// SIZE_MAX. A hint for the size of a receive.
size_t reader_missing(const struct reader *r, size_t len);

#endif
