// SPDX-License-Identifier: BSD-3-Clause
// Puts a runtime and files together to a program of one file.

#ifndef SSS_PACK_PROGRAM_H
#define SSS_PACK_PROGRAM_H

// It stands on archive, elf and savefile. The same runtime and files give the same bytes,
// whatever their order, place and time. Memory is needed for the names only. It refuses to know
// Lua.

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
    const char *out;     // NULL: nothing is written, only measured
    const char *main;    // the name of the file that is run
    struct program_file *files;
    size_t count;
};

// Writes the program: 0 and its *SIZE, or -1 and a fault; then OUT is as it was before.
int program_write(struct program *a, uint64_t *size, struct fault *fault) MUST_CHECK;

// A program's archive, from its file: the head is in memory (malloc'ed, archive.data), the rest is
// summed while it is read.
struct program_contents {
    struct archive archive;
    uint64_t runtime_size; // bytes of the file that are not archive
};

// 0, or -1 and a fault: it is no such program, or damaged. program_close() after every outcome.
int program_open(struct program_contents *c, const char *path, struct fault *fault) MUST_CHECK;

void program_close(struct program_contents *c);

#endif
