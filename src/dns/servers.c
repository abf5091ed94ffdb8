// SPDX-License-Identifier: BSD-3-Clause
// The name servers that are asked.

#include "dns/servers.h"

#include "base/clock.h"
#include "loop/stream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, HOST_ROOM = 256 };

// The servers of one version of the settings.
struct server_set {
    struct list link;
    struct dns *dns;
};

static struct dns *dns_of(const struct list *link)
{
    return container_of(link, struct server_set, link)->dns;
}

void servers_init(struct servers *s, struct poller *poller, struct streams *shared)
{
    *s = (struct servers){.poller = poller, .shared = shared};
    config_file_init(&s->file, "/etc/resolv.conf");
    list_init(&s->all);
}

void servers_free(struct servers *s)
{
    servers_drop(s, true);
    resolv_conf_free(&s->conf);
}

// ---- the settings

// resolv.conf(5): without a search list, the domain in this machine's name is used.
static int add_default_search(struct resolv_conf *conf)
{
    char name[HOST_ROOM] = "";
    if (conf->search || gethostname(name, sizeof name - 1) < 0)
        return 0;
    const char *dot = strchr(name, '.');
    return dot ? resolv_conf_override(conf, dot + 1, NULL) : 0;
}

static int read_settings(struct resolv_conf *conf, const char *text, size_t size)
{
    int error = resolv_conf_parse(conf, text, size);
    if (error == 0)
        error = resolv_conf_override(conf, getenv("LOCALDOMAIN"), getenv("RES_OPTIONS"));
    if (error == 0)
        error = add_default_search(conf);
    if (error < 0)
        resolv_conf_free(conf);
    return error;
}

int servers_update(struct servers *s)
{
    char *text;
    size_t size;
    struct resolv_conf conf;
    int r = config_file_read(&s->file, &text, &size);
    if (r <= 0)
        return r;
    r = read_settings(&conf, text, size);
    free(text);
    if (r < 0) {
        s->file.is_known = false;
        return r;
    }
    resolv_conf_free(&s->conf);
    s->conf = conf;
    s->changed = true;
    return 0;
}

void servers_set(struct servers *s, const struct addr *servers, size_t count)
{
    s->own_count = count < RESOLV_SERVERS_MAX ? count : RESOLV_SERVERS_MAX;
    if (s->own_count > 0)
        memcpy(s->own, servers, s->own_count * sizeof *servers);
    s->changed = true;
}

int servers_list(const struct servers *s, struct addr out[RESOLV_SERVERS_MAX])
{
    static const char loopback[] = "loopback";
    const char *why;
    size_t count = s->own_count > 0 ? s->own_count : s->conf.server_count;
    memcpy(out, s->own_count > 0 ? s->own : s->conf.servers, count * sizeof *out);
    if (count > 0)
        return (int)count;
    int error =
        addr_from_host(out, (struct host){loopback, strlen(loopback), RESOLV_PORT, AF_INET}, &why);
    return error < 0 ? error : 1;
}

static void put_first(struct list *head, struct list *link)
{
    list_append(head->next, link); // before the first
}

static int open_servers(struct servers *s)
{
    struct resolv_conf conf = s->conf;
    struct server_set *set = calloc(1, sizeof *set);
    if (!set)
        return -ENOMEM;
    int count = servers_list(s, conf.servers);
    conf.server_count = (size_t)count;
    int error = count < 0 ? count : dns_new(&set->dns, &conf, s->poller, s->shared);
    if (error < 0) {
        free(set);
        return error;
    }
    put_first(&s->all, &set->link);
    s->changed = false;
    return 0;
}

int servers_current(struct servers *s, struct dns **out)
{
    int error = list_is_empty(&s->all) || s->changed ? open_servers(s) : 0;
    if (error == 0)
        *out = dns_of(s->all.next);
    return error;
}

// ---- their queries

struct query *servers_answered(struct servers *s)
{
    struct query *q = NULL;
    for (struct list *l = s->all.next; l != &s->all && !q; l = l->next)
        q = dns_answered(dns_of(l));
    return q;
}

size_t servers_pending(const struct servers *s)
{
    size_t count = 0;
    for (const struct list *l = s->all.next; l != &s->all; l = l->next)
        count += dns_pending(dns_of(l));
    return count;
}

void servers_cancel(struct servers *s)
{
    for (struct list *l = s->all.next; l != &s->all; l = l->next)
        dns_cancel(dns_of(l));
}

// Takes the events of the streams that the poller has marked: how many.
static size_t take_events(struct servers *s, struct dns_event events[EVENTS_MAX])
{
    size_t count = 0;
    struct list *link;
    while (count < EVENTS_MAX && (link = list_pop(&s->shared->marked))) {
        struct stream *t = container_of(link, struct stream, link);
        events[count++] = (struct dns_event){
            .fd = t->fd,
            .readable = t->readable,
            .writable = t->writable,
            .ended = t->unsure,
        };
        t->readable = t->writable = t->unsure = false;
    }
    return count;
}

void servers_turn(struct servers *s)
{
    struct dns_event events[EVENTS_MAX];
    do {
        size_t count = take_events(s, events);
        for (struct list *l = s->all.next; l != &s->all; l = l->next)
            dns_turn(dns_of(l), events, count);
    } while (!list_is_empty(&s->shared->marked));
}

uint64_t servers_next(const struct servers *s)
{
    uint64_t next = DEADLINE_NONE;
    if (!list_is_empty(&s->shared->marked))
        return 0;
    for (const struct list *l = s->all.next; l != &s->all; l = l->next) {
        uint64_t its = dns_next(dns_of(l));
        next = its < next ? its : next;
    }
    return next;
}

void servers_drop(struct servers *s, bool all)
{
    struct list *next;
    for (struct list *l = s->all.next; l != &s->all; l = next) {
        struct server_set *set = container_of(l, struct server_set, link);
        next = l->next;
        if (dns_pending(set->dns) > 0 || (!all && l == s->all.next))
            continue;
        list_remove(&set->link);
        dns_free(set->dns);
        free(set);
    }
}
