// SPDX-License-Identifier: BSD-3-Clause
// Waiting for everything at once.

#ifndef SSS_LOOP_LOOP_H
#define SSS_LOOP_LOOP_H

// Owns the poller, the timers, the sources and what streams share. An op is started, and comes
// back from loop_next() with its result: for success, failure, timeout, cancel and close alike. An
// expired deadline is the result -ERROR_EXPIRED. Nobody is ever called back. It refuses to know
// tasks and coroutines.

#include "base/error.h"
#include "loop/op.h"
#include "loop/source.h"
#include "loop/stream.h"

struct loop;
struct poller;
struct poller_class;

int loop_new(struct loop **made) MUST_CHECK;
// The same, waiting by another poller than epoll(7)'s: loop/poller.h.
int loop_new_with(const struct poller_class *class, struct loop **made) MUST_CHECK;
void loop_free(struct loop *loop);

struct streams *loop_streams(struct loop *loop);

// Starts OP, idle and filled in. True: it is done, with its result, and idle again. False: it is in
// flight and will come back from loop_next().
bool loop_start(struct loop *loop, struct op *op) MUST_CHECK;

// The same, but whatever else is ready gets its turn before OP is tried.
bool loop_defer(struct loop *loop, struct op *op) MUST_CHECK;

// Ends an op in flight with RESULT (>= 0 or -errno) from outside: wakes an OP_WAIT, cancels any
// other. It comes back from loop_next(). Does nothing to an op that has its result already.
void loop_complete(struct loop *loop, struct op *op, int64_t result);

// Takes an op in flight back at once, undone and idle: it does not come back from loop_next().
void loop_cancel(struct loop *loop, struct op *op);

// Puts an idle op behind all that is ready: it comes back from loop_next() with the result it has.
void loop_requeue(struct loop *loop, struct op *op);
// The same for an op whose owner is somebody else than who runs now, who has made it ready: when
// that one was let in between the others, so is OP.
void loop_post(struct loop *loop, struct op *op);

// Before the memory of OP goes away; OP must be idle.
void loop_drop(struct loop *loop, struct op *op);

// The next op that is done, idle again; NULL when this turn has no more. Every ten milliseconds it
// looks what has come meanwhile, which then goes first.
struct op *loop_next(struct loop *loop);

// Have ten milliseconds gone by since others had their turn or the system was looked at? Cheap
// enough to be asked for each op.
bool loop_slice_is_over(const struct loop *loop);

// The same for an owner whose op is idle, before he goes on without waiting; when the time is over
// this looks at the system, and the answer is whether anybody else is ready.
bool loop_others_due(struct loop *loop);

// Begins a turn: waits until something is worth a try, or just looks when there is something
// already. OP_WAITs whose signal has come (loop/signals.h) are done then. 0; -EINTR: loop_wake()
// was called; -EDEADLK: nothing is under way that could ever end; -errno: the system refuses to
// wait.
int loop_turn(struct loop *loop) MUST_CHECK;

// Sends everything that is held back, as far as it goes now; the rest follows in the background.
void loop_flush(struct loop *loop);

// The same, unless more is to come right now that can go out with it: when a task has had its turn.
void loop_flush_due(struct loop *loop);

// Is held output still on its way?
bool loop_is_draining(const struct loop *loop);

// Is the descriptor FD that of a closed stream which still sends what it held back?
bool loop_is_closing(struct loop *loop, int fd);

// At the end of the program: sends what is held back on all streams, for at most SECONDS.
void loop_finish(struct loop *loop, double seconds);

// Closes S and its descriptor: ops in flight on it end with -ERROR_CLOSED, what is held back still
// goes out, for a minute at most. S belongs to the loop from here on. 0 or what close(2) or the
// last send said (-errno).
int loop_close(struct loop *loop, struct stream *s);

// Frees S but leaves its descriptor open; ops in flight on it end with -ERROR_CLOSED.
void loop_release(struct loop *loop, struct stream *s);

// Gives SOURCE, whose class is set, its turns from now on; the loop frees it at its end.
void loop_attach(struct loop *loop, struct source *source);

// The source of this class, or NULL.
struct source *loop_source(struct loop *loop, const struct source_class *class);

// For sources, which have sockets of their own.
struct poller *loop_poller(struct loop *loop);

// Around a fork(2). Before it, nothing may be under way: -EBUSY. After it, in the child, the loop
// is one of its own: 0 or -errno. After it, in the parent: datagrams that were fetched ahead are
// the child's from now on, so that nobody else handles them once more.
int loop_prepare_fork(struct loop *loop) MUST_CHECK;
int loop_forked(struct loop *loop) MUST_CHECK;
void loop_has_child(struct loop *loop);

// Makes loop_turn() return -EINTR. Also from a signal handler.
void loop_wake(struct loop *loop);
// Not any more: whoever called it has been heard otherwise.
void loop_forget_wake(struct loop *loop);

// How many ops are in flight, for tests that punish leftovers.
unsigned loop_in_flight(const struct loop *loop);
// How many timers there are, without that of OP: a waiter that lives keeps its own for its next
// wait.
unsigned loop_timers(const struct loop *loop, const struct op *op);

#endif
