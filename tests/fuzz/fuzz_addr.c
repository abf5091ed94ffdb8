// SPDX-License-Identifier: BSD-3-Clause
// Addresses: any text, any bytes from the kernel; what is an address goes to text and back.

#include "fuzz.h"

#include "sys/addr.h"

#include <errno.h>

// An address of TEXT; 0 or an error, as the functions of sys/addr have it.
static int from_text(struct addr *a, const char *text, size_t len, int family)
{
    struct addr_text parts;
    const char *why = NULL;
    int error = addr_split(text, len, &parts, &why);
    if (error == 0 && parts.is_unix)
        error = addr_from_unix(a, parts.path, parts.path_len, &why);
    else if (error == 0) {
        int port = addr_parse_port(parts.port, parts.port_len);
        FUZZ_REQUIRE(port <= 65535);
        if (port < 0)
            return port;
        error = addr_from_host(a, (struct host){parts.host, parts.host_len, port, family}, &why);
        FUZZ_REQUIRE(error != 0 || addr_port(a) == port);
    }
    FUZZ_REQUIRE(error <= 0);
    FUZZ_REQUIRE(error != -EINVAL || why);
    return error;
}

static void check_round_trip(const struct addr *a)
{
    char text[ADDR_TEXT_MAX], host[ADDR_TEXT_MAX];
    struct addr again;
    size_t len = addr_format(a, text), path_len;
    FUZZ_REQUIRE(len < ADDR_TEXT_MAX && text[len] == '\0');
    addr_path(a, &path_len);
    FUZZ_REQUIRE(path_len <= sizeof a->u.un.sun_path);
    FUZZ_REQUIRE(from_text(&again, text, len, AF_UNSPEC) == 0);
    FUZZ_REQUIRE(addr_equal(a, &again));
    FUZZ_REQUIRE(addr_family(a) == addr_family(&again));
    FUZZ_REQUIRE(addr_scope(a) == addr_scope(&again));
    FUZZ_REQUIRE(addr_host(a, host) < ADDR_TEXT_MAX);
}

static void try_path(const char *path, size_t len)
{
    struct addr a;
    const char *why = NULL;
    if (addr_from_path(&a, path, len, &why) == 0)
        check_round_trip(&a);
    else
        FUZZ_REQUIRE(why);
}

// What a kernel might give.
static void try_raw(struct input *in)
{
    char text[ADDR_TEXT_MAX];
    struct addr a = {0};
    size_t len = in->left < sizeof a.u ? in->left : sizeof a.u, path_len;
    memcpy(&a.u, in->at, len);
    a.len = (socklen_t)len;
    FUZZ_REQUIRE(addr_format(&a, text) < ADDR_TEXT_MAX);
    FUZZ_REQUIRE(addr_host(&a, text) < ADDR_TEXT_MAX);
    addr_path(&a, &path_len);
    FUZZ_REQUIRE(path_len <= len);
    addr_is_unnamed(&a);
    FUZZ_REQUIRE(addr_equal(&a, &a) || len < sizeof a.u.in6);
}

// First a letter: what the rest is.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
    struct input in = {data, size};
    struct addr a;
    unsigned what = input_byte(&in);
    char *rest = (char *)input_rest(&in);
    if (what == 'k')
        try_raw(&in);
    else if (what == 'p')
        try_path(rest, in.left);
    else if (from_text(&a, rest, in.left, families[what % 3]) == 0)
        check_round_trip(&a);
    free(rest);
    return 0;
}
