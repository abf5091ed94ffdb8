// SPDX-License-Identifier: BSD-3-Clause
// Other line numbers for a bytecode dump.

#ifndef SSS_PACK_LINES_H
#define SSS_PACK_LINES_H

// A function that was compiled by way of Lua text has the lines of that text in its debug
// information. This room writes those of the source in their place, so that messages, tracebacks
// and debug.getinfo tell the source's lines by themselves. It stands on pack/bytecode. It refuses
// to know Lua states, and what language the source is in.

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

// Appends to OUT the DUMP (string.dump's, of this machine's byte order) with other line numbers:
// line N becomes lines[N - 1], and lines behind the last of the COUNT entries become that one. The
// order may change: the first line of a function is then the smallest that it has, its last line
// the largest. The first line of a main chunk stays 0. A stripped dump is copied as it is.
// 0; -EINVAL when it is no sound dump or COUNT is 0, -ENOMEM; OUT may then have a part of it.
int lines_map(const void *dump, size_t size, const uint32_t *lines, size_t count,
              struct bytes *out) MUST_CHECK;

#endif
