// SPDX-License-Identifier: BSD-3-Clause
// The interface between the loop and what the system offers for waiting.

#ifndef SSS_LOOP_POLLER_H
#define SSS_LOOP_POLLER_H

// An op is given to poller_start() and comes back on a list; nobody is called back. In between it
// belongs to the poller. What all pollers have in common is in poller.c. A backend is a file
// poller_*.c with a class, and the rest of the program does not know which one is used. It refuses
// to know time limits, which the loop has.

#include "base/error.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct op;
struct poller;
struct stream;

// How many calls were made since the program began, per process as in sys/sock.h.
struct poller_counts {
    uint64_t waits;   // such as epoll_pwait2(2)
    uint64_t changes; // of what is waited for, such as epoll_ctl(2)
};

extern struct poller_counts poller_counts;

// A backend. Each function does what the function of that name below does.
struct poller_class {
    int (*make)(struct poller **made); // sets its class
    void (*free)(struct poller *p);
    int (*watch)(struct poller *p, struct stream *s);
    void (*forget)(struct poller *p, struct stream *s, bool closing);
    int (*wait)(struct poller *p, uint64_t ns, struct list *ready, struct list *closed);
    void (*wake)(struct poller *p);
    int (*reopen)(struct poller *p);
};

// The beginning of a backend's own structure.
struct poller {
    const struct poller_class *class;
};

extern const struct poller_class poller_epoll; // epoll(7)

// The events of a stream, for poller_note().
enum {
    POLLER_INPUT = 1, // a receive finds something: data, the end, an error
    POLLER_ROOM = 2,  // a send finds room
    POLLER_END = 4,   // the peer has ended, or urgent data: more may be left after a short receive
    POLLER_OVER = 8,  // both directions are over: an error, a reset
};

// To be called by a backend: S has had these EVENTS.
void poller_note(struct stream *s, unsigned events, struct list *ready, struct list *closed);

int poller_new(const struct poller_class *class, struct poller **made) MUST_CHECK;
void poller_free(struct poller *p);

// Tries OP at once, or queues it behind those that write to its stream already. 1: it has its
// result. 0: it is in flight. -errno: it cannot be waited for, and is idle (-EBUSY: another op
// waits there, behind which it cannot be queued).
int poller_start(struct poller *p, struct op *op) MUST_CHECK;

// Puts OP in flight without a try and appends it to READY. 0 or -errno, as poller_start().
int poller_defer(struct poller *p, struct op *op, struct list *ready) MUST_CHECK;

// Takes an op out of flight, without a result. The op that was queued behind it is appended to
// READY.
void poller_cancel(struct poller *p, struct op *op, struct list *ready);

// Waits at most NS nanoseconds (DEADLINE_NONE: no limit), perhaps less when that is long, and
// appends each op that is to be tried again to READY. Where there is room again, it also sends held
// output; a closing stream that has nothing left to send is moved to CLOSED, by its link. 0 or
// -errno; a signal only ends the wait.
int poller_wait(struct poller *p, uint64_t ns, struct list *ready, struct list *closed) MUST_CHECK;

// Tries an op of the READY list. True: it has its result, and the op that was queued behind it is
// appended to READY. False: it is in flight again.
bool poller_finish(struct poller *p, struct op *op, struct list *ready) MUST_CHECK;

// Makes sure that S gets events, so that its held output can be sent when there is room. 0 or
// -errno.
int poller_watch(struct poller *p, struct stream *s) MUST_CHECK;

// Forgets S; CLOSING: its descriptor is about to be closed. No op may be in flight on it.
void poller_forget(struct poller *p, struct stream *s, bool closing);

// In the child of a fork(2), where no op may be in flight: from now on the poller has descriptors
// of its own, and does not affect the parent. 0 or -errno.
int poller_reopen(struct poller *p) MUST_CHECK;

// Ends the current or the next poller_wait() early. May be called in a signal handler.
void poller_wake(struct poller *p);

#endif
