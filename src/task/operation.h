// SPDX-License-Identifier: BSD-3-Clause
// The door through which every operation goes in and out.

#ifndef SSS_TASK_OPERATION_H
#define SSS_TASK_OPERATION_H

// An operation is a call of a script that may have to wait: a read, a send, a sleep, a join.
// Whether it needs an op or is done at once, it begins and ends here and nowhere else. So this is
// the place for what concerns all operations: they are counted, and could be traced. It refuses to
// know what an operation does.

#include "task/scheduler.h"

// W, the current waiter, begins the operation DOING (the name of the function, for messages) on
// STREAM (NULL: none, or not known yet). It replaces an operation that was begun and did not end,
// because it needs an op or has raised an error.
static inline void operation_begin(struct waiter *w, const char *doing, struct stream *stream)
{
    w->doing = doing;
    w->op.stream = stream;
}

// The operation of the current waiter has ended, successful or not.
static inline void operation_end(void)
{
    scheduler_count_operation();
}

#endif
