// SPDX-License-Identifier: BSD-3-Clause
// Answers for which no name server is needed.

#include "dns/local.h"

#include "dns/dns.h"
#include "sys/names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

int local_port(const struct question *q)
{
    if (!q->service)
        return 0;
    size_t len = strlen(q->service);
    int port = addr_parse_port(q->service, len);
    if (port == -ENOENT)
        port = names_service(q->service, len, q->type == SOCK_DGRAM ? "udp" : "tcp");
    return port >= 0 ? port : -ERROR_EAI_SERVICE;
}

static int out_of_memory(int error)
{
    return error == -ENOMEM ? -ERROR_EAI_MEMORY : error;
}

// The addresses of a word of sys/addr. IPv4 comes first, for callers that take the first address
// only: it works on every machine.
static int add_word(const char *word, int family, struct addr_list *out)
{
    const int families[] = {AF_INET, AF_INET6};
    const char *why;
    int error = 0;
    for (int i = 0; i < 2 && error == 0; i++) {
        struct addr a;
        if ((family == AF_UNSPEC || family == families[i]) &&
            addr_from_host(&a, (struct host){word, strlen(word), 0, families[i]}, &why) == 0)
            error = addr_list_add(out, &a);
    }
    if (error == 0 && out->count == 0)
        return -ERROR_EAI_FAMILY;
    return out_of_memory(error);
}

// Is it a name of this machine's loopback address, for which no server is asked (RFC 6761, section
// 6.3)? It works without files, too.
static bool is_localhost(const char *host)
{
    static const char name[] = "localhost";
    size_t len = strlen(host), tail = sizeof name - 1;
    if (len > 0 && host[len - 1] == '.')
        len--;
    if (len < tail || strncasecmp(host + len - tail, name, tail) != 0)
        return false;
    return len == tail || host[len - tail - 1] == '.';
}

// Looks for the host in the file, without the dot that may end its name.
static int look_in_file(struct hosts *hosts, const struct question *q, struct addr_list *out)
{
    char name[256];
    size_t len = strlen(q->host);
    if (len > 1 && q->host[len - 1] == '.')
        len--;
    if (len >= sizeof name)
        return -ENOENT;
    memcpy(name, q->host, len);
    name[len] = '\0';
    int error = hosts_update(hosts);
    if (error == 0)
        error = hosts_addresses(hosts, name, q->family, out);
    if (error == 0 && out->count == 0)
        return -ERROR_EAI_FAMILY; // the name is known, but has no address of this family
    if (error == 0)
        addr_list_sort(out);
    return out_of_memory(error);
}

// No name has two dots in a row, or one at its beginning (RFC 1035).
static bool is_empty_label(const char *host)
{
    return host[0] == '.' || strstr(host, "..");
}

static int local_name(struct hosts *hosts, const struct question *q, struct addr_list *out)
{
    if (is_localhost(q->host))
        return add_word("loopback", q->family, out);
    int error = look_in_file(hosts, q, out);
    return error == -ENOENT && is_empty_label(q->host) ? -ERROR_EAI_NONAME : error;
}

// Numbers and the words of sys/addr have their usual meaning here.
int local_addresses(struct hosts *hosts, const struct question *q, struct addr_list *out)
{
    const char *why;
    struct addr a;
    if (!q->host || q->host[0] == '\0')
        return add_word(q->passive ? "*" : "loopback", q->family, out);
    int error = addr_from_host(&a, (struct host){q->host, strlen(q->host), 0, q->family}, &why);
    switch (error) {
    case 0:
        return out_of_memory(addr_list_add(out, &a));
    case -ENOENT:
        return local_name(hosts, q, out);
    case -EAFNOSUPPORT:
        return -ERROR_EAI_FAMILY;
    case -EINVAL:
        return -ERROR_EAI_NONAME;
    default:
        return error; // no descriptor was left to look for an interface
    }
}

static bool is_loopback(const struct addr *a)
{
    if (addr_family(a) == AF_INET)
        return a->u.in.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    return IN6_IS_ADDR_LOOPBACK(&a->u.in6.sin6_addr);
}

int local_names(struct hosts *hosts, const struct addr *a, struct bytes *out)
{
    if (addr_family(a) != AF_INET && addr_family(a) != AF_INET6)
        return -ERROR_EAI_FAMILY;
    int r = hosts_update(hosts);
    if (r == 0)
        r = hosts_names(hosts, a, out);
    if (r == 0 && is_loopback(a))
        r = bytes_append(out, "localhost", sizeof "localhost") == 0 ? 1 : -ENOMEM;
    if (r < 0)
        return out_of_memory(r);
    return r > 0 ? 0 : -ENOENT;
}

// "4.3.2.1.in-addr.arpa" (RFC 1035, section 3.5); for IPv6 a digit for each half byte (RFC 3596,
// section 2.5).
static void put_reverse(const struct addr *a, char out[LOCAL_NAME_ROOM])
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *b = (const unsigned char *)&a->u.in.sin_addr;
    if (addr_family(a) == AF_INET) {
        snprintf(out, LOCAL_NAME_ROOM, "%d.%d.%d.%d.in-addr.arpa", b[3], b[2], b[1], b[0]);
        return;
    }
    b = a->u.in6.sin6_addr.s6_addr;
    for (int i = 15; i >= 0; i--) {
        *out++ = digits[b[i] & 15];
        *out++ = '.';
        *out++ = digits[b[i] >> 4];
        *out++ = '.';
    }
    strcpy(out, "ip6.arpa");
}

const char *local_name_to_ask(const struct question *q, char room[LOCAL_NAME_ROOM])
{
    const char *host = q->host ? q->host : "", *why;
    struct addr made;
    const struct addr *a = &made; // not a copy: the question's address may be shorter than its type
    room[0] = '\0';
    if (q->kind == QUESTION_NAMES)
        a = q->address;
    else if (q->kind == QUESTION_ADDRESSES || dns_type(q->record) != DNS_PTR ||
             addr_from_host(&made, (struct host){host, strlen(host), 0, AF_UNSPEC}, &why) < 0)
        return host;
    if (addr_family(a) == AF_INET || addr_family(a) == AF_INET6)
        put_reverse(a, room);
    return room;
}
