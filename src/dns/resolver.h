// SPDX-License-Identifier: BSD-3-Clause
// Names to addresses, addresses to names, and what else the domain name system holds.

#ifndef SSS_DNS_RESOLVER_H
#define SSS_DNS_RESOLVER_H

// Questions go in and come back answered; nobody is called back. Numbers, "localhost" and what
// /etc/hosts has are answered at once. For the rest the name servers of resolv.conf(5) are asked,
// as many names at a time as there are questions, by c-ares on the loop's own poller: there are no
// threads. The two families of addresses are asked for apart; neither hinders the other. The files
// are read again when they have changed. It refuses to know the loop, which gives it its turns.

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

// What is asked; the texts are copied. The last four are those of QUESTION_ADDRESSES.
struct question {
    enum question_kind kind;
    const char *host;           // NULL or "": the wildcard when passive, else loopback
    const struct addr *address; // NAMES
    const char *record;         // RECORDS: "MX", "TXT", ...; in any case
    const char *service;        // name, number, or NULL: port 0
    int family;                 // AF_UNSPEC: both
    int type;                   // SOCK_STREAM, SOCK_DGRAM, ...: which service is meant
    bool passive;
    bool early; // as soon as one family has addresses; the other's follow, see resolver_await()
};

// One question with its answer. Made and freed here, since it may outlive the one who asked.
struct resolve {
    struct list link;
    void *owner; // who asked; NULL: nobody waits for it
    int result;  // 0, or -errno / -ERROR_EAI_*
    bool more;   // the addresses of the other family are still to come

    struct addr_list addrs;  // ADDRESSES: in the order of RFC 6724, no duplicates
    struct bytes names;      // NAMES: each with its NUL
    struct records *records; // RECORDS: see resolver_records.h
};

// The servers' sockets are waited for by POLLER, as streams of SHARED.
int resolver_new(struct resolver **made, struct poller *poller, struct streams *shared) MUST_CHECK;

// Gives up what is under way.
void resolver_free(struct resolver *r);

// Asks Q for OWNER. What takes no time is answered at once, and comes back by the same road. *MADE
// is the request, in flight. 0, -ENOMEM; -EINVAL: there is no such type of records.
int resolver_start(struct resolver *r, const struct question *q, void *owner,
                   struct resolve **made) MUST_CHECK;

// Waits for the rest of an answer that has `more`, for OWNER: it comes back once more, with the
// other family's addresses instead of those that it had (or without any, and a result).
void resolver_await(struct resolve *req, void *owner);

// Is REQ finished already? Then it is taken, and resolver_collect() does not give it.
bool resolver_take(struct resolve *req);

// A finished request, or NULL. The caller frees it with resolve_free(), unless it has `more`.
struct resolve *resolver_collect(struct resolver *r);

// Nobody waits for REQ any more. What the name servers still say about it is dropped; when they are
// asked for nobody else, their sockets are closed at once.
void resolve_free(struct resolve *req);

// When resolver_turn() has something to do: now (0), at that time (clock_now() terms), or
// DEADLINE_NONE, when only a name server can wake it.
uint64_t resolver_next(const struct resolver *r);

// Takes what has come from the name servers, and goes on.
void resolver_turn(struct resolver *r);

// Asks these name servers, COUNT of them, instead of those of resolv.conf(5); 0: those again.
void resolver_set_servers(struct resolver *r, const struct addr *servers, size_t count);

// The name servers that are asked now: into OUT, how many; -EMFILE, -ENOMEM.
int resolver_servers(struct resolver *r, struct addr out[RESOLV_SERVERS_MAX]) MUST_CHECK;

// Closes all sockets, where no request is in flight: the next question opens others. For a child
// process, which must not ask with its parent's sockets and random numbers.
void resolver_rest(struct resolver *r);

#endif
