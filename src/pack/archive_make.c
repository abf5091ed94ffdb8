// SPDX-License-Identifier: BSD-3-Clause
// Makes the head of an archive.

#include "base/little.h"
#include "pack/archive.h"

#include <stdlib.h>
#include <string.h>

static int compare_items(const void *a, const void *b)
{
    return strcmp(((const struct archive_item *)a)->name, ((const struct archive_item *)b)->name);
}

// Looks at the names of sorted items: 0, or -1 and a fault.
static int check_names(const struct archive_item *items, size_t count, struct archive_fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = items[i].name;
        const char *reason = archive_name_fault(name, strlen(name));
        if (!reason && i > 0 && strcmp(items[i - 1].name, name) == 0)
            reason = "there are two of that name";
        if (reason) {
            *fault = (struct archive_fault){reason, name};
            return -1;
        }
    }
    return 0;
}

// The size of the head, or 0 when the head or the archive would be too large.
static uint64_t measure(const struct archive_item *items, size_t count, uint64_t *size)
{
    uint64_t head = ARCHIVE_HEADER_SIZE;
    uint64_t data = 0;
    for (size_t i = 0; i < count; i++) {
        head += ARCHIVE_ENTRY_SIZE + strlen(items[i].name) + 1;
        if (head > ARCHIVE_HEAD_MAX || items[i].size > ARCHIVE_MAX - data)
            return 0;
        data += items[i].size;
    }
    *size = head + data;
    return *size <= ARCHIVE_MAX ? head : 0;
}

static void write_index(unsigned char *archive, const struct archive_item *items, size_t count,
                        uint64_t data)
{
    unsigned char *at = archive + ARCHIVE_HEADER_SIZE;
    unsigned char *name = at + count * ARCHIVE_ENTRY_SIZE;
    for (size_t i = 0; i < count; i++, at += ARCHIVE_ENTRY_SIZE) {
        size_t length = strlen(items[i].name);
        little_store64(at, data);
        little_store64(at + 8, items[i].size);
        little_store32(at + 16, (uint32_t)(name - archive));
        little_store32(at + 20, (uint32_t)length);
        memcpy(name, items[i].name, length + 1);
        name += length + 1;
        data += items[i].size;
    }
}

static unsigned char *write_head(const struct archive_item *items, size_t count, size_t main,
                                 uint64_t head, uint64_t size)
{
    unsigned char *archive = calloc(1, head);
    if (!archive)
        return NULL;
    memcpy(archive, ARCHIVE_MAGIC, ARCHIVE_MAGIC_SIZE);
    little_store64(archive + 8, size);
    little_store32(archive + 24, (uint32_t)count);
    little_store32(archive + 28, (uint32_t)main);
    little_store64(archive + 32, head);
    write_index(archive, items, count, head);
    return archive;
}

unsigned char *archive_make_head(struct archive_item *items, size_t count, const char *main,
                                 uint64_t *size, struct archive_fault *fault)
{
    if (count > 0)
        qsort(items, count, sizeof *items, compare_items);
    if (check_names(items, count, fault) < 0)
        return NULL;
    size_t index = 0;
    while (index < count && strcmp(items[index].name, main) != 0)
        index++;
    *fault = (struct archive_fault){"the main script is not among the files", main};
    if (index == count)
        return NULL;
    *fault = (struct archive_fault){"the packed files are more than 2 GiB", NULL};
    uint64_t head = measure(items, count, size);
    if (head == 0)
        return NULL;
    *fault = (struct archive_fault){"not enough memory", NULL};
    return write_head(items, count, index, head, *size);
}
