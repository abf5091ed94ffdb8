// SPDX-License-Identifier: BSD-3-Clause
// A list of addresses, and the order in which to try them.

#ifndef SSS_SYS_ADDR_LIST_H
#define SSS_SYS_ADDR_LIST_H

// The addresses that a name has: none twice, as many as an answer of 64 KiB holds. The order is
// that of RFC 6724, section 6, for which the system is asked by what address of this machine each
// would be reached. It refuses to know where they come from.

#include "sys/addr.h"

enum { ADDR_LIST_MAX = 8192 }; // the rest is left out

struct addr_list {
    struct addr *at; // NULL: none
    size_t count;
};

// Adds A unless it is there. 0 or -ENOMEM.
int addr_list_add(struct addr_list *list, const struct addr *a) MUST_CHECK;

// Adds those of MORE, which is left empty. 0, or -ENOMEM with both as they were, or with some
// moved.
int addr_list_join(struct addr_list *list, struct addr_list *more) MUST_CHECK;

// Those that come first are reached best. Without memory or descriptors to find out, the order
// stays.
void addr_list_sort(struct addr_list *list);

void addr_list_free(struct addr_list *list);

#endif
