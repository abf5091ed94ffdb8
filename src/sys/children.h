// SPDX-License-Identifier: BSD-3-Clause
// The programs that a script starts: os.execute and io.popen.

#ifndef SSS_SYS_CHILDREN_H
#define SSS_SYS_CHILDREN_H

// The program raises its own limit of descriptors; who is started by it has the one that it had
// itself (select(2) breaks above 1,024, and some programs close every number up to the limit). This
// room defines system(3), popen(3) and pclose(3) in the C library's place. It stands on the C
// library only. It refuses to start anything but a shell.

// Thousands of connections want thousands of descriptors: raises the soft limit to the hard one,
// which is what the system allows; when it refuses, the soft one stays.
void children_raise_limit(void);

// Sets the soft limit back to what it was, or to the raised one. A process that is to become
// another program calls the first; a script's own setrlimit(2) stays.
void children_lower_limit(void);
void children_raise_limit_again(void);

#endif
