// SPDX-License-Identifier: BSD-3-Clause
// sss.lookup and sss.resolvers.

#include "bind/lookup.h"

#include "bind/resolve.h"
#include "dns/lookups.h"
#include "dns/records.h"
#include "luax/luax.h"
#include "socket/address.h"
#include "task/scheduler.h"

#include <string.h>

// ---- records

// Pushes an array of the addresses of SIZE bytes each in a parameter.
static void push_hints(lua_State *L, const struct record_param *p, int family, size_t size)
{
    char text[ADDR_TEXT_MAX];
    lua_newtable(L);
    for (size_t at = 0; at + size <= p->len; at += size) {
        struct addr a = {.len = family == AF_INET ? sizeof a.u.in : sizeof a.u.in6};
        a.u.any.sa_family = (sa_family_t)family;
        if (family == AF_INET)
            memcpy(&a.u.in.sin_addr, p->text + at, size);
        else
            memcpy(&a.u.in6.sin6_addr, p->text + at, size);
        lua_pushlstring(L, text, addr_host(&a, text));
        lua_rawseti(L, -2, (int)(at / size) + 1);
    }
}

// Pushes an array of texts, each of which stands behind a byte with its length.
static void push_texts(lua_State *L, const struct record_param *p)
{
    size_t at = 0;
    lua_newtable(L);
    for (int i = 1; at < p->len; i++) {
        size_t len = (unsigned char)p->text[at++];
        if (len > p->len - at)
            len = p->len - at;
        lua_pushlstring(L, p->text + at, len);
        lua_rawseti(L, -2, i);
        at += len;
    }
}

static unsigned u16_at(const char *text)
{
    return (unsigned)(unsigned char)text[0] << 8 | (unsigned char)text[1];
}

// Pushes the name of a parameter: RFC 9460, section 14.3.
static void push_param_name(lua_State *L, unsigned number)
{
    const char *name = record_param_name(number);
    if (name)
        lua_pushstring(L, name);
    else
        lua_pushfstring(L, "key%d", (int)number);
}

static void push_keys(lua_State *L, const struct record_param *p)
{
    lua_newtable(L);
    for (size_t at = 0; at + 2 <= p->len; at += 2) {
        push_param_name(L, u16_at(p->text + at));
        lua_rawseti(L, -2, (int)(at / 2) + 1);
    }
}

static void push_param(lua_State *L, const struct record_param *p)
{
    switch (p->kind) {
    case PARAM_FLAG:
        lua_pushboolean(L, true);
        break;
    case PARAM_NUMBER:
        lua_pushinteger(L, (lua_Integer)u16_at(p->text));
        break;
    case PARAM_STRINGS:
        push_texts(L, p);
        break;
    case PARAM_KEYS:
        push_keys(L, p);
        break;
    case PARAM_IPV4:
        push_hints(L, p, AF_INET, 4);
        break;
    case PARAM_IPV6:
        push_hints(L, p, AF_INET6, 16);
        break;
    case PARAM_TEXT:
        lua_pushlstring(L, p->text, p->len);
        break;
    }
}

static void push_params(lua_State *L, const struct records *rs, size_t i, size_t n, size_t count)
{
    lua_newtable(L);
    for (size_t k = 0; k < count; k++) {
        struct record_param p = records_param(rs, i, n, k);
        push_param_name(L, p.number);
        push_param(L, &p);
        lua_rawset(L, -3);
    }
}

// Sets the field `strings`, and the field `text` to all of them joined.
static void set_strings(lua_State *L, const struct records *rs, size_t i, size_t n, size_t count)
{
    luaL_Buffer all;
    lua_newtable(L);
    for (size_t k = 0; k < count; k++) {
        size_t len;
        const char *text = records_string(rs, i, n, k, &len);
        lua_pushlstring(L, text, len);
        lua_rawseti(L, -2, (int)k + 1);
    }
    lua_setfield(L, -2, "strings");
    luaL_buffinit(L, &all);
    for (size_t k = 0; k < count; k++) {
        size_t len;
        const char *text = records_string(rs, i, n, k, &len);
        luaL_addlstring(&all, text, len);
    }
    luaL_pushresult(&all);
    lua_setfield(L, -2, "text");
}

