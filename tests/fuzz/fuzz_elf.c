// SPDX-License-Identifier: BSD-3-Clause
// Program files: a small one with numbers replaced, or any bytes.

#include "fuzz.h"

#include "pack/elf.h"
#include "pack/program.h"
#include "runtimes.h"

#include <sys/mman.h>

static void check_plan(struct elf *i, uint64_t archive)
{
    uint64_t head = i->head_size, tail = i->tail_size;
    struct elf_plan plan = elf_place(i, archive);
    FUZZ_REQUIRE(plan.tail >= head);
    FUZZ_REQUIRE(plan.archive >= plan.tail + tail);
    FUZZ_REQUIRE(plan.sections >= plan.archive + archive);
    FUZZ_REQUIRE(plan.file_size >= plan.sections);
    FUZZ_REQUIRE(i->programs[i->program].p_offset == plan.archive);
}

// The parts of a program that elf_read() takes are all in the file.
static void check_read(int fd, uint64_t archive)
{
    struct elf i;
    const char *reason = NULL;
    int error = elf_read(&i, fd, &reason);
    FUZZ_REQUIRE(error == 0 || reason);
    if (error == 0) {
        FUZZ_REQUIRE(i.room + i.room_size <= i.file_size);
        FUZZ_REQUIRE(i.head_size <= i.room);
        FUZZ_REQUIRE(i.tail_size <= i.file_size && i.tail <= i.file_size - i.tail_size);
        check_plan(&i, archive);
    }
    elf_free(&i);
}

static void check_open(int fd)
{
    struct program_contents contents;
    struct fault fault;
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (program_open(&contents, path, &fault) == 0)
        FUZZ_REQUIRE(contents.archive.count > 0);
    program_close(&contents);
}

static void try_file(const void *data, size_t size, uint64_t archive)
{
    int fd = memfd_create("elf", MFD_CLOEXEC);
    FUZZ_REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    check_read(fd, archive);
    check_open(fd);
    close(fd);
}

// First a letter: "r" bytes as they are; else the length of an archive in four bytes, and what is
// to be replaced in a good program.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct runtime p;
    if (input_byte(&in) == 'r') {
        try_file(in.at, in.left, 0);
        return 0;
    }
    uint64_t archive = input_number(&in, 4);
    runtime_make(&p);
    input_patch(&in, &p, sizeof p);
    try_file(&p, sizeof p - input_byte(&in), archive);
    return 0;
}
