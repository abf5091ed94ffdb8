// SPDX-License-Identifier: BSD-3-Clause
// system(3), popen(3) and pclose(3).

#include "sys/children.h"

#include "sys/disposition.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHELL "/bin/sh"

static rlim_t before, raised; // soft limits; equal when the limit was not raised

void children_raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    before = raised = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        raised = limit.rlim_max;
}

static void change(rlim_t from, rlim_t to)
{
    struct rlimit limit;
    int saved = errno;
    if (from != to && getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == from) {
        limit.rlim_cur = to < limit.rlim_max ? to : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    errno = saved;
}

void children_lower_limit(void)
{
    change(raised, before);
}

void children_raise_limit_again(void)
{
    change(before, raised);
}

// posix_spawn(3) with the lowered limit, which the child inherits. musl's posix_spawn needs a
// descriptor: where all of those below the lowered limit are in use, it is called again with the
// raised one, and execve_musl.c lowers the limit in the child.
static int start_shell(pid_t *child, const char *command, const posix_spawn_file_actions_t *files,
                       const posix_spawnattr_t *how)
{
    char *const arguments[] = {"sh", "-c", (char *)command, NULL};
    children_lower_limit();
    int code = posix_spawn(child, SHELL, files, how, arguments, environ);
    children_raise_limit_again();
    return code == EMFILE ? posix_spawn(child, SHELL, files, how, arguments, environ) : code;
}

// The shell gets the default handling of the signals in DEFAULTS and of SIGPIPE, and the mask MASK.
static int spawn(pid_t *child, const char *command, const posix_spawn_file_actions_t *files,
                 sigset_t *defaults, const sigset_t *mask)
{
    posix_spawnattr_t how;
    int code = posix_spawnattr_init(&how);
    if (code != 0)
        return code;
    sigaddset(defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&how, defaults);
    posix_spawnattr_setsigmask(&how, mask);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    fflush(stdout); // so that it comes before what the shell prints
    code = start_shell(child, command, files, &how);
    posix_spawnattr_destroy(&how);
    return code;
}

// Waits for the child: its status from waitpid(2), or -1.
static int await(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return status;
}

static int run_shell(const char *command, sigset_t *defaults, const sigset_t *mask)
{
    pid_t child;
    int code = spawn(&child, command, NULL, defaults, mask);
    if (code == 0)
        return await(child);
    errno = code;
    return -1;
}

// While the shell runs, Ctrl-C is for the shell. Signals that were ignored before stay ignored in
// it.
int system(const char *command)
{
    struct sigaction interrupt, quit;
    sigset_t defaults, block, mask;
    if (!command)
        return access(SHELL, X_OK) == 0;
    sigemptyset(&defaults);
    sigemptyset(&block);
    sigaddset(&block, SIGCHLD);
    sigprocmask(SIG_BLOCK, &block, &mask);
    disposition_set(SIGINT, SIG_IGN, 0, &interrupt);
    disposition_set(SIGQUIT, SIG_IGN, 0, &quit);
    if (interrupt.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGINT);
    if (quit.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGQUIT);
    int status = run_shell(command, &defaults, &mask);
    int saved = errno;
    disposition_restore(SIGINT, &interrupt);
    disposition_restore(SIGQUIT, &quit);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    errno = saved;
    return status;
}

// An open popen(3).
struct pipe {
    struct pipe *next;
    FILE *file;
    pid_t child;
};

static struct pipe *pipes;

// Starts the shell with END as its descriptor NUMBER. All other descriptors of the program are
// close-on-exec, also those of other pipes. 0, or -1 with errno.
static int start_at_end(struct pipe *p, const char *command, int end, int number)
{
    posix_spawn_file_actions_t files;
    sigset_t defaults, mask;
    int code = posix_spawn_file_actions_init(&files);
    if (code == 0) {
        sigemptyset(&defaults);
        sigprocmask(SIG_BLOCK, NULL, &mask);
        code = posix_spawn_file_actions_adddup2(&files, end, number);
        if (code == 0)
            code = spawn(&p->child, command, &files, &defaults, &mask);
        posix_spawn_file_actions_destroy(&files);
    }
    errno = code;
    return code == 0 ? 0 : -1;
}

// Fills in P; on failure both ends are closed.
static bool open_pipe(struct pipe *p, const char *command, bool reads)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    int ours = ends[reads ? 0 : 1], theirs = ends[reads ? 1 : 0];
    p->file = fdopen(ours, reads ? "r" : "w");
    bool started =
        p->file && start_at_end(p, command, theirs, reads ? STDOUT_FILENO : STDIN_FILENO) == 0;
    int saved = errno;
    close(theirs);
    if (!started && p->file)
        fclose(p->file);
    else if (!started)
        close(ours);
    errno = saved;
    return started;
}

// The "e" of MODE makes the program's end close-on-exec, which it is anyway.
FILE *popen(const char *command, const char *mode)
{
    bool reads = mode[0] == 'r';
    if ((!reads && mode[0] != 'w') || mode[1 + (mode[1] == 'e')] != '\0') {
        errno = EINVAL;
        return NULL;
    }
    struct pipe *p = malloc(sizeof *p);
    if (!p)
        return NULL;
    if (!open_pipe(p, command, reads)) {
        free(p);
        return NULL;
    }
    p->next = pipes;
    pipes = p;
    return p->file;
}

int pclose(FILE *file)
{
    struct pipe **at = &pipes;
    while (*at && (*at)->file != file)
        at = &(*at)->next;
    struct pipe *p = *at;
    if (!p) {
        errno = ECHILD;
        return -1;
    }
    pid_t child = p->child;
    *at = p->next;
    free(p);
    fclose(file);
    return await(child);
}
