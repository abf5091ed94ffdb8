// SPDX-License-Identifier: BSD-3-Clause
// Answers for which no name server is needed.

#ifndef SSS_DNS_LOCAL_H
#define SSS_DNS_LOCAL_H

// Numbers and words, "localhost" and names below it, and names in /etc/hosts. It refuses to wait.

#include "dns/hosts.h"
#include "dns/resolver.h"

// The port that Q names: 0..65535, or -ERROR_EAI_SERVICE.
int local_port(const struct question *q) MUST_CHECK;

// Adds the addresses, with port 0, to OUT. 0; -ENOENT: the name servers have to be asked; other
// errors are the answer: -ERROR_EAI_NONAME, -ERROR_EAI_FAMILY, ..., -errno.
int local_addresses(struct hosts *hosts, const struct question *q,
                    struct addr_list *out) MUST_CHECK;

// Appends the names of the host at A to OUT. The same results.
int local_names(struct hosts *hosts, const struct addr *a, struct bytes *out) MUST_CHECK;

enum { LOCAL_NAME_ROOM = 80 };

// The name to ask the servers for; that of an address is written to ROOM.
const char *local_name_to_ask(const struct question *q, char room[LOCAL_NAME_ROOM]);

#endif
