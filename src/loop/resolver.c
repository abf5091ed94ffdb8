// SPDX-License-Identifier: BSD-3-Clause
// A queue of questions, at most four threads that ask the system, a list of answers.

#include "loop/resolver.h"

#include "net/names.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    RESOLVER_THREADS = 4,
    RESOLVER_STACK = 256 * 1024, // getaddrinfo() of glibc and of musl stay well below
};

enum question_state { QUESTION_QUEUED, QUESTION_ASKED, QUESTION_ANSWERED };

// What stands behind a struct resolve. While it is ASKED only its helper touches it, but for
// `owner`, which like `state` and `link` belongs to the lock.
struct question {
    struct resolve req; // first: resolve_free() gets a pointer to this
    enum question_state state;
    int family;
    int type;
    bool passive;
    const char *host;    // in text; NULL: wildcard or loopback
    const char *service; // in text, or NULL
    char text[];
};

struct helper {
    struct resolver *home;
    pthread_t thread;
    bool busy; // inside getaddrinfo()
};

struct resolver {
    pthread_mutex_t lock; // over all that follows
    pthread_cond_t work;
    struct list queue;
    struct list finished;
    size_t queued;
    int threads;
    int busy;
    bool stopping;
    int holders; // once stopping: the busy helpers, and resolver_free() itself
    struct helper helpers[RESOLVER_THREADS];
    void (*wake)(void *);
    void *arg;
};

static struct question *question_of(struct list *link)
{
    return (struct question *)container_of(link, struct resolve, link);
}

void resolve_free(struct resolve *req)
{
    if (req != NULL)
        free(req->addrs);
    free(req);
}

// getaddrinfo(3)'s numbers as ours; what is not here is ERROR_EAI_FAIL.
static const struct {
    int eai;
    enum error_code code;
} resolver_errors[] = {
    {EAI_AGAIN, ERROR_EAI_AGAIN},       {EAI_BADFLAGS, ERROR_EAI_BADFLAGS},
    {EAI_FAMILY, ERROR_EAI_FAMILY},     {EAI_MEMORY, ERROR_EAI_MEMORY},
    {EAI_NONAME, ERROR_EAI_NONAME},     {EAI_SERVICE, ERROR_EAI_SERVICE},
    {EAI_SOCKTYPE, ERROR_EAI_SOCKTYPE}, {EAI_OVERFLOW, ERROR_EAI_OVERFLOW},
#ifdef EAI_ADDRFAMILY // not in POSIX: the name exists, in the other family
    {EAI_ADDRFAMILY, ERROR_EAI_FAMILY},
#endif
#ifdef EAI_NODATA // not in POSIX: the name exists, without any address
    {EAI_NODATA, ERROR_EAI_NONAME},
#endif
};

static int resolver_error(int eai)
{
    for (size_t i = 0; i < sizeof resolver_errors / sizeof resolver_errors[0]; i++)
        if (resolver_errors[i].eai == eai)
            return -resolver_errors[i].code;
    return -ERROR_EAI_FAIL;
}

static void resolve_add(struct resolve *req, const struct addrinfo *ai)
{
    struct addr *a = &req->addrs[req->count];
    if (ai->ai_addrlen > sizeof a->u)
        return;
    a->len = ai->ai_addrlen;
    memcpy(&a->u, ai->ai_addr, ai->ai_addrlen);
    for (size_t i = 0; i < req->count; i++)
        if (addr_equal(a, &req->addrs[i]))
            return;
    req->count++;
}

static int resolve_fill(struct resolve *req, const struct addrinfo *list)
{
    size_t max = 0;
    for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
        max++;
    req->addrs = calloc(max, sizeof *req->addrs);
    if (req->addrs == NULL)
        return -ERROR_EAI_MEMORY;
    for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
        resolve_add(req, ai);
    return req->count > 0 ? 0 : -ERROR_EAI_NONAME;
}

// No AI_ADDRCONFIG: it hides a family of which only the loopback has an address (on a machine
// without network "localhost" then fails, and glibc and musl do not agree when). The user expects
// every address that the name has; RFC 6724 puts those that cannot be reached last, and who
// connects tries them all.
static int question_ask_system(struct question *q, int number)
{
    char port[12];
    snprintf(port, sizeof port, "%d", number);
    struct addrinfo hints = {
        .ai_family = q->family,
        .ai_socktype = SOCK_STREAM, // of any type, once: the addresses are the same
        .ai_flags = AI_NUMERICSERV | (q->passive ? AI_PASSIVE : 0),
    };
    struct addrinfo *list = NULL;
    int eai = getaddrinfo(q->host, port, &hints, &list), error = errno;
    if (eai == EAI_SYSTEM)
        return error != 0 ? -error : -ERROR_EAI_FAIL;
    if (eai != 0)
        return resolver_error(eai);
    int result = resolve_fill(&q->req, list);
    freeaddrinfo(list);
    return result;
}

