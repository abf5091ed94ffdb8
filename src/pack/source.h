// SPDX-License-Identifier: BSD-3-Clause
// Bytes that are to be written into another file.

#ifndef SSS_PACK_SOURCE_H
#define SSS_PACK_SOURCE_H

// They are in memory, or in a file whose size is found out first and which is copied later, in
// pieces. It is a fault when the file has been replaced or written to in between. It refuses to
// know what the bytes are for.

#include "base/checksum.h"
#include "pack/fault.h"
#include "pack/savefile.h"

#include <sys/stat.h>

struct source {
    const char *path; // NULL when the bytes are in memory, at DATA
    const void *data;
    uint64_t size;    // the bytes at DATA, or the size that source_look() has found
    struct stat info; // of the file
};

// Finds out the size. 0, or -1 and a fault when it is no regular file or cannot be read.
int source_look(struct source *s, struct fault *fault) MUST_CHECK;

// Opens the file at PATH for reading: a descriptor, or -1 and a fault when it is no regular file.
int source_open(const char *path, const char *action, struct stat *info, struct fault *fault);

// Reads SIZE bytes of the file FD at OFFSET, or fewer at its end: how many, or -errno.
ssize_t source_read(int fd, void *to, size_t size, uint64_t offset) MUST_CHECK;

// Where the bytes go.
struct source_sink {
    struct savefile *out;
    struct checksum *sum; // they are also added to this, unless it is NULL
    const char *target;   // the name of the file that is written, for a fault
};

// A part of an open file; PATH is its name.
struct source_range {
    int fd;
    const char *path;
    uint64_t offset;
    uint64_t size;
};

// Writes all bytes of S to the sink: 0, or -1 and a fault.
int source_copy(const struct source *s, const struct source_sink *sink,
                struct fault *fault) MUST_CHECK;

// Writes the bytes of RANGE to the sink: 0, or -1 and a fault.
int source_copy_range(struct source_range range, const struct source_sink *sink,
                      struct fault *fault) MUST_CHECK;

#endif
