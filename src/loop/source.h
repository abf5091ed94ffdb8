// SPDX-License-Identifier: BSD-3-Clause
// Things besides streams and timers that ops wait for.

#ifndef SSS_LOOP_SOURCE_H
#define SSS_LOOP_SOURCE_H

// A source has work to do from time to time, and ends OP_WAITs by loop_complete(). The loop calls
// its turn() each time after it has asked for events. The look-ups of names (dns/lookups.h) are a
// source. A source is embedded in a struct of its owner, and belongs to the loop to which it was
// attached.

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct source;

struct source_class {
    // When turn() has something to do: 0 for now, a time of clock_now(), or DEADLINE_NONE.
    uint64_t (*next)(const struct source *s);
    void (*turn)(struct source *s);
    // Before a fork: closes what a child must not share.
    void (*rest)(struct source *s);
    // At the end of the loop: frees it.
    void (*free)(struct source *s);
};

struct source {
    struct list link;
    const struct source_class *class;
    unsigned waiting; // ops that it will complete
};

// For the loop, which keeps its sources in a list.
void sources_turn(struct list *all);
uint64_t sources_next(const struct list *all); // the first time at which one has something to do
bool sources_are_awaited(const struct list *all);
struct source *sources_find(struct list *all, const struct source_class *class); // or NULL
void sources_rest(struct list *all);
void sources_free(struct list *all);

#endif
