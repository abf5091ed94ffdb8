// SPDX-License-Identifier: BSD-3-Clause
// Time, as Lua functions.

#include "task/time.h"

#include "base/clock.h"
#include "luax/luax.h"
#include "task/wait.h"

static int finish_sleep(lua_State *L, struct waiter *w)
{
    if (w->op.result == 0 || (w->op.result == -ERROR_EXPIRED && !w->limited))
        return 0;
    return wait_fail(L, w, NULL);
}

// sss.sleep(seconds)
static int time_sleep(lua_State *L)
{
    double seconds = luax_seconds(L, 1);
    struct waiter *w = wait_begin(L, OP_WAIT);
    if (seconds <= 0)
        return wait_turn(L, w, finish_sleep);
    w->op.deadline = clock_deadline(clock_now(), seconds);
    return wait_for(L, w, finish_sleep);
}

// sss.yield()
static int time_yield(lua_State *L)
{
    return wait_turn(L, wait_begin(L, OP_WAIT), finish_sleep);
}

// sss.now() -> seconds on the monotonic clock
static int time_now(lua_State *L)
{
    lua_pushnumber(L, (double)clock_now() / 1e9);
    return 1;
}

// sss.time() -> seconds since the Epoch
static int time_time(lua_State *L)
{
    lua_pushnumber(L, clock_wall());
    return 1;
}

void time_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"sleep", time_sleep}, {"yield", time_yield}, {"now", time_now},
        {"time", time_time},   {NULL, NULL},
    };
    luax_register(L, functions, false);
}
