// SPDX-License-Identifier: BSD-3-Clause
// Counts calls, and says which is to fail.

#include "request.h"

#include "place.h"

#include <dirent.h>
#include <sanitizer/lsan_interface.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME(name) #name,
static const char *const names[] = {FAULT_CALLS(NAME) NULL};

static atomic_long counts[FAULT_CALLS_END];
static atomic_long injected;
static atomic_bool noting; // places are noted
static __thread bool is_paused;

// Helper threads look at it, too: `call` is written last, and first when it ends.
static struct {
    atomic_int call; // -1: none
    atomic_long first;
    atomic_long last;
    atomic_uint place; // 0: any
    atomic_long met;   // how many calls were made there
    atomic_int what;
} armed = {.call = -1};

int fault_of(enum fault_call call)
{
    void *frame = __builtin_frame_address(0);
    if (is_paused)
        return 0;
    long n = atomic_fetch_add(&counts[call], 1) + 1;
    if (atomic_load(&noting))
        place_note((int)call, n, frame);
    if (atomic_load(&armed.call) != (int)call)
        return 0;
    if (armed.place && armed.place != place_of(frame))
        return 0;
    if (armed.place)
        n = atomic_fetch_add(&armed.met, 1) + 1;
    if (n < armed.first || n > armed.last)
        return 0;
    atomic_fetch_add(&injected, 1);
    return armed.what;
}

static int call_number(const char *name)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static int errno_number(const char *name)
{
    for (int i = 1; i < 134; i++) {
        const char *known = strerrorname_np(i);
        if (known && strcmp(known, name) == 0)
            return i;
    }
    return 0;
}

static int what_number(const char *name)
{
    return strcmp(name, "short") == 0 ? FAULT_SHORT : errno_number(name);
}

void fault_pause(bool paused)
{
    is_paused = paused;
}

static void forget_counts(void)
{
    fault_pause(false);
    for (int i = 0; i < FAULT_CALLS_END; i++)
        atomic_store(&counts[i], 0);
    atomic_store(&injected, 0);
    atomic_store(&armed.met, 0);
}

void fault_restart(void)
{
    atomic_store(&noting, false);
    place_forget();
    forget_counts();
    atomic_store(&noting, true);
}

int fault_arm(const char *request)
{
    char where[64], what[32];
    long nth, times = 1;
    unsigned place = 0;
    if (sscanf(request, "%63[^:]:%ld:%31[^:]:%ld", where, &nth, what, &times) < 3)
        return -1;
    char *at = strchr(where, '@');
    if (at && (sscanf(at, "@%x", &place) != 1 || place == 0))
        return -1;
    if (at)
        *at = 0;
    int call = call_number(where), number = what_number(what);
    if (call < 0 || number == 0 || nth < 1 || times < 1)
        return -1;
    fault_disarm();
    armed.first = nth;
    armed.last = nth + times - 1;
    armed.place = place;
    armed.what = number;
    forget_counts();
    atomic_store(&armed.call, call);
    return 0;
}

long fault_disarm(void)
{
    atomic_store(&armed.call, -1);
    atomic_store(&noting, false);
    return atomic_load(&injected);
}

const char *fault_call(int i)
{
    return names[i];
}

long fault_count(int i)
{
    return atomic_load(&counts[i]);
}

// Files of proc(5) and pipes are the tests' own; Lua's collector closes them some time.
static int is_ours(int folder, const char *name)
{
    char path[64] = "";
    return readlinkat(folder, name, path, sizeof path - 1) > 0 && strncmp(path, "/proc/", 6) != 0 &&
           strncmp(path, "pipe:", 5) != 0;
}

int fault_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    int n = 0;
    while (folder && (entry = readdir(folder)))
        n += is_ours(dirfd(folder), entry->d_name);
    if (folder)
        closedir(folder);
    return n;
}

int fault_leaks(void)
{
#ifdef __SANITIZE_ADDRESS__
    return __lsan_do_recoverable_leak_check();
#else
    return 0; // nobody counts
#endif
}

// Not for the programs that this one runs.
__attribute__((constructor)) static void arm_by_environment(void)
{
    const char *request = getenv("SSS_FAULT");
    if (request && fault_arm(request) < 0) {
        fprintf(stderr, "SSS_FAULT makes no sense: %s\n", request);
        _Exit(2);
    }
    unsetenv("SSS_FAULT");
}

__attribute__((destructor)) static void tell_counts(void)
{
    const char *path = getenv("SSS_FAULT_COUNTS");
    FILE *file = path ? fopen(path, "w") : NULL;
    for (int i = 0; file && names[i]; i++)
        fprintf(file, "%s %ld\n", names[i], fault_count(i));
    if (file)
        fclose(file);
}
