// SPDX-License-Identifier: BSD-3-Clause
// Walks over a bytecode dump.

#include "pack/bytecode.h"

#include <errno.h>
#include <string.h>

#define SIGNATURE "\033LJ"
#define SIGNATURE_SIZE 3
#define VERSION 2

enum {
    FLAG_BIG_ENDIAN = 0x01,
    FLAG_STRIPPED = 0x02,
    FLAGS_KNOWN = 0x0f,
    // Flags of a function: it has children, takes varargs, uses ffi constants.
    FUNCTION_FLAGS_KNOWN = 0x07,
    FRAME_SLOTS_MAX = 250,
};

// Types of constants. A string has the type CONSTANT_STRING (ITEM_STRING in a table) plus its
// length.
enum { CONSTANT_CHILD, CONSTANT_TABLE, CONSTANT_I64, CONSTANT_U64, CONSTANT_COMPLEX };
enum { CONSTANT_STRING = 5, ITEM_INTEGER = 3, ITEM_NUMBER = 4, ITEM_STRING = 5 };

// A dump has no instructions from FUNCF on, and each function ends with a return or a tail call.
enum { CALLMT = 67, CALLT = 68, RETM = 73, RET1 = 76, FUNCF = 89, INSTRUCTION_SIZE = 4 };

struct walk {
    const uint8_t *at;
    const uint8_t *end;
    uint32_t flags;
    size_t functions; // functions that were read and are not a child of another one so far
    bool bad;         // the dump is wrong: at == end, so that nothing more is read
    int (*visit)(void *context, const struct bytecode_function *function); // or NULL
    void *context;
    int error; // of visit
};

static void set_bad(struct walk *w)
{
    w->bad = true;
    w->at = w->end;
}

// Takes SIZE bytes, or NULL when there are fewer.
static const uint8_t *take(struct walk *w, uint64_t size)
{
    if (size > (uint64_t)(w->end - w->at)) {
        set_bad(w);
        return NULL;
    }
    const uint8_t *start = w->at;
    w->at += size;
    return start;
}

static uint32_t take_byte(struct walk *w)
{
    const uint8_t *byte = take(w, 1);
    return byte ? *byte : 0;
}

// Takes a number in groups of seven bits, the lowest group first.
static uint32_t take_number(struct walk *w)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        uint32_t byte = take_byte(w);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return (uint32_t)value;
    }
    set_bad(w);
    return 0;
}

static void skip_numbers(struct walk *w, int count)
{
    while (count-- > 0)
        take_number(w);
}

// Skips a key or a value of a constant table.
static void skip_item(struct walk *w)
{
    uint32_t type = take_number(w);
    if (type >= ITEM_STRING)
        take(w, type - ITEM_STRING);
    else if (type == ITEM_NUMBER)
        skip_numbers(w, 2);
    else if (type == ITEM_INTEGER)
        skip_numbers(w, 1);
}

static void skip_table(struct walk *w)
{
    uint64_t items = take_number(w);
    items += 2 * (uint64_t)take_number(w);
    for (; items > 0 && !w->bad; items--)
        skip_item(w);
}

static void skip_constant(struct walk *w)
{
    uint32_t type = take_number(w);
    if (type >= CONSTANT_STRING)
        take(w, type - CONSTANT_STRING);
    else if (type == CONSTANT_TABLE)
        skip_table(w);
    else if (type != CONSTANT_CHILD)
        skip_numbers(w, type == CONSTANT_COMPLEX ? 4 : 2);
    else if (w->functions == 0)
        set_bad(w);
    else
        w->functions--;
}

// Skips an integer, or the two halves of a number: the lowest bit of the first byte tells which.
// The first half has one bit more than other numbers, but is stored in the same way.
static void skip_numeric_constant(struct walk *w)
{
    bool two = w->at < w->end && (*w->at & 1) != 0;
    skip_numbers(w, two ? 2 : 1);
}

static void skip_instructions(struct walk *w, uint32_t count)
{
    const uint8_t *code = take(w, (uint64_t)count * INSTRUCTION_SIZE);
    uint32_t last = 0;
    if (!code)
        return;
    code += (w->flags & FLAG_BIG_ENDIAN) != 0 ? INSTRUCTION_SIZE - 1 : 0;
    for (uint32_t i = 0; i < count; i++) {
        last = code[(size_t)i * INSTRUCTION_SIZE];
        if (last >= FUNCF)
            set_bad(w);
    }
    if (last != CALLMT && last != CALLT && (last < RETM || last > RET1))
        set_bad(w);
}

