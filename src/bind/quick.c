// SPDX-License-Identifier: BSD-3-Clause
// What can be done on a socket at once, for compiled Lua code.

#include "bind/quick.h"

#include "base/error.h"
#include "bind/socket.h"
#include "loop/stream.h"
#include "net/sock.h"

#include <string.h>

enum { LINE_MAX = 64 * 1024 }; // longer ones take the ordinary road

static struct {
    double serial;
    const char *data;
    int size;
} found;

// The line at the beginning of the lent input is what was found, if there is one.
static bool take_line(struct stream *stream, bool chomp)
{
    const char *data = stream->lent;
    size_t len = stream->lent_len < LINE_MAX ? stream->lent_len : LINE_MAX;
    const char *end = len > 0 ? memchr(data, '\n', len) : NULL;
    if (!end)
        return false;
    size_t size = (size_t)(end - data);
    stream_consume(stream, size + 1);
    if (!chomp)
        size++;
    else if (size > 0 && data[size - 1] == '\r')
        size--;
    found.data = data;
    found.size = (int)size;
    return true;
}

// What an OP_READ has brought is what was found, if it is lent: only then it stays in place.
static bool take_result(struct waiter *w)
{
    struct stream *stream = w->op.stream;
    if (w->op.result < 0 || w->op.result > LINE_MAX || !stream->lent_len)
        return false;
    found.data = stream->lent;
    found.size = (int)w->op.result;
    stream_consume(stream, w->op.progress);
    w->serial = 0;
    return true;
}

static int wait_line(struct socket *s, struct waiter *w, bool chomp)
{
    wait_reset(w, OP_READ, "receive");
    w->object = s;
    w->op.stream = s->stream;
    w->op.deadline = socket_deadline(s->receive_timeout);
    w->op.u.read.reader = socket_line_reader(chomp);
    w->op.u.read.from = NULL;
    bool done = wait_launch(w, socket_finish_read);
    found.serial = (double)w->serial;
    if (!done)
        return QUICK_PARKED;
    return take_result(w) ? QUICK_DONE : QUICK_FINISH;
}

int quick_line(struct socket *s, int chomp, int outermost)
{
    struct stream *stream = s->stream;
    if (!stream || stream->is_message || stream->reader || !wait_free(stream))
        return QUICK_NOTHING;
    if (take_line(stream, chomp))
        return QUICK_DONE;
    struct waiter *w = wait_self();
    return outermost && wait_can_park(w) ? wait_line(s, w, chomp) : QUICK_NOTHING;
}

int quick_finish(double serial)
{
    struct waiter *w = wait_self();
    return (double)w->serial == serial && w->op.state == OP_IDLE && take_result(w);
}

static int hold(struct stream *stream, const char *data, size_t size)
{
    return stream_hold(stream, data, size) == 0 ? (int)size : 0;
}

int quick_send(struct socket *s, const char *data, int size)
{
    struct stream *stream = s->stream;
    if (!stream || size == 0 || stream->is_message || stream->failed || stream->writer ||
        !wait_free(stream))
        return 0;
    if (stream_holds(stream, (size_t)size))
        return hold(stream, data, (size_t)size);
    if (bytes_length(&stream->out) > 0 || !stream->writable)
        return 0;
    ssize_t sent = sock_send(stream->fd, data, (size_t)size, 0);
    if (sent >= 0)
        return (int)sent;
    stream->writable = sent != -EAGAIN;
    stream->failed = sent != -EAGAIN ? (int)-sent : 0; // told by the ordinary send that follows
    return 0;
}

void quick_open(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)quick_line);
    lua_setfield(L, -2, "quick_line");
    lua_pushlightuserdata(L, (void *)quick_finish);
    lua_setfield(L, -2, "quick_finish");
    lua_pushlightuserdata(L, (void *)quick_send);
    lua_setfield(L, -2, "quick_send");
    lua_pushlightuserdata(L, &found);
    lua_setfield(L, -2, "quick_found");
}
