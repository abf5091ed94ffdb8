// SPDX-License-Identifier: BSD-3-Clause
// Writes a file as a whole or not at all.

#ifndef SSS_PACK_SAVEFILE_H
#define SSS_PACK_SAVEFILE_H

// The bytes go to a file of another name in the same folder, which takes the place of the target
// when all is written; before that the target is as it was, and may be among what is read. A full
// disk and a limit on the size of files are errors like others (SIGXFSZ is ignored meanwhile), and
// INT, TERM and HUP too (-EINTR); they do what they always do when the other file is gone. What
// stands in the place of the target must be a regular file or nothing; a symbolic link to such
// stays, and the file behind it is replaced. One file at a time. It refuses to flush to the disk.

#include "base/error.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SAVEFILE_SIGNALS = 4 };

struct savefile {
    int fd;
    char *target;
    char *temporary;
    uint64_t size; // bytes written so far
    struct sigaction saved[SAVEFILE_SIGNALS];
};

// Opens a file with the permissions MODE less the umask. 0 or -errno (-EISDIR for a folder, -EEXIST
// for what else is no regular file); then nothing is to be closed.
int savefile_open(struct savefile *s, const char *path, mode_t mode) MUST_CHECK;

// Writes SIZE bytes behind those that were written: 0 or -errno.
int savefile_write(struct savefile *s, const void *data, size_t size) MUST_CHECK;

// Writes NUL bytes up to OFFSET.
int savefile_pad(struct savefile *s, uint64_t offset) MUST_CHECK;

// Writes over bytes that were written before.
int savefile_write_at(struct savefile *s, const void *data, size_t size,
                      uint64_t offset) MUST_CHECK;

// Ends the writing: the file takes its place (0) or, like after savefile_drop(), is gone (-errno).
int savefile_commit(struct savefile *s) MUST_CHECK;

// Ends the writing without a file.
void savefile_drop(struct savefile *s);

// From now on the file PATH, one at a time, is removed when TERM or HUP ends the program, unless
// they are ignored; NULL: none any more. 0 or -ENOMEM.
int savefile_doom(const char *path) MUST_CHECK;

#endif
