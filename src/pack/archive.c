// SPDX-License-Identifier: BSD-3-Clause
// Reads archives, and checks each number in them.

#include "pack/archive.h"

#include "base/checksum.h"
#include "base/little.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct entry {
    uint64_t data;
    uint64_t size;
    uint64_t name;
    uint64_t length; // of the name
};

static struct entry read_entry(const unsigned char *archive, uint32_t index)
{
    const unsigned char *at = archive + ARCHIVE_HEADER_SIZE + (size_t)index * ARCHIVE_ENTRY_SIZE;
    return (struct entry){little_load64(at), little_load64(at + 8), little_load32(at + 16),
                          little_load32(at + 20)};
}

static const char *part_fault(const char *part, size_t length)
{
    if (length == 0)
        return "a part of it is empty";
    if (length == 1 && part[0] == '.')
        return "'.' is a part of it";
    if (length == 2 && part[0] == '.' && part[1] == '.')
        return "'..' is a part of it";
    return NULL;
}

const char *archive_name_fault(const char *name, size_t length)
{
    if (length == 0)
        return "it is empty";
    if (length > ARCHIVE_NAME_MAX)
        return "it is too long";
    if (name[0] == '/')
        return "it begins with '/'";
    if (memchr(name, '\0', length))
        return "it holds a NUL";
    for (const char *end = name + length; name <= end;) {
        const char *slash = name < end ? memchr(name, '/', (size_t)(end - name)) : NULL;
        const char *stop = slash ? slash : end;
        const char *fault = part_fault(name, (size_t)(stop - name));
        if (fault)
            return fault;
        name = stop + 1;
    }
    return NULL;
}

// Orders names by their bytes; a name comes before longer ones that begin with it.
static int compare_names(const unsigned char *a, size_t a_length, const unsigned char *b,
                         size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

uint64_t archive_head_size(const void *header, uint64_t size)
{
    const unsigned char *at = header;
    if (size < ARCHIVE_HEADER_SIZE || size > ARCHIVE_MAX ||
        memcmp(at, ARCHIVE_MAGIC, ARCHIVE_MAGIC_SIZE) != 0 || little_load64(at + 8) != size)
        return 0;
    uint64_t head = little_load64(at + 32);
    uint64_t index = (uint64_t)little_load32(at + 24) * ARCHIVE_ENTRY_SIZE;
    bool sound = head <= size && head <= ARCHIVE_HEAD_MAX && head >= ARCHIVE_HEADER_SIZE &&
                 index <= head - ARCHIVE_HEADER_SIZE;
    return sound ? head : 0;
}

// Checks the entry at INDEX: its name and its data must be at NAME and DATA and inside of the
// archive, and its name must be allowed and in order (the entry before it was checked already).
// Moves NAME and DATA behind them.
static bool check_entry(const struct archive *a, uint32_t index, uint64_t *name, uint64_t *data)
{
    struct entry e = read_entry(a->data, index);
    const unsigned char *text = a->data + e.name;
    if (e.name != *name || e.data != *data || e.length >= a->head - *name ||
        e.size > a->size - *data || text[e.length] != '\0' ||
        archive_name_fault((const char *)text, e.length))
        return false;
    *name += e.length + 1;
    *data += e.size;
    if (index == 0)
        return true;
    struct entry before = read_entry(a->data, index - 1);
    return compare_names(a->data + before.name, before.length, text, e.length) < 0;
}

static bool check_index(const struct archive *a)
{
    uint64_t name = ARCHIVE_HEADER_SIZE + (uint64_t)a->count * ARCHIVE_ENTRY_SIZE;
    uint64_t data = a->head;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!check_entry(a, i, &name, &data))
            return false;
    }
    return name == a->head && data == a->size && a->main < a->count;
}

int archive_open_head(struct archive *a, const void *data, uint64_t size, const char **reason)
{
    *a = (struct archive){.data = data, .size = size};
    *reason = "they do not begin as they should";
    if (size < ARCHIVE_HEADER_SIZE)
        return -EBADMSG;
    a->head = archive_head_size(data, size);
    if (a->head == 0)
        return -EBADMSG;
    a->count = little_load32(a->data + 24);
    a->main = little_load32(a->data + 28);
    *reason = "their index is wrong";
    return check_index(a) ? 0 : -EBADMSG;
}

int archive_open(struct archive *a, const void *data, uint64_t size, const char **reason)
{
    const unsigned char *bytes = data;
    *reason = "they do not begin as they should";
    if (size < ARCHIVE_HEADER_SIZE || archive_head_size(data, size) == 0)
        return -EBADMSG;
    *reason = "the checksum is wrong";
    if (checksum_of(bytes + ARCHIVE_SUMMED_FROM, size - ARCHIVE_SUMMED_FROM) !=
        little_load64(bytes + ARCHIVE_CHECKSUM_AT))
        return -EBADMSG;
    return archive_open_head(a, data, size, reason);
}

struct archive_file archive_at(const struct archive *a, uint32_t index)
{
    struct entry e = read_entry(a->data, index);
    return (struct archive_file){(const char *)a->data + e.name, a->data + e.data, e.size};
}

// The index of the first file whose name is NAME or comes behind it.
static uint32_t lower_bound(const struct archive *a, const char *name)
{
    uint32_t low = 0;
    uint32_t high = a->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(archive_at(a, middle).name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Does the name at INDEX, or one behind it, begin with NAME and a slash? Other names may stand
// between those of a folder and of its files: "a", "a-b", "a/b".
static bool is_folder(const struct archive *a, uint32_t index, const char *name)
{
    size_t length = strlen(name);
    for (; index < a->count; index++) {
        const char *other = archive_at(a, index).name;
        if (strncmp(other, name, length) != 0 || (unsigned char)other[length] > '/')
            return false;
        if (other[length] == '/')
            return true;
    }
    return false;
}

int archive_find(const struct archive *a, const char *name, struct archive_file *file)
{
    uint32_t index = lower_bound(a, name);
    if (index < a->count) {
        *file = archive_at(a, index);
        if (strcmp(file->name, name) == 0)
            return 0;
    }
    return is_folder(a, index, name) ? -EISDIR : -ENOENT;
}
