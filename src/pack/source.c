// SPDX-License-Identifier: BSD-3-Clause
// Copies files in pieces of 256 KiB.

#include "pack/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE ((size_t)256 << 10)

static const char changed[] = "it changed while it was read";

int source_open(const char *path, const char *action, struct stat *info, struct fault *fault)
{
    // Opening a named pipe would wait for its writer.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fault_errno(fault, action, path, -errno);
    if (fstat(fd, info) == 0 && S_ISREG(info->st_mode))
        return fd;
    close(fd);
    return fault_set(fault, action, path,
                     S_ISDIR(info->st_mode) ? "it is a folder" : "it is no regular file");
}

int source_look(struct source *s, struct fault *fault)
{
    if (!s->path)
        return 0;
    int fd = source_open(s->path, "read", &s->info, fault);
    if (fd < 0)
        return -1;
    close(fd);
    s->size = (uint64_t)s->info.st_size;
    return 0;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           same_time(a->st_mtim, b->st_mtim) && same_time(a->st_ctim, b->st_ctim);
}

ssize_t source_read(int fd, void *to, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, (char *)to + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got == 0)
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)done;
}

static int put(const void *data, size_t size, const struct source_sink *sink, struct fault *fault)
{
    if (sink->sum)
        checksum_add(sink->sum, data, size);
    int error = savefile_write(sink->out, data, size);
    return error < 0 ? fault_errno(fault, "write", sink->target, error) : 0;
}

// Copies the first WANTED bytes of RANGE by way of PIECE, which has room for them.
static int copy_piece(const struct source_range *range, char *piece, size_t wanted,
                      const struct source_sink *sink, struct fault *fault)
{
    ssize_t got = source_read(range->fd, piece, wanted, range->offset);
    if (got < 0)
        return fault_errno(fault, "read", range->path, (int)got);
    if ((size_t)got < wanted)
        return fault_set(fault, "read", range->path, changed);
    return put(piece, wanted, sink, fault);
}

int source_copy_range(struct source_range range, const struct source_sink *sink,
                      struct fault *fault)
{
    int status = 0;
    char *piece = malloc(PIECE);
    if (!piece)
        return fault_errno(fault, "read", range.path, -ENOMEM);
    while (range.size > 0 && status == 0) {
        size_t wanted = range.size < PIECE ? (size_t)range.size : PIECE;
        status = copy_piece(&range, piece, wanted, sink, fault);
        range.offset += wanted;
        range.size -= wanted;
    }
    free(piece);
    return status;
}

int source_copy(const struct source *s, const struct source_sink *sink, struct fault *fault)
{
    struct stat info;
    if (!s->path)
        return put(s->data, s->size, sink, fault);
    int fd = source_open(s->path, "read", &info, fault);
    if (fd < 0)
        return -1;
    int status = source_copy_range((struct source_range){fd, s->path, 0, s->size}, sink, fault);
    if (status == 0 && (fstat(fd, &info) < 0 || !is_same(&info, &s->info)))
        status = fault_set(fault, "read", s->path, changed);
    close(fd);
    return status;
}
