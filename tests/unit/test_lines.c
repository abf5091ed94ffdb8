// SPDX-License-Identifier: BSD-3-Clause
// Tests of the line numbers of a dump, over small dumps made by hand.

#include "pack/bytecode.h"
#include "pack/lines.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

enum { RET0 = 75, INSTRUCTIONS_MAX = 8 };

// The lines of a function: as given to write_function, or as read from a dump.
struct sample {
    uint32_t first;
    uint32_t count;
    uint32_t instructions;
    uint32_t lines[INSTRUCTIONS_MAX]; // without `first` added
};

struct samples {
    struct sample list[4];
    size_t count;
};

static void put(struct bytes *out, const void *data, size_t size)
{
    ck_assert_int_eq(bytes_append(out, data, size), 0);
}

static void put_byte(struct bytes *out, uint32_t byte)
{
    uint8_t value = (uint8_t)byte;
    put(out, &value, 1);
}

static void put_number(struct bytes *out, uint32_t number)
{
    for (; number >= 0x80; number >>= 7)
        put_byte(out, (number & 0x7f) | 0x80);
    put_byte(out, number);
}

static void put_lines(struct bytes *out, const struct sample *s)
{
    for (uint32_t i = 0; i < s->instructions; i++) {
        for (uint32_t byte = 0; byte < bytecode_line_width(s->count); byte++)
            put_byte(out, s->lines[i] >> (8 * byte));
    }
    put(out, "name", 5);
}

// A function that consists of returns, with one string as constant.
static void put_function(struct bytes *out, const struct sample *s)
{
    struct bytes body = {0};
    put(&body, "\0\0\2\0", 4); // flags, parameters, slots, upvalues
    put_number(&body, 1);
    put_number(&body, 0);
    put_number(&body, s->instructions);
    put_number(&body, s->instructions * bytecode_line_width(s->count) + 5);
    put_number(&body, s->first);
    put_number(&body, s->count);
    for (uint32_t i = 0; i < s->instructions; i++)
        put(&body, (const uint8_t[]){RET0, 0, 1, 0}, 4);
    put_number(&body, 5 + 3);
    put(&body, "str", 3);
    put_lines(&body, s);
    put_number(out, (uint32_t)bytes_length(&body));
    put(out, bytes_front(&body), bytes_length(&body));
    bytes_clear(&body);
}

// One function only: the walk takes any more for children that nobody wants.
static void put_dump(struct bytes *out, const struct sample *s)
{
    put(out, "\033LJ\2", 4);
    put_number(out, 8); // frames of two slots
    put_number(out, 7);
    put(out, "@x.moon", 7);
    put_function(out, s);
    put_byte(out, 0);
}

static int read_sample(void *context, const struct bytecode_function *f)
{
    struct samples *samples = context;
    struct sample *s = &samples->list[samples->count++];
    *s = (struct sample){f->first_line, f->line_count, f->instructions, {0}};
    for (uint32_t i = 0; i < f->instructions; i++) {
        for (uint32_t byte = 0; byte < f->line_width; byte++)
            s->lines[i] |= (uint32_t)f->lines[i * f->line_width + byte] << (8 * byte);
    }
    ck_assert_str_eq((const char *)f->lines + f->instructions * f->line_width, "name");
    return 0;
}

// Maps a dump with the function S and checks that what comes out is WANTED.
static void check_mapping(const struct sample *s, const uint32_t *lines, size_t count,
                          const struct sample *wanted)
{
    struct bytes dump = {0};
    struct bytes out = {0};
    struct samples samples = {0};
    put_dump(&dump, s);
    ck_assert_int_eq(lines_map(bytes_front(&dump), bytes_length(&dump), lines, count, &out), 0);
    ck_assert(bytecode_is_sound(bytes_front(&out), bytes_length(&out)));
    ck_assert_int_eq(bytecode_visit(bytes_front(&out), bytes_length(&out), read_sample, &samples),
                     0);
    ck_assert_uint_eq(samples.count, 1);
    ck_assert_mem_eq(&samples.list[0], wanted, sizeof *wanted);
    bytes_clear(&dump);
    bytes_clear(&out);
    bytes_drain_pool();
}

START_TEST(same_lines_give_the_same_bytes)
{
    struct sample s = {2, 3, 3, {0, 1, 3}};
    const uint32_t lines[] = {1, 2, 3, 4, 5};
    struct bytes dump = {0};
    struct bytes out = {0};
    put_dump(&dump, &s);
    ck_assert_int_eq(lines_map(bytes_front(&dump), bytes_length(&dump), lines, 5, &out), 0);
    ck_assert_uint_eq(bytes_length(&out), bytes_length(&dump));
    ck_assert_mem_eq(bytes_front(&out), bytes_front(&dump), bytes_length(&dump));
    bytes_clear(&dump);
    bytes_clear(&out);
    bytes_drain_pool();
}
END_TEST

START_TEST(lines_become_those_of_the_table)
{
    struct sample s = {2, 2, 3, {0, 1, 2}};
    const uint32_t lines[] = {1, 10, 12, 17};
    struct sample wanted = {10, 7, 3, {0, 2, 7}};
    check_mapping(&s, lines, 4, &wanted);
}
END_TEST

