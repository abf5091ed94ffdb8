// SPDX-License-Identifier: BSD-3-Clause
// The files of unix sockets, and files that are sent.

#include "sys/sock_file.h"

#include "sys/sock.h"
#include "sys/sock_call.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = sizeof(struct sockaddr_storage) + 1 };

// Writes the path of a unix address, with a NUL. False when the address names no file.
static bool file_path(const struct addr *a, char path[PATH_SIZE])
{
    size_t len;
    const char *from = addr_path(a, &len);
    if (len == 0 || from[0] == '\0')
        return false;
    memcpy(path, from, len);
    path[len] = '\0';
    return true;
}

// Nobody answers at this address: 0 when its file is a socket that was left behind. connect(2)
// gives ECONNREFUSED for any file, and a file with a user's data must not be removed: so look what
// it is.
static int stale_file(const struct addr *a)
{
    char path[PATH_SIZE];
    struct stat file;
    if (!file_path(a, path)) // an abstract name has no file
        return -ENOENT;
    int error = (int)CALLED(other, lstat(path, &file));
    if (error < 0)
        return error;
    return S_ISSOCK(file.st_mode) ? 0 : -ENOTSOCK;
}

int sock_unix_alive(const struct addr *a, int type)
{
    int fd = sock_open(AF_UNIX, type, 0);
    if (fd < 0)
        return fd;
    int error = sock_connect(fd, a);
    (void)sock_close(fd);
    switch (error) {
    case 0:
    case -EINPROGRESS:
    case -EAGAIN:     // its backlog is full
    case -EPROTOTYPE: // a socket of another type
    case -EPERM:      // a datagram socket that is connected to another peer
        return 1;
    case -ECONNREFUSED:
        return stale_file(a);
    default:
        return error;
    }
}

int sock_unlink(const struct addr *a)
{
    char path[PATH_SIZE];
    return file_path(a, path) ? (int)CALLED(other, unlink(path)) : 0;
}

int sock_chmod(const struct addr *a, unsigned mode)
{
    char path[PATH_SIZE];
    return file_path(a, path) ? (int)RESTARTED(other, chmod(path, mode)) : 0;
}

int sock_open_file(const char *path)
{
    struct stat file;
    // Opening a FIFO would wait without O_NONBLOCK.
    int fd = (int)RESTARTED(other, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd < 0)
        return fd;
    int error = (int)CALLED(other, fstat(fd, &file));
    if (error == 0 && S_ISDIR(file.st_mode))
        error = -EISDIR;
    if (error < 0)
        (void)sock_close(fd);
    return error < 0 ? error : fd;
}

ssize_t sock_read_file(int fd, off_t offset, void *buf, size_t size)
{
    if (offset >= 0)
        return RESTARTED(other, pread(fd, buf, size, offset));
    int ready = sock_poll(fd, POLLIN, 0);
    if (ready <= 0)
        return ready < 0 ? ready : -EAGAIN;
    return RESTARTED(other, read(fd, buf, size));
}

bool sock_can_seek(int fd)
{
    return CALLED(other, lseek(fd, 0, SEEK_CUR)) >= 0;
}

// Opens the folder that holds the file of a unix address. -ENOENT for an abstract name.
static int open_folder(const struct addr *a)
{
    char path[PATH_SIZE];
    if (!file_path(a, path))
        return -ENOENT;
    char *end = strrchr(path, '/');
    if (!end)
        strcpy(path, ".");
    else
        end[end == path] = '\0';
    return (int)RESTARTED(other, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int sock_lock_folder(const struct addr *a)
{
    enum { TRIES = 2000 }; // others hold it for a moment only
    static const struct timespec instant = {.tv_nsec = 1000000};
    int fd = open_folder(a);
    if (fd < 0)
        return fd;
    int error = (int)CALLED(other, flock(fd, LOCK_EX | LOCK_NB));
    for (int i = 0; i < TRIES && (error == -EWOULDBLOCK || error == -EINTR); i++) {
        nanosleep(&instant, NULL);
        error = (int)CALLED(other, flock(fd, LOCK_EX | LOCK_NB));
    }
    if (error == 0)
        return fd;
    (void)sock_close(fd);
    return error;
}
