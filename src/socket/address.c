// SPDX-License-Identifier: BSD-3-Clause
// Address objects.

#include "socket/address.h"

#include "luax/luax.h"
#include "luax/reclaim.h"
#include "sys/names.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static int address_class; // for luax_set_class()

const struct addr *address_push(lua_State *L, const struct addr *a)
{
    // Only the part that the family uses: most addresses need a tenth of a struct addr.
    size_t used = offsetof(struct addr, u) + a->len;
    struct addr *made = lua_newuserdata(L, used);
    memcpy(made, a, used);
    luax_set_class(L, address_class);
    return made;
}

const struct addr *address_check(lua_State *L, int idx)
{
    return luax_check(L, idx, ADDRESS_CLASS);
}

// ---- what a script writes

// The argument that is being read, for messages.
struct argument {
    lua_State *L;
    int domain;       // AF_UNSPEC, or the family that is wanted for words and names
    const char *name; // of the function
    int n;
};

static int refuse(const struct argument *arg, const char *why)
{
    return luax_raise(arg->L, "bad argument #%d to '%s' (%s)", arg->n, arg->name, why);
}

// The same, quoting the TEXT that is wrong.
static int refuse_text(const struct argument *arg, const char *why, const char *text, size_t len)
{
    bool cut = len > 80;
    lua_pushlstring(arg->L, text, cut ? 80 : len);
    const char *quoted = lua_tostring(arg->L, -1);
    return refuse(arg, lua_pushfstring(arg->L, "%s: '%s%s'", why, quoted, cut ? "..." : ""));
}

static int port_of_service(lua_State *L, const char *name, size_t len)
{
    int port = names_service(name, len, "tcp");
    return reclaim_descriptors(L, port) ? names_service(name, len, "tcp") : port;
}

static int port_of_text(const struct argument *arg, const char *text, size_t len)
{
    int port = addr_parse_port(text, len);
    if (port == -ENOENT)
        port = port_of_service(arg->L, text, len);
    if (port >= 0)
        return port;
    if (port == -ERANGE)
        return refuse_text(arg, "port must be 0 to 65535", text, len);
    if (port != -ENOENT)
        return refuse_text(arg, error_text(-port), text, len);
    return refuse_text(arg, "neither a port nor a known service", text, len);
}

// ERROR is the result of parsing A, and WHY its reason.
static int push_parsed(const struct argument *arg, int error, const struct addr *a, const char *why)
{
    if (error < 0)
        return refuse(arg, why ? why : error_text(-error));
    address_push(arg->L, a);
    return 1;
}

// Pushes the address, or nil, host, port, family for a name.
static int push_host(const struct argument *arg, const char *host, size_t len, int port)
{
    const char *why = NULL;
    struct addr a;
    int error = addr_from_host(&a, (struct host){host, len, port, arg->domain}, &why);
    if (reclaim_descriptors(arg->L, error)) // looking for an interface behind '%' needs one
        error = addr_from_host(&a, (struct host){host, len, port, arg->domain}, &why);
    if (error < 0 && error != -ENOENT)
        return refuse_text(arg, why ? why : error_text(-error), host, len);
    if (error == -ENOENT) {
        lua_pushnil(arg->L);
        lua_pushlstring(arg->L, host, len);
        lua_pushinteger(arg->L, port);
        lua_pushinteger(arg->L, arg->domain);
        return 4;
    }
    return push_parsed(arg, error, &a, why);
}

static int push_path(const struct argument *arg, const char *path, size_t len)
{
    const char *why = NULL;
    struct addr a;
    int error = addr_from_path(&a, path, len, &why);
    return push_parsed(arg, error, &a, why);
}

// Pushes the address for the text behind "unix:", where a '@' begins an abstract name.
static int push_unix_text(const struct argument *arg, const char *path, size_t len)
{
    const char *why = NULL;
    struct addr a;
    int error = addr_from_unix(&a, path, len, &why);
    return push_parsed(arg, error, &a, why);
}

