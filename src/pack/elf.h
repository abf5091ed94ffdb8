// SPDX-License-Identifier: BSD-3-Clause
// The program file in which an archive stands.

#ifndef SSS_PACK_ELF_H
#define SSS_PACK_ELF_H

// A runtime is an ELF file of 64 bits with a section ".sssrun" that fills a segment of its own
// above all others (elf(5)). An archive takes the place of what is in that section. The file with
// another archive has, in this order:
//
//     head      everything before the section, but for the ELF header and the program headers
//     tail      what stands behind the section and is no part of memory (names, debug information)
//     archive   where its address follows from its place in the file, so that nothing is padded
//     sections  the section headers
//
// so strip(1) and objcopy(1) keep it, and what they write can be used as runtime again. It believes
// no number in the file, reads with pread(2) only, and needs memory for the headers alone (at most
// 300 KiB). It refuses to know what an archive is, and to write.

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#define ELF_SECTION ".sssrun"
// The beginning of the section in a runtime without an archive. An archive begins with the same
// bytes, but for the last one.
#define ELF_EMPTY "sssrun\0\0"
enum { ELF_MAGIC_SIZE = 8, ELF_ROOM_SIZE = 16 };

struct elf {
    uint64_t file_size;
    Elf64_Ehdr header;
    Elf64_Phdr *programs;
    Elf64_Shdr *sections;
    unsigned program; // the index of the room's program header
    unsigned section; // and of its section
    uint64_t room;    // the place of the room (the old archive) in the file
    uint64_t room_size;
    bool has_archive;
    uint64_t head_size;
    uint64_t tail; // the place of the tail in the file
    uint64_t tail_size;
};

// The places of the parts in a new file.
struct elf_plan {
    uint64_t tail;
    uint64_t archive;
    uint64_t sections;
    uint64_t file_size;
};

// Reads the headers of the regular file FD. 0; -ENOEXEC with a *REASON ("it is no sssrun program");
// -ENOMEM or an error of pread(2). elf_free() may be called after every outcome.
int elf_read(struct elf *elf, int fd, const char **reason);

void elf_free(struct elf *elf);

// "x86_64" or "aarch64".
const char *elf_arch(const struct elf *elf);

// Plans the file with an archive of SIZE bytes, and changes the headers in ELF to those of that
// file.
struct elf_plan elf_place(struct elf *elf, uint64_t size);

#endif
