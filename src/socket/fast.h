// SPDX-License-Identifier: BSD-3-Clause
// What can be done on a socket at once, for compiled Lua code.

#ifndef SSS_SOCKET_FAST_H
#define SSS_SOCKET_FAST_H

// Reading, and sending or holding back a string, where nothing is unusual; otherwise these
// functions do nothing, and the ordinary functions of the socket do it all. They have no lua_State,
// so that Lua code (lua/sss/2_fast.lua) calls them by ffi: compiled by the JIT compiler such a
// call costs 2 ns, one by the C API 40. What they find stays in place until the next operation on
// any socket.

#include <lua.h>

struct addr;
struct socket;

// The numbers that lua/sss/2_fast.lua knows them by.
enum fast_form { FAST_LINE, FAST_CHOMP, FAST_SOME, FAST_EXACT, FAST_UNTIL, FAST_ALL };

enum fast_result {
    FAST_NOTHING, // nothing was done
    FAST_DONE,    // found
    FAST_PARKED,  // the op is in flight: yield, then fast_finish()
    FAST_FINISH,  // the op has ended with something else: finish()
};

// Input of S: a line, COUNT bytes, up to a delimiter of COUNT bytes, or all that is there.
// OUTERMOST: the caller runs in its task's own coroutine, so it can wait.
int fast_read(struct socket *s, int form, int count, const char *delimiter, int outermost);

// One datagram of at most COUNT bytes, and its sender's number.
int fast_recvfrom(struct socket *s, int count, int outermost);

// After the wait with this serial number: true when it was found; otherwise finish() tells.
int fast_finish(double serial);

// What was found has been made use of: it is consumed. Without this call it stays unread.
void fast_taken(void);

// Sends or holds back SIZE bytes: how many were taken care of, perhaps none or a part.
int fast_send(struct socket *s, const char *data, int size);

// Sends a datagram: SIZE, 0 when nothing was done, or -errno.
int fast_sendto(struct socket *s, const char *data, int size, const struct addr *to);

// Adds to the table on the top the functions as pointers; fast_found, where they leave
// {double serial; const char *data; int size, sender, fresh}; and sender(number), which makes the
// address object of a sender. FRESH: the one made before for that number is another's.
void fast_open(lua_State *L);

#endif
