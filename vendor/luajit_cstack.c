// SPDX-License-Identifier: BSD-3-Clause
// How much of the C stack Lua code may take; see lj_cstack.h. A part of lj_state.c.

#include <sys/auxv.h>
#include <sys/resource.h>

enum {
    CSTACK_CALLS = 200,   // within each other
    CSTACK_HANDLERS = 25, // more, in a message handler
    CSTACK_ALL = 1000,    // with those that are apart
};

// The calls under way, the innermost last. One that an error has ended is not taken away at once:
// its place on the stack tells.
static struct {
    uintptr_t at[CSTACK_ALL]; // a place in the frame of each
    MSize n;
    MSize base;       // those before it do not count
    MSize parts;      // so often was it set, within each other
    uintptr_t low;    // ordinary calls begin above this
    uintptr_t lowest; // those of message handlers
} cstack;

#define HERE ((uintptr_t)__builtin_frame_address(0))

static size_t cstack_size(void)
{
    const size_t usual = (size_t)8 << 20, most = (size_t)1 << 30;
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return usual;
    return limit.rlim_cur < most ? (size_t)limit.rlim_cur : most;
}

// The end of the stack of the main thread, where the kernel has put the program's name. Arguments
// and environment lie there too, and count. Another thread is taken to have begun just now.
static uintptr_t cstack_end(size_t size)
{
    uintptr_t end = (uintptr_t)getauxval(AT_EXECFN);
    return end > HERE && end - HERE < size ? end : HERE;
}

// What is kept back is for C functions, which take up to some 10 KiB, for the unwinding of an
// error, and for signal handlers.
void lj_cstack_open(void)
{
    size_t size = cstack_size(), reserve = size / 8;
    if (reserve > 128 * 1024)
        reserve = 128 * 1024;
    if (reserve < 32 * 1024)
        reserve = 32 * 1024;
    cstack.low = cstack_end(size) - size + reserve;
    cstack.lowest = cstack.low - reserve / 2;
}

int lj_cstack_is_low(void)
{
    return HERE < cstack.low;
}

// Whatever lies deeper than the innermost frame of the VM has ended. That is L's, or that of the
// state that was running; neither has one when C code resumes a coroutine.
static LJ_AINLINE void cstack_forget(lua_State *L, uintptr_t here)
{
    lua_State *running = gcrefp(G(L)->cur_L, lua_State);
    uintptr_t own = (uintptr_t)cframe_raw(L->cframe);
    uintptr_t other = running ? (uintptr_t)cframe_raw(running->cframe) : 0;
    uintptr_t live = own && (!other || own < other) ? own : other;
    if (!live)
        live = here;
    while (cstack.n > cstack.base && cstack.at[cstack.n - 1] < live)
        cstack.n--;
}

// May there be another call? Beyond the limit only in the handler of the error that says so.
static int cstack_has_room(uintptr_t here)
{
    MSize depth = cstack.n - cstack.base;
    if (cstack.n == CSTACK_ALL)
        return 0;
    if (depth < CSTACK_CALLS)
        return here >= cstack.low;
    return depth > CSTACK_CALLS && depth < CSTACK_CALLS + CSTACK_HANDLERS && here >= cstack.lowest;
}

static LJ_AINLINE int cstack_enter(lua_State *L, uintptr_t here)
{
    cstack_forget(L, here);
    if (LJ_UNLIKELY(!cstack_has_room(here)))
        return 0;
    cstack.at[cstack.n++] = here;
    return 1;
}

void lj_cstack_call(lua_State *L, TValue *base, int nres1)
{
    if (LJ_UNLIKELY(!cstack_enter(L, HERE)))
        lj_err_cstkov(L);
    MSize n = cstack.n;
    lj_vm_call(L, base, nres1);
    cstack.n = n - 1;
}

static TValue *cstack_raise(lua_State *L, lua_CFunction func, void *ud)
{
    UNUSED(func);
    UNUSED(ud);
    lj_err_cstkov(L);
    return NULL; // not reached
}

// As if the function below BASE had been called and failed.
static int cstack_fail(lua_State *L, TValue *base)
{
    L->top = base - 1 - LJ_FR2;
    return lj_vm_cpcall(L, NULL, NULL, cstack_raise);
}

