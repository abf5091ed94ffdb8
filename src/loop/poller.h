// SPDX-License-Identifier: BSD-3-Clause
// The interface between the loop and what the system offers for waiting.

#ifndef SSS_LOOP_POLLER_H
#define SSS_LOOP_POLLER_H

// An op goes in with poller_start() and comes back on a list; nobody is ever called back. Between
// the two it belongs to the poller. What all pollers have in common is in poller.c; a backend is
// one file, poller_*.c, with a class, and the rest of the program does not know which one it has.
// It refuses to know time limits: those are the loop's.

#include "base/error.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct op;
struct poller;
struct stream;

// How often the system was asked since the program began, per process as in sys/sock.h.
struct poller_counts {
    uint64_t waits;   // such as epoll_pwait2(2)
    uint64_t changes; // of what is waited for, such as epoll_ctl(2)
};

extern struct poller_counts poller_counts;

// A backend. Each function does what the one of poller.h does that bears its name.
struct poller_class {
    int (*make)(struct poller **made); // sets its class
    void (*free)(struct poller *p);
    int (*watch)(struct poller *p, struct stream *s);
    void (*forget)(struct poller *p, struct stream *s, bool closing);
    int (*wait)(struct poller *p, uint64_t ns, struct list *ready, struct list *closed);
    void (*wake)(struct poller *p);
    int (*reopen)(struct poller *p);
};

// What a backend's own structure begins with.
struct poller {
    const struct poller_class *class;
};

extern const struct poller_class poller_epoll; // epoll(7)

// What a stream has seen, for a backend to tell: see poller_note().
enum {
    POLLER_INPUT = 1, // a receive finds something: data, the end, an error
    POLLER_ROOM = 2,  // a send finds room
    POLLER_END = 4,   // of the peer, or urgent data: a short receive does not prove that it was all
    POLLER_OVER = 8,  // both directions are over: an error, a reset
};

// For a backend's wait: takes note of EVENTS that S has seen.
void poller_note(struct stream *s, unsigned events, struct list *ready, struct list *closed);

int poller_new(const struct poller_class *class, struct poller **made) MUST_CHECK;
void poller_free(struct poller *p);

// Tries OP at once, or queues it behind those that write to its stream already. 1: it is done, with
// its result. 0: it is in flight. -errno: it cannot be waited for (-EBUSY: another one waits there,
// behind which it cannot queue); OP is idle.
int poller_start(struct poller *p, struct op *op) MUST_CHECK;

// Puts OP in flight untried and appends it to READY. 0 or -errno, as poller_start().
int poller_defer(struct poller *p, struct op *op, struct list *ready) MUST_CHECK;

// Takes an op in flight back, undone. The one that was queued behind it is appended to READY.
void poller_cancel(struct poller *p, struct op *op, struct list *ready);

// Waits at most NS nanoseconds (DEADLINE_NONE: no limit), perhaps less when that is long, and
// appends to READY every op that is worth another try. Also sends on what is held back where there
// is room again; a stream that is closing and has nothing left to send is moved to CLOSED by its
// link. 0 or -errno; a signal just ends the wait.
int poller_wait(struct poller *p, uint64_t ns, struct list *ready, struct list *closed) MUST_CHECK;

// Tries an op of the READY list: true when it has its result (then the one that was queued behind
// it is appended to READY), false when it is in flight again.
bool poller_finish(struct poller *p, struct op *op, struct list *ready) MUST_CHECK;

// Sees to it that S is told when there is room for what it holds back. 0 or -errno.
int poller_watch(struct poller *p, struct stream *s) MUST_CHECK;

// Forgets S; CLOSING: its descriptor is about to be closed. No op may be in flight on it.
void poller_forget(struct poller *p, struct stream *s, bool closing);

// In the child of a fork(2), where no op may be in flight: waits with descriptors of its own from
// here on, and what it does no longer reaches the parent's. 0 or -errno.
int poller_reopen(struct poller *p) MUST_CHECK;

// Ends the current or the next poller_wait() early. Also from a signal handler.
void poller_wake(struct poller *p);

#endif
