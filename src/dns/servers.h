// SPDX-License-Identifier: BSD-3-Clause
// Which name servers there are.

#ifndef SSS_DNS_SERVERS_H
#define SSS_DNS_SERVERS_H

// What resolv.conf(5) says, or the program; and the queries to those servers. When either changes,
// what is asked from then on goes to the new ones, while the old ones may still answer what they
// were asked. It refuses to know requests.

#include "dns/dns.h"
#include "dns/resolv_conf.h"
#include "sys/config_file.h"

struct servers {
    struct poller *poller;
    struct streams *shared;
    struct config_file file;
    struct resolv_conf conf;
    struct addr own[RESOLV_SERVERS_MAX]; // to ask instead of those of the file
    size_t own_count;
    bool changed;    // the first of `all` are not these servers
    struct list all; // one for each state of the settings that has queries, the newest first
};

void servers_init(struct servers *s, struct poller *poller, struct streams *shared);

// No query may be left: see servers_cancel().
void servers_free(struct servers *s);

// Reads resolv.conf if it is not what it was. 0 or -errno.
int servers_update(struct servers *s) MUST_CHECK;

void servers_set(struct servers *s, const struct addr *servers, size_t count);
int servers_list(const struct servers *s, struct addr out[RESOLV_SERVERS_MAX]);

// Those to ask now: *OUT. 0 or -errno.
int servers_current(struct servers *s, struct dns **out) MUST_CHECK;

// The next query that has its answer, or NULL.
struct query *servers_answered(struct servers *s);

// Of all queries: how many are under way; ends them, see dns_cancel().
size_t servers_pending(const struct servers *s);
void servers_cancel(struct servers *s);

// Takes what has come for the streams that the poller has marked, and what is late.
void servers_turn(struct servers *s);
uint64_t servers_next(const struct servers *s); // when, see dns_next()

// Closes those that have nothing to answer any more; ALL: also the newest.
void servers_drop(struct servers *s, bool all);

#endif
