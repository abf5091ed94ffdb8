// SPDX-License-Identifier: BSD-3-Clause
// The program as process 1: alone in a container.

#ifndef SSS_SYS_INIT_PROCESS_H
#define SSS_SYS_INIT_PROCESS_H

// The kernel drops a signal for the first process of a container (of a process id namespace) unless
// there is a handler for it, so SIG_DFL ends nothing there: `podman stop` would wait ten seconds
// and kill. pid_namespaces(7). This room puts handlers in its place, which end the program with the
// status 128 + number, as a shell reports a signal. It stands on the C library only. It refuses to
// be an init: it reaps no orphans, of which a container with this program alone has none (the
// master of workers does, lua/sss/9_orphans.lua).

// As process 1, gives HUP, INT, QUIT and TERM a handler where they would end the program. Else
// nothing happens. Before anybody else touches these signals.
void init_process_begin(void);

// What to put in the place of SIG_DFL for a signal that is to end the program.
void (*init_process_default(void))(int);

#endif
