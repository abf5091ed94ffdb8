// SPDX-License-Identifier: BSD-3-Clause
// Waits for everything at once.

#ifndef SSS_LOOP_LOOP_H
#define SSS_LOOP_LOOP_H

// Owns the poller, the timers, the sources and what streams share. An op is started, and
// loop_next() returns it with its result, which may be success, failure, timeout, cancel or close.
// The result of an expired deadline is -ERROR_EXPIRED. Nobody is called back. It refuses to know
// tasks and coroutines.

#include "base/error.h"
#include "loop/op.h"
#include "loop/source.h"
#include "loop/stream.h"

struct loop;
struct poller;
struct poller_class;

int loop_new(struct loop **made) MUST_CHECK;
// The same with another poller than that of epoll(7): see loop/poller.h.
int loop_new_with(const struct poller_class *class, struct loop **made) MUST_CHECK;
void loop_free(struct loop *loop);

struct streams *loop_streams(struct loop *loop);

// Starts OP, which is idle and filled in. True: it has its result and is idle again. False: it is
// in flight, and loop_next() will return it.
bool loop_start(struct loop *loop, struct op *op) MUST_CHECK;

// The same, but other ready ops get their turn before OP is tried.
bool loop_defer(struct loop *loop, struct op *op) MUST_CHECK;

// Ends an op in flight with RESULT (>= 0 or -errno): wakes an OP_WAIT, cancels any other op.
// loop_next() returns it. Does nothing to an op that has its result already.
void loop_complete(struct loop *loop, struct op *op, int64_t result);

// Makes an op in flight idle at once, without a result: loop_next() does not return it.
void loop_cancel(struct loop *loop, struct op *op);

// Puts an idle op behind all that are ready: loop_next() returns it with the result that it has.
void loop_requeue(struct loop *loop, struct op *op);
// The same for an op of another owner, which the running op's owner has made ready: if the running
// one went before others because of an event, OP does, too.
void loop_post(struct loop *loop, struct op *op);

// To be called before the memory of OP is freed. OP must be idle.
void loop_drop(struct loop *loop, struct op *op);

// The next op that has its result; it is idle again. NULL when this turn has no more. Every ten
// milliseconds it asks for new events, and ops that are ready by these go first.
struct op *loop_next(struct loop *loop);

// Have ten milliseconds passed since others had their turn, or since events were asked for? This is
// cheap enough to be called for each op.
bool loop_slice_is_over(const struct loop *loop);

// The same for an owner that is about to go on without waiting. When the time is over, this asks
// for events; the answer is whether any other op is ready.
bool loop_others_due(struct loop *loop);

// Begins a turn: waits until an op is ready; when one is ready already, it only asks for events.
// OP_WAITs whose signal has come (loop/signals.h) get their result. 0; -EINTR: loop_wake() was
// called; -EDEADLK: nothing is in flight that could ever end; -errno: the system refuses to wait.
int loop_turn(struct loop *loop) MUST_CHECK;

// Sends everything that is held back, as much as possible now; the rest follows in the background.
void loop_flush(struct loop *loop);

// The same when a task has had its turn, unless more output is about to come that can be sent with
// it.
void loop_flush_due(struct loop *loop);

// Is there held output that is still being sent?
bool loop_is_draining(const struct loop *loop);

// Is FD the descriptor of a closed stream whose held output is still being sent?
bool loop_is_closing(struct loop *loop, int fd);

// At the end of the program: sends what is held back on all streams, for at most SECONDS.
void loop_finish(struct loop *loop, double seconds);

// Closes S and its descriptor: ops in flight on it end with -ERROR_CLOSED; held output is still
// sent, for a minute at most. From now on S belongs to the loop. 0, or the error of close(2) or of
// the last send.
int loop_close(struct loop *loop, struct stream *s);

// Frees S but leaves its descriptor open; ops in flight on it end with -ERROR_CLOSED.
void loop_release(struct loop *loop, struct stream *s);

// Adds SOURCE, whose class is set. The loop frees it at its end.
void loop_attach(struct loop *loop, struct source *source);

// The source of this class, or NULL.
struct source *loop_source(struct loop *loop, const struct source_class *class);

// The poller and the streams, for sources with sockets of their own.
struct poller *loop_poller(struct loop *loop);

// Around a fork(2). Before it: 0, or -EBUSY when something is in flight. After it, in the child,
// the loop gets descriptors of its own: 0 or -errno. After it, in the parent, datagrams that were
// fetched ahead are dropped: the child has them, and they must not be handled twice.
int loop_prepare_fork(struct loop *loop) MUST_CHECK;
int loop_forked(struct loop *loop) MUST_CHECK;
void loop_has_child(struct loop *loop);

// Makes loop_turn() return -EINTR. May be called in a signal handler.
void loop_wake(struct loop *loop);
// Undoes a loop_wake() that is no longer needed.
void loop_forget_wake(struct loop *loop);

// How many ops are in flight, for tests that look for leftovers.
unsigned loop_in_flight(const struct loop *loop);
// How many timers there are, without that of OP, which a living waiter keeps for its next wait.
unsigned loop_timers(const struct loop *loop, const struct op *op);

#endif
