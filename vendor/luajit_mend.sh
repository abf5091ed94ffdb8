#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Mends faults of LuaJIT, unpacked in FOLDER: luajit_mend.sh FOLDER
#
# Ends with an error where the source is not as expected. The first two are met when memory runs out;
# tests/fault/script/faults.lua shows what came of them.
set -eu
src=$1/src

# Its functions in assembly (tostring of a number, string.sub, ...) leave L->top as the last C
# function had it, perhaps far below; the message was written there, over what other functions need.
# It belongs into the frame of the one that failed.
top='if (L->top < L->base) L->top = L->base;'
sed -i "s/^  \(setstrV(L, L->top++, lj_err_str(L, LJ_ERR_ERRMEM));\)/  $top\n&/" "$src/lj_err.c"
grep -qF "$top" "$src/lj_err.c"

# coroutine.resume of a dead coroutine wrote `false` over its own function before it made the string
# of the message, which may fail.
false='setboolV(L->base-1-LJ_FR2, 0);'
sed -i "/^static int ffh_resume(/,/^}/ {
    /^ *$false/d
    s/^\( *\)setstrV(L, L->base-LJ_FR2, lj_err_str(L, em));/&\n\1$false/
}" "$src/lib_base.c"
grep -F -A 1 'setstrV(L, L->base-LJ_FR2, lj_err_str(L, em));' "$src/lib_base.c" | grep -qF "$false"

# The collector kept the coroutine alive that had used FFI last, with all that it refers to, until
# another one did. Nothing else is running in one that nobody can reach: a callback of a C function
# then belongs to the main thread. tests/script/steady_memory.lua drops coroutines that hold sockets.
forget='if (ctype_ctsG(g) \&\& ctype_ctsG(g)->L \&\& iswhite(obj2gco(ctype_ctsG(g)->L)))'
sed -i "/^static void atomic(/,/^}/ {
    /^#if LJ_HASFFI/ { N; /Mark cts->L thread/ { N; N; d; }; }
    /udsize = lj_gc_separateudata(g, 0);/i\\
#if LJ_HASFFI\\
  $forget\\
    ctype_ctsG(g)->L = mainthread(g);\\
#endif
}" "$src/lj_gc.c"
grep -qF 'ctype_ctsG(g)->L = mainthread(g);' "$src/lj_gc.c"
! grep -qF 'Mark cts->L thread' "$src/lj_gc.c"
