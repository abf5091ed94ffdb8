// SPDX-License-Identifier: BSD-3-Clause
// Names to addresses, on helper threads.

#ifndef SSS_LOOP_RESOLVER_H
#define SSS_LOOP_RESOLVER_H

// getaddrinfo(3) waits, so it runs on a few threads of its own, which are started when first needed
// and only ever touch the request they work on. The results are collected on the loop's thread. It
// refuses to know the loop: it calls WAKE (from any thread) when there is something to
// collect.

#include "base/error.h"
#include "base/list.h"
#include "net/addr.h"

struct resolver;

// One question with its answer. Made and freed here, since it may outlive the one who asked.
struct resolve {
    struct list link;
    void *owner; // who asked; NULL: nobody cares any more
    int result;  // 0, or -errno / -ERROR_EAI_*
    size_t count;
    struct addr *addrs; // in the order of RFC 6724, no duplicates
};

int resolver_new(struct resolver **made, void (*wake)(void *), void *arg) MUST_CHECK;

// Gives up what is under way and waits for the threads that are idle; a thread that is still inside
// getaddrinfo(3) is left to end with the process (it holds its own references).
void resolver_free(struct resolver *r);

// Asks for HOST (NULL or "": the wildcard when PASSIVE, else loopback) and SERVICE (name, number,
// or NULL: port 0), for an address FAMILY (AF_UNSPEC: both) and a socket TYPE (SOCK_STREAM...). The
// texts are copied. What is no name ("127.0.0.1", "localhost") is answered without a thread, and
// comes back by the same road. *MADE is the request, in flight, with its owner set. 0, -ENOMEM,
// -EAGAIN (no thread could be started).
int resolver_start(struct resolver *r, const char *host, const char *service, int family, int type,
                   bool passive, void *owner, struct resolve **made) MUST_CHECK;

// A finished request (never one without owner: those are freed here), or NULL. The caller frees it
// with resolve_free().
struct resolve *resolver_collect(struct resolver *r);

// Nobody waits for REQ any more: it is freed when it comes back.
void resolver_abandon(struct resolver *r, struct resolve *req);

void resolve_free(struct resolve *req);

#endif