START_TEST(first_and_last_line_enclose_all)
{
    struct sample s = {2, 3, 4, {0, 1, 2, 3}};
    const uint32_t lines[] = {1, 20, 30, 5, 20};
    struct sample wanted = {5, 25, 4, {15, 25, 0, 15}};
    check_mapping(&s, lines, 5, &wanted);
}
END_TEST

START_TEST(a_main_chunk_begins_at_line_0)
{
    struct sample s = {0, 2, 2, {1, 2}};
    const uint32_t lines[] = {7, 9};
    struct sample wanted = {0, 9, 2, {7, 9}};
    check_mapping(&s, lines, 2, &wanted);
}
END_TEST

START_TEST(lines_behind_the_table_are_its_last)
{
    struct sample s = {1, 4, 3, {0, 2, 4}};
    const uint32_t lines[] = {3, 4};
    struct sample wanted = {3, 1, 3, {0, 1, 1}};
    check_mapping(&s, lines, 2, &wanted);
}
END_TEST

START_TEST(lines_become_wider)
{
    struct sample s = {1, 1, 2, {0, 1}};
    const uint32_t two[] = {1, 257};
    const uint32_t four[] = {1, 65537};
    struct sample wanted = {1, 256, 2, {0, 256}};
    check_mapping(&s, two, 2, &wanted);
    wanted = (struct sample){1, 65536, 2, {0, 65536}};
    check_mapping(&s, four, 2, &wanted);
    const uint32_t edge[] = {1, 256};
    wanted = (struct sample){1, 255, 2, {0, 255}};
    check_mapping(&s, edge, 2, &wanted);
}
END_TEST

START_TEST(lines_become_narrower)
{
    struct sample s = {1, 70000, 2, {0, 1}};
    const uint32_t lines[] = {1, 3, 4};
    struct sample wanted = {1, 3, 2, {0, 2}};
    check_mapping(&s, lines, 3, &wanted);
    s = (struct sample){1, 300, 2, {0, 299}};
    wanted = (struct sample){1, 3, 2, {0, 3}};
    check_mapping(&s, lines, 3, &wanted);
}
END_TEST

START_TEST(damaged_dumps_are_refused)
{
    struct sample s = {1, 2, 2, {0, 2}};
    const uint32_t lines[] = {1, 300};
    struct bytes dump = {0};
    put_dump(&dump, &s);
    for (size_t size = 0; size < bytes_length(&dump); size++) {
        struct bytes out = {0};
        char *copy = malloc(size + 1); // so that the sanitizer sees a step too far
        memcpy(copy, bytes_front(&dump), size);
        ck_assert_int_eq(lines_map(copy, size, lines, 2, &out), -EINVAL);
        free(copy);
        bytes_clear(&out);
    }
    bytes_clear(&dump);
    bytes_drain_pool();
}
END_TEST

START_TEST(changed_bytes_do_no_harm)
{
    struct sample s = {1, 2, 2, {0, 2}};
    const uint32_t lines[] = {1, 300};
    struct bytes dump = {0};
    put_dump(&dump, &s);
    size_t size = bytes_length(&dump);
    for (size_t i = 0; i < size * 256; i++) {
        struct bytes out = {0};
        char *copy = malloc(size);
        memcpy(copy, bytes_front(&dump), size);
        copy[i / 256] = (char)i;
        if (lines_map(copy, size, lines, 2, &out) == 0)
            ck_assert(bytecode_is_sound(bytes_front(&out), bytes_length(&out)));
        free(copy);
        bytes_clear(&out);
    }
    bytes_clear(&dump);
    bytes_drain_pool();
}
END_TEST

START_TEST(what_is_no_dump_is_refused)
{
    struct sample s = {1, 2, 2, {0, 2}};
    const uint32_t lines[] = {1, 2, 3};
    struct bytes dump = {0};
    struct bytes out = {0};
    ck_assert_int_eq(lines_map("", 0, lines, 3, &out), -EINVAL);
    ck_assert_int_eq(lines_map("print(1)", 8, lines, 3, &out), -EINVAL);
    ck_assert_int_eq(lines_map("\033LJ\1", 4, lines, 3, &out), -EINVAL);
    put_dump(&dump, &s);
    ck_assert_int_eq(lines_map(bytes_front(&dump), bytes_length(&dump), lines, 0, &out), -EINVAL);
    bytes_clear(&dump);
    bytes_clear(&out);
    bytes_drain_pool();
}
END_TEST

START_TEST(a_stripped_dump_stays_as_it_is)
{
    static const char dump[] = "\033LJ\2\012" // stripped
                               "\013\0\0\2\0\0\0\1"
                               "\113\0\1\0"
                               "\0";
    const uint32_t lines[] = {5};
    struct bytes out = {0};
    ck_assert_int_eq(lines_map(dump, sizeof dump - 1, lines, 1, &out), 0);
    ck_assert_uint_eq(bytes_length(&out), sizeof dump - 1);
    ck_assert_mem_eq(bytes_front(&out), dump, sizeof dump - 1);
    bytes_clear(&out);
    bytes_drain_pool();
}
END_TEST

UNIT_MAIN("lines", same_lines_give_the_same_bytes, lines_become_those_of_the_table,
          first_and_last_line_enclose_all, a_main_chunk_begins_at_line_0,
          lines_behind_the_table_are_its_last, lines_become_wider, lines_become_narrower,
          damaged_dumps_are_refused, changed_bytes_do_no_harm, what_is_no_dump_is_refused,
          a_stripped_dump_stays_as_it_is)
