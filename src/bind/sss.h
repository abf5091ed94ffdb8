// SPDX-License-Identifier: BSD-3-Clause
// The module `sss`: what the host calls.

#ifndef SSS_BIND_SSS_H
#define SSS_BIND_SSS_H

// The host puts luaopen_sss in package.preload, runs the embedded lua/sss/*.lua over what it
// leaves, and lets the rest of the program happen with sss_run(). It refuses to end the process.

#include <lua.h>
#include <stdbool.h>

// Pushes the table `sss`; also leaves a private table, for lua/sss/*.lua, in the registry as
// "sss.private".
int luaopen_sss(lua_State *L);

// After the main script: runs until no task is left. 0; 1 when a task failed and nobody joined it
// (that has been told on stderr); -EINTR when interrupted. Does nothing if `sss` was never loaded.
int sss_run(lua_State *L);

// A waiting script is stopped: its wait raises an error. From a signal handler.
void sss_interrupt(void);

// The interrupt reached the script while it computed: its next wait goes on as usual.
void sss_interrupt_taken(void);

// Is the end of a task being noted? What is raised then is lost.
bool sss_ends_task(void);

// At the end of the program, os.exit included: sends what is held back.
void sss_flush(void);

#endif
