// SPDX-License-Identifier: BSD-3-Clause
// Other line numbers for a bytecode dump.

#ifndef SSS_PACK_LINES_H
#define SSS_PACK_LINES_H

// A function of another language, compiled by way of Lua text, has the line numbers of that text in
// its debug information. This room replaces them by those of the source, so that messages,
// tracebacks and debug.getinfo name the lines of the source. It stands on pack/bytecode. It refuses
// to know Lua states, and the language of the source.

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

// Appends DUMP (from string.dump, in the byte order of this machine) to OUT with other line
// numbers: line N becomes lines[N - 1]; lines after the COUNT entries become the last entry. Lines
// may get another order: the first line of a function is the smallest one in it, and its last line
// the largest. The first line of a main chunk stays 0. A stripped dump is copied without changes.
// 0; -EINVAL when the dump is not sound or COUNT is 0; -ENOMEM. After an error, OUT may hold a part
// of the result.
int lines_map(const void *dump, size_t size, const uint32_t *lines, size_t count,
              struct bytes *out) MUST_CHECK;

#endif
