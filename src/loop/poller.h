// SPDX-License-Identifier: BSD-3-Clause
// The interface between the loop and what the system offers for waiting.

#ifndef SSS_LOOP_POLLER_H
#define SSS_LOOP_POLLER_H

// An op goes in with poller_start() and comes back on a list; it is never called back. Between the
// two it belongs to the poller. A backend is one file, poller_*.c; the rest of the program does not
// know which one it has. It refuses to know time limits: those are the loop's.

#include "base/list.h"
#include "loop/op.h"
#include "loop/stream.h"

struct poller;

int poller_new(struct poller **made) MUST_CHECK;
void poller_free(struct poller *p);

// Tries OP at once: 1 when it is done already, 0 when it is in flight now, -errno when it cannot be
// waited for (the op is idle then).
int poller_start(struct poller *p, struct op *op) MUST_CHECK;

// Takes an op in flight back, undone.
void poller_cancel(struct poller *p, struct op *op);

// Waits at most MS milliseconds (-1: no limit) and appends to READY every op that is worth another
// try. 0, or -EINTR. Also sends on what is held back on streams that became writable; a stream that
// is closing and has nothing left to send is appended to CLOSED by its link.
int poller_wait(struct poller *p, int ms, struct list *ready, struct list *closed) MUST_CHECK;

// Tries an op of the READY list: true when it has its result, false when it is in flight again.
bool poller_finish(struct poller *p, struct op *op) MUST_CHECK;

// Waits for S to become writable, to send what is held back. 0 or -errno.
int poller_watch(struct poller *p, struct stream *s) MUST_CHECK;

// Forgets S, before its descriptor is closed. No op may be in flight on it.
void poller_forget(struct poller *p, struct stream *s);

// Ends the current or next poller_wait() early. From any thread, and from a signal handler.
void poller_wake(struct poller *p);

#endif
