// SPDX-License-Identifier: BSD-3-Clause
// Queries to name servers, over c-ares.

// c-ares opens, uses and closes sockets by functions of this room, which call sys/sock, and says
// for which of them it waits. These become streams of the poller that only note what has happened.
// The callbacks of c-ares only put queries on a list.

#include "base/clock.h"
#include "dns/dns.h"
#include "dns/records.h"
#include "loop/poller.h"
#include "loop/stream.h"
#include "sys/sock.h"

#include <ares.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUERIES_A_SOCKET = 100,   // then another is opened: more answers would overflow its buffer
    CACHE_SECONDS = 3600,     // the longest time that a record may be kept
    CACHE_RECORDS = 4096,     // then the cache is emptied, as it has no limit of its own
    SERVER_TEXT_MAX = 64 + 8, // "[address]:port%interface,"
};

struct dns {
    ares_channel_t *channel;
    struct poller *poller;
    struct streams *shared;
    struct list watches;  // a watch for each socket
    struct list answered; // queries
    size_t pending;       // queries
    size_t cached;        // records that came since the cache was emptied
    int shortage;         // why the last socket could not be opened (errno), or 0
};

// A socket of c-ares.
struct watch {
    struct list link;
    struct stream *stream;
};

// ---- sockets, for c-ares: a negative result goes to errno

static int told(int result)
{
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}

static bool to_addr(struct addr *a, const struct sockaddr *from, socklen_t len)
{
    *a = (struct addr){.len = len};
    if (len > sizeof a->u)
        return false;
    memcpy(&a->u, from, len);
    return true;
}

static void from_addr(const struct addr *a, struct sockaddr *to, socklen_t *len)
{
    socklen_t size = a->len < *len ? a->len : *len;
    memcpy(to, &a->u, size);
    *len = size;
}

static ares_socket_t open_socket(int domain, int type, int protocol, void *arg)
{
    struct dns *d = arg;
    int fd = sock_open(domain, type, protocol);
    bool short_of = fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM || fd == -ENOBUFS;
    d->shortage = short_of ? -fd : 0;
    return told(fd);
}

static int close_socket(ares_socket_t fd, void *arg)
{
    (void)arg;
    return told(sock_close(fd));
}

// No option is set: their defaults are good, and fast open gains nothing here.
static int set_option(ares_socket_t fd, ares_socket_opt_t option, const void *value,
                      ares_socklen_t size, void *arg)
{
    (void)fd, (void)option, (void)value, (void)size, (void)arg;
    return told(-ENOSYS);
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t len,
                          unsigned flags, void *arg)
{
    struct addr a;
    (void)flags, (void)arg;
    return told(to_addr(&a, to, len) ? sock_connect(fd, &a) : -EINVAL);
}

static ares_ssize_t receive(ares_socket_t fd, void *buffer, size_t size, int flags,
                            struct sockaddr *from, ares_socklen_t *len, void *arg)
{
    struct addr a;
    (void)arg;
    ssize_t got = sock_recvfrom(fd, buffer, size, flags, &a);
    if (got >= 0 && from)
        from_addr(&a, from, len);
    if (got < 0)
        errno = (int)-got;
    return got < 0 ? -1 : got;
}

static ares_ssize_t send_bytes(ares_socket_t fd, const void *buffer, size_t size, int flags,
                               const struct sockaddr *to, ares_socklen_t len, void *arg)
{
    (void)flags, (void)to, (void)len, (void)arg; // all sockets are connected
    ssize_t sent = sock_send(fd, buffer, size, 0);
    if (sent < 0)
        errno = (int)-sent;
    return sent < 0 ? -1 : sent;
}

static int local_name(ares_socket_t fd, struct sockaddr *name, ares_socklen_t *len, void *arg)
{
    struct addr a;
    (void)arg;
    int error = sock_local(fd, &a);
    if (error == 0)
        from_addr(&a, name, len);
    return told(error);
}