// 0..65535, or -ERROR_EAI_SERVICE. Not left to getaddrinfo(), which knows none without
// /etc/services.
static int question_port(const struct question *q)
{
    if (q->service == NULL)
        return 0;
    size_t len = strlen(q->service);
    int port = addr_parse_port(q->service, len);
    if (port == -ENOENT)
        port = names_service(q->service, len, q->type == SOCK_DGRAM ? "udp" : "tcp");
    return port >= 0 ? port : -ERROR_EAI_SERVICE;
}

static int resolve_set(struct resolve *req, const struct addr *a)
{
    req->addrs = malloc(sizeof *a);
    if (req->addrs == NULL)
        return -ERROR_EAI_MEMORY;
    req->addrs[0] = *a;
    req->count = 1;
    return 0;
}

// "localhost" is the loopback, and nobody is asked for it (RFC 6761, section 6.3): it works without
// files and without a server. IPv4 first: where one address is enough, it is the one that works.
static int resolve_set_localhost(struct resolve *req, int port, int family)
{
    const int families[] = {AF_INET, AF_INET6};
    const char *why;
    req->addrs = calloc(2, sizeof *req->addrs);
    if (req->addrs == NULL)
        return -ERROR_EAI_MEMORY;
    for (int i = 0; i < 2; i++) {
        struct addr *a = &req->addrs[req->count];
        if (family != AF_UNSPEC && family != families[i])
            continue;
        if (addr_from_host(a, "loopback", strlen("loopback"), port, families[i], &why) == 0)
            req->count++;
    }
    return req->count > 0 ? 0 : -ERROR_EAI_FAMILY;
}

// A number or a word of net/addr means here what it means everywhere; getaddrinfo() alone would
// take "1.2.3" for 1.2.0.3. -ENOENT: a name, which is to be looked up.
static int question_ask_nobody(struct question *q, int port)
{
    const char *why;
    struct addr a;
    int rc = addr_from_host(&a, q->host, strlen(q->host), port, q->family, &why);
    if (rc == 0)
        return resolve_set(&q->req, &a);
    if (rc == -ENOENT && strcasecmp(q->host, "localhost") == 0)
        return resolve_set_localhost(&q->req, port, q->family);
    if (rc == -ENOENT)
        return rc;
    return rc == -EAFNOSUPPORT ? -ERROR_EAI_FAMILY : -ERROR_EAI_NONAME;
}

static int question_ask(struct question *q)
{
    int port = question_port(q);
    if (port < 0)
        return port;
    int rc = q->host != NULL ? question_ask_nobody(q, port) : -ENOENT;
    return rc == -ENOENT ? question_ask_system(q, port) : rc;
}

// Is there an answer that takes no time? It must not wait for a helper: all of them may be busy
// with a server that does not answer.
static bool question_is_easy(struct question *q)
{
    int port = q->service != NULL ? addr_parse_port(q->service, strlen(q->service)) : 0;
    if (q->host == NULL || port < 0)
        return false;
    q->req.result = question_ask_nobody(q, port);
    return q->req.result != -ENOENT;
}

// With the lock held; gives it back. The last holder frees the resolver.
static void resolver_release(struct resolver *r)
{
    bool last = --r->holders == 0;
    pthread_mutex_unlock(&r->lock);
    if (!last)
        return;
    pthread_cond_destroy(&r->work);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

// With the lock held: the next question, or NULL when it is time to end.
static struct question *helper_next(struct resolver *r)
{
    while (list_is_empty(&r->queue) && !r->stopping)
        pthread_cond_wait(&r->work, &r->lock);
    if (r->stopping)
        return NULL;
    r->queued--;
    struct question *q = question_of(list_pop(&r->queue));
    q->state = QUESTION_ASKED;
    return q;
}

// With the lock held. The wake-up comes from inside it, so that none can come once
// resolver_free() has had it.
static void resolver_deliver(struct resolver *r, struct question *q)
{
    q->state = QUESTION_ANSWERED;
    if (q->req.owner == NULL || r->stopping) {
        resolve_free(&q->req);
        return;
    }
    list_append(&r->finished, &q->req.link);
    r->wake(r->arg);
}

static void helper_set_busy(struct helper *h, bool busy)
{
    h->busy = busy;
    h->home->busy += busy ? 1 : -1;
}

static void *helper_run(void *arg)
{
    struct helper *h = arg;
    struct resolver *r = h->home;
    struct question *q;
    bool holder = false; // detached meanwhile, with a share in the resolver
    pthread_mutex_lock(&r->lock);
    while (!holder && (q = helper_next(r)) != NULL) {
        helper_set_busy(h, true);
        pthread_mutex_unlock(&r->lock);
        q->req.result = question_ask(q);
        pthread_mutex_lock(&r->lock);
        helper_set_busy(h, false);
        resolver_deliver(r, q);
        holder = r->stopping;
    }
    if (holder)
        resolver_release(r);
    else
        pthread_mutex_unlock(&r->lock);
    return NULL;
}

// With all signals blocked, which the new thread inherits: they are the main thread's.
static int helper_start(struct helper *h)
{
    pthread_attr_t attr;
    sigset_t all, before;
    int error = pthread_attr_init(&attr);
    if (error != 0)
        return -error;
    pthread_attr_setstacksize(&attr, RESOLVER_STACK); // fails only below the system's minimum
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&h->thread, &attr, helper_run, h);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return -error;
}

