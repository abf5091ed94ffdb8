// SPDX-License-Identifier: BSD-3-Clause
// A question that is being answered.

#ifndef SSS_DNS_REQUEST_H
#define SSS_DNS_REQUEST_H

// A request that needs name servers waits for its turn. Then each family is queried, for one name
// of the search list after the other, until a name has addresses. Once one family has addresses,
// the other one gets a limited time. For dns/resolver only.

#include "dns/hosts.h"
#include "dns/resolver.h"
#include "dns/servers.h"

enum request_state {
    REQUEST_QUEUED,
    REQUEST_ASKED,
    REQUEST_GIVEN,   // it is finished; while it has `more` the other query is still under way
    REQUEST_DROPPED, // freed by its owner; it stays until its queries have ended
};

struct request {
    struct resolve pub; // first: resolve_free() gets a pointer to this
    struct resolver *home;
    struct list limited; // in one of home's lists of requests with a limit
    uint64_t limit;      // when the first family is given without the other
    enum request_state state;
    enum question_kind kind;
    int family;
    int port;
    bool early;
    bool is_live;       // somebody waits for the answer
    bool has_rest;      // the second part came before anybody waited for it
    int failure;        // the error of a server that could not answer
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
    double allowance;     // how many names may be asked for now
    uint64_t allowed_at;  // the time for which that was counted
};

void request_free(struct request *req);

// Ends REQ with RESULT, and puts it on the list of finished requests.
void request_finish(struct request *req, int result);

// Asks the name servers.
void request_begin(struct request *req);

// Q, a query of a request, has been answered.
void request_take(struct query *q);

// The time that the second family got is over.
void request_limit_over(struct request *req);

// Gives the second part of an answer.
void request_give_rest(struct request *req);

// Nobody waits for REQ any more. When nobody waits for any request, all queries end.
void request_forget(struct request *req);

#endif
