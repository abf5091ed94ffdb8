// SPDX-License-Identifier: BSD-3-Clause
// The programs that a script starts: os.execute and io.popen.

#ifndef SSS_SYS_CHILDREN_H
#define SSS_SYS_CHILDREN_H

// The program raises its own limit of descriptors; a program that it starts gets the original limit
// (select(2) breaks above 1,024, and some programs close every number up to the limit). This room
// defines system(3), popen(3) and pclose(3) in place of the C library's. It stands on
// sys/disposition. It refuses to start anything but a shell.

// Raises the soft limit of descriptors to the hard one, for thousands of connections. When the
// system refuses, the soft limit stays as it is.
void children_raise_limit(void);

// Sets the soft limit to the original value, or to the raised one again. A process calls the first
// before it executes another program. A limit that the script has set itself stays.
void children_lower_limit(void);
void children_raise_limit_again(void);

#endif
