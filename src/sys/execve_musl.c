// SPDX-License-Identifier: BSD-3-Clause
// execve(2) of the static program: whatever it becomes has the limit of descriptors back.
//
// All of musl's functions that start a program (execv, execvp, posix_spawn) come here, and so does
// a script that calls them by ffi.

#include "sys/children.h"

#include <sys/syscall.h>
#include <unistd.h>

int execve(const char *path, char *const arguments[], char *const environment[])
{
    children_lower_limit();
    long r = syscall(SYS_execve, path, arguments, environment);
    children_raise_limit_again(); // execve(2) returns only when it has failed
    return (int)r;
}
