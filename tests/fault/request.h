// SPDX-License-Identifier: BSD-3-Clause
// What wrap.c asks about each call.

#ifndef SSS_FAULT_REQUEST_H
#define SSS_FAULT_REQUEST_H

// Counts calls and knows the one request that is armed. It refuses to make any call itself.

// Every call that is wrapped; fault.mk reads the names from here.
#define FAULT_CALLS(X)                                                                             \
    X(socket)                                                                                      \
    X(socketpair)                                                                                  \
    X(bind)                                                                                        \
    X(listen)                                                                                      \
    X(accept4)                                                                                     \
    X(connect)                                                                                     \
    X(shutdown)                                                                                    \
    X(close)                                                                                       \
    X(send)                                                                                        \
    X(sendto)                                                                                      \
    X(sendmsg)                                                                                     \
    X(sendfile)                                                                                    \
    X(recv)                                                                                        \
    X(recvfrom)                                                                                    \
    X(recvmsg)                                                                                     \
    X(recvmmsg)                                                                                    \
    X(read)                                                                                        \
    X(write)                                                                                       \
    X(getsockopt)                                                                                  \
    X(setsockopt)                                                                                  \
    X(getsockname)                                                                                 \
    X(getpeername)                                                                                 \
    X(fcntl)                                                                                       \
    X(poll)                                                                                        \
    X(epoll_create1)                                                                               \
    X(epoll_ctl)                                                                                   \
    X(epoll_wait)                                                                                  \
    X(syscall)                                                                                     \
    X(eventfd)                                                                                     \
    X(open)                                                                                        \
    X(fstat)                                                                                       \
    X(lstat)                                                                                       \
    X(chmod)                                                                                       \
    X(unlink)                                                                                      \
    X(fork)                                                                                        \
    X(waitpid)                                                                                     \
    X(kill)                                                                                        \
    X(sigaction)                                                                                   \
    X(if_nametoindex)                                                                              \
    X(fopen)                                                                                       \
    X(malloc)                                                                                      \
    X(calloc)                                                                                      \
    X(realloc)                                                                                     \
    X(strdup)                                                                                      \
    X(mmap64)

#define FAULT_NUMBER(name) FAULT_##name,
enum fault_call { FAULT_CALLS(FAULT_NUMBER) FAULT_CALLS_END };
#undef FAULT_NUMBER

enum { FAULT_SHORT = -1001 }; // what is no number of an error

// Counts one CALL: 0 when it is to be made, FAULT_SHORT, or the number of the error.
int fault_of(enum fault_call call);

#endif
