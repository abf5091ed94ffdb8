// SPDX-License-Identifier: BSD-3-Clause
// What each signal does to the program.

#ifndef SSS_SYS_DISPOSITION_H
#define SSS_SYS_DISPOSITION_H

// The only room that calls sigaction(2) and signal(2): a room that wants another disposition
// (signal(7)) of a signal asks for it here. These do:
//
//     signal              who               what happens then
//     HUP INT QUIT TERM   this room         in process 1: the program ends, which it would not else
//     PIPE                host/output       the program ends when stdout or stderr has no reader
//     TERM                sys/notify        the service manager is told, and the program ends
//     INT                 host/interrupt    an error is raised in the script
//     XFSZ                pack/savefile     ignored while a file is written
//     INT TERM HUP        pack/savefile     while a file is written: it is removed first
//     TERM HUP            pack/savefile     a file of savefile_doom() is removed first
//     INT QUIT            sys/children      ignored while os.execute() waits for the shell
//     CHLD                loop/process      the default where it was ignored: children are reaped
//     any                 loop/signals      sss.signal() and sss.onsignal(): the loop is woken
//
// Where two want the same signal, the later one takes the place of the other, and restores it at
// its end. Signals that are ignored when the program starts stay ignored (nohup(1)), except INT,
// PIPE and those that a script watches. It stands on the C library only. It refuses to know what a
// signal means, and to block one.

#include "base/error.h"

#include <signal.h>

// The kernel drops a signal for process 1 of a container (pid_namespaces(7)) unless there is a
// handler for it, so SIG_DFL ends nothing there: `podman stop` would wait ten seconds and kill. As
// process 1, this gives HUP, INT, QUIT and TERM a handler where they would end the program; it ends
// with the status 128 + number, as a shell reports a signal. Else nothing happens. To be called
// before the other functions. (Process 1 must also reap orphans; only the master of workers does,
// in lua/sss.)
void disposition_begin(void);

// The present handler of a signal, or SIG_DFL, SIG_IGN; SIG_ERR when NUMBER is no signal.
void (*disposition_handler(int number))(int);

// Sets another handler with FLAGS (0 or SA_RESTART); BEFORE, unless it is NULL, takes what there
// was. 0 or -errno. May be called in a signal handler, as all that follows.
int disposition_set(int number, void (*handler)(int), int flags, struct sigaction *before);

// Sets what was there before.
void disposition_restore(int number, const struct sigaction *before);

// The handler with which a signal ends the program: SIG_DFL, or a function in process 1.
void (*disposition_default(void))(int);

// Has the signal end the program, at once or, in its own handler, when that returns.
void disposition_end(int number);

#endif
