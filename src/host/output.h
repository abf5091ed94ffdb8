// SPDX-License-Identifier: BSD-3-Clause
// Standard output: its reader may leave, its disk may be full.

#ifndef SSS_HOST_OUTPUT_H
#define SSS_HOST_OUTPUT_H

// `sssrun x.lua | head -1` is ended by SIGPIPE without a message, like any other tool. While
// standard output and standard error have readers, no other broken pipe or socket kills the
// program. At the end, an error is reported when something could not be written to standard output.
// It refuses to know who writes.

// Opens /dev/null for each standard descriptor that is closed, so that no socket can get its
// number; in the wrong direction, so that using it still fails.
void output_guard_descriptors(void);

// Installs the SIGPIPE handler.
void output_guard_pipe(void);

// Gives standard output a buffer with room for a long line, before anything is written. It is
// flushed at each line for a terminal, otherwise when it is full. (musl would write the first line
// at once, and the reason of a failure would be lost before the end.)
void output_buffer(void);

// Flushes standard output if reading from FD would wait, so that a question is printed before the
// program waits for the answer. In the static program each FILE calls this before it reads; glibc
// does the same for a terminal.
void output_before_read(int fd);

// Flushes standard output: 0, or -1 after a message when some of the output was lost.
int output_finish(void);

#endif
