// SPDX-License-Identifier: BSD-3-Clause
// What can be done on a socket at once, for compiled Lua code.

#include "socket/fast.h"

#include "base/error.h"
#include "loop/datagrams.h"
#include "loop/stream.h"
#include "luax/finalizer.h"
#include "luax/luax.h"
#include "socket/address.h"
#include "socket/socket.h"
#include "sys/sock.h"
#include "task/operation.h"
#include "task/scheduler.h"

#include <stdint.h>
#include <string.h>

enum { LINE_MAX = 64 * 1024 }; // longer ones are read by the ordinary functions
enum { GROUPS_LOG2 = 8, GROUP = 4, SENDERS = GROUP << GROUPS_LOG2 };
enum { NAME_WORDS = 4 }; // for a struct sockaddr_in6, filled up with 0

static struct {
    double serial;
    const char *data;
    int size;
    int sender;
    int fresh;
} found;

// What was found. It is consumed when a string was made of it; without memory for the string it
// stays unread.
static struct {
    struct stream *stream;
    size_t size;
} pending;

// The senders of datagrams, each in the group that follows from its address.
static struct sender {
    uint64_t name[NAME_WORDS];
    socklen_t len;
    bool known; // Lua code has an address object for it
} senders[SENDERS];

// Filled in by the op just before its owner goes on.
static struct addr message_from;

static bool sent_last; // there was no read since the last send

// Notes what was found, which ends the operation. TAKE bytes of STREAM will be consumed.
static void find(const char *data, size_t size, struct stream *stream, size_t take)
{
    operation_end();
    found.data = data;
    found.size = (int)size;
    pending.stream = stream;
    pending.size = take;
}

void fast_taken(void)
{
    if (pending.stream)
        stream_consume(pending.stream, pending.size);
    pending.stream = NULL;
}

// Begins DOING on S for the current waiter, if it may be done without an op. It may not when an
// error has to be raised first, when it may be the turn of others (TIMED: also by the clock), when
// something of an earlier wait is left over, or when a debug hook could run before a string is made
// of what was found. Uses a part of the budget of operations.
static inline bool begin(struct stream *s, const char *doing, bool timed)
{
    struct waiter *w = wait_self();
    if (w->budget <= 1 || w->cancelled || w->limit || wait_has_leftovers(w) ||
        finalizer_runs(scheduler_state()) || lua_gethook(scheduler_state()) ||
        (timed && loop_slice_is_over(scheduler_loop())))
        return false;
    w->budget--;
    operation_begin(w, doing, s); // a finalizer that closes S leaves the stream to the next wait
    return true;
}

static bool find_line(struct stream *stream, bool chomp)
{
    const char *data = stream->lent;
    size_t len = stream->lent_len < LINE_MAX ? stream->lent_len : LINE_MAX;
    const char *end = memchr(data, '\n', len);
    if (!end)
        return false;
    size_t size = (size_t)(end - data), take = size + 1;
    if (!chomp)
        size++;
    else if (size > 0 && data[size - 1] == '\r')
        size--;
    find(data, size, stream, take);
    return true;
}

static bool find_other(struct stream *stream, struct reader *reader)
{
    size_t give, take;
    const char *data = stream->lent;
    if (reader_look(reader, data, stream->lent_len, &give, &take) != READER_HAVE)
        return false;
    find(data, give, stream, take);
    return true;
}

static struct reader reader_of(int form, int count, const char *delimiter)
{
    switch (form) {
    case FAST_SOME:
        return socket_some_reader((size_t)(count < SOCKET_SOME_MAX ? count : SOCKET_SOME_MAX));
    case FAST_ALL:
        return socket_some_reader(STREAM_SCRATCH);
    case FAST_EXACT:
        return (struct reader){.kind = READER_EXACT, .count = (size_t)count};
    case FAST_UNTIL:
        return socket_until_reader(delimiter, (size_t)count);
    default:
        return socket_line_reader(form == FAST_CHOMP);
    }
}

// Only lent input stays in place. A message is in the scratch buffer.
static bool find_result(struct waiter *w)
{
    struct stream *stream = w->op.stream;
    bool message = w->op.kind == OP_RECVFROM;
    if (w->op.result < 0 || (!message && !stream->lent_len))
        return false;
    find(w->op.u.read.data, (size_t)w->op.result, message ? NULL : stream, w->op.progress);
    w->serial = 0;
    return true;
}

