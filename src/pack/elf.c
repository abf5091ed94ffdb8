// SPDX-License-Identifier: BSD-3-Clause
// Reads and edits ELF headers.

#include "pack/elf.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "headers are read as they are");

enum { PROGRAMS_MAX = 64, SECTIONS_MAX = 4096, ALIGN_MIN = 16, ALIGN_MAX = 1 << 21 };
enum { ARCHIVE_ALIGN = 16, HEADERS_ALIGN = 8 };

static const char no_program[] = "it is no sssrun program";
static const char no_sections[] = "it has no section headers any more";
static const char broken[] = "its ELF headers are wrong";
static const char cut_off[] = "it is cut off";
static const char odd[] = "its parts are not in the order of a sssrun program";

static bool fits(uint64_t offset, uint64_t size, uint64_t limit)
{
    return size <= limit && offset <= limit - size;
}

static uint64_t round_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) / align * align;
}

// Reads SIZE bytes at OFFSET: 0, -errno, or -ENOEXEC when the file ends before.
static int read_at(int fd, void *to, size_t size, uint64_t offset)
{
    char *at = to;
    while (size > 0) {
        ssize_t got = pread(fd, at, size, (off_t)offset);
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got == 0)
            return -ENOEXEC;
        if (got > 0) {
            at += got;
            size -= (size_t)got;
            offset += (uint64_t)got;
        }
    }
    return 0;
}

// 0 when CONDITION holds, otherwise -ENOEXEC with WHY as the *REASON.
static int require_that(bool condition, const char *why, const char **reason)
{
    if (!condition)
        *reason = why;
    return condition ? 0 : -ENOEXEC;
}

static bool is_our_kind(const Elf64_Ehdr *h)
{
    return memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64 &&
           h->e_ident[EI_DATA] == ELFDATA2LSB && (h->e_type == ET_EXEC || h->e_type == ET_DYN) &&
           (h->e_machine == EM_X86_64 || h->e_machine == EM_AARCH64);
}

static int check_header(const struct elf *elf, const char **reason)
{
    const Elf64_Ehdr *h = &elf->header;
    if (!is_our_kind(h))
        return require_that(false, no_program, reason);
    if (h->e_shnum == 0 || h->e_shoff == 0)
        return require_that(false, no_sections, reason);
    bool sound = h->e_phentsize == sizeof(Elf64_Phdr) && h->e_shentsize == sizeof(Elf64_Shdr) &&
                 h->e_phnum > 0 && h->e_phnum <= PROGRAMS_MAX && h->e_shnum <= SECTIONS_MAX &&
                 h->e_shstrndx < h->e_shnum;
    if (!sound)
        return require_that(false, broken, reason);
    return require_that(fits(h->e_phoff, h->e_phnum * sizeof(Elf64_Phdr), elf->file_size) &&
                            fits(h->e_shoff, h->e_shnum * sizeof(Elf64_Shdr), elf->file_size),
                        cut_off, reason);
}

static int read_headers(struct elf *elf, int fd, const char **reason)
{
    const Elf64_Ehdr *h = &elf->header;
    *reason = no_program; // also for a file that is shorter than the header
    int error = read_at(fd, &elf->header, sizeof elf->header, 0);
    if (error == 0)
        error = check_header(elf, reason);
    if (error < 0)
        return error;
    elf->programs = calloc(h->e_phnum, sizeof(Elf64_Phdr));
    elf->sections = calloc(h->e_shnum, sizeof(Elf64_Shdr));
    if (!elf->programs || !elf->sections)
        return -ENOMEM;
    *reason = cut_off;
    error = read_at(fd, elf->programs, h->e_phnum * sizeof(Elf64_Phdr), h->e_phoff);
    return error < 0 ? error
                     : read_at(fd, elf->sections, h->e_shnum * sizeof(Elf64_Shdr), h->e_shoff);
}

