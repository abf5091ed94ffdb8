// SPDX-License-Identifier: BSD-3-Clause
// Things besides streams and timers that ops wait for.

#ifndef SSS_LOOP_SOURCE_H
#define SSS_LOOP_SOURCE_H

// A source has work to do from time to time, and ends OP_WAITs by loop_complete(). The loop calls
// its turn() each time after it has asked for events. The look-ups of names (dns/lookups.h) are a
// source. A source is embedded in a struct of its owner, and belongs to the loop to which it was
// attached.

#include "base/list.h"

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

#endif
