// SPDX-License-Identifier: BSD-3-Clause
// Small files of the system that may change while the program runs.

#ifndef SSS_SYS_CONFIG_FILE_H
#define SSS_SYS_CONFIG_FILE_H

// Reads a file such as /etc/hosts as a whole, and again when it has changed: identity, size and
// times tell, by one stat(2) per call. A file that does not exist, or that this process may not
// read, counts as empty. It refuses to know what the text means.

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct config_file {
    const char *path; // the caller's
    bool is_known;    // the text was read
    bool is_recent;   // read so soon after a change that a further one may not show in its times
    struct stat seen; // the file at that time; st_ino 0: there was none
};

void config_file_init(struct config_file *f, const char *path);

// 1: *TEXT is the new content, *SIZE bytes and a NUL, which the caller frees. 0: the file has not
// changed since the last call. -EMFILE, -ENFILE, -ENOMEM: it could not be read.
int config_file_read(struct config_file *f, char **text, size_t *size) MUST_CHECK;

#endif