// The operation that begin() has begun needs an op.
static struct waiter *prepare(struct socket *s, enum op_kind kind)
{
    struct waiter *w = wait_self();
    wait_reset(w, kind, w->doing);
    w->object = s;
    w->op.stream = s->stream;
    w->op.deadline = socket_deadline(s, true);
    w->op.u.read.from = NULL;
    return w;
}

// Starts the op, or only tries it where the caller cannot wait.
static int start(struct waiter *w, int (*finish)(lua_State *, struct waiter *), bool outermost)
{
    bool can_wait = outermost && wait_can_park(w);
    bool done = can_wait ? wait_launch(w, finish) : wait_try(w, finish);
    found.serial = (double)w->serial;
    if (!done)
        return can_wait ? FAST_PARKED : FAST_NOTHING;
    return find_result(w) ? FAST_DONE : FAST_FINISH;
}

// The name of the method, for messages.
static const char *name_of(int form)
{
    if (form == FAST_UNTIL)
        return "receiveuntil";
    return form == FAST_SOME ? "recv" : "receive";
}

// Every read but that of a line that has come already, which is made faster.
__attribute__((noinline)) static int read_other(struct socket *s, int form, int count,
                                                const char *delimiter, bool outermost)
{
    struct stream *stream = s->stream;
    struct reader reader = reader_of(form, count, delimiter);
    if (form > FAST_CHOMP && stream->lent_len && find_other(stream, &reader))
        return FAST_DONE;
    struct waiter *w = prepare(s, OP_READ);
    w->op.u.read.reader = reader;
    return start(w, socket_finish_read, outermost);
}

int fast_read(struct socket *s, int form, int count, const char *delimiter, int outermost)
{
    struct stream *stream = s->stream;
    sent_last = false;
    if (!stream || stream->is_message || stream->reader || !begin(stream, name_of(form), true))
        return FAST_NOTHING;
    if (form <= FAST_CHOMP && stream->lent_len && find_line(stream, form == FAST_CHOMP))
        return FAST_DONE;
    return read_other(s, form, count, delimiter, outermost);
}

// The first sender of the group.
static struct sender *group_of(const uint64_t *name)
{
    const uint64_t odd = 0x9e3779b97f4a7c15; // its multiples are spread evenly
    uint64_t hash = 0;
    for (int i = 0; i < NAME_WORDS; i++)
        hash = (hash ^ name[i]) * odd;
    return &senders[GROUP * (hash >> (64 - GROUPS_LOG2))];
}

static bool is_same(const struct sender *a, const struct sender *b)
{
    if (a->name[0] != b->name[0]) // the first word is all of an IPv4 address
        return false;
    uint64_t differs = a->len ^ b->len;
    for (int i = 1; i < NAME_WORDS; i++)
        differs |= a->name[i] ^ b->name[i];
    return differs == 0;
}

// The place of NEW. If it is not there yet, it replaces another sender, each in turn.
static struct sender *find_sender(const struct sender *new)
{
    static unsigned turn;
    struct sender *group = group_of(new->name);
    for (int i = 0; i < GROUP; i++)
        if (is_same(&group[i], new))
            return &group[i];
    struct sender *other = &group[turn++ % GROUP];
    *other = *new;
    return other;
}

// A number for the address of a sender, which is the same as before while it is known.
static void number_sender(const struct addr *from)
{
    struct sender new = {.len = from->len <= sizeof new.name ? from->len : 0};
    if (from->len == sizeof from->u.in)
        memcpy(new.name, &from->u, sizeof from->u.in); // a copy of constant size costs nothing
    else
        memcpy(new.name, &from->u, new.len);
    struct sender *sender = find_sender(&new);
    found.sender = (int)(sender - senders);
    found.fresh = !sender->known;
}

static int finish_recvfrom(lua_State *L, struct waiter *w)
{
    return socket_finish_recvfrom(L, w, &message_from);
}