static unsigned interface_index(const char *name, void *arg)
{
    char text[SERVER_TEXT_MAX];
    const char *why;
    struct addr a;
    (void)arg;
    int len = snprintf(text, sizeof text, "fe80::1%%%s", name);
    if (len < 0 || (size_t)len >= sizeof text)
        return 0;
    return addr_from_host(&a, (struct host){text, (size_t)len, 0, AF_INET6}, &why) == 0
               ? addr_scope(&a)
               : 0;
}

static const char *interface_name(unsigned index, char *name, size_t size, void *arg)
{
    char text[ADDR_TEXT_MAX];
    struct addr a = {.len = sizeof a.u.in6};
    (void)arg;
    a.u.in6.sin6_family = AF_INET6;
    a.u.in6.sin6_addr.s6_addr[0] = 0xfe;
    a.u.in6.sin6_addr.s6_addr[1] = 0x80;
    a.u.in6.sin6_scope_id = index;
    addr_host(&a, text);
    const char *percent = strchr(text, '%');
    if (!percent || strlen(percent + 1) >= size)
        return NULL;
    return strcpy(name, percent + 1);
}

static const struct ares_socket_functions_ex socket_functions = {
    .version = 1,
    .flags = ARES_SOCKFUNC_FLAG_NONBLOCKING,
    .asocket = open_socket,
    .aclose = close_socket,
    .asetsockopt = set_option,
    .aconnect = connect_socket,
    .arecvfrom = receive,
    .asendto = send_bytes,
    .agetsockname = local_name,
    .aif_nametoindex = interface_index,
    .aif_indextoname = interface_name,
};

// ---- which of them are waited for

static struct watch *watch_of(struct dns *d, int fd)
{
    for (struct list *l = d->watches.next; l != &d->watches; l = l->next) {
        struct watch *w = container_of(l, struct watch, link);
        if (w->stream->fd == fd)
            return w;
    }
    return NULL;
}

static void end_watch(struct dns *d, struct watch *w)
{
    poller_forget(d->poller, w->stream, true);
    list_remove(&w->stream->link);
    stream_free(w->stream);
    list_remove(&w->link);
    free(w);
}

// Without memory for the watch, the query ends when its time is over.
static void begin_watch(struct dns *d, int fd)
{
    struct watch *w = calloc(1, sizeof *w);
    if (!w)
        return;
    w->stream = stream_new(d->shared, fd, AF_UNSPEC, 0);
    if (!w->stream) {
        free(w);
        return;
    }
    w->stream->is_marked = true;
    list_append(&d->watches, &w->link);
    if (poller_watch(d->poller, w->stream) < 0)
        end_watch(d, w);
}

// c-ares begins to wait for FD, or no longer waits for it. Both directions are watched, whichever
// it waits for, because the system reports each readiness only once.
static void on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct dns *d = arg;
    struct watch *w = watch_of(d, fd);
    if (!w && (readable || writable))
        begin_watch(d, fd);
    else if (w && !readable && !writable)
        end_watch(d, w);
}

// ---- making it

static bool set_servers(struct dns *d, const struct resolv_conf *conf)
{
    char text[RESOLV_SERVERS_MAX * SERVER_TEXT_MAX], host[ADDR_TEXT_MAX];
    size_t len = 0;
    for (size_t i = 0; i < conf->server_count; i++) {
        struct addr a = conf->servers[i];
        bool v6 = addr_family(&a) == AF_INET6;
        unsigned scope = addr_scope(&a);
        if (v6)
            a.u.in6.sin6_scope_id = 0;
        addr_host(&a, host);
        len += (size_t)snprintf(text + len, sizeof text - len, v6 ? "%s[%s]:%d" : "%s%s:%d",
                                i > 0 ? "," : "", host, addr_port(&a));
        if (scope != 0)
            len += (size_t)snprintf(text + len, sizeof text - len, "%%%u", scope);
    }
    if (conf->server_count == 0) // resolv.conf(5): the server on this machine
        snprintf(text, sizeof text, "127.0.0.1:%d", RESOLV_PORT);
    return ares_set_servers_ports_csv(d->channel, text) == ARES_SUCCESS;
}

