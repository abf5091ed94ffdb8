// SPDX-License-Identifier: BSD-3-Clause
// What the program has done so far, in numbers.

#ifndef SSS_BIND_STATS_H
#define SSS_BIND_STATS_H

// The numbers are counted where things happen (sys/sock.h, loop/poller.h, base/bytes.h,
// task/scheduler.h); this room only collects them when a script asks. It refuses to count anything
// itself, and to measure times.

#include <lua.h>

// Adds stats() to the table on the top.
void stats_open(lua_State *L);

#endif
