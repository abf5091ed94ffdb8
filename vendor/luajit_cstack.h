// SPDX-License-Identifier: BSD-3-Clause
// How much of the C stack Lua code may take. A part of LuaJIT: luajit_mend.sh puts it there.

#ifndef LJ_CSTACK_H
#define LJ_CSTACK_H

// Each call of Lua by C takes C stack: string.gsub, table.sort, a metamethod that C code calls, a
// coroutine within a coroutine. LuaJIT does not count them, and endless recursion ended the
// process. Now there may be 200 within each other, as in PUC-Rio Lua, and less where the stack that
// the system grants (ulimit -s) is small: the next one raises "C stack overflow". Some more are for
// the message handler of that error.
//
// These functions stand in the place of the lj_vm_... of the same name.

void lj_cstack_open(void);

void lj_cstack_call(lua_State *L, TValue *base, int nres1);
int lj_cstack_pcall(lua_State *L, TValue *base, int nres1, ptrdiff_t ef);
int lj_cstack_cpcall(lua_State *L, lua_CFunction func, void *ud, lua_CPFunction cp);

// Calls the message handler of an error.
void lj_cstack_handler(lua_State *L, TValue *base, int nres1);

// What is not the affair of the code that it interrupts counts for itself: the finalizers and event
// handlers, and the coroutines that a C program runs.
int lj_cstack_pcall_apart(lua_State *L, TValue *base, int nres1, ptrdiff_t ef);
int lj_cstack_resume_apart(lua_State *L, TValue *base);

// For coroutine.resume and coroutine.wrap, which are written in assembly.
LJ_FUNCA int lj_cstack_resume(lua_State *L, TValue *base);

// C functions that call back by FFI: whether one may be called, and that it has called.
void lj_cstack_check(lua_State *L);
void lj_cstack_called_back(lua_State *L, void *cframe);

// Is the C stack about to end? For recursion in C itself: the parsers, string patterns.
int lj_cstack_is_low(void);

#endif
