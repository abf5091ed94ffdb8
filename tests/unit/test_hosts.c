// SPDX-License-Identifier: BSD-3-Clause
// The table of hosts(5), and that it is read again.

#include "dns/hosts.h"

#include "base/clock.h"
#include "temporary.h"
#include "unit.h"

#include <unistd.h>

static char path[TEMPORARY_MAX];

static void write_file(const char *text, size_t len)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

static void make(struct hosts *h, const char *text)
{
    close(temporary_file(path));
    write_file(text, strlen(text));
    hosts_init(h, path);
    ck_assert_int_eq(hosts_update(h), 0);
}

static void drop(struct hosts *h)
{
    hosts_free(h);
    unlink(path);
}

// The hosts of NAME, with blanks between; "none": it is not there.
static void expect(struct hosts *h, const char *name, int family, const char *text)
{
    char have[512] = "", host[ADDR_TEXT_MAX];
    struct addr_list list = {0};
    int r = hosts_addresses(h, name, family, &list);
    if (r == -ENOENT)
        strcpy(have, "none");
    else
        ck_assert_int_eq(r, 0);
    for (size_t i = 0; i < list.count; i++) {
        addr_host(&list.at[i], host);
        strcat(strcat(have, i > 0 ? " " : ""), host);
    }
    ck_assert_msg(strcmp(have, text) == 0, "%s: '%s' is not '%s'", name, have, text);
    addr_list_free(&list);
}

START_TEST(takes_any_case_aliases_comments_and_blanks)
{
    struct hosts h;
    make(&h, "# 127.0.0.9 commented\n127.0.0.2\tPrinter.Example # upstairs\n"
             "127.0.0.3 one two#three\r\n \t 127.0.0.4 \v indented\n\n127.0.0.5\n::1 six\n"
             "nonsense seven\nloopback eight\n127.0.0.6 last");
    expect(&h, "printer.example", AF_UNSPEC, "127.0.0.2");
    expect(&h, "PRINTER.EXAMPLE", AF_UNSPEC, "127.0.0.2");
    expect(&h, "upstairs", AF_UNSPEC, "none");
    expect(&h, "commented", AF_UNSPEC, "none");
    expect(&h, "one", AF_UNSPEC, "127.0.0.3");
    expect(&h, "two", AF_UNSPEC, "127.0.0.3");
    expect(&h, "three", AF_UNSPEC, "none");
    expect(&h, "indented", AF_UNSPEC, "127.0.0.4");
    expect(&h, "127.0.0.5", AF_UNSPEC, "none");
    expect(&h, "six", AF_UNSPEC, "::1");
    expect(&h, "seven", AF_UNSPEC, "none");
    expect(&h, "eight", AF_UNSPEC, "none");
    expect(&h, "last", AF_UNSPEC, "127.0.0.6");
    expect(&h, "las", AF_UNSPEC, "none");
    expect(&h, "", AF_UNSPEC, "none");
    drop(&h);
}
END_TEST

// Names that share an address do not share their other addresses.
START_TEST(takes_all_lines_of_a_name_and_no_others)
{
    struct hosts h;
    make(&h, "127.0.0.2 two\n127.0.0.4 two\n127.0.0.2 dead\n127.0.0.3 dead\n::2 two\n"
             "127.0.0.4 two\n");
    expect(&h, "two", AF_UNSPEC, "127.0.0.2 127.0.0.4 ::2");
    expect(&h, "two", AF_INET6, "::2");
    expect(&h, "dead", AF_INET, "127.0.0.2 127.0.0.3");
    expect(&h, "dead", AF_INET6, "");
    drop(&h);
}
END_TEST

