// SPDX-License-Identifier: BSD-3-Clause
// A small file of the system's that may change while the program runs.

#ifndef SSS_SYS_CONFIG_FILE_H
#define SSS_SYS_CONFIG_FILE_H

// Reads a file such as /etc/hosts whole, and again when it has become another one: by its
// identity, size and times, one stat(2) a look. A file that is not there, or that this process may
// not read, is as good as an empty one. It refuses to know what the text means.

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct config_file {
    const char *path; // the caller's
    bool is_known;    // the text was read
    bool is_recent;   // so soon after the file had been written that its times may not tell more
    struct stat seen; // what it was then; st_ino 0: no such file
};

void config_file_init(struct config_file *f, const char *path);

// 1: *TEXT is what the file says now, *SIZE bytes and a NUL, which the caller frees. 0: the file is
// as it was at the last call. -EMFILE, -ENFILE, -ENOMEM: it could not be looked at.
int config_file_read(struct config_file *f, char **text, size_t *size) MUST_CHECK;

#endif
