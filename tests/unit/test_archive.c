// SPDX-License-Identifier: BSD-3-Clause
// Tests of the archive format.

#include "base/checksum.h"
#include "base/little.h"
#include "pack/archive.h"
#include "random.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ITEMS_MAX = 3000 };

static const char *text_of(const char *name)
{
    return strcmp(name, "empty") == 0 ? "" : name; // each file holds its own name
}

// An archive of files with these names, malloc'ed; the first is the main script.
static unsigned char *make(const char *const *names, size_t count, uint64_t *size)
{
    static struct archive_item items[ITEMS_MAX];
    struct archive_fault fault = {0};
    for (size_t i = 0; i < count; i++)
        items[i] = (struct archive_item){names[i], strlen(text_of(names[i])), i};
    unsigned char *head = archive_make_head(items, count, names[0], size, &fault);
    ck_assert_msg(head, "%s", fault.reason);
    unsigned char *archive = malloc(*size);
    ck_assert_ptr_nonnull(archive);
    size_t at = little_load64(head + 32);
    memcpy(archive, head, at);
    free(head);
    for (size_t i = 0; i < count; at += items[i].size, i++)
        memcpy(archive + at, text_of(items[i].name), items[i].size);
    ck_assert_uint_eq(at, *size);
    return archive;
}

// Makes the checksum right.
static void sum_up(unsigned char *archive, uint64_t size)
{
    little_store64(archive + ARCHIVE_CHECKSUM_AT,
                   checksum_of(archive + ARCHIVE_SUMMED_FROM, size - ARCHIVE_SUMMED_FROM));
}

static unsigned char *make_small(uint64_t *size)
{
    static const char *const names[] = {"main.lua", "b/c.txt", "empty", "b/a", "\303\244 x"};
    unsigned char *archive = make(names, 5, size);
    sum_up(archive, *size);
    return archive;
}

static int open_it(const void *data, uint64_t size)
{
    struct archive p;
    const char *reason = NULL;
    int error = archive_open(&p, data, size, &reason);
    ck_assert_ptr_nonnull(reason);
    return error;
}

START_TEST(gives_back_what_went_in)
{
    static const char *const sorted[] = {"b/a", "b/c.txt", "empty", "main.lua", "\303\244 x"};
    struct archive p;
    struct archive_file file;
    const char *reason;
    uint64_t size;
    unsigned char *data = make_small(&size);
    ck_assert_int_eq(archive_open(&p, data, size, &reason), 0);
    ck_assert_uint_eq(p.count, 5);
    ck_assert_uint_eq(p.main, 3);
    for (uint32_t i = 0; i < p.count; i++) {
        ck_assert_str_eq(archive_at(&p, i).name, sorted[i]);
        ck_assert_int_eq(archive_find(&p, sorted[i], &file), 0);
        ck_assert_uint_eq(file.size, strlen(text_of(sorted[i])));
        ck_assert_int_eq(memcmp(file.data, text_of(sorted[i]), file.size), 0);
    }
    ck_assert_int_eq(archive_find(&p, "b", &file), -EISDIR);
    ck_assert_int_eq(archive_find(&p, "b/", &file), -ENOENT);
    ck_assert_int_eq(archive_find(&p, "main", &file), -ENOENT);
    ck_assert_int_eq(archive_find(&p, "", &file), -ENOENT);
    ck_assert_int_eq(archive_find(&p, "\377", &file), -ENOENT);
    free(data);
}
END_TEST

START_TEST(finds_folders_among_names_like_theirs)
{
    static const char *const names[] = {"m", "a", "a-b", "a.c", "c+", "c/d", "c0", "d-", "d0"};
    struct archive p;
    struct archive_file file;
    const char *reason;
    uint64_t size;
    unsigned char *data = make(names, 9, &size);
    sum_up(data, size);
    ck_assert_int_eq(archive_open(&p, data, size, &reason), 0);
    ck_assert_int_eq(archive_find(&p, "a", &file), 0);
    ck_assert_int_eq(archive_find(&p, "c", &file), -EISDIR);
    ck_assert_int_eq(archive_find(&p, "d", &file), -ENOENT);
    free(data);
}
END_TEST

START_TEST(notices_every_changed_byte)
{
    uint64_t size;
    unsigned char *data = make_small(&size);
    for (uint64_t i = 0; i < size; i++) {
        for (int change = 1; change < 256; change++) {
            data[i] ^= (unsigned char)change;
            ck_assert_msg(open_it(data, size) == -EBADMSG, "byte %d, change %d", (int)i, change);
            data[i] ^= (unsigned char)change;
        }
    }
    ck_assert_int_eq(open_it(data, size), 0);
    free(data);
}
END_TEST