// With the lock held: one more thread when there are more questions than idle threads. That it
// cannot be had matters only to the first.
static int resolver_staff(struct resolver *r)
{
    size_t idle = (size_t)(r->threads - r->busy);
    if (r->queued <= idle || r->threads == RESOLVER_THREADS)
        return 0;
    struct helper *h = &r->helpers[r->threads];
    *h = (struct helper){.home = r};
    int rc = helper_start(h);
    if (rc == 0)
        r->threads++;
    return r->threads > 0 ? 0 : rc;
}

int resolver_new(struct resolver **made, void (*wake)(void *), void *arg)
{
    struct resolver *r = calloc(1, sizeof *r);
    if (r == NULL)
        return -ENOMEM;
    list_init(&r->queue);
    list_init(&r->finished);
    r->wake = wake;
    r->arg = arg;
    pthread_mutex_init(&r->lock, NULL); // with default attributes these cannot fail on Linux
    pthread_cond_init(&r->work, NULL);
    *made = r;
    return 0;
}

static void resolver_clear(struct list *list)
{
    struct list *link;
    while ((link = list_pop(list)) != NULL)
        resolve_free(&question_of(link)->req);
}

void resolver_free(struct resolver *r)
{
    if (r == NULL)
        return;
    pthread_t idle[RESOLVER_THREADS];
    int idle_count = 0;
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    r->holders = r->busy + 1;
    resolver_clear(&r->queue);
    resolver_clear(&r->finished);
    for (int i = 0; i < r->threads; i++)
        if (r->helpers[i].busy)
            pthread_detach(r->helpers[i].thread);
        else
            idle[idle_count++] = r->helpers[i].thread;
    pthread_cond_broadcast(&r->work);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < idle_count; i++)
        pthread_join(idle[i], NULL);
    pthread_mutex_lock(&r->lock);
    resolver_release(r);
}

static struct question *question_new(const char *host, const char *service)
{
    size_t host_size = host != NULL ? strlen(host) + 1 : 0;
    size_t service_size = service != NULL ? strlen(service) + 1 : 0;
    struct question *q = calloc(1, sizeof *q + host_size + service_size);
    if (q == NULL)
        return NULL;
    list_init(&q->req.link);
    if (host_size > 1) // "" is as good as NULL
        q->host = memcpy(q->text, host, host_size);
    if (service != NULL)
        q->service = memcpy(q->text + host_size, service, service_size);
    return q;
}

// With the lock held.
static int resolver_enqueue(struct resolver *r, struct question *q)
{
    list_append(&r->queue, &q->req.link);
    r->queued++;
    int rc = resolver_staff(r);
    if (rc < 0) {
        list_remove(&q->req.link);
        r->queued--;
        return rc;
    }
    pthread_cond_signal(&r->work);
    return 0;
}

int resolver_start(struct resolver *r, const char *host, const char *service, int family, int type,
                   bool passive, void *owner, struct resolve **made)
{
    struct question *q = question_new(host, service);
    if (q == NULL)
        return -ENOMEM;
    q->req.owner = owner;
    q->family = family;
    q->type = type;
    q->passive = passive;
    bool easy = question_is_easy(q);
    int rc = 0;
    pthread_mutex_lock(&r->lock);
    if (easy)
        resolver_deliver(r, q);
    else
        rc = resolver_enqueue(r, q);
    pthread_mutex_unlock(&r->lock);
    if (rc < 0)
        resolve_free(&q->req);
    else
        *made = &q->req;
    return rc;
}

struct resolve *resolver_collect(struct resolver *r)
{
    pthread_mutex_lock(&r->lock);
    struct list *link = list_pop(&r->finished);
    pthread_mutex_unlock(&r->lock);
    return link != NULL ? &question_of(link)->req : NULL;
}

void resolver_abandon(struct resolver *r, struct resolve *req)
{
    struct question *q = (struct question *)req;
    pthread_mutex_lock(&r->lock);
    bool theirs = q->state == QUESTION_ASKED;
    req->owner = NULL;
    if (q->state == QUESTION_QUEUED)
        r->queued--;
    list_remove(&req->link); // an ASKED one is in no list
    pthread_mutex_unlock(&r->lock);
    if (!theirs)
        resolve_free(req);
}
