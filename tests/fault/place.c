// SPDX-License-Identifier: BSD-3-Clause
// Chains of callers, and which of them there were.

#include "place.h"

#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 16384, NAME_SIZE = 2048 };

extern const char __executable_start[], etext[]; // from the linker

// Helper threads and handlers of signals note places, too: a slot belongs to who first writes its
// key, and no slot is moved.
static struct {
    _Atomic uint64_t key; // the call's number + 1 and the place; 0: free
    atomic_long count;
    struct fault_place place;
} slots[SLOTS];

struct chain {
    uintptr_t callers[FAULT_FRAMES]; // distances from the program's start, the innermost first
    int n;
};

// The end of this thread's stack; 0 when it is not known.
static uintptr_t stack_end(void)
{
    static __thread uintptr_t end;
    pthread_attr_t about;
    void *start;
    size_t size;
    if (end == 0 && pthread_getattr_np(pthread_self(), &about) == 0) {
        if (pthread_attr_getstack(&about, &start, &size) == 0)
            end = (uintptr_t)start + size;
        pthread_attr_destroy(&about);
    }
    return end;
}

static bool is_frame(uintptr_t frame, uintptr_t below)
{
    return frame > below && frame % sizeof frame == 0 && frame + 2 * sizeof frame <= stack_end();
}

// The frame belongs to fault_of(), the next to what wraps the call, whose caller is the first.
__attribute__((no_sanitize("address"))) static void chain_fill(struct chain *chain, void *frame)
{
    uintptr_t at = *(uintptr_t *)frame, below = (uintptr_t)frame;
    chain->n = 0;
    while (chain->n < FAULT_FRAMES && is_frame(at, below)) {
        uintptr_t caller = ((uintptr_t *)at)[1];
        if (caller < (uintptr_t)__executable_start || caller >= (uintptr_t)etext)
            return;
        chain->callers[chain->n++] = caller - (uintptr_t)__executable_start;
        below = at;
        at = *(uintptr_t *)at;
    }
}

// FNV-1a, of whole numbers.
static unsigned chain_hash(const struct chain *chain)
{
    uint64_t hash = 14695981039346656037u;
    for (int i = 0; i < chain->n; i++)
        hash = (hash ^ chain->callers[i]) * 1099511628211u;
    unsigned folded = (unsigned)(hash ^ hash >> 32);
    return folded ? folded : 1;
}

unsigned place_of(void *frame)
{
    struct chain chain;
    chain_fill(&chain, frame);
    return chain_hash(&chain);
}

void place_note(int call, long nth, void *frame)
{
    struct chain chain;
    chain_fill(&chain, frame);
    unsigned id = chain_hash(&chain);
    uint64_t key = (uint64_t)(call + 1) << 32 | id;
    for (unsigned i = 0; i < SLOTS; i++) {
        unsigned at = (unsigned)(id + (unsigned)call * 31 + i) % SLOTS;
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(&slots[at].key, &there, key)) {
            slots[at].place = (struct fault_place){.call = call, .id = id, .first = nth};
            slots[at].place.frames = chain.n;
            memcpy(slots[at].place.callers, chain.callers, sizeof chain.callers);
        }
        if (there == 0 || there == key) {
            atomic_fetch_add(&slots[at].count, 1);
            return;
        }
    }
}

void place_forget(void)
{
    for (int i = 0; i < SLOTS; i++) {
        atomic_store(&slots[i].key, 0);
        atomic_store(&slots[i].count, 0);
    }
}

const struct fault_place *fault_place(int *at)
{
    while (*at < SLOTS) {
        int i = (*at)++;
        if (atomic_load(&slots[i].key) == 0)
            continue;
        slots[i].place.count = atomic_load(&slots[i].count);
        return &slots[i].place;
    }
    return NULL;
}

// Behind a name of what was inlined there the name of where follows, and an empty one at the end.
const char *fault_place_name(const struct fault_place *place)
{
    static char text[NAME_SIZE];
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < place->frames && used < sizeof text - 1; i++) {
        char name[256] = "";
#ifdef __SANITIZE_ADDRESS__
        const char *caller = __executable_start + place->callers[i] - 1;
        __sanitizer_symbolize_pc((void *)caller, "%f", name, sizeof name);
#endif
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " < " : "", name);
    }
    return text;
}