// Does this section have bytes in the file?
static bool has_bytes(const Elf64_Shdr *s)
{
    return s->sh_type != SHT_NULL && s->sh_type != SHT_NOBITS && s->sh_size > 0;
}

// Is the section at INDEX called ELF_SECTION? 1, 0, or an error.
static int is_room(const struct elf *elf, int fd, unsigned index)
{
    char name[sizeof ELF_SECTION];
    const Elf64_Shdr *names = &elf->sections[elf->header.e_shstrndx];
    uint64_t offset = elf->sections[index].sh_name;
    if (!has_bytes(names) || !fits(names->sh_offset, names->sh_size, elf->file_size) ||
        !fits(offset, sizeof name, names->sh_size))
        return 0;
    int error = read_at(fd, name, sizeof name, names->sh_offset + offset);
    return error < 0 ? error : memcmp(name, ELF_SECTION, sizeof name) == 0;
}

static int find_section(struct elf *elf, int fd, const char **reason)
{
    int found = 0;
    for (unsigned n = 1; n < elf->header.e_shnum && found == 0; n++) {
        found = is_room(elf, fd, n);
        if (found > 0)
            elf->section = n;
    }
    if (found < 0)
        return found;
    const Elf64_Shdr *s = &elf->sections[elf->section];
    if (found == 0 || !has_bytes(s) || s->sh_size < ELF_ROOM_SIZE)
        return require_that(false, no_program, reason);
    elf->room = s->sh_offset;
    elf->room_size = s->sh_size;
    return require_that(fits(elf->room, elf->room_size, elf->file_size), cut_off, reason);
}

// Finds the segment that consists of the room.
static int find_program(struct elf *elf, const char **reason)
{
    const Elf64_Shdr *s = &elf->sections[elf->section];
    for (unsigned n = 0; n < elf->header.e_phnum; n++) {
        const Elf64_Phdr *p = &elf->programs[n];
        if (p->p_type == PT_LOAD && p->p_offset == elf->room && p->p_filesz == elf->room_size &&
            p->p_vaddr == s->sh_addr) {
            elf->program = n;
            bool sound = p->p_align >= ALIGN_MIN && p->p_align <= ALIGN_MAX &&
                         (p->p_align & (p->p_align - 1)) == 0 && p->p_memsz == p->p_filesz &&
                         p->p_vaddr % p->p_align == p->p_offset % p->p_align;
            return require_that(sound, broken, reason);
        }
    }
    return require_that(false, no_program, reason);
}

