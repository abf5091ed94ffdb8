// SPDX-License-Identifier: BSD-3-Clause
// The program file in which a payload stands.

#ifndef SSS_PACK_ELF_H
#define SSS_PACK_ELF_H

// A runtime is an ELF file of 64 bits with a section ".sssrun" that fills a segment of its own
// above all others (elf(5)). A payload takes the place of what is in that section. The file with
// another payload has, in this order:
//
//     head      everything before the section, but for the ELF header and the program headers
//     tail      what stands behind the section and is no part of memory (names, debug information)
//     payload   where its address follows from its place in the file, so that nothing is padded
//     sections  the section headers
//
// so strip(1) and objcopy(1) keep it, and what they write can be used as runtime again. It believes
// no number in the file, reads with pread(2) only, and needs memory for the headers alone (at most
// 300 KiB). It refuses to know what a payload is, and to write.

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#define IMAGE_SECTION ".sssrun"
// What the section of a runtime without a payload begins with. A payload's magic differs in the
// last byte only.
#define IMAGE_EMPTY "sssrun\0\0"
enum { IMAGE_MAGIC_SIZE = 8, IMAGE_ROOM_SIZE = 16 };

struct image {
    uint64_t file_size;
    Elf64_Ehdr header;
    Elf64_Phdr *programs;
    Elf64_Shdr *sections;
    unsigned program; // which of them are the room's
    unsigned section;
    uint64_t room; // where the room (the old payload) is in the file
    uint64_t room_size;
    bool has_payload;
    uint64_t head_size;
    uint64_t tail; // where the tail is in the file
    uint64_t tail_size;
};

// Where things go in a new file.
struct image_plan {
    uint64_t tail;
    uint64_t payload;
    uint64_t sections;
    uint64_t file_size;
};

// Reads the headers of the regular file FD. 0; -ENOEXEC with *REASON ("it is no sssrun program");
// -ENOMEM and the errors of pread(2). image_free() is right after every outcome.
int image_read(struct image *i, int fd, const char **reason);

void image_free(struct image *i);

// "x86_64" or "aarch64".
const char *image_arch(const struct image *i);

// Plans the file with a payload of SIZE bytes, and makes I's header, program headers and section
// headers those of that file.
struct image_plan image_place(struct image *i, uint64_t size);

#endif
