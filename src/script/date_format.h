// SPDX-License-Identifier: BSD-3-Clause
// One conversion of strftime(3).

#ifndef SSS_SCRIPT_DATE_FORMAT_H
#define SSS_SCRIPT_DATE_FORMAT_H

// The conversions of glibc's strftime(3), with its flags, widths and modifiers. As in glibc, a
// conversion that is not known is copied. It refuses to know a whole format: it is given one "%..."
// at a time.

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct date {
    time_t time;
    struct tm tm;
    bool utc;
};

struct date_text {
    size_t length;
    char bytes[1024];
};

// Converts what begins with the % at FORMAT. Returns its length in the format, at least 1.
size_t date_convert(struct date_text *text, const char *format, const char *end,
                    const struct date *date);

#endif
