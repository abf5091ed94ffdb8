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

// Adds the SIZE bytes at OFFSET to SUM. Is the sum then WANTED?
static bool has_sum(int fd, uint64_t offset, uint64_t size, struct checksum *sum, uint64_t wanted)
{
    char *piece = malloc(PIECE);
    bool sound = piece;
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

// Reads the head of ELF's archive from the file FD into memory, and compares the checksum. NULL, or
// what is wrong.
static const char *read_archive(struct program_contents *c, const struct elf *elf, int fd)
{
    static const char damaged[] = "its packed files are damaged";
    unsigned char header[ARCHIVE_HEADER_SIZE];
    struct checksum sum;
    const char *reason;
    uint64_t head =
        elf->room_size >= sizeof header && read_all(fd, header, sizeof header, elf->room)
            ? archive_head_size(header, elf->room_size)
            : 0;
    if (head == 0)
        return damaged;
    unsigned char *data = malloc(head);
    if (!data)
        return "not enough memory";
    c->archive.data = data;
    if (!read_all(fd, data, head, elf->room))
        return damaged;
    checksum_start(&sum);
    checksum_add(&sum, data + ARCHIVE_SUMMED_FROM, head - ARCHIVE_SUMMED_FROM);
    uint64_t wanted = little_load64(data + ARCHIVE_CHECKSUM_AT);
    if (!has_sum(fd, elf->room + head, elf->room_size - head, &sum, wanted) ||
        archive_open_head(&c->archive, data, elf->room_size, &reason) < 0)
        return damaged;
    return NULL;
}

int program_open(struct program_contents *c, const char *path, struct fault *fault)
{
    struct elf elf;
    struct stat info;
    const char *reason;
    *c = (struct program_contents){0};
    int fd = source_open(path, "read", &info, fault);
    if (fd < 0)
        return -1;
    int error = elf_read(&elf, fd, &reason);
    if (error < 0 && error != -ENOEXEC)
        reason = error_text(-error);
    else if (error == 0)
        reason = elf.has_archive ? read_archive(c, &elf, fd) : "it holds no packed files";
    c->runtime_size = elf.file_size - elf.room_size;
    elf_free(&elf);
    close(fd);
    return reason ? fault_set(fault, "read", path, reason) : 0;
}

void program_close(struct program_contents *c)
{
    free((void *)c->archive.data);
    *c = (struct program_contents){0};
}
