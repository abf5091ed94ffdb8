// SPDX-License-Identifier: BSD-3-Clause
// Standard output: its reader may leave, its disk may be full.

#ifndef SSS_HOST_OUTPUT_H
#define SSS_HOST_OUTPUT_H

// `sssrun x.lua | head -1` ends quietly as any tool does, by SIGPIPE; while its output has readers,
// no other broken pipe or socket kills the program. What could not be written to standard output is
// told at the end. It refuses to know who writes.

// Opens /dev/null in place of a standard descriptor that is closed, the wrong way round, so that
// using it still fails but no socket can take its number.
void output_guard_descriptors(void);

// Installs the SIGPIPE handler.
void output_guard_pipe(void);

// Gives standard output a buffer that a long line fits into, before anything is written: line by
// line for a terminal, else fully buffered. (musl would send the first line out at once, and the
// reason of a failure would be forgotten until the end.)
void output_buffer(void);

// Flushes standard output if reading from FD would wait: a question is there before the answer is
// waited for. In the static program each FILE calls it before it reads; glibc does the like itself,
// for a terminal.
void output_before_read(int fd);

// Flushes standard output: 0, or -1 after a message when something written to it was lost.
int output_finish(void);

#endif
