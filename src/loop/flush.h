// SPDX-License-Identifier: BSD-3-Clause
// Held output on its way out.

#ifndef SSS_LOOP_FLUSH_H
#define SSS_LOOP_FLUSH_H

// Sends what streams hold back: as far as it goes at once, the rest in the background when the
// poller says that there is room, also after its socket was closed, and in place at the end of the
// program. Stands on the poller and the streams; it refuses to know ops.

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct poller;
struct stream;
struct streams;

// Sends what S holds back; what is left goes out in the background. A failure is told by the next
// send (S->failed).
void flush_stream(struct poller *p, struct stream *s);

// The same of all streams.
void flush_held(struct poller *p, struct streams *all);

// Is held output still on its way?
bool flush_is_busy(const struct streams *all);

// Is the descriptor FD that of a closed stream whose output is still on its way?
bool flush_holds(const struct streams *all, int fd);

// Closes S, on which no op is in flight, and its descriptor, when what it holds has gone, or after
// a minute. 0 or what the last send or close(2) said (-errno).
int flush_close(struct poller *p, struct stream *s);

// Closes S and its descriptor now. 0 or what close(2) said.
int flush_end(struct poller *p, struct stream *s);

// When the first closed stream is given up (clock_now() terms), or DEADLINE_NONE.
uint64_t flush_next(const struct streams *all);

// Gives up the closed streams whose time is over at NOW: their peers have not taken the rest.
void flush_give_up(struct poller *p, const struct streams *all, uint64_t now);

// At the end of the program: sends with poll(2) what is held back on all streams, for at most
// SECONDS.
void flush_finish(struct poller *p, struct streams *all, double seconds);

#endif
