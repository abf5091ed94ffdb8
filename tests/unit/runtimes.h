// SPDX-License-Identifier: BSD-3-Clause
// Small program files that look like runtimes.

#ifndef SSS_TESTS_RUNTIMES_H
#define SSS_TESTS_RUNTIMES_H

// An ELF file as a linker writes it: headers, one segment of "code", the room, a section
// ".comment", the names of the sections, the section headers. A test may change it before it is
// written. It refuses to be run.

#include "pack/elf.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RUNTIME_ALIGN = 0x1000, RUNTIME_CODE = 304, RUNTIME_SECTIONS = 5 };

struct runtime {
    Elf64_Ehdr header;
    Elf64_Phdr programs[3]; // code, stack, room
    unsigned char code[RUNTIME_CODE];
    unsigned char gap[64];
    unsigned char room[ELF_ROOM_SIZE];
    char comment[20];
    char names[44];
    Elf64_Shdr sections[RUNTIME_SECTIONS]; // none, .text, .sssrun, .comment, .shstrtab
};

#define RUNTIME_AT(member) offsetof(struct runtime, member)

static inline void runtime_segments(struct runtime *p)
{
    uint64_t room = RUNTIME_AT(room), address = 0x10000000 + room % RUNTIME_ALIGN;
    p->programs[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = 0x400000, .p_align = RUNTIME_ALIGN};
    p->programs[0].p_filesz = p->programs[0].p_memsz = RUNTIME_AT(gap);
    p->programs[1] = (Elf64_Phdr){.p_type = PT_GNU_STACK};
    p->programs[2] = (Elf64_Phdr){.p_type = PT_LOAD, .p_offset = room, .p_align = RUNTIME_ALIGN};
    p->programs[2].p_vaddr = p->programs[2].p_paddr = address;
    p->programs[2].p_filesz = p->programs[2].p_memsz = ELF_ROOM_SIZE;
    p->sections[2] = (Elf64_Shdr){.sh_name = 7, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC};
    p->sections[2].sh_offset = room;
    p->sections[2].sh_size = ELF_ROOM_SIZE;
    p->sections[2].sh_addr = address;
}

static inline void runtime_make(struct runtime *p)
{
    memset(p, 0, sizeof *p);
    memcpy(p->header.e_ident, ELFMAG "\2\1\1", 7);
    p->header.e_type = ET_EXEC;
    p->header.e_machine = EM_X86_64;
    p->header.e_phoff = RUNTIME_AT(programs);
    p->header.e_phentsize = sizeof(Elf64_Phdr);
    p->header.e_phnum = 3;
    p->header.e_shoff = RUNTIME_AT(sections);
    p->header.e_shentsize = sizeof(Elf64_Shdr);
    p->header.e_shnum = RUNTIME_SECTIONS;
    p->header.e_shstrndx = 4;
    for (size_t i = 0; i < sizeof p->code; i++)
        p->code[i] = (unsigned char)i;
    memcpy(p->room, ELF_EMPTY, ELF_MAGIC_SIZE);
    memcpy(p->comment, "made by hand", 13);
    memcpy(p->names, "\0.text\0.sssrun\0.comment\0.shstrtab", 34);
    runtime_segments(p);
    p->sections[1] = (Elf64_Shdr){.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC};
    p->sections[1].sh_offset = RUNTIME_AT(code);
    p->sections[1].sh_size = RUNTIME_CODE;
    p->sections[3] = (Elf64_Shdr){.sh_name = 15, .sh_type = SHT_PROGBITS};
    p->sections[3].sh_offset = RUNTIME_AT(comment);
    p->sections[3].sh_size = sizeof p->comment;
    p->sections[4] = (Elf64_Shdr){.sh_name = 24, .sh_type = SHT_STRTAB};
    p->sections[4].sh_offset = RUNTIME_AT(names);
    p->sections[4].sh_size = sizeof p->names;
}

// The whole content of the file PATH: *SIZE bytes, malloc'ed.
static inline unsigned char *runtime_load(const char *path, size_t *size)
{
    struct stat info;
    int fd = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &info), 0);
    unsigned char *data = malloc((size_t)info.st_size + 1);
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(read(fd, data, (size_t)info.st_size), info.st_size);
    close(fd);
    *size = (size_t)info.st_size;
    return data;
}

// Makes PATH a file of these SIZE bytes.
static inline void runtime_save(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
    close(fd);
}

#endif