static void set_value(lua_State *L, const struct records *rs, size_t i, size_t n,
                      const struct record_value *v)
{
    switch (v->kind) {
    case RECORD_NUMBER:
        lua_pushnumber(L, (lua_Number)v->number);
        break;
    case RECORD_TEXT:
        lua_pushlstring(L, v->text, v->len);
        break;
    case RECORD_PARAMS:
        push_params(L, rs, i, n, v->number);
        break;
    case RECORD_STRINGS:
        set_strings(L, rs, i, n, v->number);
        return;
    }
    lua_setfield(L, -2, v->field);
}

static void push_record(lua_State *L, const struct records *rs, size_t i)
{
    struct record_value v;
    struct record r = records_get(rs, i);
    lua_newtable(L);
    lua_pushstring(L, r.owner);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, r.type);
    lua_setfield(L, -2, "type");
    lua_pushnumber(L, (lua_Number)r.ttl);
    lua_setfield(L, -2, "ttl");
    for (size_t n = 0; records_value(rs, i, n, &v); n++)
        set_value(L, rs, i, n, &v);
}

static void push_records(lua_State *L, const struct resolve *req)
{
    size_t count = records_count(req->records);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_record(L, req->records, i);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static int finish_lookup(lua_State *L, struct waiter *w)
{
    return resolve_finish(L, w, lua_tostring(L, 1), push_records);
}

// sss.lookup(name, type) -> array of records
static int lookup(lua_State *L)
{
    struct question q = {.kind = QUESTION_RECORDS};
    q.host = resolve_check_name(L, 1);
    q.record = luax_string(L, 2, NULL);
    luax_no_more(L, 2);
    if (!records_know(q.record))
        luax_arg_error(L, 2, "no such type of records: '%s'", q.record);
    return resolve_start(L, &q, finish_lookup);
}

// ---- name servers

static void check_server(lua_State *L, struct addr *out)
{
    const struct addr *a = luax_test(L, -1, ADDRESS_CLASS);
    size_t len = 0;
    const char *text = !a && lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
    if (text && resolv_conf_server(out, text, len) == 0)
        return;
    if (!a || (addr_family(a) != AF_INET && addr_family(a) != AF_INET6))
        luax_arg_error(L, 1,
                       "the address of a name server expected, as in \"192.0.2.1\" or "
                       "\"[2001:db8::1]:53\", got %s",
                       text ? text : luaL_typename(L, -1));
    memcpy(out, a, offsetof(struct addr, u) + a->len);
    if (addr_port(out) == 0)
        addr_set_port(out, RESOLV_PORT);
}

static void set_resolvers(lua_State *L, struct resolver *resolver)
{
    struct addr servers[RESOLV_SERVERS_MAX];
    size_t count = lua_objlen(L, 1);
    if (count > RESOLV_SERVERS_MAX)
        luax_arg_error(L, 1, "at most %d name servers", RESOLV_SERVERS_MAX);
    for (size_t i = 0; i < count; i++) {
        memset(&servers[i], 0, sizeof servers[i]);
        lua_rawgeti(L, 1, (int)i + 1);
        check_server(L, &servers[i]);
        lua_pop(L, 1);
    }
    resolver_set_servers(resolver, servers, count);
}

// sss.resolvers([array of addresses]) -> array of those that are asked from now on
static int resolvers(lua_State *L)
{
    char text[ADDR_TEXT_MAX];
    struct addr servers[RESOLV_SERVERS_MAX];
    struct resolver *resolver;
    if (!lua_isnoneornil(L, 1) && lua_type(L, 1) != LUA_TTABLE)
        luax_type_error(L, 1, "table");
    luax_no_more(L, 1);
    resolve_use_environment(L);
    int error = lookups_resolver(scheduler_loop(), &resolver);
    if (error == 0 && lua_istable(L, 1))
        set_resolvers(L, resolver);
    int count = error < 0 ? error : resolver_servers(resolver, servers);
    if (count < 0)
        return luax_fail(L, "resolvers", -count, NULL);
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushlstring(L, text, addr_format(&servers[i], text));
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

void lookup_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"lookup", lookup}, {"resolvers", resolvers}, {NULL, NULL}};
    luax_register(L, functions, false);
}
