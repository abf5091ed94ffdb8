// SPDX-License-Identifier: BSD-3-Clause
// Names: any word in the tables, any text as a services or protocols file.

#include "fuzz.h"

#include "sys/names.h"

#include <errno.h>
#include <stdbool.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

static void look_up(const struct name *table, const char *name, size_t len)
{
    int value = names_value(table, name, len);
    if (value != -ENOENT)
        FUZZ_REQUIRE(names_name(table, value));
}

static void check_number(int value)
{
    FUZZ_REQUIRE(value == -ENOENT || (value >= 0 && value <= 65535));
}

static bool contains(const struct input *text, const char *name, size_t len)
{
    for (size_t i = len; i <= text->left; i++)
        if (strncasecmp((const char *)text->at + i - len, name, len) == 0)
            return true;
    return false;
}

static void look_into_file(const struct input *text, const char *name, size_t len)
{
    char path[32];
    int fd = memfd_create("names", MFD_CLOEXEC);
    FUZZ_REQUIRE(fd >= 0 && write(fd, text->at, text->left) == (ssize_t)text->left);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int service = names_in_file(path, name, len, "tcp");
    int protocol = names_in_file(path, name, len, NULL);
    check_number(service);
    check_number(protocol);
    FUZZ_REQUIRE((service < 0 && protocol < 0) || contains(text, name, len));
    close(fd);
}

// The word in the first line, the file in what follows.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct name *const tables[] = {names_families, names_types, names_shutdowns,
                                                names_flags};
    struct input in = {data, size};
    size_t len;
    char *name = input_word(&in, 300, &len);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        look_up(tables[i], name, len);
    check_number(names_protocol(name, len));
    check_number(names_service(name, len, "udp"));
    look_into_file(&in, name, len);
    free(name);
    return 0;
}
