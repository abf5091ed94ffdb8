// SPDX-License-Identifier: BSD-3-Clause
// Sets the handlers of signals.

#include "sys/disposition.h"

#include <stddef.h>
#include <unistd.h>

#define STATUS_SIGNALLED 128

int disposition_set(int number, void (*handler)(int), int flags, struct sigaction *before)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, before) < 0 ? -errno : 0;
}

void disposition_restore(int number, const struct sigaction *before)
{
    sigaction(number, before, NULL);
}

void (*disposition_handler(int number))(int)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) < 0 ? SIG_ERR : now.sa_handler;
}

// A forked worker has this handler too, but is not process 1: the signal itself ends it.
static void on_signal(int number)
{
    if (getpid() == 1)
        _exit(STATUS_SIGNALLED + number);
    disposition_end(number);
}

void (*disposition_default(void))(int)
{
    return getpid() == 1 ? on_signal : SIG_DFL;
}

void disposition_end(int number)
{
    disposition_set(number, disposition_default(), 0, NULL);
    raise(number); // a signal is blocked in its own handler
}

void disposition_begin(void)
{
    static const int fatal[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    if (getpid() != 1)
        return;
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        if (disposition_handler(fatal[i]) == SIG_DFL)
            disposition_set(fatal[i], on_signal, 0, NULL);
    }
}
