// SPDX-License-Identifier: BSD-3-Clause
// Bytes that are to be written into another file.

#ifndef SSS_PACK_SOURCE_H
#define SSS_PACK_SOURCE_H

// They are in memory, or in a file that is looked at first and copied later, piece by piece,
// however large it is. A file that is another one by then, or has been written to, is a fault. It
// refuses to know what the bytes are for.

#include "base/checksum.h"
#include "pack/fault.h"
#include "pack/savefile.h"

#include <sys/stat.h>

struct source {
    const char *path; // NULL: DATA
    const void *data;
    uint64_t size;    // of DATA, or as source_look() found it
    struct stat info; // of the file
};

// Finds out the size. 0, or -1 and a fault: the file must be regular and readable.
int source_look(struct source *s, struct fault *fault) MUST_CHECK;

// Opens the file at PATH for reading: a descriptor, or -1 and a fault when it is no regular file.
int source_open(const char *path, const char *action, struct stat *info, struct fault *fault);

// Up to SIZE bytes of the file FD at OFFSET, less only at its end: how many, or -errno.
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
