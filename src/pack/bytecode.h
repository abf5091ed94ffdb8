// SPDX-License-Identifier: BSD-3-Clause
// Is this LuaJIT bytecode, whole and undamaged?

#ifndef SSS_PACK_BYTECODE_H
#define SSS_PACK_BYTECODE_H

// LuaJIT trusts bytecode: noise behind a good signature crashes it. This room walks over a dump
// (the format of LuaJIT's lj_bcdump.h, version 2) and checks each length in it. It finds out that a
// dump is cut off, damaged or something else altogether. It is no defence against bytecode that was
// made to do harm, since it does not check what the instructions do. It refuses to load anything.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Does it begin like a dump?
bool bytecode_is_dump(const void *data, size_t size);

// Is every part of the dump there and in its place? Also true for a version or a flag that is not
// known here, which LuaJIT refuses with a message of its own.
bool bytecode_is_sound(const void *data, size_t size);

// A function in a dump (LuaJIT calls it a prototype); all pointers are into the dump. Its bytes
// stand behind their length; those of its children stand before it.
struct bytecode_function {
    const uint8_t *record; // where its length stands
    const uint8_t *start;
    const uint8_t *line_fields; // three numbers: debug_size, and unless it is 0 the next two
    const uint8_t *code;        // behind them: instructions, upvalues, constants
    const uint8_t *lines;       // DEBUG_SIZE bytes: one line per instruction, then names
    const uint8_t *end;
    uint32_t instructions;
    uint32_t debug_size; // 0: stripped
    uint32_t first_line; // the first line of the function, 0 for a main chunk; `lines` are relative
                         // to it
    uint32_t line_count; // from the first line to the last
    uint32_t line_width; // bytes of each line, least significant first
};

// How many bytes a line number takes in a function of LINE_COUNT lines: 1, 2 or 4.
uint32_t bytecode_line_width(uint32_t line_count);

// Calls VISIT for each function in the order of the dump, until it returns something other than 0,
// which is then the result. -EINVAL for what is no sound dump of the known version, or is one of a
// big-endian machine; VISIT may have been called before that is found out.
int bytecode_visit(const void *data, size_t size,
                   int (*visit)(void *context, const struct bytecode_function *function),
                   void *context);

#endif
