// SPDX-License-Identifier: BSD-3-Clause
// Is this LuaJIT bytecode, whole and undamaged?

#ifndef SSS_PACK_BYTECODE_H
#define SSS_PACK_BYTECODE_H

// LuaJIT trusts bytecode: noise behind a good signature crashes it. This room walks over a dump
// (the format of LuaJIT's lj_bcdump.h, version 2) and believes no length in it. It catches what is
// cut off, damaged or something else altogether; it is no defence against bytecode that somebody
// made with intent, since it does not follow the instructions. It refuses to load anything.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Does it begin as a dump does?
bool bytecode_is_dump(const void *data, size_t size);

// Is every part of the dump there and in its place? Also true for a version or flag that this room
// does not know: LuaJIT itself refuses these, with its own message.
bool bytecode_is_sound(const void *data, size_t size);

// One function of a dump; all pointers are into it. What LuaJIT calls a prototype: its bytes stand
// behind their length, and those of its children before it.
struct bytecode_function {
    const uint8_t *record; // where the length stands
    const uint8_t *start;
    const uint8_t *line_fields; // three numbers: debug_size, and unless it is 0 the next two
    const uint8_t *code;        // behind them: instructions, upvalues, constants
    const uint8_t *lines;       // DEBUG_SIZE bytes: one line per instruction, then names
    const uint8_t *end;
    uint32_t instructions;
    uint32_t debug_size; // 0: stripped
    uint32_t first_line; // of the function; 0 for a main chunk. `lines` count from here
    uint32_t line_count; // from the first line to the last
    uint32_t line_width; // bytes of each line, least significant first
};

// The bytes that each line of a function with LINE_COUNT lines takes: 1, 2 or 4.
uint32_t bytecode_line_width(uint32_t line_count);

// Calls VISIT for each function in the order of the dump, until it returns other than 0, which is
// then the result. -EINVAL for what is no sound dump of the version that this room knows, or one
// of a big-endian machine; VISIT may have been called before that is found out.
int bytecode_visit(const void *data, size_t size,
                   int (*visit)(void *context, const struct bytecode_function *function),
                   void *context);

#endif
