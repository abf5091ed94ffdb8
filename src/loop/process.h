// SPDX-License-Identifier: BSD-3-Clause
// Processes of this program.

#ifndef SSS_LOOP_PROCESS_H
#define SSS_LOOP_PROCESS_H

// A process that goes on in two: the child has a loop of its own and ends when its parent does.
// It stands on the loop, which has to be idle. It refuses to know what a child is for.

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct loop;

// How a child has ended.
struct process_end {
    bool killed; // by a signal
    int number;  // of the signal, else the exit status
};

enum { PROCESS_NO_LOOP = 71 }; // exit status of a child without descriptors for its loop; EX_OSERR

// fork(2): in the parent the child's id, 0 in the child, whose signals are all blocked until
// process_unblock(). -EBUSY: something is under way in LOOP; -EAGAIN, -ENOMEM. What standard output
// holds is written before. A child whose parent dies gets TERM (PR_SET_PDEATHSIG, prctl(2)).
// From here on SIGCHLD is not ignored, for process_reap()'s sake.
pid_t process_fork(struct loop *loop) MUST_CHECK;

// In the child, when it is ready for signals: those that came since the fork come now.
void process_unblock(void);

// From here on standard output goes out line by line, each by one write(2): what several processes
// print to one pipe (up to PIPE_BUF bytes, pipe(7)) or file is not mixed within a line.
void process_print_lines(void);

// waitpid(2) without waiting: 1 and *END, or 0 while it runs. -ECHILD.
int process_reap(pid_t child, struct process_end *end) MUST_CHECK;

// waitid(2): the id of a child that has ended and is to be reaped yet; 0: none has. -ECHILD: there
// are no children.
pid_t process_ended(void) MUST_CHECK;

// kill(2). -ESRCH when there is none.
int process_kill(pid_t id, int signal) MUST_CHECK;

// The parent's id; of an orphan, that of whoever adopted it.
pid_t process_parent(void);

// How many processors are online: 1 or more; sysconf(3).
int process_cores(void);

#endif
