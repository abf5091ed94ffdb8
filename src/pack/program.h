// SPDX-License-Identifier: BSD-3-Clause
// Programs of one file: a runtime with packed files.

#ifndef SSS_PACK_PROGRAM_H
#define SSS_PACK_PROGRAM_H

// The same runtime and files give the same bytes: the order, the paths and the times of the files
// do not matter. Only the names of the files need memory. It stands on archive, elf and savefile.
// It refuses to know Lua.

#include "pack/archive.h"
#include "pack/fault.h"
#include "pack/source.h"

#include <stddef.h>
#include <stdint.h>

struct program_file {
    const char *name; // in the archive
    struct source source;
};

struct program {
    const char *runtime; // a runtime, or a program made from one
    const char *out;     // the file to write; NULL to find out the size only
    const char *main;    // the name of the main script
    struct program_file *files;
    size_t count;
};

// Writes the program: 0 and its *SIZE, or -1 and a fault; then the file OUT is as it was before.
int program_write(struct program *p, uint64_t *size, struct fault *fault) MUST_CHECK;

// The archive of a program file. Its head is in memory (malloc'ed, archive.data); the data was read
// only to compare the checksum.
struct program_contents {
    struct archive archive;
    uint64_t runtime_size; // bytes of the file that are not archive
};

// Opens the program at PATH: 0, or -1 and a fault when it is no such program or damaged.
// program_close() is to be called after every outcome.
int program_open(struct program_contents *c, const char *path, struct fault *fault) MUST_CHECK;

void program_close(struct program_contents *c);

#endif