static uint64_t room_base(const struct elf *elf)
{
    const Elf64_Phdr *p = &elf->programs[elf->program];
    return p->p_vaddr - p->p_vaddr % p->p_align;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// The other segments stand before the room, in the file and in memory.
static int check_programs(struct elf *elf, const char **reason)
{
    const Elf64_Ehdr *h = &elf->header;
    uint64_t headers = h->e_phoff + h->e_phnum * sizeof(Elf64_Phdr);
    elf->head_size = larger(headers, sizeof *h);
    for (unsigned n = 0; n < h->e_phnum; n++) {
        const Elf64_Phdr *p = &elf->programs[n];
        if (n == elf->program)
            continue;
        if (p->p_filesz > 0) {
            if (!fits(p->p_offset, p->p_filesz, elf->room))
                return require_that(false, odd, reason);
            elf->head_size = larger(elf->head_size, p->p_offset + p->p_filesz);
        }
        if (p->p_type == PT_LOAD && !fits(p->p_vaddr, p->p_memsz, room_base(elf)))
            return require_that(false, odd, reason);
    }
    return require_that(elf->head_size <= elf->room, odd, reason);
}

// Each other section stands before the room, or behind it, and is then no part of memory.
static int check_sections(struct elf *elf, const char **reason)
{
    uint64_t end = elf->room + elf->room_size;
    elf->tail = end;
    for (unsigned n = 0; n < elf->header.e_shnum; n++) {
        const Elf64_Shdr *s = &elf->sections[n];
        if (n == elf->section || !has_bytes(s))
            continue;
        if (!fits(s->sh_offset, s->sh_size, elf->file_size))
            return require_that(false, cut_off, reason);
        if (s->sh_offset + s->sh_size <= elf->room)
            elf->head_size = larger(elf->head_size, s->sh_offset + s->sh_size);
        else if (s->sh_offset >= end && (s->sh_flags & SHF_ALLOC) == 0)
            elf->tail_size = larger(elf->tail_size, s->sh_offset + s->sh_size - end);
        else
            return require_that(false, odd, reason);
    }
    // The section headers are written again at the end of the file, so they must be at the end here
    // too.
    return require_that(elf->header.e_shoff >= end + elf->tail_size, odd, reason);
}

static int check_room(struct elf *elf, int fd, const char **reason)
{
    char magic[ELF_MAGIC_SIZE];
    int error = read_at(fd, magic, sizeof magic, elf->room);
    if (error < 0)
        return error;
    elf->has_archive = memcmp(magic, ELF_EMPTY, sizeof magic) != 0;
    return require_that(memcmp(magic, ELF_EMPTY, sizeof magic - 1) == 0, no_program, reason);
}

int elf_read(struct elf *elf, int fd, const char **reason)
{
    struct stat info;
    *elf = (struct elf){0};
    *reason = no_program;
    if (fstat(fd, &info) < 0)
        return -errno;
    if (!S_ISREG(info.st_mode))
        return -ENOEXEC;
    elf->file_size = (uint64_t)info.st_size;
    int error = read_headers(elf, fd, reason);
    if (error == 0)
        error = find_section(elf, fd, reason);
    if (error == 0)
        error = find_program(elf, reason);
    if (error == 0)
        error = check_programs(elf, reason);
    if (error == 0)
        error = check_sections(elf, reason);
    return error < 0 ? error : check_room(elf, fd, reason);
}

void elf_free(struct elf *elf)
{
    free(elf->programs);
    free(elf->sections);
    elf->programs = NULL;
    elf->sections = NULL;
}

const char *elf_arch(const struct elf *elf)
{
    return elf->header.e_machine == EM_X86_64 ? "x86_64" : "aarch64";
}

// The place of the tail in the new file: behind the head, with the alignment that it had.
static uint64_t place_tail(const struct elf *elf)
{
    if (elf->tail_size == 0)
        return elf->head_size;
    return elf->head_size + (elf->tail - elf->head_size) % ARCHIVE_ALIGN;
}

static void move_sections(struct elf *elf, const struct elf_plan *plan)
{
    for (unsigned n = 0; n < elf->header.e_shnum; n++) {
        Elf64_Shdr *s = &elf->sections[n];
        if (n != elf->section && has_bytes(s) && s->sh_offset >= elf->tail)
            s->sh_offset = s->sh_offset - elf->tail + plan->tail;
    }
}

struct elf_plan elf_place(struct elf *elf, uint64_t size)
{
    struct elf_plan plan = {.tail = place_tail(elf)};
    Elf64_Phdr *p = &elf->programs[elf->program];
    Elf64_Shdr *s = &elf->sections[elf->section];
    uint64_t base = room_base(elf);
    plan.archive = round_up(plan.tail + elf->tail_size, ARCHIVE_ALIGN);
    plan.sections = round_up(plan.archive + size, HEADERS_ALIGN);
    plan.file_size = plan.sections + elf->header.e_shnum * sizeof *s;
    move_sections(elf, &plan);
    p->p_offset = s->sh_offset = plan.archive;
    p->p_vaddr = p->p_paddr = s->sh_addr = base + plan.archive % p->p_align;
    p->p_filesz = p->p_memsz = s->sh_size = size;
    elf->header.e_shoff = plan.sections;
    return plan;
}
