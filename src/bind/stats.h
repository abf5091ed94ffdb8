// SPDX-License-Identifier: BSD-3-Clause
// What the program has done so far, in numbers.

#ifndef SSS_BIND_STATS_H
#define SSS_BIND_STATS_H

// The numbers are kept where the things happen (sys/sock.h, loop/poller.h, base/bytes.h,
// task/scheduler.h), so that nothing is spent on them until somebody asks. This room refuses to
// count anything itself, and to know times.

#include <lua.h>

// Adds stats() to the table on the top.
void stats_open(lua_State *L);

#endif
