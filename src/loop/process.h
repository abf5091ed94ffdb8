// SPDX-License-Identifier: BSD-3-Clause
// Processes of this program.

#ifndef SSS_LOOP_PROCESS_H
#define SSS_LOOP_PROCESS_H

// Forks the program: the child has a loop of its own and ends when its parent ends. It stands on
// the loop, which has to be idle. It refuses to know what a child is for.

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct loop;

// How a child has ended.
struct process_end {
    bool killed; // by a signal
    int number;  // of the signal, else the exit status
};

enum {
    PROCESS_NO_LOOP = 71
}; // exit status of a child that got no descriptors for its loop; EX_OSERR

// fork(2): in the parent the child's id, 0 in the child, whose signals are all blocked until
// process_unblock(). -EBUSY: something is under way in LOOP; -EAGAIN, -ENOMEM. What standard output
// holds is written before. A child whose parent dies gets TERM (PR_SET_PDEATHSIG, prctl(2)).
// From here on SIGCHLD is not ignored, for process_reap()'s sake.
pid_t process_fork(struct loop *loop) MUST_CHECK;

// In the child, when it is ready for signals: those that came since the fork come now.
void process_unblock(void);

// From now on standard output is written line by line, each by one write(2), so that lines of
// several processes do not mix in one pipe (up to PIPE_BUF bytes, pipe(7)) or file.
void process_print_lines(void);

// waitpid(2) without waiting: 1 and *END, or 0 while it runs. -ECHILD.
int process_reap(pid_t child, struct process_end *end) MUST_CHECK;

// waitid(2): the id of a child that has ended and was not reaped; 0 when there is none. -ECHILD:
// there are no children.
pid_t process_ended(void) MUST_CHECK;

// kill(2). -ESRCH when there is none.
int process_kill(pid_t id, int signal) MUST_CHECK;

// The id of the parent, or of the process that has adopted an orphan.
pid_t process_parent(void);

// How many processors are online: 1 or more; sysconf(3).
int process_cores(void);

#endif
