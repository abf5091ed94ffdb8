// SPDX-License-Identifier: BSD-3-Clause
// Reads what is packed in a program of one file.

#include "base/little.h"
#include "pack/elf.h"
#include "pack/program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE ((size_t)256 << 10)

static bool read_all(int fd, void *to, size_t size, uint64_t offset)
{
    return source_read(fd, to, size, offset) == (ssize_t)size;
}

// Is the sum of the SIZE bytes at OFFSET, which follow those already in SUM, as it stands there?
static bool has_sum(int fd, uint64_t offset, uint64_t size, struct checksum *sum, uint64_t wanted)
{
    char *piece = malloc(PIECE);
    bool sound = piece != NULL;
    while (sound && size > 0) {
        size_t part = size < PIECE ? (size_t)size : PIECE;
        sound = read_all(fd, piece, part, offset);
        if (sound)
            checksum_add(sum, piece, part);
        offset += part;
        size -= part;
    }
    free(piece);
    return sound && checksum_value(sum) == wanted;
}

// The payload of I, in the file FD: its head into memory, its sum compared. NULL, or why not.
static const char *read_payload(struct assembly_contents *c, const struct image *i, int fd)
{
    static const char damaged[] = "its packed files are damaged";
    unsigned char header[PAYLOAD_HEADER_SIZE];
    struct checksum sum;
    const char *reason;
    uint64_t head = i->room_size >= sizeof header && read_all(fd, header, sizeof header, i->room)
                        ? payload_head_size(header, i->room_size)
                        : 0;
    if (head == 0)
        return damaged;
    unsigned char *data = malloc(head);
    if (data == NULL)
        return "not enough memory";
    c->payload.data = data;
    if (!read_all(fd, data, head, i->room))
        return damaged;
    checksum_start(&sum);
    checksum_add(&sum, data + PAYLOAD_SUMMED_FROM, head - PAYLOAD_SUMMED_FROM);
    uint64_t wanted = little_load64(data + PAYLOAD_CHECKSUM_AT);
    if (!has_sum(fd, i->room + head, i->room_size - head, &sum, wanted) ||
        payload_open_head(&c->payload, data, i->room_size, &reason) < 0)
        return damaged;
    return NULL;
}

int assembly_open(struct assembly_contents *c, const char *path, struct fault *fault)
{
    struct image image;
    struct stat info;
    const char *reason;
    *c = (struct assembly_contents){0};
    int fd = source_open(path, "read", &info, fault);
    if (fd < 0)
        return -1;
    int error = image_read(&image, fd, &reason);
    if (error < 0 && error != -ENOEXEC)
        reason = error_text(-error);
    else if (error == 0)
        reason = image.has_payload ? read_payload(c, &image, fd) : "it holds no packed files";
    c->runtime_size = image.file_size - image.room_size;
    image_free(&image);
    close(fd);
    return reason == NULL ? 0 : fault_set(fault, "read", path, reason);
}

void assembly_close(struct assembly_contents *c)
{
    free((void *)c->payload.data);
    *c = (struct assembly_contents){0};
}
