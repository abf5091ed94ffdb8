// SPDX-License-Identifier: BSD-3-Clause
// Writes programs of one file.

#include "pack/program.h"

#include "base/little.h"
#include "pack/elf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { PROGRAM_MODE = 0777 };

struct writing {
    struct program *program;
    struct fault *fault;
    struct elf elf;
    struct elf_plan plan;
    struct savefile out;
    struct archive_item *items;
    unsigned char *head; // of the archive
    uint64_t archive_size;
    int runtime; // descriptor
};

static int look_at_files(struct writing *w)
{
    struct program *p = w->program;
    w->items = calloc(p->count + 1, sizeof *w->items);
    if (!w->items)
        return fault_errno(w->fault, "pack", p->main, -ENOMEM);
    for (size_t i = 0; i < p->count; i++) {
        struct program_file *file = &p->files[i];
        if (source_look(&file->source, w->fault) < 0)
            return -1;
        w->items[i] = (struct archive_item){file->name, file->source.size, i};
    }
    return 0;
}

static int make_head(struct writing *w)
{
    struct program *p = w->program;
    struct archive_fault fault;
    w->head = archive_make_head(w->items, p->count, p->main, &w->archive_size, &fault);
    if (w->head)
        return 0;
    return fault_set(w->fault, "pack", fault.name ? fault.name : p->main, fault.reason);
}

static int open_runtime(struct writing *w)
{
    struct stat info;
    const char *path = w->program->runtime, *reason;
    w->runtime = source_open(path, "use as runtime", &info, w->fault);
    if (w->runtime < 0)
        return -1;
    int error = elf_read(&w->elf, w->runtime, &reason);
    if (error < 0)
        return fault_set(w->fault, "use as runtime", path,
                         error == -ENOEXEC ? reason : error_text(-error));
    w->plan = elf_place(&w->elf, w->archive_size);
    return 0;
}

// Turns an error of writing into a fault. 0 or -1.
static int wrote(struct writing *w, int error)
{
    return error < 0 ? fault_errno(w->fault, "write", w->program->out, error) : 0;
}

// Copies SIZE bytes of the runtime, from OFFSET on.
static int copy_runtime(struct writing *w, uint64_t offset, uint64_t size)
{
    struct source_range range = {w->runtime, w->program->runtime, offset, size};
    struct source_sink sink = {&w->out, NULL, w->program->out};
    return source_copy_range(range, &sink, w->fault);
}

static int write_runtime(struct writing *w)
{
    if (copy_runtime(w, 0, w->elf.head_size) < 0 ||
        wrote(w, savefile_pad(&w->out, w->plan.tail)) < 0 ||
        copy_runtime(w, w->elf.tail, w->elf.tail_size) < 0)
        return -1;
    return wrote(w, savefile_pad(&w->out, w->plan.archive));
}

// The checksum is known only when everything has been written, so it is written last.
static int write_archive(struct writing *w)
{
    struct program *p = w->program;
    struct checksum sum;
    struct source_sink sink = {&w->out, &sum, p->out};
    unsigned char value[8];
    uint64_t head = little_load64(w->head + 32);
    checksum_start(&sum);
    checksum_add(&sum, w->head + ARCHIVE_SUMMED_FROM, head - ARCHIVE_SUMMED_FROM);
    if (wrote(w, savefile_write(&w->out, w->head, head)) < 0)
        return -1;
    for (size_t i = 0; i < p->count; i++) {
        const struct source *source = &p->files[w->items[i].place].source;
        if (source_copy(source, &sink, w->fault) < 0)
            return -1;
    }
    little_store64(value, checksum_value(&sum));
    return wrote(
        w, savefile_write_at(&w->out, value, sizeof value, w->plan.archive + ARCHIVE_CHECKSUM_AT));
}

static int write_headers(struct writing *w)
{
    const struct elf *elf = &w->elf;
    const Elf64_Ehdr *h = &elf->header;
    int error = savefile_pad(&w->out, w->plan.sections);
    if (error == 0)
        error = savefile_write(&w->out, elf->sections, h->e_shnum * sizeof *elf->sections);
    if (error == 0)
        error = savefile_write_at(&w->out, h, sizeof *h, 0);
    if (error == 0)
        error = savefile_write_at(&w->out, elf->programs, h->e_phnum * sizeof *elf->programs,
                                  h->e_phoff);
    return wrote(w, error);
}

static int write_file(struct writing *w)
{
    const char *out = w->program->out;
    int error = savefile_open(&w->out, out, PROGRAM_MODE);
    if (error == -EEXIST)
        return fault_set(w->fault, "write", out, "it is no regular file");
    if (error < 0)
        return wrote(w, error);
    if (write_runtime(w) < 0 || write_archive(w) < 0 || write_headers(w) < 0) {
        savefile_drop(&w->out);
        return -1;
    }
    return wrote(w, savefile_commit(&w->out));
}

int program_write(struct program *p, uint64_t *size, struct fault *fault)
{
    struct writing w = {.program = p, .fault = fault, .runtime = -1};
    int status = look_at_files(&w);
    if (status == 0)
        status = make_head(&w);
    if (status == 0)
        status = open_runtime(&w);
    if (status == 0 && p->out)
        status = write_file(&w);
    *size = w.plan.file_size;
    if (w.runtime >= 0)
        close(w.runtime);
    elf_free(&w.elf);
    free(w.items);
    free(w.head);
    return status;
}
