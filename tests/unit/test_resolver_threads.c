// SPDX-License-Identifier: BSD-3-Clause
// The resolver over a system that answers as this test likes, and when it likes.
//
// getaddrinfo() is defined here, and so replaces the libc's: a name "slow" is answered when the
// gate opens, other names are the outcome to give.

#include "loop/resolver.h"

#include "base/clock.h"
#include "unit.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static int inside, most_inside, asked, wakes, signals_open;

static const struct {
    const char *host;
    int eai;
    int code; // what resolve.result has to be, positive
} outcomes[] = {
    {"again", EAI_AGAIN, ERROR_EAI_AGAIN},
    {"badflags", EAI_BADFLAGS, ERROR_EAI_BADFLAGS},
    {"fail", EAI_FAIL, ERROR_EAI_FAIL},
    {"family", EAI_FAMILY, ERROR_EAI_FAMILY},
    {"memory", EAI_MEMORY, ERROR_EAI_MEMORY},
    {"noname", EAI_NONAME, ERROR_EAI_NONAME},
    {"service", EAI_SERVICE, ERROR_EAI_SERVICE},
    {"socktype", EAI_SOCKTYPE, ERROR_EAI_SOCKTYPE},
    {"overflow", EAI_OVERFLOW, ERROR_EAI_OVERFLOW},
    {"system", EAI_SYSTEM, EMFILE},
    {"strange", -4711, ERROR_EAI_FAIL},
};

static void gate_pass(void)
{
    pthread_mutex_lock(&gate_lock);
    if (++inside > most_inside)
        most_inside = inside;
    asked++;
    pthread_cond_broadcast(&gate_moved);
    while (!gate_open)
        pthread_cond_wait(&gate_moved, &gate_lock);
    inside--;
    pthread_mutex_unlock(&gate_lock);
}

// All signals have to be the main thread's.
static void note_signals(void)
{
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    pthread_mutex_lock(&gate_lock);
    signals_open += !sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM) ||
                    !sigismember(&blocked, SIGCHLD) || !sigismember(&blocked, SIGPIPE);
    pthread_mutex_unlock(&gate_lock);
}

// 127.0.0.1 three times, with 127.0.0.2 between.
static int answer_twice(struct addrinfo **res)
{
    static struct sockaddr_in one = {.sin_family = AF_INET}, two = {.sin_family = AF_INET};
    static struct addrinfo list[4];
    one.sin_addr.s_addr = htonl(0x7f000001);
    two.sin_addr.s_addr = htonl(0x7f000002);
    for (int i = 0; i < 4; i++)
        list[i] = (struct addrinfo){.ai_family = AF_INET,
                                    .ai_addrlen = sizeof one,
                                    .ai_addr = (struct sockaddr *)(i == 2 ? &two : &one),
                                    .ai_next = i < 3 ? &list[i + 1] : NULL};
    *res = list;
    return 0;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict res)
{
    (void)service, (void)hints;
    note_signals();
    if (strcmp(node, "slow") == 0) {
        gate_pass();
        return EAI_NONAME;
    }
    if (strcmp(node, "twice") == 0)
        return answer_twice(res);
    errno = EMFILE;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (strcmp(node, outcomes[i].host) == 0)
            return outcomes[i].eai;
    return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *list)
{
    (void)list;
}

static void on_wake(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&gate_lock);
    wakes++;
    pthread_cond_broadcast(&gate_moved);
    pthread_mutex_unlock(&gate_lock);
}

static struct resolver *make(void)
{
    struct resolver *r;
    gate_open = false;
    inside = most_inside = asked = wakes = signals_open = 0;
    ck_assert_int_eq(resolver_new(&r, on_wake, NULL), 0);
    return r;
}

static struct resolve *start(struct resolver *r, const char *host, void *owner)
{
    struct resolve *req;
    ck_assert_int_eq(resolver_start(r, host, "1", AF_UNSPEC, SOCK_STREAM, false, owner, &req), 0);
    return req;
}

// Waits until *COUNTER has reached LEAST; the test's time limit bounds it.
static void wait_for(const int *counter, int least)
{
    pthread_mutex_lock(&gate_lock);
    while (*counter < least)
        pthread_cond_wait(&gate_moved, &gate_lock);
    pthread_mutex_unlock(&gate_lock);
}

static void open_gate(void)
{
    pthread_mutex_lock(&gate_lock);
    gate_open = true;
    pthread_cond_broadcast(&gate_moved);
    pthread_mutex_unlock(&gate_lock);
}

static struct resolve *ask(struct resolver *r, const char *host)
{
    static int owner;
    int before = wakes; // none is under way
    struct resolve *req = start(r, host, &owner);
    wait_for(&wakes, before + 1);
    ck_assert_ptr_eq(resolver_collect(r), req);
    return req;
}

START_TEST(names_every_failure)
{
    struct resolver *r = make();
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        struct resolve *req = ask(r, outcomes[i].host);
        ck_assert_msg(req->result == -outcomes[i].code, "%s: got %d", outcomes[i].host,
                      req->result);
        resolve_free(req);
    }
    resolver_free(r);
}
END_TEST