// Takes a datagram that has come already. An error is reported by the op that follows.
static bool find_message(struct stream *stream, size_t count)
{
    const char *data;
    if (!stream->readable || stream->missed)
        return false;
    ssize_t got = datagrams_receive(stream, count, false, &message_from, &data);
    if (got < 0) {
        stream->readable = got != -EAGAIN;
        stream->missed = got != -EAGAIN ? (unsigned char)-got : 0;
        return false;
    }
    find(data, (size_t)got, NULL, 0);
    number_sender(&message_from);
    return true;
}

int fast_recvfrom(struct socket *s, int count, int outermost)
{
    struct stream *stream = s->stream;
    bool inet = s->domain == AF_INET || s->domain == AF_INET6;
    if (!stream || !stream->is_message || !inet || stream->reader ||
        !begin(stream, "recvfrom", true))
        return FAST_NOTHING;
    if (find_message(stream, (size_t)count))
        return FAST_DONE;
    struct waiter *w = prepare(s, OP_RECVFROM);
    w->op.u.read.reader = socket_some_reader((size_t)count);
    w->op.u.read.from = &message_from;
    int result = start(w, finish_recvfrom, outermost);
    if (result == FAST_DONE)
        number_sender(&message_from);
    return result;
}

int fast_finish(double serial)
{
    struct waiter *w = wait_self();
    if ((double)w->serial != serial || w->op.state != OP_IDLE || lua_gethook(scheduler_state()) ||
        !find_result(w))
        return false;
    if (w->op.kind == OP_RECVFROM)
        number_sender(&message_from);
    return true;
}

static bool can_send(const struct stream *stream)
{
    return stream && !stream->failed && !stream->writer;
}

static int hold(struct stream *stream, const char *data, size_t size)
{
    if (stream_hold(stream, data, size) < 0)
        return 0;
    operation_end();
    return (int)size;
}

// While there is more input, a send that answers it does not look at the clock: the next read will.
int fast_send(struct socket *s, const char *data, int size)
{
    struct stream *stream = s->stream;
    if (size == 0 || !can_send(stream) || stream->is_message)
        return 0;
    bool answers = stream->lent_len > 0 && !sent_last;
    sent_last = true;
    if (!begin(stream, "send", !answers))
        return 0;
    if (stream_holds(stream, (size_t)size))
        return hold(stream, data, (size_t)size);
    if (bytes_length(&stream->out) > 0 || !stream->writable)
        return 0;
    ssize_t sent = sock_send(stream->fd, data, (size_t)size, 0);
    if (sent == size) // otherwise the operation goes on with the rest
        operation_end();
    if (sent >= 0)
        return (int)sent;
    stream->writable = sent != -EAGAIN;
    stream->failed = sent != -EAGAIN ? (int)-sent : 0; // reported by the ordinary send that follows
    return 0;
}

int fast_sendto(struct socket *s, const char *data, int size, const struct addr *to)
{
    struct stream *stream = s->stream;
    if (size == 0 || !can_send(stream) || !stream->is_message || !stream->writable ||
        !begin(stream, "sendto", true))
        return 0;
    ssize_t sent = sock_sendto(stream->fd, data, (size_t)size, to);
    if (sent == -EAGAIN) {
        stream->writable = false;
        return 0;
    }
    if (sent > 0)
        operation_end();
    return (int)sent;
}

// sender(number) -> address
static int fast_sender(lua_State *L)
{
    struct addr from = {0};
    int number = (int)luax_integer(L, 1, 0, SENDERS - 1);
    from.len = senders[number].len;
    memcpy(&from.u, senders[number].name, from.len);
    address_push(L, &from);
    senders[number].known = true;
    return 1;
}

void fast_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"sender", fast_sender}, {NULL, NULL}};
    const struct {
        const char *name;
        void *pointer;
    } pointers[] = {
        {"fast_read", (void *)fast_read},
        {"fast_recvfrom", (void *)fast_recvfrom},
        {"fast_finish", (void *)fast_finish},
        {"fast_send", (void *)fast_send},
        {"fast_sendto", (void *)fast_sendto},
        {"fast_taken", (void *)fast_taken},
        {"fast_found", &found},
    };
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        lua_pushlightuserdata(L, pointers[i].pointer);
        lua_setfield(L, -2, pointers[i].name);
    }
    luax_register(L, functions, false);
    lua_createtable(L, SENDERS, 0);
    lua_setfield(L, -2, "senders");
}
