// SPDX-License-Identifier: BSD-3-Clause
// Rewrites the line numbers of a dump, function by function.

#include "pack/lines.h"

#include "pack/bytecode.h"

#include <errno.h>
#include <string.h>

enum { NUMBER_MAX = 5 }; // bytes of a 32 bit number in groups of seven bits

struct mapping {
    const uint32_t *lines;
    size_t count;
    const uint8_t *copied; // the dump up to here is in `out`
    struct bytes *out;
};

// The lines that a function has in the source.
struct range {
    uint32_t first;
    uint32_t last;
};

static uint32_t map_line(const struct mapping *m, uint64_t line)
{
    if (line == 0)
        return 0;
    return m->lines[line <= m->count ? line - 1 : m->count - 1];
}

static uint32_t read_line(const struct bytecode_function *f, uint32_t instruction)
{
    const uint8_t *bytes = f->lines + (size_t)instruction * f->line_width;
    uint32_t line = 0;
    for (uint32_t i = 0; i < f->line_width; i++)
        line |= (uint32_t)bytes[i] << (8 * i);
    return line;
}

static uint32_t map_instruction(const struct mapping *m, const struct bytecode_function *f,
                                uint32_t instruction)
{
    return map_line(m, (uint64_t)f->first_line + read_line(f, instruction));
}

static void widen(struct range *range, uint32_t line)
{
    if (line < range->first)
        range->first = line;
    if (line > range->last)
        range->last = line;
}

static struct range find_range(const struct mapping *m, const struct bytecode_function *f)
{
    uint32_t first = map_line(m, f->first_line);
    struct range range = {first, first};
    widen(&range, map_line(m, (uint64_t)f->first_line + f->line_count));
    for (uint32_t i = 0; i < f->instructions; i++)
        widen(&range, map_instruction(m, f, i));
    return range;
}

static size_t write_number(uint8_t *to, uint32_t number)
{
    size_t size = 0;
    for (; number >= 0x80; number >>= 7)
        to[size++] = (uint8_t)(number | 0x80);
    to[size++] = (uint8_t)number;
    return size;
}

static int append_number(struct mapping *m, uint64_t number)
{
    uint8_t bytes[NUMBER_MAX];
    if (number > UINT32_MAX)
        return -EINVAL;
    return bytes_append(m->out, bytes, write_number(bytes, (uint32_t)number));
}

// Appends the bytes of the dump between FROM and TO.
static int append_part(struct mapping *m, const uint8_t *from, const uint8_t *to)
{
    return bytes_append(m->out, from, (size_t)(to - from));
}

static int append_lines(struct mapping *m, const struct bytecode_function *f, uint32_t first,
                        uint32_t width)
{
    size_t size = (size_t)f->instructions * width;
    char *space = bytes_reserve(m->out, size);
    if (!space)
        return -ENOMEM;
    for (uint32_t i = 0; i < f->instructions; i++) {
        uint32_t line = map_instruction(m, f, i) - first;
        for (uint32_t byte = 0; byte < width; byte++)
            *space++ = (char)(line >> (8 * byte));
    }
    bytes_commit(m->out, size);
    return 0;
}

// Appends the debug information: lines and names.
static int append_debug_info(struct mapping *m, const struct bytecode_function *f, uint32_t first,
                             uint32_t width)
{
    int error = append_lines(m, f, first, width);
    if (error < 0)
        return error;
    return append_part(m, f->lines + (size_t)f->instructions * f->line_width, f->end);
}

static int map_function(struct mapping *m, const struct bytecode_function *f)
{
    struct range range = find_range(m, f);
    uint32_t line_count = range.last - range.first;
    uint32_t width = bytecode_line_width(line_count);
    uint64_t debug_size = f->debug_size + (uint64_t)f->instructions * width -
                          (uint64_t)f->instructions * f->line_width;
    uint8_t fields[3 * NUMBER_MAX];
    size_t size = write_number(fields, (uint32_t)debug_size);
    size += write_number(fields + size, range.first);
    size += write_number(fields + size, line_count);
    uint64_t kept = (uint64_t)(f->line_fields - f->start) + (uint64_t)(f->lines - f->code);
    int error = append_number(m, kept + size + debug_size);
    if (error == 0)
        error = append_part(m, f->start, f->line_fields);
    if (error == 0)
        error = bytes_append(m->out, fields, size);
    if (error == 0)
        error = append_part(m, f->code, f->lines);
    return error < 0 ? error : append_debug_info(m, f, range.first, width);
}

static int visit_function(void *context, const struct bytecode_function *f)
{
    struct mapping *m = context;
    if (f->debug_size == 0)
        return 0; // it will be copied with what comes after it
    int error = append_part(m, m->copied, f->record);
    m->copied = f->end;
    return error < 0 ? error : map_function(m, f);
}

int lines_map(const void *dump, size_t size, const uint32_t *lines, size_t count, struct bytes *out)
{
    struct mapping m = {lines, count, dump, out};
    if (count == 0)
        return -EINVAL;
    int error = bytecode_visit(dump, size, visit_function, &m);
    return error < 0 ? error : append_part(&m, m.copied, (const uint8_t *)dump + size);
}
