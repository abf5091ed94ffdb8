// SPDX-License-Identifier: BSD-3-Clause
// A question that is being answered.

#include "dns/request.h"

#include "base/clock.h"
#include "dns/records.h"

#include <stdlib.h>

enum { NAME_ROOM = 256 };

// How much later IPv6 may come and still be first (RFC 8305, section 8).
static const double early_s = 0.05;
static const double rest_s = 0.25; // extra time for the last server to answer

// ---- the end of a request

void request_free(struct request *req)
{
    addr_list_free(&req->pub.addrs);
    bytes_clear(&req->pub.names);
    records_free(req->pub.records);
    for (int i = 0; i < 2; i++) {
        addr_list_free(&req->queries[i].addrs);
        bytes_clear(&req->queries[i].names);
        records_free(req->queries[i].records);
    }
    free(req);
}

// Nobody waits for REQ any more. When nobody waits for any request, the sockets are closed.
void request_forget(struct request *req)
{
    if (!req->is_live)
        return;
    struct resolver *r = req->home;
    req->is_live = false;
    if (--r->live == 0)
        servers_cancel(&r->servers);
}

void request_finish(struct request *req, int result)
{
    req->pub.result = result;
    req->state = REQUEST_GIVEN;
    list_remove(&req->limited);
    list_append(&req->home->finished, &req->pub.link);
    if (!req->pub.more)
        request_forget(req);
}

// Moves the addresses that the queries have got into the answer.
static int take_addresses(struct request *req)
{
    int error = 0;
    addr_list_free(&req->pub.addrs);
    for (int i = 1; i >= 0; i--) // IPv6 first
        if (!req->queries[i].dns && error == 0)
            error = addr_list_join(&req->pub.addrs, &req->queries[i].addrs);
    addr_list_sort(&req->pub.addrs);
    for (size_t i = 0; i < req->pub.addrs.count; i++)
        addr_set_port(&req->pub.addrs.at[i], req->port);
    return error < 0 ? -ERROR_EAI_MEMORY : 0;
}

static void limit(struct request *req, struct list *list, double seconds)
{
    if (!list_is_empty(&req->limited))
        return;
    req->limit = clock_deadline(clock_now(), seconds);
    list_append(list, &req->limited);
}

// The other family may take as long as one attempt with each server takes.
static void limit_rest(struct request *req)
{
    struct addr servers[RESOLV_SERVERS_MAX];
    int count = servers_list(&req->home->servers, servers);
    double seconds = req->home->servers.conf.timeout * (count > 0 ? count : 1);
    limit(req, &req->home->patient, seconds + rest_s);
}

static void give(struct request *req)
{
    req->pub.more = req->early && req->asked > 0;
    request_finish(req, take_addresses(req));
    if (req->pub.more)
        limit_rest(req);
}

// The second part of an answer that was given in two.
void request_give_rest(struct request *req)
{
    int error = take_addresses(req);
    req->pub.more = false;
    req->has_rest = false;
    request_finish(req, req->pub.addrs.count > 0 || error < 0 ? error : -ERROR_EAI_NONAME);
}

// ---- asking

static void ask(struct request *req, struct query *q, struct dns *d, int type, const char *name)
{
    addr_list_free(&q->addrs);
    q->owner = req;
    q->type = type;
    req->asked++;
    dns_ask(d, q, name);
}

static void ask_both(struct request *req, struct dns *d, const char *name)
{
    req->queries[0].result = req->queries[1].result = 0;
    req->queries[0].gone_wrong = req->queries[1].gone_wrong = false;
    if (req->family != AF_INET)
        ask(req, &req->queries[1], d, DNS_AAAA, name);
    if (req->family != AF_INET6)
        ask(req, &req->queries[0], d, DNS_A, name);
}

// Asks for the next name of the search list, or ends.
static void ask_next(struct request *req)
{
    char name[NAME_ROOM];
    struct dns *d;
    int r = servers_current(&req->home->servers, &d);
    while (r == 0)
        r = resolv_conf_candidate(&req->home->servers.conf, req->host, req->candidate++, name,
                                  sizeof name);
    if (r > 0)
        ask_both(req, d, name);
    else if (r == -ENOENT)
        request_finish(req, req->failure != 0 ? req->failure : -ERROR_EAI_NONAME);
    else
        request_finish(req, r);
}

void request_begin(struct request *req)
{
    struct dns *d;
    req->state = REQUEST_ASKED;
    if (req->kind == QUESTION_ADDRESSES) {
        ask_next(req);
        return;
    }
    int error = servers_current(&req->home->servers, &d);
    if (error < 0)
        request_finish(req, error);
    else
        ask(req, &req->queries[0], d, req->queries[0].type, req->host);
}

// Neither family has an address of this name, and no query is under way. If there is no such name,
// or a server said that it cannot answer, then the next name of the search list is tried. If no
// server has answered at all, the request ends.
static void go_on(struct request *req)
{
    int failure = 0;
    for (int i = 0; i < 2; i++) {
        const struct query *q = &req->queries[i];
        if (q->result != 0 && q->result != -ERROR_EAI_NONAME && !q->gone_wrong) {
            request_finish(req, q->result);
            return;
        }
        if (q->result != 0 && q->result != -ERROR_EAI_NONAME && failure == 0)
            failure = q->result;
    }
    bool unknown =
        req->queries[0].result == -ERROR_EAI_NONAME || req->queries[1].result == -ERROR_EAI_NONAME;
    if (!unknown && req->failure == 0)
        req->failure = failure;
    ask_next(req);
}

// ---- answers

// A query for addresses has been answered.
static void take_family(struct request *req)
{
    bool v4 = req->queries[0].addrs.count > 0, v6 = req->queries[1].addrs.count > 0;
    if (req->asked == 0 && (v4 || v6))
        give(req);
    else if (req->asked == 0)
        go_on(req);
    else if (req->early && v6)
        give(req);
    else if (req->early && v4)
        limit(req, &req->home->early, early_s);
    else if (v4 || v6)
        limit_rest(req);
}

// The only query of a request of another kind.
static void take_whole(struct request *req)
{
    struct query *q = &req->queries[0];
    int error = q->result;
    req->pub.names = q->names;
    req->pub.records = q->records;
    q->names = (struct bytes){0};
    q->records = NULL;
    if (error == 0 && req->kind == QUESTION_NAMES && bytes_length(&req->pub.names) == 0)
        error = -ERROR_EAI_NONAME;
    request_finish(req, error);
}

// The second part has come, or will not come any more.
static void end_rest(struct request *req)
{
    list_remove(&req->limited);
    req->has_rest = true;
    if (req->pub.owner && list_is_empty(&req->pub.link))
        request_give_rest(req);
    else
        request_forget(req);
}

void request_limit_over(struct request *req)
{
    if (req->state == REQUEST_GIVEN)
        end_rest(req);
    else
        give(req);
}

void request_take(struct query *q)
{
    struct request *req = q->owner;
    req->asked--;
    if (req->state == REQUEST_DROPPED) {
        if (req->asked == 0)
            request_free(req);
    } else if (req->state == REQUEST_GIVEN) {
        if (req->pub.more && !req->has_rest)
            end_rest(req);
    } else if (req->kind == QUESTION_ADDRESSES) {
        take_family(req);
    } else {
        take_whole(req);
    }
}
