// SPDX-License-Identifier: BSD-3-Clause
// sss.resolve.

#include "bind/resolve.h"

#include "dns/lookups.h"
#include "luax/luax.h"
#include "socket/address.h"
#include "sys/names.h"
#include "task/scheduler.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOOKUP_CLASS "sss.lookup"

// A look-up whose first part was returned: the second part can be waited for.
struct lookup {
    struct resolve *request; // NULL when there is no second part
};

// ---- the name servers that the environment names

static const char separators[] = ", \t\r\n";

// Raises the error that TEXT is no list of name servers.
static void set_servers(lua_State *L, const char *text)
{
    struct addr servers[RESOLV_SERVERS_MAX];
    struct resolver *resolver;
    size_t count = 0;
    for (const char *at = text + strspn(text, separators); *at; at += strspn(at, separators)) {
        size_t len = strcspn(at, separators);
        if (count == RESOLV_SERVERS_MAX)
            luax_raise(L, "SSS_RESOLVERS: more than %d name servers", RESOLV_SERVERS_MAX);
        if (resolv_conf_server(&servers[count++], at, len) < 0)
            luax_raise(L,
                       "SSS_RESOLVERS: '%.*s' is not the address of a name server, as in "
                       "192.0.2.1 or [2001:db8::1]:53",
                       (int)len, at);
        at += len;
    }
    int error = lookups_resolver(scheduler_loop(), &resolver);
    if (error < 0)
        luax_fail(L, "resolve", -error, NULL);
    resolver_set_servers(resolver, servers, count);
}

void resolve_use_environment(lua_State *L)
{
    static bool is_used;
    if (is_used)
        return;
    const char *text = getenv("SSS_RESOLVERS");
    if (text)
        set_servers(L, text);
    is_used = true;
}

// ---- waiting for an answer

// Pushes the error, whose address is the name that was asked for.
static int fail_resolve(lua_State *L, struct waiter *w, const char *name)
{
    wait_push_error(L, w, NULL);
    if (lua_istable(L, -1)) {
        lua_pushstring(L, name);
        lua_setfield(L, -2, "address");
    }
    return lua_error(L);
}

// The request belongs to the waiter, which gives it up also when an error is raised in between; no
// Lua object is needed for that.
static void release(struct waiter *w)
{
    w->op.u.wait.forsake = NULL;
    lookups_abandon(scheduler_loop(), w->object);
}

static void forsake_request(struct op *op)
{
    release(container_of(op, struct waiter, op));
}

// R is the result of lookups_start(): 1 when the answer is there, 0 when it has to be waited for.
// Only a wait can end by a cancel or by a limit of time.
static int wait_for_answer(lua_State *L, struct waiter *w, int r,
                           int (*finish)(lua_State *, struct waiter *))
{
    if (r < 0)
        return luax_fail(L, luax_name(L), -r, NULL);
    if (r > 0)
        return finish(L, w);
    w->shielded = false;
    wait_tell(L, w);
    return wait_for(L, w, finish);
}

int resolve_start(lua_State *L, const struct question *q,
                  int (*finish)(lua_State *, struct waiter *))
{
    resolve_use_environment(L);
    struct waiter *w = wait_begin_shielded(L, OP_WAIT);
    struct resolve *req;
    int r = lookups_start(scheduler_loop(), &w->op, q, &req);
    if (r >= 0)
        w->object = req;
    if (r == 0)
        w->op.u.wait.forsake = forsake_request;
    return wait_for_answer(L, w, r, finish);
}

int resolve_finish(lua_State *L, struct waiter *w, const char *name,
                   void (*push)(lua_State *, const struct resolve *))
{
    if (w->op.result < 0) {
        release(w);
        return fail_resolve(L, w, name);
    }
    w->op.u.wait.forsake = forsake_request; // called when there is no memory for the results
    push(L, w->object);
    release(w);
    return 1;
}

