// SPDX-License-Identifier: BSD-3-Clause
// Queries to name servers.

#ifndef SSS_DNS_DNS_H
#define SSS_DNS_DNS_H

// A set of name servers, and the queries that they have not answered yet. c-ares writes and reads
// the packets, and tries again, with another server or over TCP where needed. A query is a name and
// one type of records; when it is answered it is put on a list. It refuses to know what the answers
// are for, and search lists.

#include "base/error.h"
#include "base/list.h"
#include "dns/resolver.h"

enum {
    DNS_QUERIES_MAX = 16 * 1024, // at a time; the numbers of queries have 16 bits
};

struct dns;

struct query {
    struct list link; // in the list of answered queries
    void *owner;      // for the caller
    struct dns *dns;  // the servers that were asked; NULL when the query is not under way
    int type;         // of the records, as in the packet
    bool keep;        // the records themselves are wanted
    int result; // 0, also when there are no records of this type; -ERROR_EAI_NONAME: there is no
                // such name; -ERROR_EAI_AGAIN, -ERROR_EAI_FAIL, ..., -errno
    bool gone_wrong;        // a server has said that it cannot answer
    struct addr_list addrs; // of type A and AAAA
    struct bytes names;     // of type PTR
    struct records *records;
};

enum { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28 };

// Makes a set with the servers and settings of CONF. 0, -ENOMEM, -errno.
int dns_new(struct dns **made, const struct resolv_conf *conf, struct poller *poller,
            struct streams *shared) MUST_CHECK;

// Ends all queries with -ERROR_CANCELLED, and closes the sockets. The queries are to be taken with
// dns_answered().
void dns_cancel(struct dns *d);

// Frees D, which must have no query.
void dns_free(struct dns *d);

// The number of a type of records ("MX"), or -ENOENT.
int dns_type(const char *name) MUST_CHECK;

// Asks for the records of NAME of the type in Q. Q is put on the list when it is answered, which
// may be at once; until then it must stay at its address.
void dns_ask(struct dns *d, struct query *q, const char *name);

// Takes the next answered query from the list, or NULL.
struct query *dns_answered(struct dns *d);

// The number of queries under way.
size_t dns_pending(const struct dns *d);

// What the poller has noticed at a descriptor.
struct dns_event {
    int fd;
    bool readable;
    bool writable;
    bool ended; // and nothing more will be noticed
};

// Reads what has come to the sockets of these COUNT events, and gives up queries whose time is
// over. Events of other sets' sockets are ignored.
void dns_turn(struct dns *d, const struct dns_event *events, size_t count);

// When dns_turn() has something to do, as a time of clock_now(), or DEADLINE_NONE.
uint64_t dns_next(const struct dns *d);

#endif
