// SPDX-License-Identifier: BSD-3-Clause
// Writes a file as a whole or not at all.

#ifndef SSS_PACK_SAVEFILE_H
#define SSS_PACK_SAVEFILE_H

// The bytes go to a temporary file in the same folder, which replaces the target when everything is
// written. Until then the target is not changed, and may even be one of the files that are read. A
// full disk and a limit on the size of files are errors like others (SIGXFSZ is ignored meanwhile).
// INT, TERM and HUP are errors, too (-EINTR): they take their usual effect when the temporary file
// has been removed. The target must be a regular file or not exist; where it is a symbolic link,
// the file that it leads to is replaced. One file at a time. It refuses to flush to the disk.

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

// Opens a file with the permissions MODE less the umask. 0, or -errno (-EISDIR for a folder,
// -EEXIST for anything else that is no regular file) and nothing is open.
int savefile_open(struct savefile *s, const char *path, mode_t mode) MUST_CHECK;

// Appends SIZE bytes: 0 or -errno.
int savefile_write(struct savefile *s, const void *data, size_t size) MUST_CHECK;

// Appends NUL bytes up to OFFSET: 0 or -errno.
int savefile_pad(struct savefile *s, uint64_t offset) MUST_CHECK;

// Overwrites bytes that were written before: 0 or -errno.
int savefile_write_at(struct savefile *s, const void *data, size_t size,
                      uint64_t offset) MUST_CHECK;

// Ends the writing. 0: the file has replaced the target. -errno: it was removed, as by
// savefile_drop().
int savefile_commit(struct savefile *s) MUST_CHECK;

// Ends the writing and removes the file; the target stays as it was.
void savefile_drop(struct savefile *s);

// From now on TERM and HUP, unless they are ignored, remove the file PATH before they end the
// program. There is one such file at a time; NULL for none. 0 or -ENOMEM.
int savefile_doom(const char *path) MUST_CHECK;

#endif
