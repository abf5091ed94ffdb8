// SPDX-License-Identifier: BSD-3-Clause
// Signals end process 1 too.

#include "sys/init_process.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define STATUS_SIGNALLED 128

// A forked worker has this handler too, but is not process 1: the signal itself ends it. It is
// blocked in here, so it comes when the handler returns.
static void on_signal(int number)
{
    if (getpid() == 1)
        _exit(STATUS_SIGNALLED + number);
    signal(number, SIG_DFL);
    raise(number);
}

void (*init_process_default(void))(int)
{
    return getpid() == 1 ? on_signal : SIG_DFL;
}

// What is ignored stays so: nohup(1).
static void guard(int number)
{
    struct sigaction action;
    if (sigaction(number, NULL, &action) < 0 || action.sa_handler != SIG_DFL)
        return;
    action = (struct sigaction){.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void init_process_begin(void)
{
    if (getpid() != 1)
        return;
    guard(SIGHUP);
    guard(SIGINT);
    guard(SIGQUIT);
    guard(SIGTERM);
}
