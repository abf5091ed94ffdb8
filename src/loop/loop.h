// SPDX-License-Identifier: BSD-3-Clause
// Waiting for everything at once.

#ifndef SSS_LOOP_LOOP_H
#define SSS_LOOP_LOOP_H

// Owns the poller, the timers, the resolver and what streams share. An op is started, and comes
// back from loop_next() with its result: for success, failure, timeout, cancel and close alike. An
// expired deadline is the result -ETIMEDOUT. Nothing is ever called back. It refuses to know
// tasks and coroutines.

#include "base/error.h"
#include "loop/op.h"
#include "loop/resolver.h"
#include "loop/stream.h"

struct loop;

int loop_new(struct loop **made) MUST_CHECK;
void loop_free(struct loop *loop);

struct streams *loop_streams(struct loop *loop);

// The time that deadlines are measured by: read once per turn, and by loop_refresh().
uint64_t loop_now(const struct loop *loop);
uint64_t loop_refresh(struct loop *loop);

// Starts OP (its fields filled in, state IDLE). True: it is done, with its result, and idle
// again. False: it is in flight and will come back from loop_next().
bool loop_start(struct loop *loop, struct op *op) MUST_CHECK;

// Ends an op in flight with RESULT (>= 0 or -errno) from outside: wakes an OP_WAIT, cancels any
// other. It comes back from loop_next(). Does nothing to an op that is already done.
void loop_complete(struct loop *loop, struct op *op, int64_t result);

// Puts an idle op that has its result behind all that is ready: it comes back from loop_next().
void loop_requeue(struct loop *loop, struct op *op);

// Before the owner of OP is freed; OP must not be in flight.
void loop_drop(struct loop *loop, struct op *op);

// The next op that is done, now idle again; NULL when this turn has no more.
struct op *loop_next(struct loop *loop);

// Begins a turn: waits until something is worth a try (not at all when there is something already).
// 0; -EINTR: loop_wake() was called; -EDEADLK: nothing is in flight that could ever end.
int loop_turn(struct loop *loop) MUST_CHECK;

// Sends everything that is held back, as far as it goes now; the rest follows in the background.
void loop_flush(struct loop *loop);

// At the end of the program: sends what is left on all streams, closing ones too, for at most
// SECONDS.
void loop_finish(struct loop *loop, double seconds);

// Ends the life of S and of its descriptor: ops in flight on it end with -ERROR_CLOSED, what is
// held back still goes out. The caller must not use S any more.
void loop_close(struct loop *loop, struct stream *s);

// Lets S go without closing its descriptor.
void loop_release(struct loop *loop, struct stream *s);

// Starts a name look-up whose owner is OP (an OP_WAIT that the caller starts next); OP comes back
// with the request's result. See resolver_start().
int loop_resolve(struct loop *loop, struct op *op, const char *host, const char *service,
                 int family, int type, bool passive, struct resolve **made) MUST_CHECK;
void loop_abandon(struct loop *loop, struct resolve *req);

// Makes loop_turn() return -EINTR. From a signal handler or another thread.
void loop_wake(struct loop *loop);

#endif
