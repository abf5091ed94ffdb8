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
    struct assembly *assembly;
    struct fault *fault;
    struct image image;
    struct image_plan plan;
    struct savefile out;
    struct payload_item *items;
    unsigned char *head; // of the payload
    uint64_t payload_size;
    int runtime; // descriptor
};

static int look_at_files(struct writing *w)
{
    struct assembly *a = w->assembly;
    w->items = calloc(a->count + 1, sizeof *w->items);
    if (w->items == NULL)
        return fault_errno(w->fault, "pack", a->main, -ENOMEM);
    for (size_t i = 0; i < a->count; i++) {
        struct assembly_file *file = &a->files[i];
        if (source_look(&file->source, w->fault) < 0)
            return -1;
        w->items[i] = (struct payload_item){file->name, file->source.size, i};
    }
    return 0;
}

static int make_head(struct writing *w)
{
    struct assembly *a = w->assembly;
    const char *reason, *name;
    w->head = payload_make_head(w->items, a->count, a->main, &w->payload_size, &reason, &name);
    if (w->head != NULL)
        return 0;
    return fault_set(w->fault, "pack", name != NULL ? name : a->main, reason);
}

static int open_runtime(struct writing *w)
{
    struct stat info;
    const char *path = w->assembly->runtime, *reason;
    w->runtime = source_open(path, "use as runtime", &info, w->fault);
    if (w->runtime < 0)
        return -1;
    int error = image_read(&w->image, w->runtime, &reason);
    if (error < 0)
        return fault_set(w->fault, "use as runtime", path,
                         error == -ENOEXEC ? reason : error_text(-error));
    w->plan = image_place(&w->image, w->payload_size);
    return 0;
}

// A failure to write, as a fault.
static int wrote(struct writing *w, int error)
{
    return error < 0 ? fault_errno(w->fault, "write", w->assembly->out, error) : 0;
}

static int write_program(struct writing *w)
{
    const struct assembly *a = w->assembly;
    const struct image *i = &w->image;
    if (source_copy_range(w->runtime, a->runtime, 0, i->head_size, &w->out, NULL, a->out,
                          w->fault) < 0 ||
        wrote(w, savefile_pad(&w->out, w->plan.tail)) < 0 ||
        source_copy_range(w->runtime, a->runtime, i->tail, i->tail_size, &w->out, NULL, a->out,
                          w->fault) < 0)
        return -1;
    return wrote(w, savefile_pad(&w->out, w->plan.payload));
}

// The checksum is known, and goes to its place, when all has been written.
static int write_payload(struct writing *w)
{
    struct assembly *a = w->assembly;
    struct checksum sum;
    unsigned char value[8];
    uint64_t head = little_load64(w->head + 32);
    checksum_start(&sum);
    checksum_add(&sum, w->head + PAYLOAD_SUMMED_FROM, head - PAYLOAD_SUMMED_FROM);
    if (wrote(w, savefile_write(&w->out, w->head, head)) < 0)
        return -1;
    for (size_t i = 0; i < a->count; i++) {
        const struct source *source = &a->files[w->items[i].place].source;
        if (source_copy(source, &w->out, &sum, a->out, w->fault) < 0)
            return -1;
    }
    little_store64(value, checksum_value(&sum));
    return wrote(
        w, savefile_write_at(&w->out, value, sizeof value, w->plan.payload + PAYLOAD_CHECKSUM_AT));
}

static int write_headers(struct writing *w)
{
    const struct image *i = &w->image;
    const Elf64_Ehdr *h = &i->header;
    int error = savefile_pad(&w->out, w->plan.sections);
    if (error == 0)
        error = savefile_write(&w->out, i->sections, h->e_shnum * sizeof *i->sections);
    if (error == 0)
        error = savefile_write_at(&w->out, h, sizeof *h, 0);
    if (error == 0)
        error =
            savefile_write_at(&w->out, i->programs, h->e_phnum * sizeof *i->programs, h->e_phoff);
    return wrote(w, error);
}

static int write_file(struct writing *w)
{
    const char *out = w->assembly->out;
    int error = savefile_open(&w->out, out, PROGRAM_MODE);
    if (error == -EEXIST)
        return fault_set(w->fault, "write", out, "it is no regular file");
    if (error < 0)
        return wrote(w, error);
    if (write_program(w) < 0 || write_payload(w) < 0 || write_headers(w) < 0) {
        savefile_drop(&w->out);
        return -1;
    }
    return wrote(w, savefile_commit(&w->out));
}

int assembly_write(struct assembly *a, uint64_t *size, struct fault *fault)
{
    struct writing w = {.assembly = a, .fault = fault, .runtime = -1};
    int status = look_at_files(&w);
    if (status == 0)
        status = make_head(&w);
    if (status == 0)
        status = open_runtime(&w);
    if (status == 0 && a->out != NULL)
        status = write_file(&w);
    *size = w.plan.file_size;
    if (w.runtime >= 0)
        close(w.runtime);
    image_free(&w.image);
    free(w.items);
    free(w.head);
    return status;
}
