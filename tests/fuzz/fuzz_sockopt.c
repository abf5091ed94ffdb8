// SPDX-License-Identifier: BSD-3-Clause
// Socket options: any name, and any value set and read on real sockets.

#include "fuzz.h"

#include "sys/sockopt.h"

#include <math.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
    int family;
    int type;
} kinds[] = {{AF_INET, SOCK_STREAM}, {AF_INET6, SOCK_STREAM}, {AF_INET, SOCK_DGRAM},
             {AF_INET6, SOCK_DGRAM}, {AF_UNIX, SOCK_STREAM},  {AF_UNIX, SOCK_DGRAM}};

static size_t count_options(void)
{
    size_t count = 0;
    while (sockopt_table[count].name)
        count++;
    return count;
}

static void check_name(const char *name, size_t len)
{
    const struct sockopt *found = sockopt_by_name(name, len);
    if (found) // two names may have one number
        FUZZ_REQUIRE(sockopt_code(sockopt_by_code(sockopt_code(found))) == sockopt_code(found));
}

static double seconds_of(struct input *in)
{
    union {
        uint64_t bits;
        double seconds;
    } u = {.bits = input_number(in, 8)};
    return u.seconds;
}

static void fill_value(struct sockopt_value *v, struct input *in)
{
    memset(v, 0, sizeof *v);
    unsigned how = input_byte(in);
    v->on = how & 1;
    v->number = how & 2 ? (long long)input_number(in, 8) : (long long)input_byte(in);
    v->seconds = how & 4 ? seconds_of(in) : (double)input_number(in, 2) / 1000;
    size_t len = input_byte(in) % (sizeof v->interface - 1);
    for (size_t i = 0; i < len; i++)
        v->interface[i] = (char)input_byte(in);
    v->len = in->left < sizeof v->bytes - 1 ? in->left : sizeof v->bytes - 1;
    memcpy(v->bytes, in->at, v->len);
}

static void check_value(const struct sockopt *opt, const struct sockopt_value *v)
{
    if (opt->kind == SOCKOPT_TEXT || opt->kind == SOCKOPT_BYTES)
        FUZZ_REQUIRE(v->len <= sizeof v->bytes);
    if (opt->kind == SOCKOPT_SECONDS || opt->kind == SOCKOPT_MILLIS || opt->kind == SOCKOPT_TIMEVAL)
        FUZZ_REQUIRE(isfinite(v->seconds) || v->seconds == HUGE_VAL);
    if (opt->kind == SOCKOPT_INT || opt->kind == SOCKOPT_BUFFER)
        FUZZ_REQUIRE(v->number >= INT32_MIN && v->number <= (long long)UINT32_MAX);
}

// A number out of its row's range is never taken.
static void check_taken(const struct sockopt *opt, const struct sockopt_value *v)
{
    if (opt->kind == SOCKOPT_INT || opt->kind == SOCKOPT_BUFFER)
        FUZZ_REQUIRE(v->number >= opt->least && v->number <= opt->most);
    if (opt->kind == SOCKOPT_SECONDS || opt->kind == SOCKOPT_MILLIS || opt->kind == SOCKOPT_TIMEVAL)
        FUZZ_REQUIRE(!isnan(v->seconds));
}

static void set_and_get(int fd, const struct sockopt *opt, const struct sockopt_value *v)
{
    struct sockopt_value got;
    int error = sockopt_set(fd, opt, v);
    FUZZ_REQUIRE(error <= 0);
    if (error == 0)
        check_taken(opt, v);
    int read = sockopt_get(fd, opt, &got);
    FUZZ_REQUIRE(read <= 0);
    if (read == 0)
        check_value(opt, &got);
    if (error == 0 && read == 0 && opt->kind == SOCKOPT_FLAG)
        FUZZ_REQUIRE(got.on == v->on);
}

// A name in the first line; the socket's kind, the option, its value.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct sockopt_value value;
    size_t len;
    char *name = input_word(&in, 64, &len);
    check_name(name, len);
    const struct sockopt *opt = sockopt_by_name(name, len);
    if (!opt)
        opt = &sockopt_table[input_number(&in, 2) % count_options()];
    free(name);
    FUZZ_REQUIRE(sockopt_takes(opt));
    unsigned kind = input_byte(&in) % (sizeof kinds / sizeof kinds[0]);
    int fd = socket(kinds[kind].family, kinds[kind].type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    fill_value(&value, &in);
    set_and_get(fd, opt, &value);
    close(fd);
    return 0;
}