START_TEST(gives_the_names_of_an_address)
{
    static const char expected[] = "two\0alias\0again";
    struct hosts h;
    struct addr a;
    struct bytes names = {0};
    const char *why;
    make(&h, "127.0.0.2 two alias\n127.0.0.3 three\n127.0.0.2 again\n");
    ck_assert_int_eq(addr_from_host(&a, (struct host){"127.0.0.2", 9, 80, AF_INET}, &why), 0);
    ck_assert_int_eq(hosts_names(&h, &a, &names), 3);
    ck_assert_uint_eq(bytes_length(&names), sizeof expected);
    ck_assert_int_eq(memcmp(bytes_front(&names), expected, sizeof expected), 0);
    bytes_clear(&names);
    ck_assert_int_eq(addr_from_host(&a, (struct host){"127.0.0.4", 9, 80, AF_INET}, &why), 0);
    ck_assert_int_eq(hosts_names(&h, &a, &names), 0);
    drop(&h);
    bytes_drain_pool();
}
END_TEST

// Of the same size, and within the same moment; gone; another file under the name, an older one.
START_TEST(sees_every_change)
{
    struct hosts h;
    char other[TEMPORARY_MAX];
    make(&h, "127.0.0.2 name\n");
    expect(&h, "name", AF_UNSPEC, "127.0.0.2");
    write_file("127.0.0.3 name\n", 15);
    ck_assert_int_eq(hosts_update(&h), 0);
    expect(&h, "name", AF_UNSPEC, "127.0.0.3");
    strcpy(other, path);
    close(temporary_file(path));
    write_file("127.0.0.4 name\n", 15);
    ck_assert_int_eq(rename(path, other), 0);
    strcpy(path, other);
    ck_assert_int_eq(hosts_update(&h), 0);
    expect(&h, "name", AF_UNSPEC, "127.0.0.4");
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(hosts_update(&h), 0);
    expect(&h, "name", AF_UNSPEC, "none");
    write_file("127.0.0.5 name\n", 15);
    ck_assert_int_eq(hosts_update(&h), 0);
    expect(&h, "name", AF_UNSPEC, "127.0.0.5");
    drop(&h);
}
END_TEST

START_TEST(takes_no_file_a_folder_and_a_device_for_nothing)
{
    const char *paths[] = {"/no/such/file", "/", "/dev/null", "/dev/zero"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct hosts h;
        hosts_init(&h, paths[i]);
        ck_assert_int_eq(hosts_update(&h), 0);
        expect(&h, "localhost", AF_UNSPEC, "none");
        hosts_free(&h);
    }
}
END_TEST

// Ten megabytes cost their reading once; a name that is on very many lines, too.
START_TEST(takes_a_large_file)
{
    enum { LINES = 300000, ROOM = 64 };
    struct hosts h;
    char *text = malloc((size_t)LINES * ROOM), name[ROOM];
    size_t len = 0;
    for (int i = 0; i < LINES; i++)
        len += (size_t)sprintf(text + len, "0.0.0.0\tblocked-%d.example everywhere.example\n", i);
    make(&h, "");
    write_file(text, len);
    uint64_t began = clock_now();
    ck_assert_int_eq(hosts_update(&h), 0);
    for (int i = 0; i < LINES; i += 1000) {
        sprintf(name, "BLOCKED-%d.example", i);
        expect(&h, name, AF_INET, "0.0.0.0");
    }
    expect(&h, "everywhere.example", AF_UNSPEC, "0.0.0.0");
    expect(&h, "blocked-300000.example", AF_INET, "none");
    ck_assert(clock_now() < clock_deadline(began, 20));
    free(text);
    drop(&h);
}
END_TEST

START_TEST(takes_a_line_of_any_length)
{
    enum { ALIASES = 5000 };
    struct hosts h;
    char *text = malloc(ALIASES * 24 + 32);
    size_t len = (size_t)sprintf(text, "::5");
    for (int i = 0; i < ALIASES; i++)
        len += (size_t)sprintf(text + len, " backend-%d.example", i);
    make(&h, text);
    expect(&h, "backend-0.example", AF_UNSPEC, "::5");
    expect(&h, "backend-4999.example", AF_UNSPEC, "::5");
    free(text);
    drop(&h);
}
END_TEST

UNIT_MAIN("hosts", takes_any_case_aliases_comments_and_blanks,
          takes_all_lines_of_a_name_and_no_others, gives_the_names_of_an_address, sees_every_change,
          takes_no_file_a_folder_and_a_device_for_nothing, takes_a_large_file,
          takes_a_line_of_any_length)
