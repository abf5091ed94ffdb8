// SPDX-License-Identifier: BSD-3-Clause
// Runs the other architecture's sssrun under qemu: a program that the tests start like any sssrun.
//
// It stands in a folder below that of the program. The emulated one is told this program's name as
// its own, so that what it starts by arg[-1] goes through here again; binfmt_misc is not needed.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Writes the path of "../sssrun", seen from this program; false when it is not to be had.
static int emulated_path(char path[PATH_MAX])
{
    static const char name[] = "/../sssrun";
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof name);
    if (length < 0)
        return 0;
    path[length] = '\0';
    memcpy(strrchr(path, '/'), name, sizeof name);
    return 1;
}

int main(int argc, char *argv[])
{
    char path[PATH_MAX];
    char **words = calloc((size_t)argc + 4, sizeof *words);
    if (!words || argc < 1 || !emulated_path(path)) {
        fputs("emulated: there is no program to run\n", stderr);
        return 126;
    }
    words[0] = (char[]){QEMU};
    words[1] = (char[]){"-0"};
    words[2] = argv[0];
    words[3] = path;
    for (int i = 1; i < argc; i++)
        words[3 + i] = argv[i];
    execvp(words[0], words);
    perror("emulated: " QEMU);
    return 127;
}
