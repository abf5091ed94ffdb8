// SPDX-License-Identifier: BSD-3-Clause
// dlopen, dlsym, dlerror and dlclose of the static program: ffi.C finds libc's functions.
//
// A static musl program has no dynamic linker, and LuaJIT asks one for every name in ffi.C. This
// room answers from a table of libc's public symbols, which the build generates as SYMBOL(name)
// lines sorted by strcmp; naming them also links them in. Libraries that are not in the program
// cannot be loaded, and the error says what to do instead. Linked into the static program only.
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

// The assembler name is libc's and the C name is ours, so that no declaration of a header and no
// builtin of the compiler is in the way.
#define SYMBOL(name) extern char symbol_##name[] __asm__(#name);
#include "ffi_symbols_table.h"
#undef SYMBOL

struct symbol {
    const char *name;
    void *address;
};

#define SYMBOL(name) {#name, symbol_##name},
static const struct symbol libc_symbols[] = {
#include "ffi_symbols_table.h"
};
#undef SYMBOL

// Defined here, hence not in libc's table.
static const struct symbol own_symbols[] = {
    {"dlopen", (void *)dlopen},
    {"dlsym", (void *)dlsym},
    {"dlerror", (void *)dlerror},
    {"dlclose", (void *)dlclose},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

// Names of the C library and its parts on other systems, up to ".so": all of it is in the program.
static const char *const libc_names[] = {"libc",       "libm",    "libdl",    "librt",
                                         "libpthread", "libutil", "libcrypt", "libresolv"};

static char error_text[512];
static bool error_waits;
static char program; // its address is the handle of the program itself

// The message must not begin with the name: LuaJIT takes a message that begins with a path for the
// linker's complaint about a linker script, and opens that file.
static void *fail(const char *format, const char *name)
{
    snprintf(error_text, sizeof error_text, format, name);
    error_waits = true;
    return NULL;
}

static void *find(const char *name)
{
    size_t low = 0;
    size_t high = COUNT(libc_symbols);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, libc_symbols[middle].name);
        if (order == 0)
            return libc_symbols[middle].address;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    for (size_t i = 0; i < COUNT(own_symbols); i++) {
        if (strcmp(name, own_symbols[i].name) == 0)
            return own_symbols[i].address;
    }
    return NULL;
}

// Is PATH "libm.so", "libm.so.6" or the like, in any folder?
static bool is_libc(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < COUNT(libc_names); i++) {
        size_t length = strlen(libc_names[i]);
        if (strncmp(name, libc_names[i], length) == 0 && strncmp(name + length, ".so", 3) == 0)
            return true;
    }
    return false;
}

void *dlopen(const char *path, int flags)
{
    (void)flags;
    if (!path || is_libc(path))
        return &program;
    return fail(
        "cannot load %.200s: this sssrun is a static program and loads no shared libraries; "
        "libc's functions are all in ffi.C; for other libraries and C modules build the "
        "native variant of sssrun (make native)",
        path);
}

// dlsym(3): every handle is the program.
void *dlsym(void *restrict handle, const char *restrict name)
{
    (void)handle;
    void *address = find(name);
    if (address)
        return address;
    return fail("symbol '%.200s' is not in this static program, which holds libc only", name);
}

char *dlerror(void)
{
    bool waits = error_waits;
    error_waits = false;
    return waits ? error_text : NULL;
}

int dlclose(void *handle)
{
    (void)handle;
    return 0;
}
