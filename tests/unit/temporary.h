// SPDX-License-Identifier: BSD-3-Clause
// Temporary files and folders for the unit tests.

#ifndef SSS_TESTS_TEMPORARY_H
#define SSS_TESTS_TEMPORARY_H

// Each has a name of its own under TMPDIR, or under the system's folder for such things; the test
// removes it. It refuses to go on when there is none to be had.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPORARY_MAX = 64 }; // room for a name, with its NUL

// The template that mkstemp(3) and mkdtemp(3) fill in.
static inline void temporary_template(char path[TEMPORARY_MAX])
{
    const char *folder = getenv("TMPDIR");
    if (!folder || strlen(folder) > 40)
        folder = P_tmpdir;
    size_t len = (size_t)snprintf(path, TEMPORARY_MAX, "%s/sss-", folder);
    memset(path + len, 'X', 6);
    path[len + 6] = '\0';
}

// An empty folder; PATH gets its name.
static inline void temporary_folder(char path[TEMPORARY_MAX])
{
    temporary_template(path);
    ck_assert_ptr_nonnull(mkdtemp(path));
}

// An empty file, open for reading and writing; PATH gets its name.
static inline int temporary_file(char path[TEMPORARY_MAX])
{
    temporary_template(path);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    return fd;
}

#endif
