// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C.

#ifndef SSS_HOST_INTERRUPT_H
#define SSS_HOST_INTERRUPT_H

// The first SIGINT raises the error "interrupted" in the running script, whether it computes or
// waits, so that it can tidy up. A second one kills, and so does the first when no Lua instruction
// is reached within a second (compiled code and C functions look at no hook). It refuses to touch
// any other signal that ends a program.

#include <lua.h>
#include <stdbool.h>

// The status of a program that Ctrl-C ended, as shells have it: 128 + SIGINT.
#define INTERRUPT_STATUS 130

// From here on SIGINT belongs to the script that runs in L.
void interrupt_begin(lua_State *L);

// SIGINT does what it did for the system again; L may be closed.
void interrupt_end(void);

// Is an uncaught error with this TEXT the work of Ctrl-C, as each is that comes before the script
// has run on? Ends the grace period if so.
bool interrupt_caused(const char *text);

// A message handler for lua_pcall: the error value becomes its text and a traceback, or the word
// "interrupted" when Ctrl-C caused it. [-1, +1]
int interrupt_message_handler(lua_State *L);

// Did Ctrl-C stop a coroutine in its computing since this was asked last? Or has nothing been run
// since it came?
bool interrupt_stopped_task(void);

#endif
