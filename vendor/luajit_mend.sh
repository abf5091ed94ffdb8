#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Mends faults of LuaJIT, unpacked in FOLDER: luajit_mend.sh FOLDER
#
# Ends with an error where the source is not as expected. The first three are met when memory runs out;
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

# A table whose array part had grown when there was no memory for its new hash part lost the numbers
# that were to move from one to the other: the registry forgot tasks. Both have their memory before
# anything changes.
awk '
    /^\/\* Resize a table to fit the new array\/hash part sizes/ {
        print "/* Memory for the array part; without it the new hash part NODE is given up. */"
        print "static TValue *resize_array(lua_State *L, void *p, uint32_t from, uint32_t to,"
        print "\t\t\t    Node *node, uint32_t hbits)"
        print "{"
        print "  global_State *g = G(L);"
        print "  p = g->allocf(g->allocd, p, from*sizeof(TValue), to*sizeof(TValue));"
        print "  if (!p) {"
        print "    if (node) lj_mem_freevec(g, node, 1u << hbits, Node);"
        print "    lj_err_mem(L);"
        print "  }"
        print "  g->gc.total += (to - from)*sizeof(TValue);"
        print "  return (TValue *)p;"
        print "}"
        print ""
    }
    /^void lj_tab_resize\(/ { inside = 1 }
    /^}/ { inside = 0 }
    inside && /array = lj_mem_newvec\(L, asize, TValue\);/ {
        sub(/lj_mem_newvec.*/, "resize_array(L, NULL, 0, asize, node, hbits);")
    }
    inside && /array = \(TValue \*\)lj_mem_realloc\(L, tvref\(t->array\),/ {
        getline
        print "      array = resize_array(L, tvref(t->array), oldasize, asize, node, hbits);"
        next
    }
    inside && /^    newhpart\(L, t, hbits\);/ {
        print "    setmref(t->node, node);"
        print "    setfreetop(t, node, &node[1u << hbits]);"
        print "    t->hmask = (1u << hbits) - 1;"
        next
    }
    { print }
    inside && /^  uint32_t oldhmask = t->hmask;/ {
        print "  Node *node = NULL;"
        print "  if (asize > LJ_MAX_ASIZE || hbits > LJ_MAX_HBITS)"
        print "    lj_err_msg(L, LJ_ERR_TABOV);"
        print "  if (hbits) node = lj_mem_newvec(L, 1u << hbits, Node);"
    }' "$src/lj_tab.c" >"$src/lj_tab.c.part"
mv "$src/lj_tab.c.part" "$src/lj_tab.c"
[ "$(grep -c '= resize_array(L, ' "$src/lj_tab.c")" -eq 2 ]
grep -qF 'if (hbits) node = lj_mem_newvec(' "$src/lj_tab.c"
grep -qF '    setfreetop(t, node, &node[1u << hbits]);' "$src/lj_tab.c"

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
[ "$(grep -c 'Mark cts->L thread' "$src/lj_gc.c")" -eq 0 ]

# A system may forbid that memory which was written becomes executable: PR_SET_MDWE, systemd's
# MemoryDenyWriteExecute=, SELinux; at once, or from a moment on. LuaJIT learned it when the code of
# its first trace was ready, or when an area with code in use had just become writable, and ended the
# program ("fatal: ... restricted kernel?"). Now it asks before, of a page of its own, touches no
# area if the answer is no, and turns the compiler off. To make an area writable may fail, too
# (ulimit -d): that gives up the trace.
awk '
    /^\/\* -- MCode transactions/ {
        print "/* May written memory become executable? The page is never used. */"
        print "static int mcode_denied(void)"
        print "{"
        print "#if LJ_TARGET_POSIX && LUAJIT_SECURITY_MCODE != 0"
        print "  static void *page;"
        print "  if (!page) {"
        print "    page = mmap(0, LJ_PAGESIZE, MCPROT_RW, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);"
        print "    if (page == MAP_FAILED) page = NULL;"
        print "    if (!page) return 0;  /* No memory: the allocation of an area tells. */"
        print "  }"
        print "  return mprotect(page, LJ_PAGESIZE, MCPROT_RW) != 0 ||"
        print "\t mprotect(page, LJ_PAGESIZE, MCPROT_RX) != 0;"
        print "#else"
        print "  return 0;"
        print "#endif"
        print "}"
        print ""
    }
    { print }
    /^MCode \*lj_mcode_reserve\(/ { getline; print; print_check = 1 }
    print_check {
        print "  if (mcode_denied()) {"
        print "    J->flags &= ~JIT_F_ON;"
        print "    lj_trace_err(J, LJ_TRERR_MCODEAL);"
        print "  }"
        print_check = 0
    }' "$src/lj_mcode.c" >"$src/lj_mcode.c.part"
sed -i 's/^  if (mprotect(p, sz, prot)) mcode_protfail(J);$/  if (mprotect(p, sz, prot)) {\
    if (prot == MCPROT_RW) lj_trace_err(J, LJ_TRERR_MCODEAL);\
    mcode_protfail(J);\
  }/' "$src/lj_mcode.c.part"
mv "$src/lj_mcode.c.part" "$src/lj_mcode.c"
grep -qF 'static int mcode_denied(void)' "$src/lj_mcode.c"
grep -qF '  if (mcode_denied()) {' "$src/lj_mcode.c"
grep -qF '    if (prot == MCPROT_RW) lj_trace_err(' "$src/lj_mcode.c"

# The same for the page of code through which C calls Lua: it was not looked whether it became
# executable, and the first callback was a SIGSEGV.
sed -i 's/^\( *\)mprotect(p, sz, (PROT_READ|PROT_EXEC));$/\1if (mprotect(p, sz, (PROT_READ|PROT_EXEC)) != 0) {\
    munmap(p, sz);\
    cts->cb.mcode = NULL;\
    lj_err_caller(cts->L, LJ_ERR_FFI_CBACKNX);\
  }/' "$src/lj_ccallback.c"
sed -i 's/^ERRDEF(FFI_BADCBACK,.*/&\
ERRDEF(FFI_CBACKNX,	"no callbacks: the system forbids writable and executable memory")/' \
    "$src/lj_errmsg.h"
grep -qF 'lj_err_caller(cts->L, LJ_ERR_FFI_CBACKNX);' "$src/lj_ccallback.c"
grep -qF 'ERRDEF(FFI_CBACKNX' "$src/lj_errmsg.h"

# What io.open opened went to the programs that a script starts.
sed -i 's/^#define IOSTDF_IOF(.*/&\
\
\/* No program that is started gets the descriptor. *\/\
static FILE *io_keep(FILE *fp)\
{\
  if (fp != NULL) fcntl(fileno(fp), F_SETFD, FD_CLOEXEC);\
  return fp;\
}/
    s/^#include <stdio.h>/&\n#include <fcntl.h>/
    s/iof->fp = \(fopen(fname, mode)\|tmpfile()\);/iof->fp = io_keep(\1);/' "$src/lib_io.c"
[ "$(grep -c 'iof->fp = io_keep(fopen(fname, mode));' "$src/lib_io.c")" = 2 ]
grep -qF 'iof->fp = io_keep(tmpfile());' "$src/lib_io.c"

# Endless recursion through C functions ended the process.
sh vendor/luajit_cstack.sh "$1"
