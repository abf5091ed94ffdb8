// SPDX-License-Identifier: BSD-3-Clause
// The name servers that are asked.

#ifndef SSS_DNS_SERVERS_H
#define SSS_DNS_SERVERS_H

// The servers come from resolv.conf(5) or from the program. When they change, new queries go to the
// new servers, while the old ones may still answer the queries that they have got. It refuses to
// know requests.

#include "dns/dns.h"
#include "dns/resolv_conf.h"
#include "sys/config_file.h"

struct servers {
    struct poller *poller;
    struct streams *shared;
    struct config_file file;
    struct resolv_conf conf;
    struct addr own[RESOLV_SERVERS_MAX]; // asked instead of those of the file
    size_t own_count;
    bool changed;    // a new set must be made before the next query
    struct list all; // one set for each version of the settings that has queries, the newest first
};

void servers_init(struct servers *s, struct poller *poller, struct streams *shared);

// Frees what S holds. No query may be left: see servers_cancel().
void servers_free(struct servers *s);

// Reads resolv.conf again if it has changed. 0 or -errno.
int servers_update(struct servers *s) MUST_CHECK;

void servers_set(struct servers *s, const struct addr *servers, size_t count);
int servers_list(const struct servers *s, struct addr out[RESOLV_SERVERS_MAX]);

// *OUT are the servers for the next query. 0 or -errno.
int servers_current(struct servers *s, struct dns **out) MUST_CHECK;

// The next answered query, or NULL.
struct query *servers_answered(struct servers *s);

// The number of all queries under way, and the end of all of them: see dns_cancel().
size_t servers_pending(const struct servers *s);
void servers_cancel(struct servers *s);

// Handles what has come at the streams that the poller has marked, and queries whose time is over.
void servers_turn(struct servers *s);
uint64_t servers_next(const struct servers *s); // see dns_next()

// Closes the sets that have no queries any more; ALL: also the newest one.
void servers_drop(struct servers *s, bool all);

#endif