static int push_text(const struct argument *arg, const char *text, size_t len)
{
    struct addr_text parts;
    const char *why = NULL;
    if (addr_split(text, len, &parts, &why) < 0)
        return refuse_text(arg, why ? why : "not an address", text, len);
    if (parts.is_unix)
        return push_unix_text(arg, parts.path, parts.path_len);
    int port = port_of_text(arg, parts.port, parts.port_len);
    return push_host(arg, parts.host, parts.host_len, port);
}

static int table_port(const struct argument *arg)
{
    lua_State *L = arg->L;
    size_t len;
    lua_getfield(L, 1, "port");
    if (lua_isnil(L, -1))
        return refuse(arg, "an address needs a port");
    if (lua_type(L, -1) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, -1, &len);
        return port_of_text(arg, text, len);
    }
    if (lua_type(L, -1) != LUA_TNUMBER)
        return refuse(arg, "the port is a number or the name of a service");
    double port = lua_tonumber(L, -1);
    if (!(port >= 0 && port <= 65535) || port != (int)port) {
        const char *text = lua_pushfstring(L, "%f", port);
        return refuse_text(arg, "port must be a whole number from 0 to 65535", text, strlen(text));
    }
    return (int)port;
}

// The text of field KEY of the table, or NULL when there is none.
static const char *table_text(const struct argument *arg, const char *key, size_t *len)
{
    lua_getfield(arg->L, 1, key);
    if (lua_isnil(arg->L, -1))
        return NULL;
    if (lua_type(arg->L, -1) != LUA_TSTRING)
        refuse(arg, lua_pushfstring(arg->L, "the %s of an address is a string", key));
    return lua_tolstring(arg->L, -1, len);
}

static bool has_field(const struct argument *arg, const char *key)
{
    lua_getfield(arg->L, 1, key);
    bool has = !lua_isnil(arg->L, -1);
    lua_pop(arg->L, 1);
    return has;
}

static void check_keys(const struct argument *arg)
{
    static const char *const keys[] = {"host", "port", "path", "family", "scope", NULL};
    lua_State *L = arg->L;
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        int i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        if (!keys[i])
            refuse(arg, lua_pushfstring(L, "an address has no field '%s'", key));
        lua_pop(L, 1);
    }
}

// scope=: for an IPv6 address whose host has none; 0 is allowed for any other
static void apply_scope(const struct argument *arg, int idx)
{
    lua_State *L = arg->L;
    struct addr *a = luax_test(L, idx, ADDRESS_CLASS); // made here, so it may still be changed
    lua_getfield(L, 1, "scope");
    if (!lua_isnil(L, -1)) {
        double scope = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
        double most = addr_family(a) == AF_INET6 ? UINT32_MAX : 0;
        if (!(scope >= 0 && scope <= most) || scope != floor(scope))
            refuse(arg, "only a numeric IPv6 address has a scope, the number of an interface");
        if (addr_scope(a) != 0 && addr_scope(a) != (unsigned)scope)
            refuse(arg, "the host of the address says another scope");
        if (most > 0)
            a->u.in6.sin6_scope_id = (unsigned)scope;
    }
    lua_pop(L, 1);
}

// family=: the family that is wanted for words and names
static void table_family(struct argument *arg)
{
    lua_State *L = arg->L;
    size_t len;
    lua_getfield(L, 1, "family");
    if (lua_type(L, -1) == LUA_TSTRING) {
        const char *word = lua_tolstring(L, -1, &len);
        arg->domain = names_value(names_families, word, len);
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
        double family = lua_tonumber(L, -1);
        bool fits = family >= 0 && family <= UINT16_MAX && family == floor(family);
        arg->domain = fits ? (int)family : -1;
    } else if (!lua_isnil(L, -1)) {
        arg->domain = -1;
    }
    if (arg->domain < 0)
        refuse(arg, "the family of an address is a value of sss.AF, or its word");
    lua_pop(L, 1);
}

static int push_table(struct argument *arg)
{
    size_t len = 0;
    check_keys(arg);
    const char *path = table_text(arg, "path", &len);
    if (path && (has_field(arg, "host") || has_field(arg, "port")))
        return refuse(arg, "an address has either a path or a host and a port");
    if (path)
        return push_path(arg, path, len);
    table_family(arg);
    int port = table_port(arg);
    const char *host = table_text(arg, "host", &len);
    int n = push_host(arg, host ? host : "", host ? len : 0, port);
    if (n == 1)
        apply_scope(arg, lua_gettop(arg->L));
    return n;
}

