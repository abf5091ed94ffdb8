// SPDX-License-Identifier: BSD-3-Clause
// Writes to a temporary name, then calls rename(2).

#include "pack/savefile.h"

#include "sys/disposition.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_TRIED = 1000, NAME_SIZE = 48 };

// The signal that is to end the program, or 0.
static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
    stopped = number;
}

static const struct {
    int number;
    void (*handler)(int);
} signals[SAVEFILE_SIGNALS] = {
    {SIGXFSZ, SIG_IGN}, {SIGINT, on_stop}, {SIGTERM, on_stop}, {SIGHUP, on_stop}};

// A signal that is ignored (nohup(1)) stays ignored.
static void hold_signals(struct savefile *s)
{
    stopped = 0;
    for (int i = 0; i < SAVEFILE_SIGNALS; i++) {
        int number = signals[i].number;
        s->saved[i] = (struct sigaction){.sa_handler = SIG_IGN};
        if (disposition_handler(number) != SIG_IGN)
            disposition_set(number, signals[i].handler, 0, &s->saved[i]);
    }
}

static void release_signals(struct savefile *s)
{
    for (int i = 0; i < SAVEFILE_SIGNALS; i++)
        disposition_restore(signals[i].number, &s->saved[i]);
    if (stopped != 0)
        raise(stopped);
}

// Finds the path that is to be replaced: where PATH leads when it exists and is a symbolic link.
static int find_target(struct savefile *s, const char *path)
{
    struct stat info;
    size_t length = strlen(path);
    if (length == 0)
        return -ENOENT;
    if (stat(path, &info) < 0) {
        int code = errno;
        if (code != ENOENT)
            return -code;
        if (path[length - 1] == '/')
            return -EISDIR;
        s->target = strdup(path);
        return s->target ? 0 : -ENOMEM;
    }
    if (!S_ISREG(info.st_mode))
        return S_ISDIR(info.st_mode) ? -EISDIR : -EEXIST;
    s->target = realpath(path, NULL);
    return s->target ? 0 : -errno;
}

// Opens a file with a new name in the folder of the target.
static int open_temporary(struct savefile *s, mode_t mode)
{
    const char *slash = strrchr(s->target, '/');
    size_t folder = slash ? (size_t)(slash - s->target) + 1 : 0;
    s->temporary = malloc(folder + NAME_SIZE);
    if (!s->temporary)
        return -ENOMEM;
    memcpy(s->temporary, s->target, folder);
    for (int i = 0; i < NAMES_TRIED; i++) {
        snprintf(s->temporary + folder, NAME_SIZE, ".sssrun-%ld-%d.part", (long)getpid(), i);
        s->fd = open(s->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (s->fd >= 0 || errno != EEXIST)
            return s->fd < 0 ? -errno : 0;
    }
    return -EEXIST;
}

static void free_names(struct savefile *s)
{
    free(s->target);
    free(s->temporary);
    s->target = s->temporary = NULL;
}

int savefile_open(struct savefile *s, const char *path, mode_t mode)
{
    *s = (struct savefile){.fd = -1};
    int error = find_target(s, path);
    hold_signals(s);
    if (error == 0)
        error = open_temporary(s, mode);
    if (error < 0) {
        free_names(s);
        release_signals(s);
    }
    return error;
}

int savefile_write_at(struct savefile *s, const void *data, size_t size, uint64_t offset)
{
    const char *at = data;
    while (size > 0) {
        if (stopped != 0)
            return -EINTR;
        ssize_t put = pwrite(s->fd, at, size, (off_t)offset);
        if (put < 0 && errno != EINTR)
            return -errno;
        if (put > 0) {
            at += put;
            size -= (size_t)put;
            offset += (uint64_t)put;
        }
    }
    return 0;
}

int savefile_write(struct savefile *s, const void *data, size_t size)
{
    int error = savefile_write_at(s, data, size, s->size);
    if (error == 0)
        s->size += size;
    return error;
}

int savefile_pad(struct savefile *s, uint64_t offset)
{
    static const char zeros[64];
    int error = 0;
    while (error == 0 && s->size < offset) {
        uint64_t missing = offset - s->size;
        error = savefile_write(s, zeros, missing < sizeof zeros ? missing : sizeof zeros);
    }
    return error;
}

static int close_file(struct savefile *s)
{
    int error = close(s->fd) < 0 ? -errno : 0;
    s->fd = -1;
    return error;
}

int savefile_commit(struct savefile *s)
{
    int error = close_file(s);
    if (error == 0 && rename(s->temporary, s->target) < 0)
        error = -errno;
    if (error < 0)
        unlink(s->temporary);
    free_names(s);
    release_signals(s);
    return error;
}

void savefile_drop(struct savefile *s)
{
    unlink(s->temporary);
    (void)close_file(s);
    free_names(s);
    release_signals(s);
}

// The file that is to be removed when a signal ends the program.
static char *volatile doomed;

static void on_doom(int number)
{
    unlink(doomed);
    disposition_end(number);
}

static void set_doom(void (*handler)(int))
{
    static const int fatal[] = {SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        if (disposition_handler(fatal[i]) != SIG_IGN)
            disposition_set(fatal[i], handler, 0, NULL);
    }
}

int savefile_doom(const char *path)
{
    char *copy = path ? strdup(path) : NULL;
    if (path && !copy)
        return -ENOMEM;
    set_doom(disposition_default());
    free(doomed);
    doomed = copy;
    if (copy)
        set_doom(on_doom);
    return 0;
}
