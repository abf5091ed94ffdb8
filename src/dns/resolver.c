// SPDX-License-Identifier: BSD-3-Clause
// From a question to its answer.

#include "base/clock.h"
#include "dns/local.h"
#include "dns/request.h"

#include <stdlib.h>
#include <string.h>

// Many datagrams at once overflow the buffer of the receiver, and each one that is lost costs
// seconds. This many names are asked for at once, and after that this many in a second.
static const double burst = 32, names_per_s = 2500;

static struct request *request_of(struct list *link)
{
    return (struct request *)container_of(link, struct resolve, link);
}

int resolver_new(struct resolver **made, struct poller *poller, struct streams *shared)
{
    struct resolver *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    servers_init(&r->servers, poller, shared);
    hosts_init(&r->hosts, "/etc/hosts");
    list_init(&r->queue);
    list_init(&r->finished);
    list_init(&r->early);
    list_init(&r->patient);
    r->allowance = burst;
    *made = r;
    return 0;
}

void resolver_set_servers(struct resolver *r, const struct addr *servers, size_t count)
{
    servers_set(&r->servers, servers, count);
}

int resolver_servers(struct resolver *r, struct addr out[RESOLV_SERVERS_MAX])
{
    int error = servers_update(&r->servers);
    return error < 0 ? error : servers_list(&r->servers, out);
}

// ---- turns

static void take_answers(struct resolver *r)
{
    struct query *q;
    while ((q = servers_answered(&r->servers)))
        request_take(q);
}

// Ends the wait for the other family in requests whose time is over.
static void give_limited(struct list *list, uint64_t now)
{
    while (!list_is_empty(list)) {
        struct request *req = container_of(list->next, struct request, limited);
        if (req->limit > now)
            return;
        request_limit_over(req);
    }
}

static void add_allowance(struct resolver *r, uint64_t now)
{
    double more = (double)(now - r->allowed_at) / 1e9 * names_per_s;
    r->allowance = more > burst - r->allowance ? burst : r->allowance + more;
    r->allowed_at = now;
}

static bool has_room(const struct resolver *r)
{
    return servers_pending(&r->servers) + 2 <= DNS_QUERIES_MAX;
}

static void begin_queued(struct resolver *r, uint64_t now)
{
    add_allowance(r, now);
    while (!list_is_empty(&r->queue) && r->allowance >= 1 && has_room(r)) {
        r->allowance--;
        request_begin(request_of(list_pop(&r->queue)));
    }
}

void resolver_turn(struct resolver *r)
{
    if (resolver_next(r) > clock_now())
        return;
    servers_turn(&r->servers);
    take_answers(r);
    uint64_t now = clock_now();
    give_limited(&r->early, now);
    give_limited(&r->patient, now);
    begin_queued(r, now);
    take_answers(r); // from the cache, and from servers that cannot be reached at all
    servers_drop(&r->servers, false);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t first_limit(const struct list *list)
{
    return list_is_empty(list) ? DEADLINE_NONE
                               : container_of(list->next, struct request, limited)->limit;
}

static uint64_t next_begin(const struct resolver *r)
{
    if (list_is_empty(&r->queue) || !has_room(r))
        return DEADLINE_NONE;
    return r->allowance >= 1 ? 0 : clock_deadline(r->allowed_at, 1 / names_per_s);
}

uint64_t resolver_next(const struct resolver *r)
{
    if (!list_is_empty(&r->finished))
        return 0;
    uint64_t next = earlier(first_limit(&r->early), first_limit(&r->patient));
    return earlier(earlier(next, next_begin(r)), servers_next(&r->servers));
}

// ---- questions

static struct request *request_new(struct resolver *r, const struct question *q, void *owner)
{
    char room[LOCAL_NAME_ROOM];
    const char *host = local_name_to_ask(q, room);
    struct request *req = calloc(1, sizeof *req + strlen(host) + 1);
    if (!req)
        return NULL;
    strcpy(req->host, host);
    list_init(&req->pub.link);
    list_init(&req->limited);
    req->pub.owner = owner;
    req->home = r;
    req->kind = q->kind;
    req->family = q->family;
    req->early = q->early;
    req->queries[0].keep = q->kind == QUESTION_RECORDS;
    return req;
}

// Answers without name servers: 0 or an error; -ENOENT: they have to be asked.
static int answer_here(struct request *req, const struct question *q)
{
    int error = -ENOENT;
    switch (q->kind) {
    case QUESTION_ADDRESSES:
        req->port = local_port(q);
        error = req->port < 0 ? req->port : local_addresses(&req->home->hosts, q, &req->pub.addrs);
        for (size_t i = 0; i < req->pub.addrs.count; i++)
            addr_set_port(&req->pub.addrs.at[i], req->port);
        break;
    case QUESTION_NAMES:
        req->queries[0].type = DNS_PTR;
        error = local_names(&req->home->hosts, q->address, &req->pub.names);
        break;
    case QUESTION_RECORDS:
        req->queries[0].type = dns_type(q->record);
        break;
    }
    if (error != -ENOENT && req->kind != QUESTION_RECORDS)
        return error;
    error = servers_update(&req->home->servers);
    return error < 0 ? error : -ENOENT;
}

int resolver_start(struct resolver *r, const struct question *q, void *owner, struct resolve **made)
{
    if (q->kind == QUESTION_RECORDS && dns_type(q->record) < 0)
        return -EINVAL;
    struct request *req = request_new(r, q, owner);
    if (!req)
        return -ENOMEM;
    *made = &req->pub;
    req->is_live = true;
    r->live++;
    int error = answer_here(req, q);
    if (error == -ENOENT)
        list_append(&r->queue, &req->pub.link);
    else
        request_finish(req, error);
    return 0;
}

void resolver_await(struct resolve *pub, void *owner)
{
    struct request *req = (struct request *)pub;
    pub->owner = owner;
    if (req->has_rest)
        request_give_rest(req);
}

bool resolver_take(struct resolve *pub)
{
    struct request *req = (struct request *)pub;
    if (req->state != REQUEST_GIVEN || list_is_empty(&pub->link))
        return false;
    list_remove(&pub->link);
    pub->owner = NULL;
    return true;
}

struct resolve *resolver_collect(struct resolver *r)
{
    struct list *link = list_pop(&r->finished);
    return link ? &request_of(link)->pub : NULL;
}

void resolve_free(struct resolve *pub)
{
    struct request *req = (struct request *)pub;
    if (!pub)
        return;
    bool was_live = req->is_live;
    struct resolver *r = req->home;
    list_remove(&pub->link);
    list_remove(&req->limited);
    req->state = REQUEST_DROPPED;
    if (req->asked == 0) {
        request_forget(req);
        request_free(req);
        return;
    }
    request_forget(req); // a cancel may have put its queries on the list of answered ones
    if (was_live)
        take_answers(r);
}

// ---- the end

static void free_list(struct list *list)
{
    struct list *link;
    while ((link = list_pop(list)))
        request_free(request_of(link));
}

void resolver_rest(struct resolver *r)
{
    servers_cancel(&r->servers);
    take_answers(r);
    servers_drop(&r->servers, true);
}

void resolver_free(struct resolver *r)
{
    if (!r)
        return;
    free_list(&r->queue);
    resolver_rest(r);
    free_list(&r->finished);
    hosts_free(&r->hosts);
    servers_free(&r->servers);
    free(r);
}
