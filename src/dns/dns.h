// SPDX-License-Identifier: BSD-3-Clause
// Queries to name servers.

#ifndef SSS_DNS_DNS_H
#define SSS_DNS_DNS_H

// One set of name servers and the queries that they have not answered yet, over c-ares: it writes
// and reads the packets, and tries again, elsewhere, or over TCP. A query is a name and one type of
// records, and ends up on a list. It refuses to know what the answers are for, and search lists.

#include "base/error.h"
#include "base/list.h"
#include "dns/resolver.h"

enum {
    DNS_QUERIES_MAX = 16 * 1024, // at a time: their numbers have 16 bits
};

struct dns;

struct query {
    struct list link; // in the list of those that are answered
    void *owner;      // whose it is
    struct dns *dns;  // who is asked; NULL: nobody
    int type;         // of the records, as in the packet
    bool keep;        // the records themselves are wanted
    int result; // 0, also when there are no records of this type; -ERROR_EAI_NONAME: there is no
                // such name; -ERROR_EAI_AGAIN, -ERROR_EAI_FAIL, ..., -errno
    bool gone_wrong;        // a server has answered that it cannot answer
    struct addr_list addrs; // of type A and AAAA
    struct bytes names;     // of type PTR
    struct records *records;
};

enum { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28 };

// Asks as CONF says. 0, -ENOMEM, -errno.
int dns_new(struct dns **made, const struct resolv_conf *conf, struct poller *poller,
            struct streams *shared) MUST_CHECK;

// Ends all queries with -ERROR_CANCELLED; they are to be taken with dns_answered(). Its sockets are
// closed.
void dns_cancel(struct dns *d);

// No query may be left.
void dns_free(struct dns *d);

// The number of a type of records ("MX"), or -ENOENT.
int dns_type(const char *name) MUST_CHECK;

// Asks for the records of NAME that Q names. It is on the list when it has its answer, which may be
// at once. The query must stay where it is until then.
void dns_ask(struct dns *d, struct query *q, const char *name);

// The next query that has its answer, or NULL.
struct query *dns_answered(struct dns *d);

// How many are under way.
size_t dns_pending(const struct dns *d);

// What the poller has seen of a descriptor.
struct dns_event {
    int fd;
    bool readable;
    bool writable;
    bool ended; // and nothing more will be seen
};

// Takes what has come to the sockets of COUNT events, of which others may be of other servers, and
// gives up what has taken too long.
void dns_turn(struct dns *d, const struct dns_event *events, size_t count);

// When dns_turn() has something to do: clock_now() terms; DEADLINE_NONE.
uint64_t dns_next(const struct dns *d);

#endif
