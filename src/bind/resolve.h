// SPDX-License-Identifier: BSD-3-Clause
// sss.resolve.

#ifndef SSS_BIND_RESOLVE_H
#define SSS_BIND_RESOLVE_H

// Turns host names into address objects and back, while other tasks go on; and has what all look-
// ups of a script need. The work is done in dns/resolver.

#include "task/wait.h"

#include "dns/resolver.h"

#include <lua.h>

// Adds resolve to the table on the top, and resolve_first and resolve_rest to the private table.
void resolve_open(lua_State *L);
void resolve_open_private(lua_State *L);

// Uses the name servers in the environment variable SSS_RESOLVERS; looks only once. Raises when it
// is wrong.
void resolve_use_environment(lua_State *L);

// The host name at IDX, without a NUL inside, or an argument error.
const char *resolve_check_name(lua_State *L, int idx);

// Starts the look-up Q and waits if needed. Returns the results of FINISH.
int resolve_start(lua_State *L, const struct question *q,
                  int (*finish)(lua_State *L, struct waiter *w));

// For FINISH: calls PUSH to push the answer, or raises the error, which names NAME.
int resolve_finish(lua_State *L, struct waiter *w, const char *name,
                   void (*push)(lua_State *L, const struct resolve *req));

#endif
