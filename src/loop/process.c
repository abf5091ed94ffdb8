// SPDX-License-Identifier: BSD-3-Clause
// fork(2), and the end of children.

#include "loop/process.h"

#include "loop/loop.h"
#include "sys/disposition.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static sigset_t before; // the mask that process_unblock() gives back

// The parent may have died before PR_SET_PDEATHSIG was set. A child without a loop of its own must
// not go on: it would act like a second parent, and close what the parent has.
static void begin_child(struct loop *loop, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        raise(SIGTERM);
    if (loop_forked(loop) < 0)
        _exit(PROCESS_NO_LOOP);
}

// Where SIGCHLD is ignored, which execve(2) passes on, the system does not keep the end of a child
// for waitpid(2).
static void heed_children(void)
{
    if (disposition_handler(SIGCHLD) == SIG_IGN)
        disposition_set(SIGCHLD, SIG_DFL, 0, NULL);
}

pid_t process_fork(struct loop *loop)
{
    sigset_t all;
    int error = loop_prepare_fork(loop);
    if (error < 0)
        return error;
    heed_children();
    fflush(NULL); // otherwise the child would write it again
    pid_t parent = getpid();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child < 0)
        child = -errno;
    if (child == 0) {
        begin_child(loop, parent);
        return 0;
    }
    if (child > 0)
        loop_has_child(loop);
    process_unblock();
    return child;
}

void process_unblock(void)
{
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void process_print_lines(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}

int process_reap(pid_t child, struct process_end *end)
{
    int status;
    pid_t got;
    do
        got = waitpid(child, &status, WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    if (got == 0)
        return 0;
    end->killed = WIFSIGNALED(status);
    end->number = end->killed ? WTERMSIG(status) : WEXITSTATUS(status);
    return 1;
}

pid_t process_ended(void)
{
    siginfo_t info = {0};
    int outcome;
    do
        outcome = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    while (outcome < 0 && errno == EINTR);
    return outcome < 0 ? -errno : info.si_pid;
}

int process_kill(pid_t id, int signal)
{
    return kill(id, signal) < 0 ? -errno : 0;
}

pid_t process_parent(void)
{
    return getppid();
}

int process_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (int)n;
}
