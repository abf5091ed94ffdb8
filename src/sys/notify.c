// SPDX-License-Identifier: BSD-3-Clause
// What a service manager is told.

#include "sys/notify.h"

#include "sys/addr.h"
#include "sys/disposition.h"
#include "sys/sock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct addr manager; // len 0: there is none
static pid_t process;       // the one that may send
static uint64_t watchdog;
static volatile sig_atomic_t is_ready, is_stopping;

static void on_term(int number)
{
    notify_stopping();
    disposition_end(number);
}

static void guard_term(void)
{
    if (disposition_handler(SIGTERM) == SIG_DFL)
        disposition_set(SIGTERM, on_term, 0, NULL);
}

// A number of plain digits, or 0.
static uint64_t number_in(const char *variable)
{
    const char *text = getenv(variable);
    size_t len = text ? strspn(text, "0123456789") : 0;
    return len > 0 && len < 19 && !text[len] ? strtoull(text, NULL, 10) : 0;
}

static void take_watchdog(void)
{
    uint64_t meant = number_in("WATCHDOG_PID");
    if (!getenv("WATCHDOG_PID") || meant == (uint64_t)getpid())
        watchdog = number_in("WATCHDOG_USEC");
}

void notify_open(void)
{
    const char *why, *name = getenv("NOTIFY_SOCKET");
    int error = -EINVAL;
    if (name && (name[0] == '/' || name[0] == '@') && name[1])
        error = addr_from_unix(&manager, name, strlen(name), &why);
    if (error < 0)
        manager.len = 0;
    if (manager.len > 0) {
        process = getpid();
        take_watchdog();
        guard_term();
    }
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

bool notify_is_open(void)
{
    return manager.len > 0 && getpid() == process;
}

static bool says(const char *state, size_t size, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = state; (at = memmem(at, size - (size_t)(at - state), word, len)); at++)
        if ((at == state || at[-1] == '\n') && (at + len == state + size || at[len] == '\n'))
            return true;
    return false;
}

bool notify_send(const char *state, size_t size)
{
    if (!notify_is_open())
        return false;
    int fd = sock_open(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0)
        return false;
    ssize_t sent = sock_sendto(fd, state, size, &manager);
    sock_close(fd);
    is_ready = is_ready || says(state, size, "READY=1");
    is_stopping = is_stopping || says(state, size, "STOPPING=1");
    return sent == (ssize_t)size;
}

void notify_stopping(void)
{
    static const char state[] = "STOPPING=1";
    int saved = errno;
    if (is_ready && !is_stopping)
        notify_send(state, sizeof state - 1);
    errno = saved;
}

uint64_t notify_watchdog(void)
{
    return notify_is_open() ? watchdog : 0;
}