START_TEST(notices_every_other_length)
{
    uint64_t size;
    unsigned char *data = make_small(&size);
    for (uint64_t length = 0; length < size; length++) {
        unsigned char *part = malloc(length + 1); // the sanitizer sees reads behind it
        memcpy(part, data, length);
        part = realloc(part, length > 0 ? length : 1);
        ck_assert_int_eq(open_it(part, length), -EBADMSG);
        free(part);
    }
    unsigned char *longer = calloc(1, size + 1);
    memcpy(longer, data, size);
    ck_assert_int_eq(open_it(longer, size + 1), -EBADMSG);
    free(longer);
    free(data);
}
END_TEST

// Every byte of every file, and its name: the sanitizer watches.
static uint64_t read_everything(const struct archive *p)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        struct archive_file file = archive_at(p, i), found;
        sum += checksum_of(file.data, file.size);
        ck_assert_ptr_null(archive_name_fault(file.name, strlen(file.name)));
        ck_assert_int_eq(archive_find(p, file.name, &found), 0);
        ck_assert_ptr_eq(found.data, file.data);
    }
    ck_assert_uint_lt(p->main, p->count);
    return sum;
}

static void spoil(unsigned char *data, uint64_t size)
{
    static const uint64_t numbers[] = {0, 1, 0x7fffffff, 0xffffffff, 1ull << 63, ~0ull};
    uint64_t at = random_below(size - 8);
    switch (random_below(4)) {
    case 0:
        data[at] ^= (unsigned char)(1 << random_below(8));
        break;
    case 1:
        little_store32(data + at / 4 * 4, (uint32_t)numbers[random_below(6)]);
        break;
    case 2:
        little_store64(data + at / 8 * 8, numbers[random_below(6)]);
        break;
    default:
        little_store64(data + at / 8 * 8, random_below(size + 2));
    }
}

// Somebody can make a checksum right over anything.
START_TEST(believes_no_index)
{
    uint64_t size;
    int opened = 0, refused = 0;
    unsigned char *good = make_small(&size);
    unsigned char *data = malloc(size);
    random_start("archive");
    for (int round = 0; round < 50000; round++) {
        struct archive p;
        const char *reason;
        memcpy(data, good, size);
        for (uint64_t changes = 1 + random_below(4); changes > 0; changes--)
            spoil(data, little_load64(good + 32));
        sum_up(data, size);
        if (archive_open(&p, data, size, &reason) == 0) {
            read_everything(&p);
            opened++;
        } else {
            refused++;
        }
    }
    ck_assert_int_gt(opened, 0);
    ck_assert_int_gt(refused, 1000);
    free(data);
    free(good);
}
END_TEST

START_TEST(refuses_an_index_out_of_order)
{
    static const char *const names[] = {"aa", "ab", "ac"};
    static const char *const worse[] = {"ac", "aa", "a\0", "..", "/a", "a/", ".a"};
    uint64_t size;
    unsigned char *data = make(names, 3, &size);
    unsigned char *second = data + ARCHIVE_HEADER_SIZE + 3 * ARCHIVE_ENTRY_SIZE + 3;
    ck_assert_str_eq((char *)second, "ab");
    for (size_t i = 0; i < 7; i++) {
        memcpy(second, worse[i], 2);
        sum_up(data, size);
        ck_assert_int_eq(open_it(data, size), -EBADMSG);
    }
    memcpy(second, "ab", 2);
    sum_up(data, size);
    ck_assert_int_eq(open_it(data, size), 0);
    little_store32(data + 28, 3); // the main script
    sum_up(data, size);
    ck_assert_int_eq(open_it(data, size), -EBADMSG);
    free(data);
}
END_TEST

// SIZE bytes with a right checksum are refused.
static void must_refuse(unsigned char *data, uint64_t size)
{
    sum_up(data, size);
    ck_assert_int_eq(open_it(data, size), -EBADMSG);
}

// The last name ends with the head: one more byte of it would be read from behind the head, which
// alone is in memory here. The sanitizer sees who does.
START_TEST(refuses_a_name_that_goes_on_behind_the_head)
{
    static const char *const names[] = {"aa", "ab"};
    struct archive a;
    const char *reason;
    uint64_t size;
    unsigned char *data = make(names, 2, &size);
    uint64_t head = little_load64(data + 32);
    unsigned char *alone = malloc(head);
    ck_assert_ptr_nonnull(alone);
    memcpy(alone, data, head);
    ck_assert_int_eq(archive_open_head(&a, alone, size, &reason), 0);
    little_store32(alone + ARCHIVE_HEADER_SIZE + ARCHIVE_ENTRY_SIZE + 20, 3);
    ck_assert_int_eq(archive_open_head(&a, alone, size, &reason), -EBADMSG);
    ck_assert_str_eq(reason, "their index is wrong");
    free(alone);
    free(data);
}
END_TEST

