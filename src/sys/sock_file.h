// SPDX-License-Identifier: BSD-3-Clause
// The files of unix sockets, and files that are sent.

#ifndef SSS_SYS_SOCK_FILE_H
#define SSS_SYS_SOCK_FILE_H

// As sys/sock, which counts what is done here: one system call per function where that is possible,
// -errno, and no knowledge of who asks.

#include "base/error.h"
#include "sys/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Is somebody there at this unix address? 1 yes (of any type, or too busy to answer now); 0 no,
// only a socket's file left behind (or a socket bound but not yet listening: the system does not
// tell them apart); -ENOENT nothing; -ENOTSOCK a file that is no socket (not one to remove);
// -EACCES and others: not known. Tries to connect a fresh socket of TYPE.
int sock_unix_alive(const struct addr *a, int type) MUST_CHECK;

// The file of a unix address: removed, unlink(2); its permissions set, chmod(2). An abstract name
// has none: 0.
int sock_unlink(const struct addr *a) MUST_CHECK;
int sock_chmod(const struct addr *a, unsigned mode) MUST_CHECK;

// open(2) for reading, close-on-exec: a file to be sent. The new descriptor; -EISDIR for a
// directory.
int sock_open_file(const char *path) MUST_CHECK;

// pread(2) of at most SIZE bytes from OFFSET on; OFFSET < 0: read(2) of what can be had without
// waiting, -EAGAIN when there is nothing yet, whatever the file's mode. 0: the end.
ssize_t sock_read_file(int fd, off_t offset, void *buf, size_t size) MUST_CHECK;

// Has it a place to read from (a file), or does what is read come from somebody else (a pipe)?
bool sock_can_seek(int fd);

// flock(2) of the folder that the file of a unix address is in, so that only one of several
// programs at a time looks whether the file is in use, and makes it its own. The descriptor that
// holds the lock; -errno when there is no such folder (-ENOENT for an abstract name), when it
// cannot be locked, or when somebody else has it for long.
int sock_lock_folder(const struct addr *a) MUST_CHECK;

#endif