// Takes the line numbers of the instructions and the names behind them, which end with a zero byte.
static void take_debug_info(struct walk *w, struct bytecode_function *f)
{
    f->line_width = bytecode_line_width(f->line_count);
    f->lines = take(w, f->debug_size);
    if (!f->lines || f->debug_size == 0)
        return;
    if ((uint64_t)f->instructions * f->line_width >= f->debug_size ||
        f->lines[f->debug_size - 1] != 0)
        set_bad(w);
}

static void take_line_fields(struct walk *w, struct bytecode_function *f)
{
    f->line_fields = w->at;
    f->debug_size = (w->flags & FLAG_STRIPPED) != 0 ? 0 : take_number(w);
    if (f->debug_size > 0) {
        f->first_line = take_number(w);
        f->line_count = take_number(w);
    }
    f->code = w->at;
}

static void skip_function(struct walk *w, const uint8_t *record)
{
    struct bytecode_function f = {.record = record, .start = w->at, .end = w->end};
    uint32_t flags = take_byte(w);
    uint32_t parameters = take_byte(w);
    uint32_t slots = take_byte(w);
    uint32_t upvalues = take_byte(w);
    uint32_t constants = take_number(w);
    uint32_t numbers = take_number(w);
    f.instructions = take_number(w);
    take_line_fields(w, &f);
    if ((flags & ~(uint32_t)FUNCTION_FLAGS_KNOWN) != 0 || slots > FRAME_SLOTS_MAX ||
        parameters > slots)
        set_bad(w);
    skip_instructions(w, f.instructions);
    take(w, (uint64_t)upvalues * 2);
    for (; constants > 0 && !w->bad; constants--)
        skip_constant(w);
    for (; numbers > 0 && !w->bad; numbers--)
        skip_numeric_constant(w);
    take_debug_info(w, &f);
    if (!w->bad && w->at == w->end && w->visit)
        w->error = w->visit(w->context, &f);
}

// Each function stands behind its length, and children come before their parents. A length of zero
// ends the dump; the main function is then the only one that is not a child.
static void skip_functions(struct walk *w)
{
    const uint8_t *end = w->end;
    for (;;) {
        const uint8_t *record = w->at;
        uint32_t size = take_number(w);
        if (w->bad || size == 0)
            break;
        const uint8_t *start = take(w, size);
        if (!start)
            return;
        w->at = start;
        w->end = start + size;
        skip_function(w, record);
        if (w->bad || w->error != 0 || w->at != w->end)
            break;
        w->end = end;
        w->functions++;
    }
    if (w->at != end || w->functions != 1)
        set_bad(w);
}

uint32_t bytecode_line_width(uint32_t line_count)
{
    return line_count < 256 ? 1 : line_count < 65536 ? 2 : 4;
}

bool bytecode_is_dump(const void *data, size_t size)
{
    return size > 0 && memcmp(data, SIGNATURE, size < SIGNATURE_SIZE ? size : SIGNATURE_SIZE) == 0;
}

// Walks over the dump. True when its version and flags are known, so that all of it was checked.
static bool walk_dump(struct walk *w)
{
    take(w, SIGNATURE_SIZE);
    if (take_byte(w) != VERSION)
        return false;
    w->flags = take_number(w);
    if ((w->flags & ~(uint32_t)FLAGS_KNOWN) != 0)
        return false;
    if ((w->flags & FLAG_STRIPPED) == 0)
        take(w, take_number(w)); // the name of the chunk
    skip_functions(w);
    return true;
}

bool bytecode_is_sound(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    struct walk w = {.at = bytes, .end = bytes + size};
    walk_dump(&w);
    return !w.bad;
}

int bytecode_visit(const void *data, size_t size,
                   int (*visit)(void *context, const struct bytecode_function *function),
                   void *context)
{
    const uint8_t *bytes = data;
    struct walk w = {.at = bytes, .end = bytes + size, .visit = visit, .context = context};
    if (!bytecode_is_dump(data, size) || !walk_dump(&w) || (w.flags & FLAG_BIG_ENDIAN) != 0)
        return -EINVAL;
    if (w.error != 0)
        return w.error;
    return w.bad ? -EINVAL : 0;
}