int address_parse(lua_State *L)
{
    struct argument arg = {L, (int)lua_tointeger(L, 2), lua_tostring(L, 3),
                           (int)lua_tointeger(L, 4)};
    if (arg.domain != AF_INET && arg.domain != AF_INET6)
        arg.domain = AF_UNSPEC;
    if (luax_test(L, 1, ADDRESS_CLASS)) {
        lua_settop(L, 1);
        return 1;
    }
    if (lua_type(L, 1) == LUA_TSTRING) {
        size_t len;
        const char *text = lua_tolstring(L, 1, &len);
        return push_text(&arg, text, len);
    }
    if (lua_istable(L, 1))
        return push_table(&arg);
    return refuse(&arg, lua_pushfstring(L, "address expected, got %s",
                                        lua_isnil(L, 1) ? "no value" : luaL_typename(L, 1)));
}

int address_family(lua_State *L, int idx, int otherwise)
{
    size_t len;
    if (lua_isnoneornil(L, idx))
        return otherwise;
    if (lua_type(L, idx) != LUA_TSTRING)
        return (int)luax_integer(L, idx, 0, 65535);
    const char *word = lua_tolstring(L, idx, &len);
    int family = names_value(names_families, word, len);
    if (family < 0)
        luax_arg_error(L, idx, "unknown address family '%s'", word);
    return family;
}

// ---- the object

static void push_path_of(lua_State *L, const struct addr *a)
{
    size_t len;
    const char *path = addr_path(a, &len);
    lua_pushlstring(L, path ? path : "", len);
}

static void push_host_of(lua_State *L, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];
    size_t len = addr_host(a, text);
    lua_pushlstring(L, text, len);
}

// address.host, .port, .family, .path, .scope
static int address_index(lua_State *L)
{
    const struct addr *a = address_check(L, 1);
    const char *key = luax_string(L, 2, NULL);
    bool is_unix = addr_family(a) == AF_UNIX;
    if (strcmp(key, "family") == 0)
        lua_pushinteger(L, addr_family(a));
    else if (strcmp(key, "host") == 0 && !is_unix)
        push_host_of(L, a);
    else if (strcmp(key, "port") == 0 && !is_unix)
        lua_pushinteger(L, addr_port(a));
    else if (strcmp(key, "scope") == 0 && !is_unix)
        lua_pushinteger(L, (lua_Integer)addr_scope(a));
    else if (strcmp(key, "path") == 0 && is_unix)
        push_path_of(L, a);
    else
        lua_pushnil(L);
    return 1;
}

// address == address
static int address_eq(lua_State *L)
{
    const struct addr *a = luax_test(L, 1, ADDRESS_CLASS);
    const struct addr *b = luax_test(L, 2, ADDRESS_CLASS);
    lua_pushboolean(L, a && b && addr_equal(a, b));
    return 1;
}

// tostring(address)
static int address_tostring(lua_State *L)
{
    char text[ADDR_TEXT_MAX];
    size_t len = addr_format(address_check(L, 1), text);
    lua_pushlstring(L, text, len);
    return 1;
}

// sss.toladdress(address) -> {host=, port=} or {path=}
static int address_totable(lua_State *L)
{
    const struct addr *a = address_check(L, 1);
    lua_createtable(L, 0, 2);
    if (addr_family(a) == AF_UNIX) {
        push_path_of(L, a);
        lua_setfield(L, -2, "path");
        return 1;
    }
    push_host_of(L, a);
    lua_setfield(L, -2, "host");
    lua_pushinteger(L, addr_port(a));
    lua_setfield(L, -2, "port");
    return 1;
}

void address_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"toladdress", address_totable}, {NULL, NULL}};
    static const luaL_Reg meta[] = {
        {"__index", address_index},
        {"__eq", address_eq},
        {"__tostring", address_tostring},
        {NULL, NULL},
    };
    address_class = luax_class(L, ADDRESS_CLASS, NULL, meta);
    luax_register(L, functions, false);
}