int lj_cstack_pcall(lua_State *L, TValue *base, int nres1, ptrdiff_t ef)
{
    if (LJ_UNLIKELY(!cstack_enter(L, HERE)))
        return cstack_fail(L, base);
    MSize n = cstack.n;
    int status = lj_vm_pcall(L, base, nres1, ef);
    cstack.n = n - 1;
    return status;
}

int lj_cstack_cpcall(lua_State *L, lua_CFunction func, void *ud, lua_CPFunction cp)
{
    if (LJ_UNLIKELY(!cstack_enter(L, HERE)))
        return lj_vm_cpcall(L, NULL, NULL, cstack_raise);
    MSize n = cstack.n;
    int status = lj_vm_cpcall(L, func, ud, cp);
    cstack.n = n - 1;
    return status;
}

void lj_cstack_handler(lua_State *L, TValue *base, int nres1)
{
    cstack_forget(L, HERE);
    MSize n = cstack.n;
    // Where no ordinary call has room any more, the handler's have what is kept for them.
    MSize wanted = cstack_has_room(HERE) ? n + 1 : cstack.base + CSTACK_CALLS + 1;
    while (cstack.n < wanted && cstack.n < CSTACK_ALL)
        cstack.at[cstack.n++] = HERE;
    lj_vm_call(L, base, nres1);
    cstack.n = n;
}

// Begins to count anew, unless there is no room: 0. *BEFORE is to be given to cstack_join().
static LJ_AINLINE int cstack_part(lua_State *L, uintptr_t here, MSize parts, MSize *before)
{
    cstack_forget(L, here);
    if (LJ_UNLIKELY(here < cstack.lowest || cstack.parts >= parts || cstack.n == CSTACK_ALL))
        return 0;
    *before = cstack.base;
    cstack.base = cstack.n;
    cstack.parts++;
    cstack.at[cstack.n++] = here;
    return 1;
}

static LJ_AINLINE void cstack_join(MSize before)
{
    cstack.n = cstack.base;
    cstack.base = before;
    cstack.parts--;
}

int lj_cstack_pcall_apart(lua_State *L, TValue *base, int nres1, ptrdiff_t ef)
{
    MSize before;
    if (LJ_UNLIKELY(!cstack_part(L, HERE, CSTACK_CALLS, &before)))
        return cstack_fail(L, base);
    int status = lj_vm_pcall(L, base, nres1, ef);
    cstack_join(before);
    return status;
}

// One that is refused stays as it was, but for the message on its stack, which the caller takes.
static int cstack_refuse(lua_State *L, TValue *base)
{
    L->top = L->status == LUA_YIELD ? base : base - LJ_FR2;
    setstrV(L, L->top, lj_err_str(L, LJ_ERR_CSTKOV)); // there is one since the state was made
    L->top++;
    return LUA_ERRRUN;
}

int lj_cstack_resume_apart(lua_State *L, TValue *base)
{
    MSize before;
    if (LJ_UNLIKELY(!cstack_part(L, HERE, CSTACK_CALLS + CSTACK_HANDLERS, &before)))
        return cstack_refuse(L, base);
    int status = lj_vm_resume(L, base, 0, 0);
    cstack_join(before);
    return status;
}

int lj_cstack_resume(lua_State *L, TValue *base)
{
    if (LJ_UNLIKELY(!cstack_enter(L, HERE)))
        return cstack_refuse(L, base);
    MSize n = cstack.n;
    uint8_t hooks = hook_save(G(L));
    int status = lj_vm_resume(L, base, 0, 0);
    if (status > LUA_YIELD)
        hook_restore(G(L), hooks); // an error in it does not end the hook that has resumed it
    cstack.n = n - 1;
    return status;
}

// An error in a callback may not get through the C function: there shall be some room for it yet.
void lj_cstack_check(lua_State *L)
{
    uintptr_t spare = cstack.low - cstack.lowest;
    cstack_forget(L, HERE);
    if (LJ_UNLIKELY(!cstack_has_room(HERE - spare)))
        lj_err_cstkov(L);
}

// CFRAME is not yet L's. It is the place that is noted: forgotten as soon as it is left.
void lj_cstack_called_back(lua_State *L, void *cframe)
{
    cstack_forget(L, (uintptr_t)cframe);
    if (cstack.n < CSTACK_ALL)
        cstack.at[cstack.n++] = (uintptr_t)cframe + 1;
}
