// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C.

#ifndef SSS_HOST_INTERRUPT_H
#define SSS_HOST_INTERRUPT_H

// The first SIGINT raises the error "interrupted" in the running script, whether it computes or
// waits, so that it can clean up. A second SIGINT kills the program. So does the first one when no
// Lua instruction is interpreted within a second, because compiled code and C functions do not call
// hooks. It refuses to touch any other signal.

#include <lua.h>
#include <stdbool.h>

// The status of a program that Ctrl-C ended, as shells have it: 128 + SIGINT.
#define INTERRUPT_STATUS 130

// From now on SIGINT interrupts the script that runs in L.
void interrupt_begin(lua_State *L);

// From now on SIGINT ends the program again; L may be closed.
void interrupt_end(void);

// Was an uncaught error with this TEXT caused by Ctrl-C? Any error is that comes before the script
// has run another instruction. If so, the script is over, and SIGINT ends the program again.
bool interrupt_caused(const char *text);

// A message handler for lua_pcall: the error value becomes its text and a traceback, or the word
// "interrupted" when Ctrl-C caused it. [-1, +1]
int interrupt_message_handler(lua_State *L);

// Has Ctrl-C stopped a coroutine that was computing, since the last call of this function? Also
// true when no instruction has run since Ctrl-C.
bool interrupt_stopped_task(void);

#endif
