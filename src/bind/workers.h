// SPDX-License-Identifier: BSD-3-Clause
// Processes, for sss.workers().

#ifndef SSS_BIND_WORKERS_H
#define SSS_BIND_WORKERS_H

// What Lua cannot do for sss.workers(): fork, send a signal to a process, learn how it has ended,
// and ask two questions about a listening socket. It refuses to supervise the processes.

#include <lua.h>

// Adds the table `process` to the private table on the top of the stack.
void process_open(lua_State *L);

#endif
