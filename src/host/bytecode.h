// SPDX-License-Identifier: BSD-3-Clause
// Is this LuaJIT bytecode, whole and undamaged?

#ifndef SSS_HOST_BYTECODE_H
#define SSS_HOST_BYTECODE_H

// LuaJIT trusts bytecode: noise behind a good signature crashes it. This room walks over a dump
// (the format of LuaJIT's lj_bcdump.h, version 2) and believes no length in it. It catches what is
// cut off, damaged or something else altogether; it is no defence against bytecode that somebody
// made with intent, since it does not follow the instructions. It refuses to load anything.

#include <stdbool.h>
#include <stddef.h>

// Does it begin as a dump does?
bool bytecode_is_dump(const void *data, size_t size);

// Is every part of the dump there and in its place? Also true for a version or flag that this room
// does not know: LuaJIT itself refuses these, with its own message.
bool bytecode_is_sound(const void *data, size_t size);

#endif
