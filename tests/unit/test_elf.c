// SPDX-License-Identifier: BSD-3-Clause
// Tests of reading and editing program files.

#include "pack/elf.h"
#include "random.h"
#include "runtimes.h"
#include "unit.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

// What elf_read says of these SIZE bytes as a file.
static int read_bytes(struct elf *i, const void *data, size_t size, const char **reason)
{
    int fd = memfd_create("elf", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
    int error = elf_read(i, fd, reason);
    close(fd);
    return error;
}

static void must_refuse(const struct runtime *p, const char *why)
{
    struct elf i;
    const char *reason = "";
    ck_assert_int_eq(read_bytes(&i, p, sizeof *p, &reason), -ENOEXEC);
    elf_free(&i);
    ck_assert_str_eq(reason, why);
}

START_TEST(recognises_a_runtime)
{
    struct runtime p;
    struct elf i;
    const char *reason = "";
    runtime_make(&p);
    ck_assert_msg(read_bytes(&i, &p, sizeof p, &reason) == 0, "%s", reason);
    ck_assert_str_eq(elf_arch(&i), "x86_64");
    ck_assert(!i.has_archive);
    ck_assert_uint_eq(i.head_size, RUNTIME_AT(gap)); // not what only fills up
    ck_assert_uint_eq(i.tail, RUNTIME_AT(comment));
    ck_assert_uint_eq(i.tail_size, RUNTIME_AT(sections) - RUNTIME_AT(comment));
    elf_free(&i);
    p.header.e_machine = EM_AARCH64;
    p.header.e_type = ET_DYN;
    memcpy(p.room, "sssrun\0\1", ELF_MAGIC_SIZE);
    ck_assert_int_eq(read_bytes(&i, &p, sizeof p, &reason), 0);
    ck_assert_str_eq(elf_arch(&i), "aarch64");
    ck_assert(i.has_archive);
    elf_free(&i);
}
END_TEST

START_TEST(plans_the_file)
{
    struct runtime p;
    struct elf i;
    const char *reason;
    runtime_make(&p);
    ck_assert_int_eq(read_bytes(&i, &p, sizeof p, &reason), 0);
    struct elf_plan plan = elf_place(&i, 1001);
    ck_assert_uint_ge(plan.tail, i.head_size);
    ck_assert_uint_lt(plan.tail, i.head_size + 16);
    ck_assert_uint_ge(plan.archive, plan.tail + i.tail_size);
    ck_assert_uint_ge(plan.sections, plan.archive + 1001);
    ck_assert_uint_lt(plan.file_size, sizeof p + 1001 + 32);
    const Elf64_Phdr *room = &i.programs[2];
    ck_assert_uint_eq(room->p_offset, plan.archive);
    ck_assert_uint_eq(room->p_vaddr, 0x10000000 + plan.archive % RUNTIME_ALIGN);
    ck_assert_uint_eq(room->p_filesz, 1001);
    ck_assert_uint_eq(room->p_memsz, 1001);
    ck_assert_uint_eq(i.sections[2].sh_offset, room->p_offset);
    ck_assert_uint_eq(i.sections[2].sh_addr, room->p_vaddr);
    ck_assert_uint_eq(i.sections[2].sh_size, 1001);
    ck_assert_uint_eq(i.sections[3].sh_offset, plan.tail);
    ck_assert_uint_eq(i.sections[4].sh_offset, plan.tail + sizeof p.comment);
    ck_assert_uint_eq(i.sections[1].sh_offset, RUNTIME_AT(code));
    ck_assert_uint_eq(i.header.e_shoff, plan.sections);
    elf_free(&i);
}
END_TEST

START_TEST(refuses_every_part_of_a_file)
{
    struct runtime p;
    runtime_make(&p);
    for (size_t size = 0; size < sizeof p; size++) {
        struct elf i;
        const char *reason = "";
        ck_assert_int_eq(read_bytes(&i, &p, size, &reason), -ENOEXEC);
        ck_assert_str_ne(reason, "");
        elf_free(&i);
    }
}
END_TEST

static const char no_program[] = "it is no sssrun program";
static const char broken[] = "its ELF headers are wrong";
static const char cut_off[] = "it is cut off";
static const char odd[] = "its parts are not in the order of a sssrun program";

// Each row: a number in the file is replaced, and what is said then.
#define FIELD(member) RUNTIME_AT(member), sizeof((struct runtime *)0)->member
static const struct {
    size_t at;
    size_t size;
    uint64_t value;
    const char *why;
} faults[] = {
    {FIELD(header.e_ident[EI_CLASS]), ELFCLASS32, no_program},
    {FIELD(header.e_ident[EI_DATA]), ELFDATA2MSB, no_program},
    {FIELD(header.e_ident[0]), 0, no_program},
    {FIELD(header.e_type), ET_REL, no_program},
    {FIELD(header.e_machine), EM_386, no_program},
    {FIELD(header.e_shnum), 0, "it has no section headers any more"},
    {FIELD(header.e_shoff), 0, "it has no section headers any more"},
    {FIELD(header.e_shnum), 0xffff, broken},
    {FIELD(header.e_shnum), 4, broken}, // the names are in number 4
    {FIELD(header.e_phnum), 0, broken},
    {FIELD(header.e_phnum), 0xffff, broken},
    {FIELD(header.e_phentsize), 32, broken},
    {FIELD(header.e_shentsize), 0, broken},
    {FIELD(header.e_shstrndx), SHN_XINDEX, broken},
    {FIELD(header.e_phoff), UINT64_MAX, cut_off},
    {FIELD(header.e_shoff), UINT64_MAX - 3, cut_off},
    {FIELD(header.e_shoff), sizeof(struct runtime) - 8, cut_off},
    {FIELD(header.e_phnum), 2, no_program}, // the room's is the third
    {FIELD(sections[4].sh_offset), UINT64_MAX - 8, no_program},
    {FIELD(sections[4].sh_size), 10, no_program},
    {FIELD(sections[4].sh_type), SHT_NOBITS, no_program},
    {FIELD(sections[2].sh_name), 0xffffffff, no_program},
    {FIELD(sections[2].sh_type), SHT_NOBITS, no_program},
    {FIELD(sections[2].sh_size), 8, no_program},
    {FIELD(sections[2].sh_size), UINT64_MAX, cut_off},
    {FIELD(sections[2].sh_addr), 0x10000000, no_program},
    {FIELD(sections[2].sh_offset), RUNTIME_AT(gap), no_program},
    {FIELD(sections[3].sh_offset), UINT64_MAX, cut_off},
    {FIELD(sections[3].sh_offset), RUNTIME_AT(room), odd},
    {FIELD(sections[3].sh_size), RUNTIME_AT(sections) - RUNTIME_AT(comment) + 1, odd},
    {FIELD(sections[3].sh_flags), SHF_ALLOC, odd},
    {FIELD(programs[2].p_align), 0, broken},
    {FIELD(programs[2].p_align), 8, broken},
    {FIELD(programs[2].p_align), 0x1001, broken},
    {FIELD(programs[2].p_align), 1ull << 40, broken},
    {FIELD(programs[2].p_memsz), 4096, broken},
    {FIELD(programs[2].p_filesz), 15, no_program},
    {FIELD(programs[2].p_type), PT_NOTE, no_program},
    {FIELD(programs[0].p_filesz), RUNTIME_AT(room) + 1, odd},
    {FIELD(programs[0].p_offset), UINT64_MAX, odd},
    {FIELD(programs[0].p_memsz), 0x10000000, odd},
    {FIELD(programs[0].p_vaddr), 0x20000000, odd},
    {FIELD(header.e_shoff), RUNTIME_AT(comment), no_program},
    {FIELD(room[0]), 'S', no_program},
};

START_TEST(tells_what_is_wrong)
{
    for (size_t n = 0; n < sizeof faults / sizeof faults[0]; n++) {
        struct runtime p;
        runtime_make(&p);
        memcpy((char *)&p + faults[n].at, &faults[n].value, faults[n].size);
        struct elf i;
        const char *reason = "";
        int error = read_bytes(&i, &p, sizeof p, &reason);
        elf_free(&i);
        ck_assert_msg(error == -ENOEXEC && strcmp(reason, faults[n].why) == 0,
                      "fault %d: %d, %s instead of %s", (int)n, error, reason, faults[n].why);
    }
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    struct elf i;
    const char *reason = "";
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(elf_read(&i, ends[0], &reason), -ENOEXEC);
    ck_assert_str_eq(reason, no_program);
    elf_free(&i);
    ck_assert_int_eq(elf_read(&i, -1, &reason), -EBADF);
    elf_free(&i);
}
END_TEST

// Section headers in the middle, behind which a section stands, would be kept as if they were one.
START_TEST(refuses_section_headers_in_between)
{
    struct {
        struct runtime p;
        char more[100];
    } file = {.more = "x"};
    struct elf i;
    const char *reason = "";
    runtime_make(&file.p);
    file.p.sections[3].sh_offset = offsetof(__typeof__(file), more);
    ck_assert_int_eq(read_bytes(&i, &file, sizeof file, &reason), -ENOEXEC);
    ck_assert_str_eq(reason, odd);
    elf_free(&i);
    runtime_make(&file.p);
    ck_assert_int_eq(read_bytes(&i, &file, sizeof file, &reason), 0); // what nobody owns may be
    elf_free(&i);
    file.p.room[6] = 1;
    must_refuse(&file.p, no_program);
}
END_TEST

// They are written over in their place, which must be kept.
START_TEST(refuses_program_headers_behind_the_room)
{
    struct {
        struct runtime p;
        Elf64_Phdr programs[3];
    } file;
    struct elf i;
    const char *reason = "";
    runtime_make(&file.p);
    memcpy(file.programs, file.p.programs, sizeof file.programs);
    file.p.header.e_phoff = offsetof(__typeof__(file), programs);
    ck_assert_int_eq(read_bytes(&i, &file, sizeof file, &reason), -ENOEXEC);
    ck_assert_str_eq(reason, odd);
    elf_free(&i);
}
END_TEST

static void spoil(struct runtime *p)
{
    static const uint64_t numbers[] = {0, 1, 0xffff, 0x7fffffff, UINT64_MAX, 1ull << 63};
    size_t headers = RUNTIME_AT(code);
    size_t at = random_below(2)
                    ? random_below(headers - 8)
                    : RUNTIME_AT(sections) + random_below(sizeof *p - RUNTIME_AT(sections) - 8);
    uint64_t value = random_below(2) ? numbers[random_below(6)] : random_below(sizeof *p + 16);
    size_t width = (size_t)1 << random_below(4);
    memcpy((char *)p + at / width * width, &value, width);
}

// Whatever stands there, what is planned from it lies within the file.
START_TEST(believes_no_number)
{
    int good = 0;
    random_start("elf");
    for (int round = 0; round < 10000; round++) {
        struct runtime p;
        struct elf i;
        const char *reason = "";
        runtime_make(&p);
        for (uint64_t changes = 1 + random_below(3); changes > 0; changes--)
            spoil(&p);
        if (read_bytes(&i, &p, sizeof p, &reason) == 0) {
            good++;
            ck_assert_uint_le(i.head_size, i.room);
            ck_assert_uint_le(i.room + i.room_size, i.tail);
            ck_assert_uint_le(i.tail + i.tail_size, sizeof p);
            struct elf_plan plan = elf_place(&i, 12345);
            ck_assert_uint_le(plan.file_size, 2 * sizeof p + 12345 + 4096 * sizeof(Elf64_Shdr));
            ck_assert_uint_le(plan.archive + 12345, plan.sections);
        } else {
            ck_assert_str_ne(reason, "");
        }
        elf_free(&i);
    }
    ck_assert_int_gt(good, 100);
}
END_TEST

UNIT_MAIN("elf", recognises_a_runtime, plans_the_file, refuses_every_part_of_a_file,
          tells_what_is_wrong, refuses_what_is_no_file, refuses_section_headers_in_between,
          refuses_program_headers_behind_the_room, believes_no_number)
