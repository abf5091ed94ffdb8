// SPDX-License-Identifier: BSD-3-Clause
// One question on its way.

#ifndef SSS_DNS_REQUEST_H
#define SSS_DNS_REQUEST_H

// A request that nobody can answer here waits for its turn, and is then asked: one query for each
// family, for one name after the other of the search list, until one of them has addresses. The
// first family that has some gives the other no more than a certain time. For resolver*.c only.

#include "dns/hosts.h"
#include "dns/resolver.h"
#include "dns/servers.h"

enum request_state {
    REQUEST_QUEUED,
    REQUEST_ASKED,
    REQUEST_GIVEN,   // it is finished; while it has `more` the other query is still under way
    REQUEST_DROPPED, // freed, but for the queries under way
};

struct request {
    struct resolve pub; // first: resolve_free() gets a pointer to this
    struct resolver *home;
    struct list limited; // in one of home's lists of those that have a limit
    uint64_t limit;      // when the first family goes without the other
    enum request_state state;
    enum question_kind kind;
    int family;
    int port;
    bool early;
    bool is_live;       // somebody will want the answer
    bool has_rest;      // the other family's answer has come before it was waited for
    int failure;        // what a server that cannot answer has said
    unsigned candidate; // the next name of the search list
    unsigned asked;     // queries under way
    struct query queries[2];
    char host[];
};

struct resolver {
    struct servers servers;
    struct hosts hosts;
    struct list queue;    // requests by their link
    struct list finished; // the same
    struct list early;    // requests by `limited`, in the order of their limits
    struct list patient;  // the same
    size_t live;          // requests in flight that somebody waits for
    double allowance;     // names that may be asked for now
    uint64_t allowed_at;  // when that was true
};

void request_free(struct request *req);

// It is over: it is put on the list of those that are finished.
void request_finish(struct request *req, int result);

// Asks the name servers.
void request_begin(struct request *req);

// A query of its owner has its answer.
void request_take(struct query *q);

// The time is over that the first family gives the other.
void request_limit_over(struct request *req);

// Gives the second part of an answer.
void request_give_rest(struct request *req);

// Nobody will want anything of REQ. What is asked for nobody ends.
void request_forget(struct request *req);

#endif
