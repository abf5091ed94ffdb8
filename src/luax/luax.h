// SPDX-License-Identifier: BSD-3-Clause
// What every Lua class of ours needs: registration, arguments, errors.

#ifndef SSS_LUAX_LUAX_H
#define SSS_LUAX_LUAX_H

// The one place that decides what a wrong argument and what a failure look like in Lua. A function
// that is registered here knows its own name, so messages name it correctly even when the script
// calls it by another one. It refuses to know sockets and tasks.

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

// The chunk name of the Lua code that is part of the program: errors are placed in the code that
// calls it.
#define LUAX_CHUNK "[sss]"

struct addr;

// Adds the functions of LIST to the table on the top. METHOD: they are called with an object as
// their first argument, which messages do not count.
void luax_register(lua_State *L, const luaL_Reg *list, bool method);

// Makes the metatable NAME: __index is the table of METHODS (left on the stack) or, when METHODS is
// NULL, whatever META has; __name is set. Returns the class, for luax_set_class().
int luax_class(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta);

// Makes the table on the top the metatable NAME of a class, and leaves it there. Scripts cannot
// reach it: getmetatable() returns another table in its place.
int luax_own_class(lua_State *L, const char *name);

// Makes the userdata on the top an object of the class, without a look-up of the class's name.
void luax_set_class(lua_State *L, int class);

// Is the value at IDX an object of the class? Without a look-up of the class's name.
bool luax_is_class(lua_State *L, int idx, int class);

// Raises "bad argument #N to 'name' (message)" for the argument at stack index IDX.
int luax_arg_error(lua_State *L, int idx, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The same with the message "EXPECTED expected, got TYPE".
int luax_type_error(lua_State *L, int idx, const char *expected);
// Raises a text, with the position of the script.
int luax_raise(lua_State *L, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The userdata of class NAME at IDX, or an argument error.
void *luax_check(lua_State *L, int idx, const char *name);
// The same, or NULL.
void *luax_test(lua_State *L, int idx, const char *name);

// Arguments of plain types; missing and nil mean the default where there is one.
const char *luax_string(lua_State *L, int idx, size_t *len);
long long luax_integer(lua_State *L, int idx, long long low, long long high);
long long luax_opt_integer(lua_State *L, int idx, long long low, long long high,
                           long long otherwise);
double luax_seconds(lua_State *L, int idx); // 0 or more, infinity too
void luax_function(lua_State *L, int idx);
void luax_no_more(lua_State *L, int last); // nothing behind the stack index LAST

// A table of options at IDX (nil: none): an argument error when it is no table or has a key that is
// not among KEYS (NULL at the end).
bool luax_options(lua_State *L, int idx, const char *const *keys);

// Pushes the error object {op, code, errno, address, message} for CODE (positive: errno or
// enum error_code). ADDRESS may be NULL.
void luax_push_error(lua_State *L, const char *op, int code, const struct addr *address);
// Raises such an error object.
int luax_fail(lua_State *L, const char *op, int code, const struct addr *address);
// The name of the running function, as registered.
const char *luax_name(lua_State *L);
// luax_fail() of the running function when RESULT is negative, that is, -errno.
void luax_check_result(lua_State *L, int result, const struct addr *address);

// Registers the class of error objects.
void luax_open(lua_State *L);

#endif
