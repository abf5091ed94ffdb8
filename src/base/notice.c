// SPDX-License-Identifier: BSD-3-Clause
// What the program says on stderr.

#include "base/notice.h"

#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

void notice_write(const char *text, size_t size)
{
    struct iovec parts[] = {{(char *)"sssrun: ", 8}, {(char *)text, size}, {(char *)"\n", 1}};
    fflush(stderr); // a script may have given it a buffer
    ssize_t written = writev(STDERR_FILENO, parts, 3);
    size_t skip = written > 0 ? (size_t)written : 0;
    // Writes the rest where the system did not take everything: the call was interrupted, or a pipe
    // is full.
    for (int i = 0; i < 3; i++) {
        size_t gone = skip < parts[i].iov_len ? skip : parts[i].iov_len;
        fwrite((char *)parts[i].iov_base + gone, 1, parts[i].iov_len - gone, stderr);
        skip -= gone;
    }
    fflush(stderr);
}