START_TEST(gives_no_address_twice_and_keeps_the_order)
{
    struct resolver *r = make();
    struct resolve *req = ask(r, "twice");
    ck_assert_int_eq(req->result, 0);
    ck_assert_uint_eq(req->count, 2);
    ck_assert_uint_eq(ntohl(req->addrs[0].u.in.sin_addr.s_addr), 0x7f000001);
    ck_assert_uint_eq(ntohl(req->addrs[1].u.in.sin_addr.s_addr), 0x7f000002);
    resolve_free(req);
    resolver_free(r);
}
END_TEST

START_TEST(four_threads_at_most_without_signals)
{
    struct resolver *r = make();
    static int owner;
    for (int i = 0; i < 10; i++)
        start(r, "slow", &owner);
    wait_for(&asked, 4);
    usleep(50 * 1000); // time for a fifth to show
    ck_assert_int_eq(asked, 4);
    ck_assert_ptr_null(resolver_collect(r));
    open_gate();
    for (int got = 0; got < 10; got++) {
        wait_for(&wakes, got + 1);
        struct resolve *req = resolver_collect(r);
        ck_assert_ptr_nonnull(req);
        ck_assert_int_eq(req->result, -ERROR_EAI_NONAME);
        resolve_free(req);
    }
    ck_assert_int_eq(most_inside, 4);
    ck_assert_int_eq(signals_open, 0);
    resolver_free(r);
}
END_TEST

START_TEST(one_idle_thread_is_enough_for_one_after_another)
{
    struct resolver *r = make();
    open_gate();
    for (int i = 0; i < 50; i++)
        resolve_free(ask(r, "slow"));
    ck_assert_int_eq(most_inside, 1);
    resolver_free(r);
}
END_TEST

START_TEST(a_slow_name_does_not_hold_up_a_quick_one)
{
    struct resolver *r = make();
    static int slow, quick;
    start(r, "slow", &slow);
    wait_for(&asked, 1);
    struct resolve *req = start(r, "twice", &quick);
    wait_for(&wakes, 1);
    ck_assert_ptr_eq(resolver_collect(r), req);
    resolve_free(req);
    open_gate();
    wait_for(&wakes, 2);
    resolve_free(resolver_collect(r));
    resolver_free(r);
}
END_TEST

// Four are being asked, two wait; whichever is abandoned does not come back, the others do.
START_TEST(abandons_what_is_asked_and_what_waits)
{
    struct resolver *r = make();
    static int owners[6];
    struct resolve *reqs[6];
    for (int i = 0; i < 6; i++)
        reqs[i] = start(r, "slow", &owners[i]);
    wait_for(&asked, 4);
    resolver_abandon(r, reqs[1]);
    resolver_abandon(r, reqs[4]);
    open_gate();
    wait_for(&wakes, 4);
    for (struct resolve *req; (req = resolver_collect(r)) != NULL; resolve_free(req))
        owners[(int *)req->owner - owners]++;
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(owners[i], i != 1 && i != 4);
    resolver_free(r);
}
END_TEST

START_TEST(abandons_what_is_answered)
{
    struct resolver *r = make();
    static int owner;
    open_gate();
    struct resolve *req = start(r, "slow", &owner);
    wait_for(&wakes, 1);
    resolver_abandon(r, req);
    ck_assert_ptr_null(resolver_collect(r));
    resolver_free(r);
}
END_TEST

// Until there is no other thread: the last of those that are left alone frees the resolver, which
// the leak check sees. The thread sanitizer has threads of its own, and looks for no leaks.
static void wait_alone(void)
{
#ifndef __SANITIZE_THREAD__
    struct stat tasks;
    do {
        usleep(1000);
        ck_assert_int_eq(stat("/proc/self/task", &tasks), 0);
    } while (tasks.st_nlink > 3); // a folder for each, and its own two names
#endif
}

// resolver_free() does not wait for the system, and nobody is woken afterwards.
START_TEST(free_leaves_busy_threads_alone)
{
    struct resolver *r = make();
    static int owner;
    for (int i = 0; i < 6; i++)
        start(r, "slow", &owner);
    wait_for(&asked, 4);
    resolver_free(r); // would hang here: the gate is closed
    ck_assert_int_eq(wakes, 0);
    open_gate();
    pthread_mutex_lock(&gate_lock);
    while (inside > 0) {
        pthread_mutex_unlock(&gate_lock);
        usleep(1000);
        pthread_mutex_lock(&gate_lock);
    }
    pthread_mutex_unlock(&gate_lock);
    wait_alone();
    ck_assert_int_eq(wakes, 0);
}
END_TEST

START_TEST(free_joins_idle_threads_beside_busy_ones)
{
    struct resolver *r = make();
    static int owner;
    start(r, "slow", &owner);
    wait_for(&asked, 1);
    start(r, "twice", &owner);
    wait_for(&wakes, 1);
    resolver_free(r);
    open_gate();
    wait_alone();
}
END_TEST

UNIT_MAIN("resolver threads", names_every_failure, gives_no_address_twice_and_keeps_the_order,
          four_threads_at_most_without_signals, one_idle_thread_is_enough_for_one_after_another,
          a_slow_name_does_not_hold_up_a_quick_one, abandons_what_is_asked_and_what_waits,
          abandons_what_is_answered, free_leaves_busy_threads_alone,
          free_joins_idle_threads_beside_busy_ones)