// Names without an end, bytes that belong to nobody, an index that is longer than the head.
START_TEST(refuses_gaps)
{
    static const char *const names[] = {"aa", "ab", "ac"};
    uint64_t size;
    unsigned char *good = make(names, 3, &size);
    unsigned char *data = calloc(1, size + 1);
    uint64_t head = little_load64(good + 32), first_name = ARCHIVE_HEADER_SIZE + 3 * 24;
    memcpy(data, good, size);
    data[first_name + 2] = 'x'; // the NUL behind "aa"
    must_refuse(data, size);
    memcpy(data, good, size);
    little_store64(data + 8, size + 1); // one more behind the data
    must_refuse(data, size + 1);
    memcpy(data + head + 1, good + head, size - head); // one more before the data
    little_store64(data + 32, head + 1);
    for (int i = 0; i < 3; i++)
        little_store64(data + ARCHIVE_HEADER_SIZE + i * 24, head + 1 + (uint64_t)i * 2);
    must_refuse(data, size + 1);
    memcpy(data, good, size);
    little_store32(data + 24, 1000);
    little_store32(data + ARCHIVE_HEADER_SIZE + 16, ARCHIVE_HEADER_SIZE + 1000 * 24);
    must_refuse(data, size);
    free(data);
    free(good);
}
END_TEST

START_TEST(judges_names)
{
    static const char *const good[] = {"a", "a/b", "...", "..a", "a..", ".a/b.", "a b", "\377"};
    static const char *const bad[] = {"",    "/",    "/a",   "a/",  "a//b",   ".",    "..",
                                      "./a", "../a", "a/..", "a/.", "a/../b", "a/./b"};
    static char longest[ARCHIVE_NAME_MAX + 1];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ck_assert_msg(!archive_name_fault(good[i], strlen(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(archive_name_fault(bad[i], strlen(bad[i])), "%s", bad[i]);
    ck_assert_ptr_nonnull(archive_name_fault("a\0b", 3));
    memset(longest, 'x', sizeof longest);
    ck_assert_ptr_null(archive_name_fault(longest, ARCHIVE_NAME_MAX));
    ck_assert_ptr_nonnull(archive_name_fault(longest, ARCHIVE_NAME_MAX + 1));
}
END_TEST

static const char *refusal(struct archive_item *items, size_t count, const char *main)
{
    struct archive_fault fault = {0};
    uint64_t size;
    ck_assert_ptr_null(archive_make_head(items, count, main, &size, &fault));
    return fault.reason;
}

START_TEST(makes_no_head_of_what_cannot_be)
{
    struct archive_item twice[] = {{"a", 1, 0}, {"b", 1, 1}, {"a", 2, 2}};
    struct archive_item large[] = {{"a", ARCHIVE_MAX - 100, 0}, {"b", 40, 1}};
    struct archive_item larger[] = {{"a", UINT64_MAX, 0}, {"b", UINT64_MAX, 1}};
    struct archive_item dots[] = {{"../a", 1, 0}};
    ck_assert_str_eq(refusal(twice, 3, "a"), "there are two of that name");
    ck_assert_str_eq(refusal(large, 2, "a"), "the packed files are more than 2 GiB");
    ck_assert_str_eq(refusal(larger, 2, "a"), "the packed files are more than 2 GiB");
    ck_assert_str_eq(refusal(dots, 1, "../a"), "'..' is a part of it");
    ck_assert_str_eq(refusal(dots, 0, "a"), "the main script is not among the files");
}
END_TEST

START_TEST(holds_many_files)
{
    static char texts[ITEMS_MAX][24];
    static const char *names[ITEMS_MAX];
    struct archive p;
    struct archive_file file;
    const char *reason;
    uint64_t size;
    for (int i = 0; i < ITEMS_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "d%d/file%d", i * 7919 % 100, i);
        names[i] = texts[i];
    }
    unsigned char *data = make(names, ITEMS_MAX, &size);
    sum_up(data, size);
    ck_assert_int_eq(archive_open(&p, data, size, &reason), 0);
    read_everything(&p);
    for (int i = 0; i < ITEMS_MAX; i++) {
        ck_assert_int_eq(archive_find(&p, names[i], &file), 0);
        ck_assert_int_eq(memcmp(file.data, names[i], file.size), 0);
    }
    free(data);
}
END_TEST

UNIT_MAIN("archive", gives_back_what_went_in, finds_folders_among_names_like_theirs,
          notices_every_changed_byte, notices_every_other_length, believes_no_index,
          refuses_an_index_out_of_order, refuses_gaps, refuses_a_name_that_goes_on_behind_the_head,
          judges_names, makes_no_head_of_what_cannot_be, holds_many_files)
