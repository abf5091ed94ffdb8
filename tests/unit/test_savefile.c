// SPDX-License-Identifier: BSD-3-Clause
// Tests of files that are written as a whole or not at all.

#include "pack/savefile.h"

#include "runtimes.h"
#include "temporary.h"
#include "unit.h"

#include <signal.h>
#include <sys/syscall.h>

static int interruptions; // how many of the next writes a signal interrupts
static size_t most;       // bytes that the system takes at once, or 0: all

// In the C library's place.
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    if (interruptions > 0) {
        interruptions--;
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, data, most > 0 && most < size ? most : size, offset);
}

static void must_hold(const char *path, const char *text)
{
    size_t size;
    unsigned char *data = runtime_load(path, &size);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_int_eq(memcmp(data, text, size), 0);
    free(data);
}

START_TEST(goes_on_after_an_interruption)
{
    struct savefile s;
    char folder[TEMPORARY_MAX], path[TEMPORARY_MAX + 8];
    temporary_folder(folder);
    snprintf(path, sizeof path, "%s/file", folder);
    ck_assert_int_eq(savefile_open(&s, path, 0600), 0);
    interruptions = 2;
    most = 3;
    ck_assert_int_eq(savefile_write(&s, "0123456789", 10), 0);
    ck_assert_int_eq(interruptions, 0);
    ck_assert_uint_eq(s.size, 10);
    interruptions = 1;
    ck_assert_int_eq(savefile_write_at(&s, "abcd", 4, 2), 0);
    ck_assert_int_eq(savefile_commit(&s), 0);
    must_hold(path, "01abcd6789");
    unlink(path);
    rmdir(folder);
}
END_TEST

static volatile sig_atomic_t hangups;

static void count_hangup(int number)
{
    (void)number;
    hangups++;
}

// A signal that is to end the program is no interruption like others: nothing more is written, and
// the signal does its work when the file is gone.
START_TEST(ends_when_the_program_is_to_end)
{
    struct savefile s;
    char folder[TEMPORARY_MAX], path[TEMPORARY_MAX + 8];
    temporary_folder(folder);
    snprintf(path, sizeof path, "%s/file", folder);
    signal(SIGHUP, count_hangup);
    ck_assert_int_eq(savefile_open(&s, path, 0600), 0);
    ck_assert_int_eq(savefile_write(&s, "0123456789", 10), 0);
    raise(SIGHUP);
    ck_assert_int_eq(savefile_write(&s, "more", 4), -EINTR);
    ck_assert_int_eq(hangups, 0);
    savefile_drop(&s);
    ck_assert_int_eq(hangups, 1);
    ck_assert_int_eq(rmdir(folder), 0); // it is empty
}
END_TEST

UNIT_MAIN("savefile", goes_on_after_an_interruption, ends_when_the_program_is_to_end)
