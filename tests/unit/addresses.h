// SPDX-License-Identifier: BSD-3-Clause
// What the tests of addresses share: from text to an address, and what to expect of it.
#ifndef SSS_TESTS_ADDRESSES_H
#define SSS_TESTS_ADDRESSES_H

#include "sys/addr.h"
#include "unit.h"

#include <string.h>

// A copy of LEN bytes in a block of just that size: reading on is seen by the sanitizer.
static inline char *exact(const char *text, size_t len)
{
    char *copy = calloc(1, len);
    memcpy(copy, text, len);
    return copy;
}

static inline int from_host(struct addr *a, const char *host, size_t len, int family,
                            const char **why)
{
    char *copy = exact(host, len);
    *why = "nothing said";
    int err = addr_from_host(a, (struct host){copy, len, 80, family}, why);
    free(copy);
    return err;
}

// The whole way from text to address, as a caller without a resolver goes it.
static inline int from_text(struct addr *a, const char *text, size_t len, const char **why)
{
    char *copy = exact(text, len);
    struct addr_text parts;
    *why = "nothing said";
    int err = addr_split(copy, len, &parts, why);
    if (err == 0 && parts.is_unix) {
        err = addr_from_unix(a, parts.path, parts.path_len, why);
    } else if (err == 0) {
        int port = addr_parse_port(parts.port, parts.port_len);
        err = port < 0 ? port
                       : addr_from_host(
                             a, (struct host){parts.host, parts.host_len, port, AF_UNSPEC}, why);
    }
    free(copy);
    return err;
}

static inline void expect_text(const struct addr *a, const char *text)
{
    char got[ADDR_TEXT_MAX];
    size_t len = addr_format(a, got);
    ck_assert_uint_eq(len, strlen(text));
    ck_assert_str_eq(got, text);
}

// TEXT is an address, and is written again as WRITTEN, which is the same address.
static inline void expect_round_trip(const char *text, const char *written)
{
    struct addr a, b;
    const char *why;
    ck_assert_msg(from_text(&a, text, strlen(text), &why) == 0, "%s: %s", text, why);
    expect_text(&a, written);
    ck_assert_int_eq(from_text(&b, written, strlen(written), &why), 0);
    ck_assert(addr_equal(&a, &b));
}

static inline void expect_refused(const char *text, size_t len, const char *reason)
{
    struct addr a;
    const char *why;
    ck_assert_msg(from_text(&a, text, len, &why) == -EINVAL, "'%s' is taken", text);
    ck_assert_msg(strstr(why, reason), "'%s': '%s', not '%s'", text, why, reason);
}

#endif
