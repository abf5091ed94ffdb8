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
enum { PAYLOAD_ALIGN = 16, HEADERS_ALIGN = 8 };

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

// SIZE bytes at OFFSET: 0, -errno, or -ENOEXEC when the file ends before.
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

// Sets *REASON when CONDITION does not hold.
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

static int check_header(const struct image *i, const char **reason)
{
    const Elf64_Ehdr *h = &i->header;
    if (!is_our_kind(h))
        return require_that(false, no_program, reason);
    if (h->e_shnum == 0 || h->e_shoff == 0)
        return require_that(false, no_sections, reason);
    bool sound = h->e_phentsize == sizeof(Elf64_Phdr) && h->e_shentsize == sizeof(Elf64_Shdr) &&
                 h->e_phnum > 0 && h->e_phnum <= PROGRAMS_MAX && h->e_shnum <= SECTIONS_MAX &&
                 h->e_shstrndx < h->e_shnum;
    if (!sound)
        return require_that(false, broken, reason);
    return require_that(fits(h->e_phoff, h->e_phnum * sizeof(Elf64_Phdr), i->file_size) &&
                            fits(h->e_shoff, h->e_shnum * sizeof(Elf64_Shdr), i->file_size),
                        cut_off, reason);
}

static int read_headers(struct image *i, int fd, const char **reason)
{
    const Elf64_Ehdr *h = &i->header;
    *reason = no_program; // also of a file that is shorter
    int error = read_at(fd, &i->header, sizeof i->header, 0);
    if (error == 0)
        error = check_header(i, reason);
    if (error < 0)
        return error;
    i->programs = calloc(h->e_phnum, sizeof(Elf64_Phdr));
    i->sections = calloc(h->e_shnum, sizeof(Elf64_Shdr));
    if (i->programs == NULL || i->sections == NULL)
        return -ENOMEM;
    *reason = cut_off;
    error = read_at(fd, i->programs, h->e_phnum * sizeof(Elf64_Phdr), h->e_phoff);
    return error < 0 ? error
                     : read_at(fd, i->sections, h->e_shnum * sizeof(Elf64_Shdr), h->e_shoff);
}

// Does anything of this section stand in the file?
static bool has_bytes(const Elf64_Shdr *s)
{
    return s->sh_type != SHT_NULL && s->sh_type != SHT_NOBITS && s->sh_size > 0;
}

// Is the section at INDEX called IMAGE_SECTION? 1, 0, or an error.
static int is_room(const struct image *i, int fd, unsigned index)
{
    char name[sizeof IMAGE_SECTION];
    const Elf64_Shdr *names = &i->sections[i->header.e_shstrndx];
    uint64_t offset = i->sections[index].sh_name;
    if (!has_bytes(names) || !fits(names->sh_offset, names->sh_size, i->file_size) ||
        !fits(offset, sizeof name, names->sh_size))
        return 0;
    int error = read_at(fd, name, sizeof name, names->sh_offset + offset);
    return error < 0 ? error : memcmp(name, IMAGE_SECTION, sizeof name) == 0;
}

static int find_section(struct image *i, int fd, const char **reason)
{
    int found = 0;
    for (unsigned n = 1; n < i->header.e_shnum && found == 0; n++) {
        found = is_room(i, fd, n);
        if (found > 0)
            i->section = n;
    }
    if (found < 0)
        return found;
    const Elf64_Shdr *s = &i->sections[i->section];
    if (found == 0 || !has_bytes(s) || s->sh_size < IMAGE_ROOM_SIZE)
        return require_that(false, no_program, reason);
    i->room = s->sh_offset;
    i->room_size = s->sh_size;
    return require_that(fits(i->room, i->room_size, i->file_size), cut_off, reason);
}

// The segment that is the room and nothing else.
static int find_program(struct image *i, const char **reason)
{
    const Elf64_Shdr *s = &i->sections[i->section];
    for (unsigned n = 0; n < i->header.e_phnum; n++) {
        const Elf64_Phdr *p = &i->programs[n];
        if (p->p_type == PT_LOAD && p->p_offset == i->room && p->p_filesz == i->room_size &&
            p->p_vaddr == s->sh_addr) {
            i->program = n;
            bool sound = p->p_align >= ALIGN_MIN && p->p_align <= ALIGN_MAX &&
                         (p->p_align & (p->p_align - 1)) == 0 && p->p_memsz == p->p_filesz &&
                         p->p_vaddr % p->p_align == p->p_offset % p->p_align;
            return require_that(sound, broken, reason);
        }
    }
    return require_that(false, no_program, reason);
}

