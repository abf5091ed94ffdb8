// SPDX-License-Identifier: BSD-3-Clause
// What a script asks to read, found in bytes.

#ifndef SSS_SYS_READER_H
#define SSS_SYS_READER_H

// A reader looks at the bytes that are there and says: have it, need more, too long. It remembers
// how far it has looked, so that a line that comes byte by byte is not searched again from its
// start. It refuses to know sockets; it never changes the bytes.

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
    size_t looked; // bytes that need no second look; 0 at the start, and again after READER_HAVE
};

// Looks at LEN bytes at DATA: always from the first unread one, and never fewer than last time.
// READER_HAVE: *GIVE bytes from the start are the result, *TAKE (>= *GIVE) are to be consumed, and
// the reader is ready for the next result of its kind. READER_TOO_LONG as soon as it is certain,
// whatever may still come. How the bytes were cut into pieces never matters.
enum reader_state reader_look(struct reader *r, const char *data, size_t len, size_t *give,
                              size_t *take);

// The stream has ended after LEN bytes that reader_look() called READER_MORE. READER_HAVE when what
// is there counts as a result (a last line without newline; everything for ALL, even nothing);
// READER_TOO_LONG when that is longer than the limit (CHOMP, a last "\r" that turned out to be
// text); READER_MORE when there is no result.
enum reader_state reader_end(struct reader *r, const char *data, size_t len, size_t *give,
                             size_t *take);

// How many more bytes can at most be used when LEN are there: for EXACT what is missing, else
// SIZE_MAX. A hint for the size of a receive.
size_t reader_missing(const struct reader *r, size_t len);

#endif
