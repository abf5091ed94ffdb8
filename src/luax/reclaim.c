// SPDX-License-Identifier: BSD-3-Clause
// Descriptors of objects that are garbage.

#include "luax/reclaim.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>

static uint64_t took;

// Also when the script has stopped the collector, since that is about memory and not about
// descriptors; it is stopped again afterwards.
static void collect(lua_State *L)
{
    bool running = lua_gc(L, LUA_GCISRUNNING, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    if (!running)
        lua_gc(L, LUA_GCSTOP, 0);
}

bool reclaim_descriptors(lua_State *L, int64_t result)
{
    if (result != -EMFILE && result != -ENFILE)
        return false;
    uint64_t began = clock_now();
    collect(L);
    took = clock_now() - began;
    return true;
}

double reclaim_cost(void)
{
    return (double)took / 1e9;
}