static uint64_t room_base(const struct image *i)
{
    const Elf64_Phdr *p = &i->programs[i->program];
    return p->p_vaddr - p->p_vaddr % p->p_align;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// The other segments stand before the room, in the file and in memory.
static int check_programs(struct image *i, const char **reason)
{
    const Elf64_Ehdr *h = &i->header;
    uint64_t headers = h->e_phoff + h->e_phnum * sizeof(Elf64_Phdr);
    i->head_size = larger(headers, sizeof *h);
    for (unsigned n = 0; n < h->e_phnum; n++) {
        const Elf64_Phdr *p = &i->programs[n];
        if (n == i->program)
            continue;
        if (p->p_filesz > 0) {
            if (!fits(p->p_offset, p->p_filesz, i->room))
                return require_that(false, odd, reason);
            i->head_size = larger(i->head_size, p->p_offset + p->p_filesz);
        }
        if (p->p_type == PT_LOAD && !fits(p->p_vaddr, p->p_memsz, room_base(i)))
            return require_that(false, odd, reason);
    }
    return require_that(i->head_size <= i->room, odd, reason);
}

// Each other section stands before the room, or behind it, and is then no part of memory.
static int check_sections(struct image *i, const char **reason)
{
    uint64_t end = i->room + i->room_size;
    i->tail = end;
    for (unsigned n = 0; n < i->header.e_shnum; n++) {
        const Elf64_Shdr *s = &i->sections[n];
        if (n == i->section || !has_bytes(s))
            continue;
        if (!fits(s->sh_offset, s->sh_size, i->file_size))
            return require_that(false, cut_off, reason);
        if (s->sh_offset + s->sh_size <= i->room)
            i->head_size = larger(i->head_size, s->sh_offset + s->sh_size);
        else if (s->sh_offset >= end && (s->sh_flags & SHF_ALLOC) == 0)
            i->tail_size = larger(i->tail_size, s->sh_offset + s->sh_size - end);
        else
            return require_that(false, odd, reason);
    }
    // They are written anew behind everything, and must not stay somewhere in between.
    return require_that(i->header.e_shoff >= end + i->tail_size, odd, reason);
}

static int check_room(struct image *i, int fd, const char **reason)
{
    char magic[IMAGE_MAGIC_SIZE];
    int error = read_at(fd, magic, sizeof magic, i->room);
    if (error < 0)
        return error;
    i->has_payload = memcmp(magic, IMAGE_EMPTY, sizeof magic) != 0;
    return require_that(memcmp(magic, IMAGE_EMPTY, sizeof magic - 1) == 0, no_program, reason);
}

int image_read(struct image *i, int fd, const char **reason)
{
    struct stat info;
    *i = (struct image){0};
    *reason = no_program;
    if (fstat(fd, &info) < 0)
        return -errno;
    if (!S_ISREG(info.st_mode))
        return -ENOEXEC;
    i->file_size = (uint64_t)info.st_size;
    int error = read_headers(i, fd, reason);
    if (error == 0)
        error = find_section(i, fd, reason);
    if (error == 0)
        error = find_program(i, reason);
    if (error == 0)
        error = check_programs(i, reason);
    if (error == 0)
        error = check_sections(i, reason);
    return error < 0 ? error : check_room(i, fd, reason);
}

void image_free(struct image *i)
{
    free(i->programs);
    free(i->sections);
    i->programs = NULL;
    i->sections = NULL;
}

const char *image_arch(const struct image *i)
{
    return i->header.e_machine == EM_X86_64 ? "x86_64" : "aarch64";
}

// Behind the head, aligned as it was.
static uint64_t place_tail(const struct image *i)
{
    if (i->tail_size == 0)
        return i->head_size;
    return i->head_size + (i->tail - i->head_size) % PAYLOAD_ALIGN;
}

static void move_sections(struct image *i, const struct image_plan *plan)
{
    for (unsigned n = 0; n < i->header.e_shnum; n++) {
        Elf64_Shdr *s = &i->sections[n];
        if (n != i->section && has_bytes(s) && s->sh_offset >= i->tail)
            s->sh_offset = s->sh_offset - i->tail + plan->tail;
    }
}

struct image_plan image_place(struct image *i, uint64_t size)
{
    struct image_plan plan = {.tail = place_tail(i)};
    Elf64_Phdr *p = &i->programs[i->program];
    Elf64_Shdr *s = &i->sections[i->section];
    uint64_t base = room_base(i);
    plan.payload = round_up(plan.tail + i->tail_size, PAYLOAD_ALIGN);
    plan.sections = round_up(plan.payload + size, HEADERS_ALIGN);
    plan.file_size = plan.sections + i->header.e_shnum * sizeof *s;
    move_sections(i, &plan);
    p->p_offset = s->sh_offset = plan.payload;
    p->p_vaddr = p->p_paddr = s->sh_addr = base + plan.payload % p->p_align;
    p->p_filesz = p->p_memsz = s->sh_size = size;
    i->header.e_shoff = plan.sections;
    return plan;
}
