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
    const char *data;
    int size;
} found;

int quick_line(struct socket *s, int chomp)
{
    struct stream *stream = s->stream;
    if (!stream || !stream->lent_len || stream->reader || !wait_free(stream))
        return 0;
    const char *data = stream->lent;
    const char *end = memchr(data, '\n', stream->lent_len < LINE_MAX ? stream->lent_len : LINE_MAX);
    if (!end)
        return 0;
    size_t size = (size_t)(end - data);
    stream_consume(stream, size + 1);
    if (!chomp)
        size++;
    else if (size > 0 && data[size - 1] == '\r')
        size--;
    found.data = data;
    found.size = (int)size;
    return 1;
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
    lua_pushlightuserdata(L, (void *)quick_send);
    lua_setfield(L, -2, "quick_send");
    lua_pushlightuserdata(L, &found);
    lua_setfield(L, -2, "quick_found");
}
