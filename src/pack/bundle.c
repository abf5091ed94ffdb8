// SPDX-License-Identifier: BSD-3-Clause
// Finds the archive in memory.

#include "pack/bundle.h"

#include "pack/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

// The linker gives the section of this object a segment of its own. In a program with an archive,
// the archive is in that segment, at another address on the same page: so only the address of this
// object may be used, not its value.
extern const char bundle_room[ELF_ROOM_SIZE];
const char bundle_room[ELF_ROOM_SIZE]
    __attribute__((section(ELF_SECTION), used, aligned(ELF_ROOM_SIZE))) = ELF_EMPTY;

static struct archive packed;
static bool is_packed;

struct room {
    const unsigned char *data;
    uint64_t size; // 0 when this program was linked without a segment for it
};

// Finds the segment that begins on the page of bundle_room. The main program comes first, and no
// other object is looked at.
static int find_room(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    struct room *room = data;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + p->p_vaddr;
        if (p->p_type != PT_LOAD || p->p_align == 0 ||
            start - start % p->p_align != (uintptr_t)bundle_room)
            continue;
        *room = (struct room){(const unsigned char *)start, p->p_filesz};
    }
    return 1;
}

// Can this address be read? Where a mapped file is too short, reading would kill the program, but
// write(2) fails instead. When there is no pipe to write to, the answer is yes.
static bool is_readable(const unsigned char *address)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return true;
    ssize_t written;
    do
        written = write(ends[1], address, 1);
    while (written < 0 && errno == EINTR);
    close(ends[0]);
    close(ends[1]);
    return written == 1;
}

static bool is_asked_to_be_runtime(void)
{
    const char *asked = secure_getenv("SSSRUN_AS_RUNTIME");
    return asked && strcmp(asked, "1") == 0;
}

int bundle_start(const char **reason)
{
    struct room room = {NULL, 0};
    dl_iterate_phdr(find_room, &room);
    if (room.size <= ELF_ROOM_SIZE || is_asked_to_be_runtime())
        return 0;
    *reason = "they are cut off";
    if (!is_readable(room.data) || !is_readable(room.data + room.size - 1))
        return -EBADMSG;
    int error = archive_open(&packed, room.data, room.size, reason);
    is_packed = error == 0;
    return error < 0 ? error : 1;
}

const struct archive *bundle_archive(void)
{
    return is_packed ? &packed : NULL;
}

const char *bundle_program(char *own)
{
    static const char link[] = "/proc/self/exe"; // works even when the file has been removed
    struct stat program, named;
    ssize_t length = readlink(link, own, PATH_MAX - 1);
    if (length < 0) {
        const char *started_as = (const char *)getauxval(AT_EXECFN);
        return started_as ? started_as : link;
    }
    own[length] = '\0';
    bool same = stat(link, &program) == 0 && stat(own, &named) == 0 &&
                program.st_dev == named.st_dev && program.st_ino == named.st_ino;
    return same ? own : link;
}
