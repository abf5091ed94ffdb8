// SPDX-License-Identifier: BSD-3-Clause
// Signals that somebody waits for.

#ifndef SSS_LOOP_SIGNALS_H
#define SSS_LOOP_SIGNALS_H

// Signals belong to the process, and so does the state of this room. A watch on a signal replaces
// what the signal does, until the last watch on it has ended. The handler counts signals and wakes
// the poller; the next turn of the loop ends the OP_WAITs that wait for them. No signal is blocked,
// because a child process would inherit the mask; handlers are reset when another program is
// executed. It refuses to know what a signal means.

#include "base/error.h"
#include "base/list.h"
#include "sys/names.h"

#include <stdbool.h>
#include <stddef.h>

struct op;
struct poller;

// A watch sees each signal that comes after its signals_watch(); several that come before it is
// asked count as one.
struct signal_watch {
    struct list link;    // among all watches
    struct list waiting; // ops in flight, by their link
    int number;
    unsigned seen; // how many had come when it was last told
};

// SIG*: "HUP", "INT", ..., those that can be watched; signal(7)
extern const struct name signals_names[];

// The number of a signal by name ("TERM", "sigterm", any case; LEN bytes), or -ENOENT.
int signals_number(const char *name, size_t len) MUST_CHECK;

// Begins to watch. -EINVAL: the signal cannot be watched. These are KILL and STOP (sigaction(2)),
// and the signals of faults, such as SEGV, after which the program cannot go on.
int signals_watch(struct signal_watch *w, int number) MUST_CHECK;

// Ends the watch; no op may wait for it. The end of the last watch on a signal restores what the
// signal did before, unless that was changed meanwhile.
void signals_unwatch(struct signal_watch *w);

// From now on the signal does nothing while it is not watched, if it would have its default action
// otherwise. It gets a handler that does nothing, and not SIG_IGN, so that a program which is
// executed begins with the default.
void signals_disarm(int number);

// Has the signal come since W was last told? True: W is told now. False: OP, an idle OP_WAIT that
// the caller starts next, will end with the result 0 when the signal comes.
bool signals_await(struct signal_watch *w, struct op *op);

// Appends the ops whose signal has come to WOKEN, by their link; they are still in flight.
void signals_collect(struct list *woken);

// Does any op wait for a signal?
bool signals_awaited(void);

// From now on signals wake POLLER, the poller of the loop that collects them; or no longer wake it.
void signals_wake(struct poller *poller);
void signals_forget(struct poller *poller);

#endif
