// SPDX-License-Identifier: BSD-3-Clause
// Descriptors of objects that are garbage.

#ifndef SSS_LUAX_RECLAIM_H
#define SSS_LUAX_RECLAIM_H

// A dropped socket keeps its descriptor until the collector finds it, and is so small that the
// collector sees no reason of its own to look. So a call that found no descriptor left is made once
// more after a collection. This room refuses to know which calls those are, and to be used inside
// of the loop: finalizers run here.

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

// R is what a call said. Was it that there is no descriptor left (-EMFILE, -ENFILE)? Then what
// nobody holds any more has been collected, and the call is worth another try.
bool reclaim_descriptors(lua_State *L, int64_t r);

// How long the last of these collections took, in seconds; for those who try again by themselves.
double reclaim_cost(void);

#endif
