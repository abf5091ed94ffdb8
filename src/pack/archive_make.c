// SPDX-License-Identifier: BSD-3-Clause
// Makes the head of a payload.

#include "base/little.h"
#include "pack/archive.h"

#include <stdlib.h>
#include <string.h>

static int compare_items(const void *a, const void *b)
{
    return strcmp(((const struct payload_item *)a)->name, ((const struct payload_item *)b)->name);
}

// What is wrong with these sorted items, or NULL; *NAME is the one it is about.
static const char *find_fault(const struct payload_item *items, size_t count, const char **name)
{
    for (size_t i = 0; i < count; i++) {
        *name = items[i].name;
        const char *fault = payload_name_fault(*name, strlen(*name));
        if (fault != NULL)
            return fault;
        if (i > 0 && strcmp(items[i - 1].name, *name) == 0)
            return "there are two of that name";
    }
    *name = NULL;
    return NULL;
}

// How long the head is, or 0 when it or the payload becomes too large.
static uint64_t measure(const struct payload_item *items, size_t count, uint64_t *size)
{
    uint64_t head = PAYLOAD_HEADER_SIZE;
    uint64_t data = 0;
    for (size_t i = 0; i < count; i++) {
        head += PAYLOAD_ENTRY_SIZE + strlen(items[i].name) + 1;
        if (head > PAYLOAD_HEAD_MAX || items[i].size > PAYLOAD_MAX - data)
            return 0;
        data += items[i].size;
    }
    *size = head + data;
    return *size <= PAYLOAD_MAX ? head : 0;
}

static void write_index(unsigned char *payload, const struct payload_item *items, size_t count,
                        uint64_t data)
{
    unsigned char *at = payload + PAYLOAD_HEADER_SIZE;
    unsigned char *name = at + count * PAYLOAD_ENTRY_SIZE;
    for (size_t i = 0; i < count; i++, at += PAYLOAD_ENTRY_SIZE) {
        size_t length = strlen(items[i].name);
        little_store64(at, data);
        little_store64(at + 8, items[i].size);
        little_store32(at + 16, (uint32_t)(name - payload));
        little_store32(at + 20, (uint32_t)length);
        memcpy(name, items[i].name, length + 1);
        name += length + 1;
        data += items[i].size;
    }
}

static unsigned char *write_head(const struct payload_item *items, size_t count, size_t main,
                                 uint64_t head, uint64_t size)
{
    unsigned char *payload = calloc(1, head);
    if (payload == NULL)
        return NULL;
    memcpy(payload, PAYLOAD_MAGIC, PAYLOAD_MAGIC_SIZE);
    little_store64(payload + 8, size);
    little_store32(payload + 24, (uint32_t)count);
    little_store32(payload + 28, (uint32_t)main);
    little_store64(payload + 32, head);
    write_index(payload, items, count, head);
    return payload;
}

unsigned char *payload_make_head(struct payload_item *items, size_t count, const char *main,
                                 uint64_t *size, const char **reason, const char **name)
{
    if (count > 0)
        qsort(items, count, sizeof *items, compare_items);
    *reason = find_fault(items, count, name);
    if (*reason != NULL)
        return NULL;
    size_t index = 0;
    while (index < count && strcmp(items[index].name, main) != 0)
        index++;
    *reason = "the main script is not among the files";
    *name = main;
    if (index == count)
        return NULL;
    *reason = "the packed files are more than 2 GiB";
    *name = NULL;
    uint64_t head = measure(items, count, size);
    if (head == 0)
        return NULL;
    *reason = "not enough memory";
    return write_head(items, count, index, head, *size);
}
