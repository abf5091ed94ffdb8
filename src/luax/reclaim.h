// SPDX-License-Identifier: BSD-3-Clause
// Descriptors of objects that are garbage.

#ifndef SSS_LUAX_RECLAIM_H
#define SSS_LUAX_RECLAIM_H

// A socket that the script no longer refers to keeps its descriptor until the collector frees it,
// and it is too small to make the collector run. So where a call fails because there is no
// descriptor left, the garbage is collected and the call is made once more. This room refuses to
// know which calls those are. It must not be used inside the loop, because finalizers run here.

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

// Is the RESULT of a call -EMFILE or -ENFILE, that is, was there no descriptor left? Then this
// collects the garbage, and the caller makes the call once more.
bool reclaim_descriptors(lua_State *L, int64_t result);

// How long the last of these collections took, in seconds, for callers that try again by
// themselves.
double reclaim_cost(void);

#endif