// Makes a channel with the settings of CONF; c-ares reads no file. The shortest and the longest
// time of an attempt are the same, so that `timeout` and `attempts` mean what resolv.conf(5) says.
static bool open_channel(struct dns *d, const struct resolv_conf *conf)
{
    char none[] = "", lookups[] = "b";
    struct ares_options options = {
        .flags = ARES_FLAG_EDNS | ARES_FLAG_NOALIASES | (conf->use_vc ? ARES_FLAG_USEVC : 0),
        .timeout = (int)conf->timeout * 1000,
        .maxtimeout = (int)conf->timeout * 1000,
        .tries = (int)conf->attempts,
        .ndots = 1,
        .lookups = lookups,
        .sock_state_cb = on_state,
        .sock_state_cb_data = d,
        .resolvconf_path = none,
        .hosts_path = none,
        .udp_max_queries = QUERIES_A_SOCKET,
        .qcache_max_ttl = CACHE_SECONDS,
        .server_failover_opts = {.retry_chance = 0}, // no queries that only test a server
    };
    int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_MAXTIMEOUTMS | ARES_OPT_TRIES |
                ARES_OPT_NDOTS | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF |
                ARES_OPT_HOSTS_FILE | ARES_OPT_UDP_MAX_QUERIES | ARES_OPT_QUERY_CACHE |
                ARES_OPT_SERVER_FAILOVER | (conf->rotate ? ARES_OPT_ROTATE : ARES_OPT_NOROTATE);
    if (ares_init_options(&d->channel, &options, given) != ARES_SUCCESS) {
        d->channel = NULL;
        return false;
    }
    return ares_set_socket_functions_ex(d->channel, &socket_functions, d) == ARES_SUCCESS &&
           set_servers(d, conf);
}

int dns_new(struct dns **made, const struct resolv_conf *conf, struct poller *poller,
            struct streams *shared)
{
    struct dns *d = calloc(1, sizeof *d);
    if (!d)
        return -ENOMEM;
    list_init(&d->watches);
    list_init(&d->answered);
    d->poller = poller;
    d->shared = shared;
    if (!open_channel(d, conf)) {
        dns_free(d);
        return -ENOMEM;
    }
    *made = d;
    return 0;
}

void dns_free(struct dns *d)
{
    if (d->channel)
        ares_destroy(d->channel);
    free(d);
}

// ---- queries

// Our error code for the status of a query; 0 for ARES_SUCCESS, which only means that there is an
// answer.
static int error_of(const struct dns *d, ares_status_t status)
{
    switch (status) {
    case ARES_SUCCESS:
    case ARES_ENODATA:
        return 0;
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
    case ARES_EBADQUERY:
    case ARES_EBADSTR:
        return -ERROR_EAI_NONAME;
    case ARES_ECONNREFUSED:
        return d->shortage != 0 ? -d->shortage : -ERROR_EAI_AGAIN;
    case ARES_ESERVFAIL:
    case ARES_ETIMEOUT:
    case ARES_EBADRESP:
    case ARES_ENOSERVER:
        return -ERROR_EAI_AGAIN;
    case ARES_ENOMEM:
        return -ERROR_EAI_MEMORY;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
        return -ERROR_CANCELLED;
    default:
        return -ERROR_EAI_FAIL;
    }
}

// Has a server failed, rather than said that there is, or is not, such a name?
static bool has_gone_wrong(const ares_dns_record_t *answer)
{
    ares_dns_rcode_t code = answer ? ares_dns_record_get_rcode(answer) : ARES_RCODE_NOERROR;
    return code != ARES_RCODE_NOERROR && code != ARES_RCODE_NXDOMAIN;
}

