// SPDX-License-Identifier: BSD-3-Clause
// The packed files of a bundle: any bytes, with and without a right checksum.

#include "fuzz.h"

#include "base/checksum.h"
#include "base/little.h"
#include "pack/archive.h"

enum { ITEMS_MAX = 16 };

static volatile unsigned char byte_sum;

// All that an opened archive promises.
static void check_opened(const struct archive *p)
{
    struct archive_file file, found;
    unsigned char sum = 0;
    FUZZ_REQUIRE(p->main < p->count);
    for (uint32_t i = 0; i < p->count; i++) {
        file = archive_at(p, i);
        for (uint64_t n = 0; n < file.size; n++)
            sum ^= file.data[n];
        byte_sum = sum; // so that the reads above happen
        FUZZ_REQUIRE(!archive_name_fault(file.name, strlen(file.name)));
        FUZZ_REQUIRE(archive_find(p, file.name, &found) == 0 && found.data == file.data);
        FUZZ_REQUIRE(i == 0 || strcmp(archive_at(p, i - 1).name, file.name) < 0);
    }
}

static void open_it(const uint8_t *data, size_t size)
{
    struct archive p;
    const char *reason = NULL;
    uint64_t head = size < ARCHIVE_HEADER_SIZE ? 0 : archive_head_size(data, size);
    if (archive_open(&p, data, size, &reason) == 0)
        check_opened(&p);
    else
        FUZZ_REQUIRE(reason);
    FUZZ_REQUIRE(head <= size);
    if (head > 0 && archive_open_head(&p, data, size, &reason) == 0)
        for (uint32_t i = 0; i < p.count; i++)
            FUZZ_REQUIRE(archive_at(&p, i).name[0] != '\0');
}

// Somebody can make magic, size and checksum right over anything.
static void open_signed(uint8_t *data, size_t size)
{
    if (size >= ARCHIVE_HEADER_SIZE) {
        memcpy(data, ARCHIVE_MAGIC, ARCHIVE_MAGIC_SIZE);
        little_store64(data + ARCHIVE_MAGIC_SIZE, size);
        little_store64(data + ARCHIVE_CHECKSUM_AT,
                       checksum_of(data + ARCHIVE_SUMMED_FROM, size - ARCHIVE_SUMMED_FROM));
    }
    open_it(data, size);
}

// Names line by line; each file is as long as its name. The number of them; *MAIN is the last.
static size_t read_items(struct input *in, struct archive_item *items, char **names)
{
    size_t count = 0, len;
    while (count < ITEMS_MAX && in->left > 0) {
        char *word = input_word(in, ARCHIVE_NAME_MAX + 1, &len);
        names[count] = strndup(word, len);
        items[count] = (struct archive_item){names[count], len, count};
        free(word);
        if (len == 0) {
            free(names[count]);
            break;
        }
        count++;
    }
    return count;
}

// An archive of files with these names, with some numbers replaced.
static void make_and_open(struct input *in)
{
    struct archive_item items[ITEMS_MAX];
    char *names[ITEMS_MAX];
    struct archive_fault fault = {0};
    const char *reason;
    uint64_t size;
    size_t count = read_items(in, items, names);
    const char *main = count > 0 ? names[count - 1] : "";
    unsigned char *head = archive_make_head(items, count, main, &size, &fault);
    FUZZ_REQUIRE(head || fault.reason);
    if (head) {
        size_t length = little_load64(head + 32);
        unsigned char *data = calloc(1, size);
        memcpy(data, head, length);
        open_signed(data, size);
        struct archive p;
        FUZZ_REQUIRE(archive_open(&p, data, size, &reason) == 0);
        input_patch(in, data, length);
        open_signed(data, size);
        free(data);
    }
    free(head);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
}

// First a letter: "r" bytes as they are, "s" bytes with the checksum made right, else names of
// files to pack, an empty line, and numbers to replace.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned what = input_byte(&in);
    uint8_t *copy = input_rest(&in);
    if (what == 'r')
        open_it(copy, in.left);
    else if (what == 's')
        open_signed(copy, in.left);
    else
        make_and_open(&in);
    free(copy);
    return 0;
}
