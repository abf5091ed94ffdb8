// SPDX-License-Identifier: BSD-3-Clause
// Names to addresses, addresses to names, and what else the domain name system holds.

#ifndef SSS_DNS_RESOLVER_H
#define SSS_DNS_RESOLVER_H

// Takes questions and gives them back with answers; it calls nobody back. Numbers, "localhost" and
// names in /etc/hosts are answered at once. For other names the name servers of resolv.conf(5) are
// asked, many names at a time, by c-ares on the loop's own poller; there are no threads. The two
// families of addresses are separate queries, so that neither delays the other. The files are read
// again when they have changed. It refuses to know the loop, which calls resolver_turn().

#include "base/bytes.h"
#include "base/error.h"
#include "base/list.h"
#include "dns/resolv_conf.h"
#include "sys/addr_list.h"

#include <stdint.h>

struct poller;
struct records;
struct resolver;
struct streams;

enum question_kind {
    QUESTION_ADDRESSES, // of host
    QUESTION_NAMES,     // of the host at address
    QUESTION_RECORDS,   // of host, of the type record
};

// What is asked; the texts are copied. The last five fields are for QUESTION_ADDRESSES.
struct question {
    enum question_kind kind;
    const char *host;           // NULL or "": the wildcard when passive, else loopback
    const struct addr *address; // NAMES
    const char *record;         // RECORDS: "MX", "TXT", ...; in any case
    const char *service;        // name, number, or NULL: port 0
    int family;                 // AF_UNSPEC: both
    int type;                   // SOCK_STREAM, SOCK_DGRAM, ...: whose service
    bool passive;
    bool early; // the answer may come in two parts: see resolver_await()
};

// A question with its answer. It is made and freed here, since it may outlive the caller.
struct resolve {
    struct list link;
    void *owner; // for the caller; NULL when nobody waits for it
    int result;  // 0, or -errno / -ERROR_EAI_*
    bool more;   // the addresses of the other family are still to come

    struct addr_list addrs;  // ADDRESSES: in the order of RFC 6724, no duplicates
    struct bytes names;      // NAMES: each with its NUL
    struct records *records; // RECORDS: see dns/records.h
};

// POLLER waits for the servers' sockets, which are streams of SHARED.
int resolver_new(struct resolver **made, struct poller *poller, struct streams *shared) MUST_CHECK;

// Frees R, and gives up what is under way.
void resolver_free(struct resolver *r);

// Starts to answer Q for OWNER; *MADE is the request. It comes back by resolver_collect(), also
// when it is answered at once. 0, -ENOMEM; -EINVAL: there is no such type of records.
int resolver_start(struct resolver *r, const struct question *q, void *owner,
                   struct resolve **made) MUST_CHECK;

// Waits for the second part of an answer that has `more`, for OWNER: the request comes back once
// more, with the addresses of the other family instead of the first ones, or with none and an
// error.
void resolver_await(struct resolve *req, void *owner);

// Is REQ finished already? Then it is taken, and resolver_collect() will not return it.
bool resolver_take(struct resolve *req);

// A finished request, or NULL. The caller frees it with resolve_free(), unless it has `more`.
struct resolve *resolver_collect(struct resolver *r);

// Frees REQ, finished or not. Later answers of name servers to it are dropped; when nobody else
// waits for one, their sockets are closed at once.
void resolve_free(struct resolve *req);

// When resolver_turn() has something to do: 0 for now, a time of clock_now(), or DEADLINE_NONE
// while only a message from a name server can bring work.
uint64_t resolver_next(const struct resolver *r);

// Handles the messages from name servers, and asks further questions.
void resolver_turn(struct resolver *r);

// Asks these COUNT name servers instead of those of resolv.conf(5); with 0, those of resolv.conf(5)
// again.
void resolver_set_servers(struct resolver *r, const struct addr *servers, size_t count);

// Writes the name servers that are asked now to OUT: how many, or -EMFILE, -ENOMEM.
int resolver_servers(struct resolver *r, struct addr out[RESOLV_SERVERS_MAX]) MUST_CHECK;

// Closes all sockets, when no request is in flight; the next question opens new ones. For a fork: a
// child must not ask with its parent's sockets and random numbers.
void resolver_rest(struct resolver *r);

#endif
