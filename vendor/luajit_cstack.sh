#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Makes LuaJIT, unpacked in FOLDER, mind how much of the C stack it takes: luajit_cstack.sh FOLDER
#
# Puts luajit_cstack.[ch] where C code calls Lua. Ends with an error, and without any change, where
# the source is not as expected. tests/script/c_stack.lua goes all the roads.
# What sed is to see has dollar signs.
# shellcheck disable=SC2016
set -eu
here=$(dirname "$0")
src=$1/src
new=$src/cstack
rm -rf "$new"
mkdir "$new"

# put FILE COUNT SED_COMMAND: so many lines of FILE are to be changed by it.
put() {
    [ -e "$new/$1" ] || cp "$src/$1" "$new/$1"
    sed "$3" "$new/$1" >"$new/next"
    changed=$(awk 'NR == FNR { old[$0]++; next } old[$0]-- <= 0 { n++ } END { print n + 0 }' \
        "$new/$1" "$new/next")
    [ "$changed" -eq "$2" ] || { echo "luajit_cstack: $1: $changed lines, not $2: $3" >&2; exit 1; }
    mv "$new/next" "$new/$1"
}

put lj_vm.h 1 '$i#include "lj_cstack.h"'
put lj_state.c 1 '$a#include "lj_cstack.c"'
put lj_state.c 1 's|^  fixstring(lj_err_str(L, LJ_ERR_ERRERR));.*|&\
  fixstring(lj_err_str(L, LJ_ERR_CSTKOV));|'
put lj_state.c 1 's|^  L->status = LUA_ERRERR+1;.*|&\
  lj_cstack_open();|'

# The error.
put lj_errmsg.h 1 's|^ERRDEF(STKOVM,.*|&\
ERRDEF(CSTKOV,	"C stack overflow")|'
put lj_err.h 1 's|^LJ_FUNC_NORET void LJ_FASTCALL lj_err_stkov.*|&\
LJ_FUNC_NORET void lj_err_cstkov(lua_State *L);|'
put lj_err.c 7 's|^/\* Formatted error in context of caller. \*/|/* C stack overflow error. */\
void lj_err_cstkov(lua_State *L)\
{\
  if (L->status == LUA_ERRERR)\
    lj_err_err(L);\
  lj_err_caller(L, LJ_ERR_CSTKOV);\
}\
&|'

# Where C calls Lua.
put lj_api.c 9 's/lj_vm_call(/lj_cstack_call(/'
put lj_api.c 1 's/lj_vm_pcall(/lj_cstack_pcall(/'
put lj_api.c 1 's/lj_vm_cpcall(/lj_cstack_cpcall(/'
put lj_api.c 2 '/return lj_vm_resume(L,/,/0, 0);/{
    s/lj_vm_resume(/lj_cstack_resume_apart(/
    s/L->top - nargs,/L->top - nargs);/
    /^      0, 0);/d
}'
put lj_err.c 1 's/lj_vm_call(L, top, 1+1);/lj_cstack_handler(L, top, 1+1);/'
put lj_gc.c 1 's/lj_vm_pcall(/lj_cstack_pcall_apart(/'
put lj_vmevent.c 1 's/lj_vm_pcall(/lj_cstack_pcall_apart(/'
put vm_x64.dasc 1 's/|  call ->vm_resume\t.*/|  call extern lj_cstack_resume	\/\/ (lua_State *L, TValue *base)/'
put vm_arm64.dasc 1 's/|  bl ->vm_resume\t.*/|  bl extern lj_cstack_resume	\/\/ (lua_State *L, TValue *base)/'
put lj_ccall.c 1 's/^#include "lj_trace.h"/&\
#include "lj_vm.h"/'
put lj_ccall.c 1 's/^    gcsteps = ccall_set_args(L, cts, ct, &cc);/    lj_cstack_check(L);\
&/'
put lj_ccallback.c 1 's/^  setgcref(g->cur_L, obj2gco(L));/  lj_cstack_called_back(L, cf);\
&/'

# Where C calls itself.
put lib_string.c 1 's/^#include "lj_state.h"/&\
#include "lj_vm.h"/'
put lj_parse.c 2 's/^  if (++ls->level >= LJ_MAX_XLEVEL)/  if (lj_cstack_is_low())\
    lj_lex_error(ls, 0, LJ_ERR_CSTKOV);\
&/'
put lj_cparse.c 1 '/^static CPToken cp_next_(/,/^}/s/^  lj_buf_reset(&cp->sb);/  if (lj_cstack_is_low()) cp_err(cp, LJ_ERR_CSTKOV);\
&/'
put lib_string.c 2 's/^  if (++ms->depth > LJ_MAX_XLEVEL)/  if (lj_cstack_is_low())\
    lj_err_caller(ms->L, LJ_ERR_CSTKOV);\
&/'
put lj_cconv.c 1 's/^#include "lj_ccallback.h"/&\
#include "lj_vm.h"/'
put lj_cconv.c 2 '/^void lj_cconv_ct_tv(/,/^}/s/^  if (LJ_LIKELY(tvisint(o))) {/  if (lj_cstack_is_low())\
    lj_err_caller(cts->L, LJ_ERR_CSTKOV);\
&/'

cp "$here/luajit_cstack.h" "$new/lj_cstack.h"
cp "$here/luajit_cstack.c" "$new/lj_cstack.c"
mv "$new"/* "$src"
rmdir "$new"
