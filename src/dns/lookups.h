// SPDX-License-Identifier: BSD-3-Clause
// Look-ups of names that ops of a loop wait for.

#ifndef SSS_DNS_LOOKUPS_H
#define SSS_DNS_LOOKUPS_H

// Brings the resolver and the loop together: each loop has one resolver, made when it is first
// needed, as a source (loop/source.h). It refuses to know what an answer says.

#include "base/error.h"
#include "dns/resolver.h"
#include "loop/loop.h"

// Starts a look-up for OP, an OP_WAIT. 0: the caller starts OP next; it ends with the result of the
// look-up. To give up, the caller cancels OP first, and then calls lookups_abandon(). 1: OP has its
// result already and is not to be started. -errno. See resolver_start().
int lookups_start(struct loop *loop, struct op *op, const struct question *q,
                  struct resolve **made) MUST_CHECK;

// The same for the second part of an answer that has `more`.
int lookups_rest(struct loop *loop, struct op *op, struct resolve *req) MUST_CHECK;

// Frees REQ, with or without an answer.
void lookups_abandon(struct loop *loop, struct resolve *req);

// *OUT is the resolver of LOOP, so that its settings can be changed. 0 or -ENOMEM.
int lookups_resolver(struct loop *loop, struct resolver **out) MUST_CHECK;

#endif
