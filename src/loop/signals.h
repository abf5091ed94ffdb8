// SPDX-License-Identifier: BSD-3-Clause
// Signals that somebody waits for.

#ifndef SSS_LOOP_SIGNALS_H
#define SSS_LOOP_SIGNALS_H

// Signals belong to the process, and so does this room. A watch on a signal replaces what the
// signal does, until the last watch on it is gone. The handler counts and wakes the poller; the
// next turn of the loop ends the OP_WAITs that wait for the signal. No signal is ever blocked: a
// child process would inherit the mask, while a handler is gone when another program is executed.
// It refuses to know what a signal means.

#include "base/error.h"
#include "base/list.h"
#include "sys/names.h"

#include <stdbool.h>
#include <stddef.h>

struct op;
struct poller;

// One who wants to know of a signal. Each sees every signal that comes after its signals_watch();
// several that come before it looks count as one.
struct signal_watch {
    struct list link;    // among all watches
    struct list waiting; // ops in flight, by their link
    int number;
    unsigned seen; // how many had come when it was told last
};

// SIG*: "HUP", "INT", ..., those that can be watched; signal(7)
extern const struct name signals_names[];

// The number of a signal by name ("TERM", "sigterm", any case; LEN bytes), or -ENOENT.
int signals_number(const char *name, size_t len) MUST_CHECK;

// Begins to watch. -EINVAL: the signal cannot be watched (KILL and STOP, see sigaction(2); and
// those by which the processor tells a fault, such as SEGV: there is no going on after them).
int signals_watch(struct signal_watch *w, int number) MUST_CHECK;

// Ends the watch, on which no op waits any more. The last one on a signal gives back what the
// signal did before, unless somebody has changed that meanwhile.
void signals_unwatch(struct signal_watch *w);

// From here on the signal does nothing where nobody watches it, if it would have its default action
// then. By a handler that does nothing: another program that is executed begins with the default.
void signals_disarm(int number);

// Has the signal come since W was told last? True: it is told now. False: OP, an idle OP_WAIT that
// the caller starts next, ends with the result 0 when it comes.
bool signals_await(struct signal_watch *w, struct op *op);

// Appends to WOKEN, by their link, the ops whose signal has come; they are in flight still.
void signals_collect(struct list *woken);

// Does any op wait for a signal?
bool signals_awaited(void);

// From here on signals wake POLLER, that of the one loop that collects them; and not any more.
void signals_wake(struct poller *poller);
void signals_forget(struct poller *poller);

#endif
