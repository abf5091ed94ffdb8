// SPDX-License-Identifier: BSD-3-Clause
// Converts parts of a date to text.

#include "script/date_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 1000, WEEK = 7, YEAR_BASE = 1900 };

struct spec {
    char pad;   // '0', '_', '-', '+', or 0
    bool upper; // ^
    bool other; // #: upper case becomes lower case, or the other way
    int width;  // 0: none
    char modifier;
    char letter;
};

static int64_t year_of(const struct tm *tm)
{
    return (int64_t)tm->tm_year + YEAR_BASE;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// The week of ISO 8601 for day YDAY of the year, a weekday WDAY. 0 or less means a week of the year
// before.
static int iso_week(int yday, int wday)
{
    int monday = (wday + WEEK - 1) % WEEK; // 0: Monday
    return (yday - monday + WEEK + 3) / WEEK;
}

static int iso_week_of(const struct tm *tm, int64_t *year)
{
    int64_t y = year_of(tm);
    int days = 365 + is_leap(y);
    int week = iso_week(tm->tm_yday, tm->tm_wday);
    if (week == 0) { // it is the last week of the year before
        y--;
        week = iso_week(tm->tm_yday + 365 + is_leap(y), tm->tm_wday);
    } else if (week == 53 && iso_week(tm->tm_yday - days, tm->tm_wday) == 1) {
        y++;
        week = 1;
    }
    *year = y;
    return week;
}

static int64_t iso_year(const struct tm *tm)
{
    int64_t year;
    iso_week_of(tm, &year);
    return year;
}

static int iso_week_number(const struct tm *tm)
{
    int64_t year;
    return iso_week_of(tm, &year);
}

static int hour_of_12(const struct tm *tm)
{
    return tm->tm_hour % 12 == 0 ? 12 : tm->tm_hour % 12;
}

static void repeat(struct date_text *text, char c, int count)
{
    for (; count > 0 && text->length < sizeof text->bytes; count--)
        text->bytes[text->length++] = c;
}

static void append(struct date_text *text, const char *bytes, size_t length)
{
    size_t room = sizeof text->bytes - text->length;
    size_t most = length < room ? length : room;
    memcpy(text->bytes + text->length, bytes, most);
    text->length += most;
}

// Adds a number of at least DIGITS digits, padded with FILL unless the flags say otherwise.
static void add_number(struct date_text *text, const struct spec *spec, int64_t value, int digits,
                       char fill)
{
    char plain[24];
    int length = snprintf(plain, sizeof plain, "%" PRIu64,
                          value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    char pad = spec->pad != 0 ? spec->pad : fill;
    bool plus = pad == '+' && value >= 0 && (length > digits || spec->width > digits);
    int width = spec->width > digits ? spec->width : digits;
    int blanks = pad == '-' ? 0 : width - length - (value < 0 || plus);
    if (pad == '_')
        repeat(text, ' ', blanks);
    if (value < 0 || plus)
        repeat(text, value < 0 ? '-' : '+', 1);
    if (pad != '_')
        repeat(text, '0', blanks);
    append(text, plain, (size_t)length);
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void add_text(struct date_text *text, const struct spec *spec, const char *words,
                     size_t length)
{
    int missing = spec->width - (int)length;
    repeat(text, spec->pad == '0' || spec->pad == '+' ? '0' : ' ', missing);
    size_t from = text->length;
    append(text, words, length);
    bool to_lower = spec->letter == 'P' || (spec->other && strchr("pZ", spec->letter));
    bool to_upper = spec->upper || (spec->other && strchr("aAbBh", spec->letter));
    for (size_t i = from; i < text->length; i++) {
        if (to_lower)
            text->bytes[i] = lower(text->bytes[i]);
        else if (to_upper)
            text->bytes[i] = upper(text->bytes[i]);
    }
}

// Adds the result of the C library's strftime(3), for what depends on the locale. The blank makes a
// difference between an empty text and a failure.
static void add_local(struct date_text *text, const struct spec *spec, const struct tm *tm)
{
    char letter = spec->letter == 'P' ? 'p' : spec->letter;
    char format[] = {' ', '%', letter, '\0', '\0'};
    if (spec->modifier != 0) {
        format[2] = spec->modifier;
        format[3] = letter;
    }
    char words[256];
    size_t length = strftime(words, sizeof words, format, tm);
    if (length > 0)
        add_text(text, spec, words + 1, length - 1);
}

static void add_zone(struct date_text *text, const struct spec *spec, const struct date *date)
{
    const char *name = date->utc ? "GMT" : date->tm.tm_zone;
    if (name)
        add_text(text, spec, name, strlen(name));
}

static void add_offset(struct date_text *text, const struct spec *spec, const struct date *date)
{
    long minutes = date->utc ? 0 : date->tm.tm_gmtoff / 60;
    long plain = minutes < 0 ? -minutes : minutes;
    char words[16];
    int length = snprintf(words, sizeof words, "%c%02ld%02ld", minutes < 0 ? '-' : '+', plain / 60,
                          plain % 60);
    add_text(text, spec, words, (size_t)length);
}

// Adds a conversion that stands for several others, which are in FORMAT.
static void add_several(struct date_text *text, const struct spec *spec, const char *format,
                        const struct date *date)
{
    struct date_text whole = {0};
    const char *end = format + strlen(format);
    while (format < end) {
        struct date_text part = {0};
        if (*format == '%')
            format += date_convert(&part, format, end, date);
        else
            append(&part, format++, 1);
        append(&whole, part.bytes, part.length);
    }
    add_text(text, spec, whole.bytes, whole.length);
}

static bool add_year(struct date_text *text, const struct spec *spec, const struct date *date)
{
    const struct tm *tm = &date->tm;
    int plus = spec->pad == '+' ? 4 : 1;
    switch (spec->letter) {
    case 'C':
        add_number(text, spec, floor_divide(year_of(tm), 100), 2, '0');
        return true;
    case 'g':
        add_number(text, spec, (iso_year(tm) % 100 + 100) % 100, 2, '0');
        return true;
    case 'G':
        add_number(text, spec, iso_year(tm), plus, '0');
        return true;
    case 'Y':
        add_number(text, spec, year_of(tm), plus, '0');
        return true;
    case 'y':
        add_number(text, spec, (year_of(tm) % 100 + 100) % 100, 2, '0');
        return true;
    default:
        return false;
    }
}

static bool add_day(struct date_text *text, const struct spec *spec, const struct date *date)
{
    const struct tm *tm = &date->tm;
    int monday = (tm->tm_wday + WEEK - 1) % WEEK;
    const struct number {
        char letter;
        char fill;
        int digits;
        int64_t value;
    } numbers[] = {
        {'d', '0', 2, tm->tm_mday},
        {'e', '_', 2, tm->tm_mday},
        {'H', '0', 2, tm->tm_hour},
        {'I', '0', 2, hour_of_12(tm)},
        {'j', '0', 3, tm->tm_yday + 1},
        {'k', '_', 2, tm->tm_hour},
        {'l', '_', 2, hour_of_12(tm)},
        {'m', '0', 2, tm->tm_mon + 1},
        {'M', '0', 2, tm->tm_min},
        {'s', '0', 1, date->time},
        {'S', '0', 2, tm->tm_sec},
        {'u', '0', 1, monday + 1},
        {'U', '0', 2, (tm->tm_yday + WEEK - tm->tm_wday) / WEEK},
        {'V', '0', 2, iso_week_number(tm)},
        {'w', '0', 1, tm->tm_wday},
        {'W', '0', 2, (tm->tm_yday + WEEK - monday) / WEEK},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].letter == spec->letter) {
            add_number(text, spec, numbers[i].value, numbers[i].digits, numbers[i].fill);
            return true;
        }
    }
    return false;
}

static const char *whole_of(char letter)
{
    switch (letter) {
    case 'D':
        return "%m/%d/%y";
    case 'F':
        return "%Y-%m-%d";
    case 'R':
        return "%H:%M";
    case 'T':
        return "%H:%M:%S";
    default:
        return NULL;
    }
}

static bool add(struct date_text *text, const struct spec *spec, const struct date *date)
{
    const char *several = whole_of(spec->letter);
    if (several)
        add_several(text, spec, several, date);
    else if (strchr("aAbBchpPrxX", spec->letter))
        add_local(text, spec, &date->tm);
    else if (spec->letter == 'Z')
        add_zone(text, spec, date);
    else if (spec->letter == 'z')
        add_offset(text, spec, date);
    else if (strchr("nt%", spec->letter))
        add_text(text, spec, spec->letter == 'n' ? "\n" : spec->letter == 't' ? "\t" : "%", 1);
    else
        return add_year(text, spec, date) || add_day(text, spec, date);
    return true;
}

// Does strftime(3) allow the modifier before the letter?
static bool is_allowed(const struct spec *spec)
{
    if (spec->modifier == 'E')
        return strchr("cCxXyY", spec->letter);
    if (spec->modifier == 'O')
        return strchr("bBdeHhImMSuUVwWy", spec->letter);
    return true;
}

static const char *read_flags(struct spec *spec, const char *at, const char *end)
{
    for (; at < end; at++) {
        if (strchr("_-0+", *at) && *at != '\0')
            spec->pad = *at;
        else if (*at == '^')
            spec->upper = true;
        else if (*at == '#')
            spec->other = true;
        else
            break;
    }
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        spec->width = spec->width < LONGEST ? spec->width * 10 + (*at - '0') : LONGEST;
    spec->width = spec->width < LONGEST ? spec->width : LONGEST;
    return at;
}

size_t date_convert(struct date_text *text, const char *format, const char *end,
                    const struct date *date)
{
    struct spec spec = {0};
    const char *at = read_flags(&spec, format + 1, end);
    text->length = 0;
    if (at < end && (*at == 'E' || *at == 'O'))
        spec.modifier = *at++;
    if (at < end)
        spec.letter = *at++;
    if (spec.letter == '\0' || !is_allowed(&spec) || !add(text, &spec, date)) {
        // A conversion that is not known is copied.
        size_t length = (size_t)(at - format);
        text->length = 0;
        append(text, format, length <= sizeof text->bytes ? length : 1);
        return text->length;
    }
    return (size_t)(at - format);
}
