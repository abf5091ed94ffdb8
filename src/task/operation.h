// SPDX-License-Identifier: BSD-3-Clause
// The door through which every operation goes in and out.

#ifndef SSS_TASK_OPERATION_H
#define SSS_TASK_OPERATION_H

// An operation is what a script calls that may have to wait: a read, a send, a sleep, a join.
// Whether it has an op, or finds at once what it wants, it begins and ends here and nowhere else,
// so that this is the one place for what concerns them all: they are counted, and could be traced.
// It refuses to know what an operation does.

#include "task/scheduler.h"

// W, the waiter of whoever runs now, begins DOING (the function's name, for messages) on STREAM
// (NULL: none, or not yet known). One that was begun and did not end, because it needs an op after
// all or has raised an error, is replaced.
static inline void operation_begin(struct waiter *w, const char *doing, struct stream *stream)
{
    w->doing = doing;
    w->op.stream = stream;
}

// The operation of whoever runs now has ended, whatever came of it.
static inline void operation_end(void)
{
    scheduler_count_operation();
}

#endif
