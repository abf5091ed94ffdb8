// SPDX-License-Identifier: BSD-3-Clause
// The files that are part of the executable.

#ifndef SSS_SCRIPT_EMBEDDED_H
#define SSS_SCRIPT_EMBEDDED_H

// Lua modules, the annotations that `sssrun help` prints from, and licence texts, put into the
// program when it is built. Names are paths: "lua/meta/sss.lua", "jit/bc.lua", "license/LuaJIT";
// and "versions", the line that `sssrun -v` prints of what is built in. The table is generated and
// sorted by name (strcmp). It refuses to know what the files mean.

#include <stddef.h>

struct embedded {
    const char *name;
    const char *data; // SIZE bytes, which may hold NUL; not terminated
    size_t size;
};

extern const struct embedded embedded_files[];
extern const size_t embedded_count;

// The file with this NAME, or NULL.
const struct embedded *embedded_find(const char *name);

// The index in embedded_files of the first file whose name begins with PREFIX; *COUNT is the number
// of such files, which follow one another.
size_t embedded_range(const char *prefix, size_t *count);

#endif
