// SPDX-License-Identifier: BSD-3-Clause
// Something besides streams and timers that ops wait for.

#ifndef SSS_LOOP_SOURCE_H
#define SSS_LOOP_SOURCE_H

// A source has work of its own to do from time to time, and ends OP_WAITs by loop_complete(). The
// loop gives it its turn each time it has looked at the system. The look-ups of names
// (dns/lookups.h) are one. A source is embedded in what it stands for, and belongs to the loop that
// it was attached to.

#include "base/list.h"

#include <stdint.h>

struct source;

struct source_class {
    // When the next turn has something to do: 0 now, a time (clock_now() terms), or DEADLINE_NONE.
    uint64_t (*next)(const struct source *s);
    void (*turn)(struct source *s);
    // Before a fork: closes what a child must not share.
    void (*rest)(struct source *s);
    // The end of the loop: frees it.
    void (*free)(struct source *s);
};

struct source {
    struct list link;
    const struct source_class *class;
    unsigned waiting; // ops that it will complete: the loop can end by them
};

#endif
