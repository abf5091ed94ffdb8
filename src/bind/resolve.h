// SPDX-License-Identifier: BSD-3-Clause
// sss.resolve.

#ifndef SSS_BIND_RESOLVE_H
#define SSS_BIND_RESOLVE_H

// Host names to address objects and back, without stopping other tasks; and what every look-up of a
// script has in common. The work is in dns/resolver.

#include "task/wait.h"

#include "dns/resolver.h"

#include <lua.h>

// Adds resolve to the table on the top; and to the private one: resolve_first, resolve_rest.
void resolve_open(lua_State *L);
void resolve_open_private(lua_State *L);

// Takes the name servers of SSS_RESOLVERS, once. Raises when they are none.
void resolve_use_environment(lua_State *L);

// The host name at IDX, without a NUL inside, or an argument error.
const char *resolve_check_name(lua_State *L, int idx);

// Asks Q and waits if it must: the results of FINISH.
int resolve_start(lua_State *L, const struct question *q,
                  int (*finish)(lua_State *L, struct waiter *w));

// For FINISH: what PUSH pushes of the answer; or raises the error, about NAME.
int resolve_finish(lua_State *L, struct waiter *w, const char *name,
                   void (*push)(lua_State *L, const struct resolve *req));

#endif
