// SPDX-License-Identifier: BSD-3-Clause
// SIGPIPE, closed standard descriptors, and write errors of standard output.

#include "host/output.h"

#include "base/error.h"
#include "host/message.h"
#include "sys/disposition.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

void output_guard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        // open(2) takes the lowest free number, which is this one. Reading and writing fail there,
        // as with a closed descriptor. Where there is no /dev, the root folder is opened.
        int opened = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (opened < 0)
            opened = open("/", O_PATH | O_DIRECTORY);
        if (opened < 0)
            return;
    }
}

// The signal does not tell which descriptor has no reader. poll(2) does, by POLLERR for a pipe and
// POLLHUP for a socket.
static int reader_is_gone(int fd)
{
    struct pollfd end = {.fd = fd, .events = POLLOUT};
    return poll(&end, 1, 0) == 1 && (end.revents & (POLLERR | POLLHUP)) != 0;
}

static void on_broken_pipe(int number)
{
    int saved = errno;
    if (reader_is_gone(STDOUT_FILENO) || reader_is_gone(STDERR_FILENO))
        disposition_end(number);
    errno = saved;
}

void output_guard_pipe(void)
{
    disposition_set(SIGPIPE, on_broken_pipe, SA_RESTART, NULL);
}

// musl's own buffer has 1,024 bytes. What does not fit is written in pieces, between which the
// output of another process may come.
void output_buffer(void)
{
    static char buffer[64 * 1024];
    setvbuf(stdout, buffer, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof buffer);
}

// musl's FILEs call this (vendor/musl_mend.sh). Output is flushed only where the read would wait.
__attribute__((used)) void output_before_read(int fd)
{
    if (__fpending(stdout) == 0)
        return;
    int saved = errno;
    struct pollfd input = {.fd = fd, .events = POLLIN};
    if (poll(&input, 1, 0) == 0)
        fflush(stdout);
    errno = saved;
}

// Remembers that it has failed, so that the message is printed only once.
int output_finish(void)
{
    static int failed;
    int earlier = ferror(stdout);
    int code = fflush(stdout) == 0 ? 0 : errno;
    if (failed || (!earlier && code == 0))
        return failed ? -1 : 0;
    failed = 1;
    if (code != 0)
        message_format("cannot write standard output: %s", error_text(code));
    else
        message_print("cannot write standard output: some of it is lost");
    return -1;
}