static int take_answer(struct query *q, const ares_dns_record_t *answer)
{
    if (q->keep)
        return answer_records(answer, q->type, &q->records);
    if (q->type == DNS_PTR)
        return answer_names(answer, &q->names);
    return answer_addresses(answer, q->type, &q->addrs);
}

static size_t count_records(const ares_dns_record_t *answer)
{
    return 1 + ares_dns_record_rr_cnt(answer, ARES_SECTION_ANSWER) +
           ares_dns_record_rr_cnt(answer, ARES_SECTION_AUTHORITY) +
           ares_dns_record_rr_cnt(answer, ARES_SECTION_ADDITIONAL);
}

static void on_answer(void *arg, ares_status_t status, size_t timeouts,
                      const ares_dns_record_t *answer)
{
    struct query *q = arg;
    struct dns *d = q->dns;
    (void)timeouts;
    q->gone_wrong = has_gone_wrong(answer) || status == ARES_ESERVFAIL || status == ARES_EREFUSED ||
                    status == ARES_ENOTIMP || status == ARES_EFORMERR;
    q->result = error_of(d, status);
    if (q->result == 0 && q->gone_wrong)
        q->result = -ERROR_EAI_FAIL;
    if (status == ARES_SUCCESS && q->result == 0)
        q->result = take_answer(q, answer);
    if (answer)
        d->cached += count_records(answer);
    q->dns = NULL;
    d->pending--;
    list_append(&d->answered, &q->link);
}

// Empties the cache, which grows with each name, when it is too large. There is no other way.
static void limit_cache(struct dns *d)
{
    if (d->cached < CACHE_RECORDS)
        return;
    d->cached = 0;
    (void)ares_reinit(d->channel); // the settings stay as they are
}

void dns_ask(struct dns *d, struct query *q, const char *name)
{
    limit_cache(d);
    q->dns = d;
    d->pending++;
    (void)ares_query_dnsrec(d->channel, name, ARES_CLASS_IN, (ares_dns_rec_type_t)q->type,
                            on_answer, q, NULL); // the callback gets the outcome
}

struct query *dns_answered(struct dns *d)
{
    struct list *link = list_pop(&d->answered);
    return link ? container_of(link, struct query, link) : NULL;
}

size_t dns_pending(const struct dns *d)
{
    return d->pending;
}

void dns_cancel(struct dns *d)
{
    ares_cancel(d->channel);
}

// ---- turns

static void take_events(struct dns *d, const struct dns_event *events, size_t count, bool ended)
{
    for (size_t i = 0; i < count; i++) {
        ares_fd_events_t e = {.fd = events[i].fd};
        e.events = (events[i].readable ? ARES_FD_EVENT_READ : 0U) |
                   (events[i].writable ? ARES_FD_EVENT_WRITE : 0U);
        if (!ended || events[i].ended)
            (void)ares_process_fds(d->channel, &e, 1, ARES_PROCESS_FLAG_SKIP_NON_FD);
    }
}

// c-ares stops reading when less has come than it has room for. So a socket is read once more where
// the stream has ended, which c-ares would not notice.
void dns_turn(struct dns *d, const struct dns_event *events, size_t count)
{
    take_events(d, events, count, false);
    take_events(d, events, count, true);
    (void)ares_process_fds(d->channel, NULL, 0,
                           ARES_PROCESS_FLAG_NONE); // queries whose time is over
}

uint64_t dns_next(const struct dns *d)
{
    struct timeval left;
    if (d->pending == 0 || !ares_timeout(d->channel, NULL, &left))
        return DEADLINE_NONE;
    if (left.tv_sec == 0 && left.tv_usec == 0)
        return 0;
    return clock_deadline(clock_now(), (double)left.tv_sec + (double)(left.tv_usec + 1) / 1e6);
}
