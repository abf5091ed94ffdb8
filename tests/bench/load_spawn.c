// SPDX-License-Identifier: BSD-3-Clause
// "spawn": starts a program and waits for its end, over and over.

#include "load.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static posix_spawn_file_actions_t quiet; // the program's output goes to /dev/null

static void spawn_once(struct run *run)
{
    pid_t pid;
    int status;
    char **command = run->options.command;
    int error = posix_spawnp(&pid, command[0], &quiet, NULL, command, environ);
    if (error)
        load_fail("%s: %s", command[0], strerror(error));
    if (waitpid(pid, &status, 0) != pid || status != 0)
        load_fail("%s did not end well", command[0]);
}

static void slice(struct run *run)
{
    do {
        uint64_t began = run->now;
        spawn_once(run);
        run->now = load_clock();
        run->stopping = run->now >= run->deadline;
        load_done(run, began);
    } while (!run->stopping);
    run->active = 0;
}

static void open_all(struct run *run)
{
    if (!run->options.command || !run->options.command[0])
        load_fail("spawn: which program?");
    if (posix_spawn_file_actions_init(&quiet) != 0 ||
        posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0) != 0)
        load_fail("out of memory");
}

const struct workload load_spawn = {.name = "spawn", .open = open_all, .slice = slice};
