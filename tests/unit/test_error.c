// SPDX-License-Identifier: BSD-3-Clause
// Tests of the table of error codes.

#include "base/error.h"
#include "unit.h"

#include <string.h>

START_TEST(names_and_texts_are_the_usual_ones)
{
    ck_assert_str_eq(error_name(ECONNREFUSED), "ECONNREFUSED");
    ck_assert_str_eq(error_text(ECONNREFUSED), "Connection refused");
    ck_assert_str_eq(error_text(EADDRINUSE), "Address already in use");
    ck_assert_str_eq(error_text(ETIMEDOUT), "Connection timed out");
    ck_assert_str_eq(error_text(EPIPE), "Broken pipe");
    ck_assert_str_eq(error_text(ECONNRESET), "Connection reset by peer");
    ck_assert_str_eq(error_name(ENOMEM), "ENOMEM");
}
END_TEST

START_TEST(knows_every_errno)
{
    for (int code = 1; code <= EHWPOISON; code++) {
        if (code == 41 || code == 58)
            continue; // Linux leaves these two out
        ck_assert_msg(strcmp(error_name(code), "EUNKNOWN") != 0, "%d %s", code, strerror(code));
        ck_assert_str_ne(error_text(code), "Unknown error");
        ck_assert_int_eq(error_name(code)[0], 'E');
    }
}
END_TEST

START_TEST(walks_both_ways)
{
    int count = 0;
    for (int code = 1; code < ERROR_LAST; code++) {
        if (strcmp(error_name(code), "EUNKNOWN") == 0)
            continue;
        ck_assert_int_eq(error_code(error_name(code)), code);
        ck_assert_uint_gt(strlen(error_text(code)), 0);
        count++;
    }
    ck_assert_int_ge(count, 131 + ERROR_LAST - ERROR_FIRST);
}
END_TEST

START_TEST(codes_of_our_own)
{
    for (int code = ERROR_FIRST; code < ERROR_LAST; code++)
        ck_assert_str_ne(error_name(code), "EUNKNOWN");
    ck_assert_str_eq(error_name(ERROR_EAI_NONAME), "EAI_NONAME");
    ck_assert_str_eq(error_text(ERROR_EAI_NONAME), "Name or service not known");
    ck_assert_str_eq(error_name(ERROR_ENDED), "ended");
    ck_assert_str_eq(error_text(ERROR_ENDED), "the stream has ended");
    ck_assert_str_eq(error_name(ERROR_CLOSED), "closed");
    ck_assert_str_eq(error_text(ERROR_CLOSED), "closed by its owner");
    ck_assert_str_eq(error_name(ERROR_CANCELLED), "cancelled");
    ck_assert_str_eq(error_text(ERROR_CANCELLED), "cancelled");
    ck_assert_str_eq(error_name(ERROR_EXPIRED), "expired");
    ck_assert_str_eq(error_name(ERROR_CANNOT_WAIT), "ECANNOTWAIT");
    ck_assert_ptr_nonnull(strstr(error_text(ERROR_CANNOT_WAIT), "a task cannot wait"));
}
END_TEST

START_TEST(second_names_give_the_same_code)
{
    ck_assert_int_eq(error_code("EWOULDBLOCK"), EAGAIN);
    ck_assert_int_eq(error_code("ENOTSUP"), EOPNOTSUPP);
    ck_assert_int_eq(error_code("EDEADLOCK"), EDEADLK);
    ck_assert_str_eq(error_name(EWOULDBLOCK), "EAGAIN");
    ck_assert_str_eq(error_name(ENOTSUP), "EOPNOTSUPP");
}
END_TEST

START_TEST(what_is_unknown_has_words_too)
{
    static const int codes[] = {0, -1, -ECONNREFUSED, 41, 12345, ERROR_FIRST - 1, ERROR_LAST};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        ck_assert_str_eq(error_name(codes[i]), "EUNKNOWN");
        ck_assert_str_eq(error_text(codes[i]), "Unknown error");
    }
    ck_assert_int_eq(error_code("EUNKNOWN"), 0);
    ck_assert_int_eq(error_code(""), 0);
    ck_assert_int_eq(error_code("econnrefused"), 0);
    ck_assert_int_eq(error_code("ECONNREFUSEDX"), 0);
}
END_TEST

UNIT_MAIN("error", names_and_texts_are_the_usual_ones, knows_every_errno, walks_both_ways,
          codes_of_our_own, second_names_give_the_same_code, what_is_unknown_has_words_too)
