// SPDX-License-Identifier: BSD-3-Clause
// Signals that somebody waits for.

#include "loop/signals.h"

#include "loop/op.h"
#include "loop/poller.h"
#include "sys/disposition.h"
#include "sys/notify.h"

#include <signal.h>
#include <stdatomic.h>

enum { NUMBERS = 65 }; // signals are 1 to 64; signal(7)

// What the handler changes. It may run on any thread.
static atomic_uint came[NUMBERS];
static atomic_bool any_came;
static struct poller *_Atomic woken_poller;

static struct list watches = {&watches, &watches};
static unsigned watchers[NUMBERS];
static struct sigaction before[NUMBERS]; // what the watched signals did before

const struct name signals_names[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},       {"QUIT", SIGQUIT}, {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT}, {"IOT", SIGIOT},       {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
    {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},     {"TERM", SIGTERM}, {"STKFLT", SIGSTKFLT},
    {"CHLD", SIGCHLD}, {"CLD", SIGCHLD},      {"CONT", SIGCONT}, {"TSTP", SIGTSTP},
    {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},   {"XCPU", SIGXCPU},
    {"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH},
    {"IO", SIGIO},     {"POLL", SIGPOLL},     {"PWR", SIGPWR},   {"SYS", SIGSYS},
    {NULL, 0},
};

static bool has_prefix(const char *name, size_t len)
{
    return len > 3 && (name[0] | 32) == 's' && (name[1] | 32) == 'i' && (name[2] | 32) == 'g';
}

int signals_number(const char *name, size_t len)
{
    size_t skip = has_prefix(name, len) ? 3 : 0;
    return names_value(signals_names, name + skip, len - skip);
}

static void on_signal(int number)
{
    if (number == SIGTERM)
        notify_stopping();
    atomic_fetch_add(&came[number], 1);
    atomic_store(&any_came, true);
    struct poller *poller = atomic_load(&woken_poller);
    if (poller)
        poller_wake(poller);
}

// With SA_RESTART, so that a watched signal does not interrupt a read from a file.
static int install(int number)
{
    return disposition_set(number, on_signal, SA_RESTART, &before[number]);
}

static void restore(int number)
{
    if (disposition_handler(number) == on_signal)
        disposition_restore(number, &before[number]);
}

int signals_watch(struct signal_watch *w, int number)
{
    if (number <= 0 || number >= NUMBERS || !names_name(signals_names, number))
        return -EINVAL;
    int error = watchers[number] == 0 ? install(number) : 0;
    if (error < 0)
        return error;
    watchers[number]++;
    list_init(&w->waiting);
    list_init(&w->link);
    list_append(&watches, &w->link);
    w->number = number;
    w->seen = atomic_load(&came[number]);
    return 0;
}

void signals_unwatch(struct signal_watch *w)
{
    list_remove(&w->link);
    if (--watchers[w->number] == 0)
        restore(w->number);
}

static void do_nothing(int number)
{
    (void)number;
}

void signals_disarm(int number)
{
    if (watchers[number] > 0) {
        if (before[number].sa_handler == SIG_DFL)
            before[number] = (struct sigaction){.sa_handler = do_nothing, .sa_flags = SA_RESTART};
    } else if (disposition_handler(number) == SIG_DFL) {
        disposition_set(number, do_nothing, SA_RESTART, NULL);
    }
}

// Has the signal come since W was last told? Marks it as told.
static bool tell(struct signal_watch *w)
{
    unsigned count = atomic_load(&came[w->number]);
    bool news = count != w->seen;
    w->seen = count;
    return news;
}

bool signals_await(struct signal_watch *w, struct op *op)
{
    if (list_is_empty(&w->waiting) && tell(w))
        return true;
    list_append(&w->waiting, &op->link);
    return false;
}

void signals_collect(struct list *woken)
{
    if (!atomic_exchange(&any_came, false))
        return;
    for (struct list *link = watches.next; link != &watches; link = link->next) {
        struct signal_watch *w = container_of(link, struct signal_watch, link);
        if (!list_is_empty(&w->waiting) && tell(w))
            list_splice(woken, &w->waiting);
    }
}

bool signals_awaited(void)
{
    for (struct list *link = watches.next; link != &watches; link = link->next)
        if (!list_is_empty(&container_of(link, struct signal_watch, link)->waiting))
            return true;
    return false;
}

void signals_wake(struct poller *poller)
{
    atomic_store(&woken_poller, poller);
}

void signals_forget(struct poller *poller)
{
    atomic_compare_exchange_strong(&woken_poller, &poller, NULL);
}
