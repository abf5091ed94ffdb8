// SPDX-License-Identifier: BSD-3-Clause
// Notices: whole, and as far as they go.

#include "base/notice.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 1 << 20 };

static char text[LARGE], found[LARGE + 64];

// Writes a notice of SIZE bytes with a pipe of flags FLAGS as stderr: what came, LENGTH bytes.
static size_t notice_through_pipe(size_t size, int flags)
{
    int fds[2], kept = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe2(fds, flags), 0);
    ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
    close(fds[1]);
    notice_write(text, size);
    ck_assert_int_ge(dup2(kept, STDERR_FILENO), 0);
    close(kept);
    size_t length = 0;
    ssize_t n;
    while ((n = read(fds[0], found + length, sizeof found - length)) > 0)
        length += (size_t)n;
    close(fds[0]);
    return length;
}

START_TEST(one_line)
{
    memcpy(text, "what\nis wrong", 13);
    ck_assert_uint_eq(notice_through_pipe(13, 0), 22);
    ck_assert_mem_eq(found, "sssrun: what\nis wrong\n", 22);
    ck_assert_uint_eq(notice_through_pipe(0, 0), 9);
    ck_assert_mem_eq(found, "sssrun: \n", 9);
}
END_TEST

// What finds no room is lost, and nobody waits for it.
START_TEST(a_pipe_that_is_full)
{
    memset(text, 'x', LARGE);
    size_t length = notice_through_pipe(LARGE, O_NONBLOCK);
    ck_assert_uint_ge(length, 4096);
    ck_assert_uint_lt(length, LARGE);
    ck_assert_mem_eq(found, "sssrun: xxx", 11);
    ck_assert_mem_eq(found + 8, text, length - 8);
}
END_TEST

UNIT_MAIN("notice", one_line, a_pipe_that_is_full)
