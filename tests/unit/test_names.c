// SPDX-License-Identifier: BSD-3-Clause
// Tests of the tables of words, and of the search in the system's databases.

#include "sys/names.h"
#include "temporary.h"
#include "unit.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// A copy of TEXT without its NUL in a block of just that size: reading on is seen by the sanitizer.
static char *exact(const char *text)
{
    size_t len = strlen(text);
    char *copy = calloc(1, len);
    memcpy(copy, text, len);
    return copy;
}

static int value(const struct name *table, const char *name)
{
    char *copy = exact(name);
    int found = names_value(table, copy, strlen(name));
    free(copy);
    return found;
}

static int protocol(const char *name)
{
    char *copy = exact(name);
    int found = names_protocol(copy, strlen(name));
    free(copy);
    return found;
}

static int service(const char *name, const char *proto)
{
    char *copy = exact(name);
    int found = names_service(copy, strlen(name), proto);
    free(copy);
    return found;
}

START_TEST(words_have_the_system_s_numbers)
{
    ck_assert_int_eq(value(names_families, "unspec"), AF_UNSPEC);
    ck_assert_int_eq(value(names_families, "inet"), AF_INET);
    ck_assert_int_eq(value(names_families, "inet6"), AF_INET6);
    ck_assert_int_eq(value(names_families, "unix"), AF_UNIX);
    ck_assert_int_eq(value(names_families, "local"), AF_UNIX);
    ck_assert_int_eq(value(names_families, "decnet"), AF_DECnet);
    ck_assert_int_eq(value(names_families, "vsock"), AF_VSOCK);
    ck_assert_int_eq(value(names_types, "stream"), SOCK_STREAM);
    ck_assert_int_eq(value(names_types, "seqpacket"), SOCK_SEQPACKET);
    ck_assert_int_eq(value(names_types, "cloexec"), SOCK_CLOEXEC);
    ck_assert_int_eq(value(names_shutdowns, "read"), SHUT_RD);
    ck_assert_int_eq(value(names_shutdowns, "write"), SHUT_WR);
    ck_assert_int_eq(value(names_shutdowns, "both"), SHUT_RDWR);
    ck_assert_int_eq(value(names_flags, "peek"), MSG_PEEK);
    ck_assert_int_eq(value(names_flags, "nosignal"), MSG_NOSIGNAL);
    ck_assert_int_eq(value(names_flags, "cmsg_cloexec"), MSG_CMSG_CLOEXEC);
}
END_TEST

START_TEST(case_does_not_matter)
{
    ck_assert_int_eq(value(names_families, "INET6"), AF_INET6);
    ck_assert_int_eq(value(names_types, "Dgram"), SOCK_DGRAM);
}
END_TEST

