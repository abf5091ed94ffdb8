// SPDX-License-Identifier: BSD-3-Clause
// Sends output that is held back.

#ifndef SSS_LOOP_FLUSH_H
#define SSS_LOOP_FLUSH_H

// Sends what streams hold back: as much as possible at once, and the rest in the background when
// the poller says that there is room, even after the socket was closed. At the end of the program
// it waits for the rest. It stands on the poller and the streams; it refuses to know ops.

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct poller;
struct stream;
struct streams;

// Sends what S holds back; what is left is sent in the background. The next send of S reports a
// failure (S->failed).
void flush_stream(struct poller *p, struct stream *s);

// The same for all streams.
void flush_held(struct poller *p, struct streams *all);

// Is there held output that is still being sent?
bool flush_is_busy(const struct streams *all);

// Is FD the descriptor of a closed stream whose output is still being sent?
bool flush_holds(const struct streams *all, int fd);

// Closes S, on which no op is in flight, and its descriptor, once its held output has been sent, or
// after a minute. 0, or the error of the last send or of close(2).
int flush_close(struct poller *p, struct stream *s);

// Closes S and its descriptor now. 0 or the error of close(2).
int flush_end(struct poller *p, struct stream *s);

// The time of clock_now() at which the first closed stream is given up, or DEADLINE_NONE.
uint64_t flush_next(const struct streams *all);

// Gives up the closed streams whose time is over at NOW: their peers did not read the rest.
void flush_give_up(struct poller *p, const struct streams *all, uint64_t now);

// At the end of the program: sends what all streams hold back, and waits with poll(2) for at most
// SECONDS.
void flush_finish(struct poller *p, struct streams *all, double seconds);

#endif
