// SPDX-License-Identifier: BSD-3-Clause
// Small files of the system that may change while the program runs.

#include "sys/config_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { READ_AT_ONCE = 16 * 1024 };
// The times of a file are those of the kernel's clock tick, so a second change within a tick is not
// seen.
static const double tick_s = 0.05;

void config_file_init(struct config_file *f, const char *path)
{
    *f = (struct config_file){.path = path};
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           same_time(a->st_mtim, b->st_mtim) && same_time(a->st_ctim, b->st_ctim);
}

static bool was_just_changed(const struct stat *st)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    double age = (double)(now.tv_sec - st->st_ctim.tv_sec) +
                 (double)(now.tv_nsec - st->st_ctim.tv_nsec) / 1e9;
    return age < tick_s; // also when the time is in the future
}

// Does the process lack something, as opposed to a file that cannot be read?
static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

// Reads FD to its end into *TEXT. The number of bytes, or -errno.
static ssize_t read_on(int fd, char **text)
{
    size_t size = 0, room = 0;
    for (;;) {
        if (room - size < READ_AT_ONCE + 1) {
            room = room * 2 + READ_AT_ONCE + 1;
            char *larger = realloc(*text, room);
            if (!larger)
                return -ENOMEM;
            *text = larger;
        }
        ssize_t got = read(fd, *text + size, room - size - 1);
        int code = got < 0 ? errno : 0;
        if (code != 0 && code != EINTR)
            return -code;
        if (got == 0)
            break;
        size += got > 0 ? (size_t)got : 0;
    }
    (*text)[size] = '\0';
    return (ssize_t)size;
}

// Reads the file; a pipe or a device counts as empty.
static int read_file(struct config_file *f, int fd, char **text, size_t *size)
{
    if (fstat(fd, &f->seen) < 0)
        return -errno;
    *text = NULL;
    ssize_t got = S_ISREG(f->seen.st_mode) ? read_on(fd, text) : -EINVAL;
    if (got < 0) {
        free(*text);
        *text = NULL;
        return (int)got;
    }
    *size = (size_t)got;
    return 1;
}

static int read_nothing(struct config_file *f, char **text, size_t *size)
{
    f->is_known = true;
    *size = 0;
    *text = calloc(1, 1);
    return *text ? 1 : -ENOMEM;
}

int config_file_read(struct config_file *f, char **text, size_t *size)
{
    struct stat now = {0};
    if (stat(f->path, &now) < 0)
        now.st_ino = 0;
    if (f->is_known && !f->is_recent && same_file(&now, &f->seen))
        return 0;
    f->is_known = false;
    f->seen = now;
    f->is_recent = now.st_ino != 0 && was_just_changed(&now);
    int fd = open(f->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int r = fd < 0 ? -errno : read_file(f, fd, text, size);
    if (fd >= 0)
        close(fd);
    if (r < 0)
        return is_shortage(-r) ? r : read_nothing(f, text, size);
    f->is_known = true;
    return r;
}
