// SPDX-License-Identifier: BSD-3-Clause
// The files of unix sockets, and files that are sent.

#ifndef SSS_SYS_SOCK_FILE_H
#define SSS_SYS_SOCK_FILE_H

// Like sys/sock, which counts these calls too: one system call per function where that is possible,
// results or -errno. It refuses to know who asks.

#include "base/error.h"
#include "sys/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Does somebody use this unix address? Tries to connect a new socket of TYPE. 1: yes (a socket of
// any type, perhaps too busy to answer now). 0: no, the file is a socket that was left behind (or
// that is bound and not yet listening: the system makes no difference). -ENOENT: there is no file.
// -ENOTSOCK: the file is no socket, and not to be removed. -EACCES and others: not known.
int sock_unix_alive(const struct addr *a, int type) MUST_CHECK;

// Remove the file of a unix address (unlink(2)), or set its permissions (chmod(2)). 0 for an
// abstract name, which has no file.
int sock_unlink(const struct addr *a) MUST_CHECK;
int sock_chmod(const struct addr *a, unsigned mode) MUST_CHECK;

// open(2) of a file that is to be sent: the new descriptor, close-on-exec. -EISDIR for a folder.
int sock_open_file(const char *path) MUST_CHECK;

// pread(2) of at most SIZE bytes from OFFSET on. OFFSET < 0: read(2) of what is there, -EAGAIN when
// there is nothing yet, also when the file is blocking. 0 at the end.
ssize_t sock_read_file(int fd, off_t offset, void *buf, size_t size) MUST_CHECK;

// Can it be read from any offset (a file), or only as data comes (a pipe)?
bool sock_can_seek(int fd);

// flock(2) of the folder that holds the file of a unix address, so that only one program at a time
// looks whether the file is in use and takes its place. The descriptor that holds the lock. -errno
// when there is no such folder (-ENOENT for an abstract name), when it cannot be locked, or when
// another program holds the lock for long.
int sock_lock_folder(const struct addr *a) MUST_CHECK;

#endif
