// SPDX-License-Identifier: BSD-3-Clause
// _dl_find_object for the static program: how libgcc's unwinder finds the unwind tables under musl.
//
// LuaJIT raises errors by unwinding the C stack, which libgcc does. Debian's libgcc_eh was built
// against glibc and asks glibc's _dl_find_object for the tables of the object that holds an
// address. musl has no such function, but it has dl_iterate_phdr(3), which tells the same. The
// program must be linked with --eh-frame-hdr. The layout of the result is that of glibc's manual,
// "Dynamic Linker Introspection", on machines without a data base pointer in it (x86-64, arm64).
#include <link.h>
#include <stddef.h>
#include <stdint.h>

struct dl_find_object {
    unsigned long long flags;
    void *map_start;
    void *map_end;
    struct link_map *map;
    void *eh_frame; // the PT_GNU_EH_FRAME segment
    unsigned long long reserved[7];
};

struct search {
    uintptr_t address;
    struct dl_find_object *result;
};

int _dl_find_object(void *address, struct dl_find_object *result);

// dl_iterate_phdr calls this for each loaded object until it returns 1, for the one that was looked
// for.
static int unwind_match(struct dl_phdr_info *info, size_t size, void *data)
{
    struct search *search = data;
    uintptr_t start = 0, end = 0, tables = 0;
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_GNU_EH_FRAME)
            tables = from;
        if (segment->p_type == PT_LOAD && search->address - from < segment->p_memsz) {
            start = from;
            end = from + segment->p_memsz;
        }
    }
    if (start == 0 || tables == 0)
        return 0;
    *search->result = (struct dl_find_object){
        .map_start = (void *)start, .map_end = (void *)end, .eh_frame = (void *)tables};
    return 1;
}

// Returns 0 and fills `result` when a loaded object covers `address`, else -1 (compiled Lua code,
// for instance: LuaJIT registers its tables with libgcc itself).
int _dl_find_object(void *address, struct dl_find_object *result)
{
    struct search search = {(uintptr_t)address, result};
    return dl_iterate_phdr(unwind_match, &search) == 1 ? 0 : -1;
}
