// SPDX-License-Identifier: BSD-3-Clause
// A list of addresses, and the order in which to try them.

#include "sys/addr_list.h"

#include "sys/sock.h"

#include <stdlib.h>
#include <string.h>

// ---- the list

// A fast comparison for IPv4: an answer may hold thousands of addresses.
static bool is_there(const struct addr_list *list, const struct addr *a)
{
    if (addr_family(a) == AF_INET) {
        for (size_t i = 0; i < list->count; i++)
            if (list->at[i].u.in.sin_addr.s_addr == a->u.in.sin_addr.s_addr &&
                addr_equal(a, &list->at[i]))
                return true;
        return false;
    }
    for (size_t i = 0; i < list->count; i++)
        if (addr_equal(a, &list->at[i]))
            return true;
    return false;
}

// Makes room for one more: the array doubles whenever its size is a power of two.
static int make_room(struct addr_list *list)
{
    size_t count = list->count;
    if ((count & (count - 1)) != 0)
        return 0;
    size_t room = count == 0 ? 1 : count * 2;
    struct addr *at = realloc(list->at, room * sizeof *at);
    if (!at)
        return -ENOMEM;
    list->at = at;
    return 0;
}

int addr_list_add(struct addr_list *list, const struct addr *a)
{
    if (list->count >= ADDR_LIST_MAX || is_there(list, a))
        return 0;
    int error = make_room(list);
    if (error == 0)
        list->at[list->count++] = *a;
    return error;
}

int addr_list_join(struct addr_list *list, struct addr_list *more)
{
    int error = 0;
    if (list->count == 0) {
        struct addr_list swapped = *list;
        *list = *more;
        *more = swapped;
    }
    for (size_t i = 0; i < more->count && error == 0; i++)
        error = addr_list_add(list, &more->at[i]);
    addr_list_free(more);
    return error;
}

void addr_list_free(struct addr_list *list)
{
    free(list->at);
    *list = (struct addr_list){0};
}

// ---- RFC 6724

// A row of the policy table (section 2.1). IPv4 addresses are treated as IPv6 ones, in
// ::ffff:0:0/96.
struct policy {
    unsigned char prefix[16];
    unsigned char bits;
    unsigned char precedence;
    unsigned char label;
};

static const struct policy policies[] = {
    {{[15] = 1}, 128, 50, 0},                // ::1
    {{[10] = 0xff, [11] = 0xff}, 96, 35, 4}, // IPv4
    {{0}, 96, 1, 3},                         // ::/96, IPv4-compatible
    {{0x20, 0x01}, 32, 5, 5},                // 2001::/32, Teredo
    {{0x20, 0x02}, 16, 30, 2},               // 2002::/16, 6to4
    {{0x3f, 0xfe}, 16, 1, 12},               // 3ffe::/16, 6bone
    {{0xfe, 0xc0}, 10, 1, 11},               // fec0::/10, site-local
    {{0xfc}, 7, 3, 13},                      // fc00::/7, unique local
    {{0}, 0, 40, 1},                         // everything else
};

enum { SCOPE_LINK = 2, SCOPE_SITE = 5, SCOPE_GLOBAL = 14 };

// An address that is being sorted.
struct candidate {
    struct addr addr;
    size_t position;
    bool reached;           // the system has a route to it
    unsigned char to[16];   // its bytes
    unsigned char from[16]; // those of this machine's address on that route
};

static void bytes_of(const struct addr *a, unsigned char out[16])
{
    memset(out, 0, 16);
    if (addr_family(a) == AF_INET6) {
        memcpy(out, &a->u.in6.sin6_addr, 16);
        return;
    }
    out[10] = out[11] = 0xff;
    memcpy(out + 12, &a->u.in.sin_addr, 4);
}

static unsigned common_bits(const unsigned char *a, const unsigned char *b)
{
    unsigned bits = 0;
    while (bits < 128 && ((a[bits / 8] ^ b[bits / 8]) & (0x80 >> bits % 8)) == 0)
        bits++;
    return bits;
}

static const struct policy *policy_of(const unsigned char *bytes)
{
    const struct policy *p = policies;
    while (common_bits(bytes, p->prefix) < p->bits)
        p++;
    return p;
}

static bool is_ipv4(const unsigned char *bytes)
{
    return common_bits(bytes, policies[1].prefix) >= policies[1].bits;
}

// Sections 3.1 and 3.2.
static int scope_of(const unsigned char *bytes)
{
    static const unsigned char loopback[16] = {[15] = 1};
    if (is_ipv4(bytes)) {
        bool link = bytes[12] == 127 || (bytes[12] == 169 && bytes[13] == 254);
        return link ? SCOPE_LINK : SCOPE_GLOBAL;
    }
    if (bytes[0] == 0xff)
        return bytes[1] & 0x0f;
    if (memcmp(bytes, loopback, 16) == 0 || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80))
        return SCOPE_LINK;
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0 ? SCOPE_SITE : SCOPE_GLOBAL;
}

// Orders two numbers, the larger one first.
static int larger(long a, long b)
{
    return (a < b) - (a > b);
}

// Rules 1, 2, 5, 6, 8 and 9; the others need what the system does not tell. Less than 0: A comes
// first.
static int compare(const struct candidate *a, const struct candidate *b)
{
    const struct policy *to_a = policy_of(a->to), *to_b = policy_of(b->to);
    int scope_a = scope_of(a->to), scope_b = scope_of(b->to);
    int order = larger(a->reached, b->reached);
    if (order == 0)
        order = larger(scope_a == scope_of(a->from), scope_b == scope_of(b->from));
    if (order == 0)
        order = larger(to_a->label == policy_of(a->from)->label,
                       to_b->label == policy_of(b->from)->label);
    if (order == 0)
        order = larger(to_a->precedence, to_b->precedence);
    if (order == 0)
        order = larger(scope_b, scope_a);
    if (order == 0 && !is_ipv4(a->to) && !is_ipv4(b->to))
        order = larger(common_bits(a->to, a->from), common_bits(b->to, b->from));
    return order;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;
    int order = compare(one, other);
    return order != 0 ? order : larger((long)other->position, (long)one->position);
}

// Connects a datagram socket, which sends nothing, to find the local address. Each candidate needs
// a socket of its own, since a socket keeps the first local address that it gets.
static int find_way(struct candidate *c)
{
    struct addr target = c->addr, local;
    bytes_of(&target, c->to);
    memset(c->from, 0, sizeof c->from);
    addr_set_port(&target, 9); // any port: some systems refuse 0
    int fd = sock_open(addr_family(&target), SOCK_DGRAM, 0);
    if (fd < 0)
        return fd == -EAFNOSUPPORT ? 0 : fd; // this machine knows no such family
    c->reached = sock_connect(fd, &target) == 0 && sock_local(fd, &local) == 0;
    if (c->reached)
        bytes_of(&local, c->from);
    (void)sock_close(fd);
    return 0;
}

void addr_list_sort(struct addr_list *list)
{
    int error = 0;
    if (list->count < 2)
        return;
    struct candidate *all = calloc(list->count, sizeof *all);
    if (!all)
        return;
    for (size_t i = 0; i < list->count && error == 0; i++) {
        all[i].addr = list->at[i];
        all[i].position = i;
        error = find_way(&all[i]);
    }
    if (error == 0)
        qsort(all, list->count, sizeof *all, compare_candidates);
    for (size_t i = 0; i < list->count && error == 0; i++)
        list->at[i] = all[i].addr;
    free(all);
}
