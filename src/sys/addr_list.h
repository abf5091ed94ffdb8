// SPDX-License-Identifier: BSD-3-Clause
// A list of addresses, and the order in which to try them.

#ifndef SSS_SYS_ADDR_LIST_H
#define SSS_SYS_ADDR_LIST_H

// The addresses of a name, none of them twice; the longest list is what an answer of 64 KiB can
// hold. They are sorted by RFC 6724, section 6, which needs to know from what local address each
// one would be reached: the system is asked. It refuses to know where the addresses come from.

#include "sys/addr.h"

enum { ADDR_LIST_MAX = 8192 }; // further ones are left out

struct addr_list {
    struct addr *at; // NULL when there is none
    size_t count;
};

// Adds A unless it is there. 0 or -ENOMEM.
int addr_list_add(struct addr_list *list, const struct addr *a) MUST_CHECK;

// Moves the addresses of MORE to the end of LIST, and leaves MORE empty. 0, or -ENOMEM: some of
// them are lost.
int addr_list_join(struct addr_list *list, struct addr_list *more) MUST_CHECK;

// Sorts the list; the first address is the best one to try. Where there is no memory or descriptor
// to find out, the order stays.
void addr_list_sort(struct addr_list *list);

void addr_list_free(struct addr_list *list);

#endif
