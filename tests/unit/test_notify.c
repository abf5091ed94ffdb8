// SPDX-License-Identifier: BSD-3-Clause
// Tests of what a service manager is told.

#include "sys/notify.h"

#include "sys/addr.h"
#include "sys/sock.h"
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// A manager at an abstract name, which is in the environment: its socket.
static int manager(void)
{
    char name[64];
    const char *why;
    struct addr at;
    int length = snprintf(name, sizeof name, "@test_notify %d", (int)getpid());
    ck_assert_int_eq(addr_from_unix(&at, name, (size_t)length, &why), 0);
    int fd = sock_open(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sock_bind(fd, &at), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void expect(int fd, const char *text)
{
    char got[64] = "";
    ssize_t size = sock_recv(fd, got, sizeof got - 1, 0);
    if (!text) {
        ck_assert_int_eq(size, -EAGAIN);
        return;
    }
    ck_assert_int_eq(size, (ssize_t)strlen(text));
    ck_assert_str_eq(got, text);
}

static bool tell(const char *text)
{
    return notify_send(text, strlen(text));
}

START_TEST(without_a_manager_nothing_is_told)
{
    static const char *const names[] = {"", "relative", "vsock:1:2", "@", NULL};
    for (const char *const *name = names; *name; name++) {
        setenv("NOTIFY_SOCKET", *name, 1);
        setenv("WATCHDOG_USEC", "1000", 1);
        notify_open();
        ck_assert(!notify_is_open());
        ck_assert(!tell("READY=1"));
        ck_assert_uint_eq(notify_watchdog(), 0);
        ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
        ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
        notify_stopping();
    }
}
END_TEST

START_TEST(the_stop_is_told_once_if_it_was_ready)
{
    int fd = manager();
    notify_open();
    ck_assert(notify_is_open());
    notify_stopping();
    expect(fd, NULL);
    ck_assert(tell("STATUS=x\nREADY=1"));
    expect(fd, "STATUS=x\nREADY=1");
    errno = ENOTTY;
    notify_stopping();
    ck_assert_int_eq(errno, ENOTTY);
    notify_stopping();
    expect(fd, "STOPPING=1");
    expect(fd, NULL);
    sock_close(fd);
    ck_assert(!tell("STATUS=y")); // it is gone
}
END_TEST

START_TEST(a_child_is_silent)
{
    int fd = manager(), status;
    notify_open();
    ck_assert(tell("READY=1"));
    expect(fd, "READY=1");
    pid_t child = fork();
    if (child == 0) {
        notify_stopping();
        _exit(tell("STATUS=child") || notify_is_open() ? 1 : 0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    expect(fd, NULL);
    sock_close(fd);
}
END_TEST

START_TEST(term_tells_the_stop_and_ends)
{
    int fd = manager(), status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGTERM, SIG_DFL); // Check has one of its own
        notify_open();
        if (tell("READY=1"))
            raise(SIGTERM);
        _exit(1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    expect(fd, "READY=1");
    expect(fd, "STOPPING=1");
    sock_close(fd);
}
END_TEST

START_TEST(the_watchdog_is_for_one_process)
{
    static const struct {
        const char *usec, *pid;
        uint64_t wanted;
    } rows[] = {{"2000", NULL, 2000}, {"2000", "1", 0}, {"0", NULL, 0},   {"-1", NULL, 0},
                {"1x", NULL, 0},      {"", NULL, 0},    {"7", "self", 7}, {"7", "x", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pid_t child = fork(); // each begins anew
        int status;
        if (child == 0) {
            char self[16];
            snprintf(self, sizeof self, "%d", (int)getpid());
            setenv("NOTIFY_SOCKET", "/no/such/socket", 1);
            setenv("WATCHDOG_USEC", rows[i].usec, 1);
            if (rows[i].pid)
                setenv("WATCHDOG_PID", strcmp(rows[i].pid, "self") == 0 ? self : rows[i].pid, 1);
            notify_open();
            _exit(notify_watchdog() == rows[i].wanted ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(status == 0, "row %zu", i);
    }
}
END_TEST

UNIT_MAIN("notify", without_a_manager_nothing_is_told, the_stop_is_told_once_if_it_was_ready,
          a_child_is_silent, term_tells_the_stop_and_ends, the_watchdog_is_for_one_process)
