// SPDX-License-Identifier: BSD-3-Clause
// Reads payloads, believing nothing that stands in them.

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

static struct entry read_entry(const unsigned char *payload, uint32_t index)
{
    const unsigned char *at = payload + PAYLOAD_HEADER_SIZE + (size_t)index * PAYLOAD_ENTRY_SIZE;
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

const char *payload_name_fault(const char *name, size_t length)
{
    if (length == 0)
        return "it is empty";
    if (length > PAYLOAD_NAME_MAX)
        return "it is too long";
    if (name[0] == '/')
        return "it begins with '/'";
    if (memchr(name, '\0', length) != NULL)
        return "it holds a NUL";
    for (const char *end = name + length; name <= end;) {
        const char *slash = name < end ? memchr(name, '/', (size_t)(end - name)) : NULL;
        const char *stop = slash != NULL ? slash : end;
        const char *fault = part_fault(name, (size_t)(stop - name));
        if (fault != NULL)
            return fault;
        name = stop + 1;
    }
    return NULL;
}

// memcmp's order; of two names that begin alike the shorter is first.
static int compare_names(const unsigned char *a, size_t a_length, const unsigned char *b,
                         size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

uint64_t payload_head_size(const void *header, uint64_t size)
{
    const unsigned char *at = header;
    if (size < PAYLOAD_HEADER_SIZE || size > PAYLOAD_MAX ||
        memcmp(at, PAYLOAD_MAGIC, PAYLOAD_MAGIC_SIZE) != 0 || little_load64(at + 8) != size)
        return 0;
    uint64_t head = little_load64(at + 32);
    uint64_t index = (uint64_t)little_load32(at + 24) * PAYLOAD_ENTRY_SIZE;
    bool sound = head <= size && head <= PAYLOAD_HEAD_MAX && head >= PAYLOAD_HEADER_SIZE &&
                 index <= head - PAYLOAD_HEADER_SIZE;
    return sound ? head : 0;
}

// Is the file at INDEX whole, behind the one before it (which has been looked at), and its name one
// that may be? NAME and DATA are where the two are to begin; they are moved behind it.
static bool check_entry(const struct payload *p, uint32_t index, uint64_t *name, uint64_t *data)
{
    struct entry e = read_entry(p->data, index);
    const unsigned char *text = p->data + e.name;
    if (e.name != *name || e.data != *data || e.length >= p->head - *name ||
        e.size > p->size - *data || text[e.length] != '\0' ||
        payload_name_fault((const char *)text, e.length) != NULL)
        return false;
    *name += e.length + 1;
    *data += e.size;
    if (index == 0)
        return true;
    struct entry before = read_entry(p->data, index - 1);
    return compare_names(p->data + before.name, before.length, text, e.length) < 0;
}

static bool check_index(const struct payload *p)
{
    uint64_t name = PAYLOAD_HEADER_SIZE + (uint64_t)p->count * PAYLOAD_ENTRY_SIZE;
    uint64_t data = p->head;
    for (uint32_t i = 0; i < p->count; i++) {
        if (!check_entry(p, i, &name, &data))
            return false;
    }
    return name == p->head && data == p->size && p->main < p->count;
}

int payload_open_head(struct payload *p, const void *data, uint64_t size, const char **reason)
{
    *p = (struct payload){.data = data, .size = size};
    *reason = "they do not begin as they should";
    if (size < PAYLOAD_HEADER_SIZE)
        return -EBADMSG;
    p->head = payload_head_size(data, size);
    if (p->head == 0)
        return -EBADMSG;
    p->count = little_load32(p->data + 24);
    p->main = little_load32(p->data + 28);
    *reason = "their index is wrong";
    return check_index(p) ? 0 : -EBADMSG;
}

int payload_open(struct payload *p, const void *data, uint64_t size, const char **reason)
{
    const unsigned char *bytes = data;
    *reason = "they do not begin as they should";
    if (size < PAYLOAD_HEADER_SIZE || payload_head_size(data, size) == 0)
        return -EBADMSG;
    *reason = "the checksum is wrong";
    if (checksum_of(bytes + PAYLOAD_SUMMED_FROM, size - PAYLOAD_SUMMED_FROM) !=
        little_load64(bytes + PAYLOAD_CHECKSUM_AT))
        return -EBADMSG;
    return payload_open_head(p, data, size, reason);
}

struct payload_file payload_at(const struct payload *p, uint32_t index)
{
    struct entry e = read_entry(p->data, index);
    return (struct payload_file){(const char *)p->data + e.name, p->data + e.data, e.size};
}

// The first file whose name is not below NAME.
static uint32_t lower_bound(const struct payload *p, const char *name)
{
    uint32_t low = 0;
    uint32_t high = p->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(payload_at(p, middle).name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Does the name at INDEX, or one behind it, begin with NAME and a slash? Between a folder's name
// and those of its files there may be others: "a", "a-b", "a/b".
static bool is_folder(const struct payload *p, uint32_t index, const char *name)
{
    size_t length = strlen(name);
    for (; index < p->count; index++) {
        const char *other = payload_at(p, index).name;
        if (strncmp(other, name, length) != 0 || (unsigned char)other[length] > '/')
            return false;
        if (other[length] == '/')
            return true;
    }
    return false;
}

int payload_find(const struct payload *p, const char *name, struct payload_file *file)
{
    uint32_t index = lower_bound(p, name);
    if (index < p->count) {
        *file = payload_at(p, index);
        if (strcmp(file->name, name) == 0)
            return 0;
    }
    return is_folder(p, index, name) ? -EISDIR : -ENOENT;
}
