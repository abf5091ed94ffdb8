// SPDX-License-Identifier: BSD-3-Clause
// Failures of tasks that nobody can join any more.

#include "task/lost.h"

#include "base/clock.h"
#include "task/scheduler.h"

static const double every_s = 1; // seconds between two searches
static const double share = 10;  // the pause after a search, as a multiple of its time
static const uint64_t step_ns = 200 * 1000;

enum { STEP_KB = 16 }; // the work of the collector between two looks at the clock
enum { CYCLES = 2 };   // two, because the current one may have found the task alive already

// Takes its turns like a task that yields.
static struct {
    struct waiter waiter;
    bool wanted;
    unsigned cycles; // still to do; 0 when no search is under way
    uint64_t spent;
    uint64_t due; // when the next search may begin
} lost;

static bool has_reason(lua_State *L)
{
    return scheduler_has_failures() && lua_gc(L, LUA_GCISRUNNING, 0);
}

static void take_turn(void)
{
    loop_requeue(scheduler_loop(), &lost.waiter.op);
}

static void collect_some(lua_State *L)
{
    uint64_t began = clock_now(), now = began;
    while (lost.cycles > 0 && now - began < step_ns) {
        if (lua_gc(L, LUA_GCSTEP, STEP_KB))
            lost.cycles--;
        now = clock_now();
    }
    lost.spent += now - began;
}

static int step(lua_State *L, struct waiter *w)
{
    (void)w;
    if (has_reason(L))
        collect_some(L);
    else
        lost.cycles = 0;
    if (lost.cycles > 0) {
        take_turn();
        return 0;
    }
    double rest = share * (double)lost.spent / 1e9;
    lost.due = clock_deadline(clock_now(), rest > every_s ? rest : every_s);
    return 0;
}

void lost_open(void)
{
    wait_init(&lost.waiter, 0);
    lost.waiter.op.kind = OP_WAIT;
    lost.waiter.finish = step;
    lost.wanted = false;
    lost.cycles = 0;
}

void lost_expect(void)
{
    lost.wanted = true;
}

void lost_look(lua_State *L)
{
    if (!lost.wanted || lost.cycles > 0 || clock_now() < lost.due)
        return;
    lost.wanted = false;
    if (!has_reason(L))
        return;
    lost.cycles = CYCLES;
    lost.spent = 0;
    take_turn();
}