static void push_addresses(lua_State *L, const struct resolve *req)
{
    lua_createtable(L, (int)req->addrs.count, 0);
    for (size_t i = 0; i < req->addrs.count; i++) {
        address_push(L, &req->addrs.at[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void push_names(lua_State *L, const struct resolve *req)
{
    const char *at = bytes_front(&req->names), *end = at + bytes_length(&req->names);
    lua_newtable(L);
    for (int i = 1; at < end; i++) {
        size_t len = strlen(at);
        lua_pushlstring(L, at, len);
        lua_rawseti(L, -2, i);
        at += len + 1;
    }
}

static int finish_addresses(lua_State *L, struct waiter *w)
{
    return resolve_finish(L, w, lua_tostring(L, 1), push_addresses);
}

static int finish_names(lua_State *L, struct waiter *w)
{
    char text[ADDR_TEXT_MAX];
    addr_host(address_check(L, 1), text);
    return resolve_finish(L, w, text, push_names);
}

// ---- questions

static int number_or(double n, int otherwise)
{
    return n >= 0 && n <= INT_MAX && n == floor(n) ? (int)n : otherwise;
}

// The value of the option KEY in the table at index 3: a word of NAMES or a number; OTHERWISE when
// it is nil.
static int word_option(lua_State *L, const char *key, const struct name *names, int otherwise)
{
    int value = -ENOENT;
    lua_getfield(L, 3, key);
    if (lua_isnil(L, -1))
        value = otherwise;
    else if (lua_type(L, -1) == LUA_TNUMBER)
        value = number_or(lua_tonumber(L, -1), -ENOENT);
    else if (lua_type(L, -1) == LUA_TSTRING)
        value = names_value(names, lua_tostring(L, -1), lua_objlen(L, -1));
    if (value < 0)
        luax_arg_error(L, 3, "option '%s': no such word or number", key);
    lua_pop(L, 1);
    return value;
}

const char *resolve_check_name(lua_State *L, int idx)
{
    size_t len;
    const char *host = luax_string(L, idx, &len);
    if (len == 0 || strlen(host) != len)
        luax_arg_error(L, idx, "not a host name");
    return host;
}

// host [, service [, {family=, type=}]]
static void check_question(lua_State *L, struct question *q)
{
    static const char *const keys[] = {"family", "type", NULL};
    if (lua_type(L, 2) == LUA_TNUMBER)
        luax_integer(L, 2, 0, 65535);
    q->service = lua_isnoneornil(L, 2) ? NULL : luax_string(L, 2, NULL);
    q->host = resolve_check_name(L, 1);
    if (q->service && addr_parse_port(q->service, strlen(q->service)) == -ERANGE)
        luax_arg_error(L, 2, "port must be 0 to 65535, got %s", q->service);
    q->family = AF_UNSPEC;
    q->type = SOCK_STREAM;
    lua_settop(L, 3);
    if (luax_options(L, 3, keys)) {
        q->family = word_option(L, "family", names_families, AF_UNSPEC);
        q->type = word_option(L, "type", names_types, SOCK_STREAM);
    }
}

// Pushes the names of an address object.
static int resolve_names(lua_State *L, const struct addr *a)
{
    struct question q = {.kind = QUESTION_NAMES, .address = a};
    luax_no_more(L, 1);
    if (addr_family(a) != AF_INET && addr_family(a) != AF_INET6)
        luax_arg_error(L, 1, "an address of IPv4 or IPv6 expected");
    return resolve_start(L, &q, finish_names);
}

// sss.resolve(host [, service [, {family=, type=}]]) -> array of addresses
// sss.resolve(address) -> array of names
static int resolve(lua_State *L)
{
    struct question q = {.kind = QUESTION_ADDRESSES};
    const struct addr *a = luax_test(L, 1, ADDRESS_CLASS);
    if (a)
        return resolve_names(L, a);
    check_question(L, &q);
    return resolve_start(L, &q, finish_addresses);
}

// ---- an answer in two parts

static void drop_lookup(struct lookup *l)
{
    struct resolve *req = l->request;
    l->request = NULL;
    if (req)
        lookups_abandon(scheduler_loop(), req);
}

static int lookup_collect(lua_State *L)
{
    struct lookup *l = luax_test(L, 1, LOOKUP_CLASS);
    if (l)
        drop_lookup(l);
    return 0;
}

static void forsake_lookup(struct op *op)
{
    drop_lookup(container_of(op, struct waiter, op)->object);
}

static struct lookup *push_lookup(lua_State *L)
{
    struct lookup *l = lua_newuserdata(L, sizeof *l);
    l->request = NULL;
    luaL_getmetatable(L, LOOKUP_CLASS);
    lua_setmetatable(L, -2);
    return l;
}

// Keeps the object of the look-up, which is on the top, alive during the wait.
static int finish_first(lua_State *L, struct waiter *w)
{
    struct lookup *l = w->object;
    if (w->op.result < 0) {
        drop_lookup(l);
        return fail_resolve(L, w, lua_tostring(L, 1));
    }
    push_addresses(L, l->request);
    if (!l->request->more) {
        drop_lookup(l);
        return 1;
    }
    lua_pushvalue(L, -2);
    return 2;
}

// resolve_first(host, service, options) -> the addresses of one family or both [, look-up]
static int resolve_first(lua_State *L)
{
    struct question q = {.kind = QUESTION_ADDRESSES, .early = true};
    check_question(L, &q);
    resolve_use_environment(L);
    struct lookup *l = push_lookup(L);
    struct waiter *w = wait_begin_shielded(L, OP_WAIT);
    int r = lookups_start(scheduler_loop(), &w->op, &q, &l->request);
    w->doing = "resolve"; // the name by which the script called it
    w->object = l;
    w->kept = (unsigned char)lua_gettop(L);
    if (r == 0)
        w->op.u.wait.forsake = forsake_lookup;
    return wait_for_answer(L, w, r, finish_first);
}

static int finish_rest(lua_State *L, struct waiter *w)
{
    struct lookup *l = w->object;
    if (l->request->owner) { // it has not come: the wait was cancelled, or its time is over
        drop_lookup(l);
        return wait_fail(L, w, NULL);
    }
    push_addresses(L, l->request);
    drop_lookup(l);
    return 1;
}

// resolve_rest(look-up) -> the addresses of the other family, if any
static int resolve_rest(lua_State *L)
{
    struct lookup *l = luax_check(L, 1, LOOKUP_CLASS);
    struct waiter *w = wait_begin_shielded(L, OP_WAIT);
    if (!l->request) {
        lua_newtable(L);
        return 1;
    }
    int r = lookups_rest(scheduler_loop(), &w->op, l->request);
    w->object = l;
    if (r == 0)
        w->op.u.wait.forsake = forsake_lookup;
    return wait_for_answer(L, w, r, finish_rest);
}

void resolve_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"resolve", resolve}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", lookup_collect}, {NULL, NULL}};
    luax_class(L, LOOKUP_CLASS, NULL, meta);
    luax_register(L, functions, false);
}

void resolve_open_private(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"resolve_first", resolve_first}, {"resolve_rest", resolve_rest}, {NULL, NULL}};
    luax_register(L, functions, false);
}