START_TEST(other_words_are_refused)
{
    static const char *const words[] = {"",   "ine",    "inet66", "inet6 ", " inet", "AF_INET",
                                        "in", "inet\n", "stream", "2",      "*",     "\xff"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        ck_assert_int_eq(value(names_families, words[i]), -ENOENT);
    ck_assert_int_eq(names_value(names_families, "inet\0x", 6), -ENOENT);
    ck_assert_int_eq(names_value(names_families, "inet\0", 5), -ENOENT);
}
END_TEST

// Every row in lower case, once, and found again from either side.
static void check_table(const struct name *table)
{
    ck_assert_ptr_nonnull(table->name);
    for (const struct name *row = table; row->name; row++) {
        ck_assert_uint_eq(strcspn(row->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ "), strlen(row->name));
        ck_assert_int_eq(value(table, row->name), row->value);
        ck_assert_int_eq(value(table, names_name(table, row->value)), row->value);
        for (const struct name *other = table; other < row; other++)
            ck_assert_str_ne(other->name, row->name);
    }
}

START_TEST(tables_walk_both_ways)
{
    check_table(names_families);
    check_table(names_types);
    check_table(names_shutdowns);
    check_table(names_flags);
    ck_assert_str_eq(names_name(names_families, AF_UNIX), "unix");
    ck_assert_str_eq(names_name(names_families, AF_NETLINK), "netlink");
    ck_assert_str_eq(names_name(names_types, SOCK_STREAM), "stream");
    ck_assert_ptr_null(names_name(names_families, -1));
    ck_assert_ptr_null(names_name(names_families, 9999));
}
END_TEST

START_TEST(knows_usual_protocols)
{
    ck_assert_int_eq(protocol("tcp"), IPPROTO_TCP);
    ck_assert_int_eq(protocol("udp"), IPPROTO_UDP);
    ck_assert_int_eq(protocol("UDP"), IPPROTO_UDP);
    ck_assert_int_eq(protocol("icmp"), IPPROTO_ICMP);
    ck_assert_int_eq(protocol("ipv6-icmp"), IPPROTO_ICMPV6);
    ck_assert_int_eq(protocol("ip"), IPPROTO_IP);
    ck_assert_int_eq(protocol("sctp"), IPPROTO_SCTP);
    ck_assert_int_eq(protocol("no such protocol"), -ENOENT);
    ck_assert_int_eq(protocol(""), -ENOENT);
    ck_assert_int_eq(protocol("6"), -ENOENT);
}
END_TEST

START_TEST(knows_usual_services)
{
    ck_assert_int_eq(service("http", "tcp"), 80);
    ck_assert_int_eq(service("HTTP", "tcp"), 80);
    ck_assert_int_eq(service("www", "tcp"), 80);
    ck_assert_int_eq(service("https", "tcp"), 443);
    ck_assert_int_eq(service("ssh", "tcp"), 22);
    ck_assert_int_eq(service("domain", "tcp"), 53);
    ck_assert_int_eq(service("domain", "udp"), 53);
    ck_assert_int_eq(service("echo", "udp"), 7);
    ck_assert_int_eq(service("ntp", "udp"), 123);
    ck_assert_int_eq(service("syslog", "udp"), 514);
    ck_assert_int_eq(service("imaps", "tcp"), 993);
    ck_assert_int_eq(service("tftp", "tcp"), -ENOENT);
    ck_assert_int_eq(service("nosuchservice", "tcp"), -ENOENT);
    ck_assert_int_eq(service("", "tcp"), -ENOENT);
    ck_assert_int_eq(service("80", "tcp"), -ENOENT);
    ck_assert_int_eq(service("80/tcp", "tcp"), -ENOENT);
    ck_assert_int_eq(service("#", "tcp"), -ENOENT);
}
END_TEST

// Whatever services the machine of this test knows, libc's getservbyname(3) says the same.
START_TEST(agrees_with_libc)
{
    const struct servent *entry;
    int seen = 0;
    setservent(1);
    while (seen < 200 && (entry = getservent())) {
        char name[100], proto[20];
        snprintf(name, sizeof name, "%s", entry->s_name);
        snprintf(proto, sizeof proto, "%s", entry->s_proto);
        const struct servent *found = getservbyname(name, proto);
        int expected = found ? ntohs((uint16_t)found->s_port) : -ENOENT;
        if (service(name, proto) != expected)
            ck_abort_msg("%s/%s: %d, not %d", name, proto, service(name, proto), expected);
        seen++;
    }
    endservent();
}
END_TEST

// 0 when all is well, 1 when not, 2 when this machine does not let us make the folder the root.
static int look_up_in_empty_root(const char *folder)
{
    if (chroot(folder) < 0 && (unshare(CLONE_NEWUSER) < 0 || chroot(folder) < 0))
        return 2;
    bool good = access("/etc/services", F_OK) < 0 && service("http", "tcp") == 80 &&
                service("http", "udp") == -ENOENT && service("domain", "udp") == 53 &&
                service("domain", "tcp") == 53 && service("syslog", "udp") == 514 &&
                service("syslog", "tcp") == -ENOENT && service("imap", "tcp") == 143 &&
                protocol("udp") == IPPROTO_UDP && protocol("icmp") == IPPROTO_ICMP &&
                protocol("x") == -ENOENT;
    return good ? 0 : 1;
}

START_TEST(works_without_any_file)
{
    char folder[TEMPORARY_MAX];
    int status;
    temporary_folder(folder);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(look_up_in_empty_root(folder));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    rmdir(folder);
    ck_assert(WIFEXITED(status));
    ck_assert_int_ne(WEXITSTATUS(status), 1);
    if (WEXITSTATUS(status) == 2)
        printf("works_without_any_file: not allowed to chroot here, not tried\n");
}
END_TEST

// ---- files

static char path[TEMPORARY_MAX];

static void write_file(const char *text, size_t len)
{
    int fd = temporary_file(path);
    ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
    close(fd);
}

static int in_file(const char *name, const char *proto)
{
    char *copy = exact(name);
    int found = names_in_file(path, copy, strlen(name), proto);
    free(copy);
    return found;
}

START_TEST(reads_lines_of_any_form)
{
    static const char text[] = "# comment 1/tcp\n"
                               "\n"
                               "one\t1/tcp first #hidden\n"
                               "   two   2/udp\tzwei  deux\r\n"
                               "one 11/udp\n"
                               "three 3/tcp#tight\n"
                               "lonely\n"
                               "words word/tcp\n"
                               "huge 70000/tcp\n"
                               "vast 99999999999999999999/tcp\n"
                               "minus -1/tcp\n"
                               "tail 12x/tcp\n"
                               "plain 9\n"
                               "last 65535/tcp end";
    write_file(text, sizeof text - 1);
    ck_assert_int_eq(in_file("one", "tcp"), 1);
    ck_assert_int_eq(in_file("one", "udp"), 11);
    ck_assert_int_eq(in_file("first", "tcp"), 1);
    ck_assert_int_eq(in_file("hidden", "tcp"), -ENOENT);
    ck_assert_int_eq(in_file("#hidden", "tcp"), -ENOENT);
    ck_assert_int_eq(in_file("comment", "tcp"), -ENOENT);
    ck_assert_int_eq(in_file("deux", "udp"), 2);
    ck_assert_int_eq(in_file("three", "tcp"), 3);
    ck_assert_int_eq(in_file("end", "tcp"), 65535);
    ck_assert_int_eq(in_file("plain", NULL), 9);
    ck_assert_int_eq(in_file("one", NULL), -ENOENT);
    static const char *const bad[] = {"lonely", "words", "huge", "vast", "minus", "tail", "plain"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(in_file(bad[i], "tcp"), -ENOENT);
    unlink(path);
}
END_TEST

// A line too long for the reader is not taken for anything, neither is what follows where it was
// cut; the next line is read as usual.
START_TEST(skips_endless_lines)
{
    for (size_t size = 1000; size < 1050; size++) {
        static char text[2000];
        int len =
            snprintf(text, sizeof text, "long 5/tcp %0*d cut 7/tcp\nnext 6/tcp\n", (int)size, 1);
        write_file(text, (size_t)len);
        int found = in_file("long", "tcp");
        if (in_file("next", "tcp") != 6 || in_file("cut", "tcp") == 7 ||
            found != in_file("cut", "tcp"))
            ck_abort_msg("at %zu digits", size);
        unlink(path);
    }
}
END_TEST

START_TEST(survives_garbage)
{
    static char garbage[20000];
    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (char)((i * 2654435761u) >> 11);
    write_file(garbage, sizeof garbage);
    ck_assert_int_eq(in_file("http", "tcp"), -ENOENT);
    unlink(path);
    ck_assert_int_eq(in_file("http", "tcp"), -ENOENT);               // and a file that is not there
    ck_assert_int_eq(names_in_file("/", "http", 4, "tcp"), -ENOENT); // and a folder
}
END_TEST

UNIT_MAIN("names", words_have_the_system_s_numbers, case_does_not_matter, other_words_are_refused,
          tables_walk_both_ways, knows_usual_protocols, knows_usual_services, agrees_with_libc,
          works_without_any_file, reads_lines_of_any_form, skips_endless_lines, survives_garbage)
