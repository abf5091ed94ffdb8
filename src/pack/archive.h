// SPDX-License-Identifier: BSD-3-Clause
// The files that are packed in a program, and the format of the whole.

#ifndef SSS_PACK_ARCHIVE_H
#define SSS_PACK_ARCHIVE_H

// A small read-only tree of files in one piece of memory. All numbers are little endian:
//
//      0  magic "sssrun\0\1" (the last byte is the version of the format)
//      8  u64 size of the whole
//     16  u64 checksum (base/checksum.h) over everything behind it
//     24  u32 number of files
//     28  u32 which of them is the main script
//     32  u64 where the data begins: the size of all that stands before
//     40  per file: u64 where its data is, u64 its size, u32 where its name is, u32 its length
//      .  the names, each with a NUL behind it
//      .  the data of the files
//
// Files are in the order of their names (memcmp), and names and data follow one another in that
// order without gaps, so equal files give equal bytes. It stands on base alone; it refuses to read
// and write files, and to know what their contents mean.

#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_MAGIC "sssrun\0\1"
#define ARCHIVE_MAX ((uint64_t)INT32_MAX)     // bytes of an archive
#define ARCHIVE_HEAD_MAX ((uint64_t)64 << 20) // bytes before the data
#define ARCHIVE_NAME_MAX 4095                 // bytes of a name
enum { ARCHIVE_MAGIC_SIZE = 8, ARCHIVE_HEADER_SIZE = 40, ARCHIVE_ENTRY_SIZE = 24 };
enum { ARCHIVE_CHECKSUM_AT = 16, ARCHIVE_SUMMED_FROM = 24 };

// An opened archive. The memory stays the caller's.
struct archive {
    const unsigned char *data;
    uint64_t size;
    uint64_t head; // where the data begins
    uint32_t count;
    uint32_t main;
};

struct archive_file {
    const char *name;
    const unsigned char *data; // SIZE bytes
    uint64_t size;
};

// Opens the archive that fills SIZE bytes at DATA, and checks its checksum, bounds and order. 0, or
// -EBADMSG with a *REASON, such as "the checksum is wrong".
int archive_open(struct archive *a, const void *data, uint64_t size, const char **reason);

// The same for the head alone (archive_head_size() bytes at DATA): the data of the files is not
// read, and the checksum not compared.
int archive_open_head(struct archive *a, const void *data, uint64_t size, const char **reason);

// The size of the head, read from the first ARCHIVE_HEADER_SIZE bytes of an archive of SIZE bytes;
// 0 when they are not those of an archive.
uint64_t archive_head_size(const void *header, uint64_t size);

// The file at INDEX, 0 .. count - 1.
struct archive_file archive_at(const struct archive *a, uint32_t index);

// Finds the file NAME: 0; -ENOENT; -EISDIR when NAME is a folder of packed files.
int archive_find(const struct archive *a, const char *name, struct archive_file *file);

// Why a packed file cannot have the NAME of LENGTH bytes, or NULL when it can. Names are relative
// paths: parts with "/" between them, none of which is empty, "." or "..", and without a NUL.
const char *archive_name_fault(const char *name, size_t length);

// A file that is to be packed.
struct archive_item {
    const char *name;
    uint64_t size;
    size_t place; // for the caller: where the data of the file is to be found
};

// Why no archive can be made.
struct archive_fault {
    const char *reason;
    const char *name; // the file that it is about, or NULL
};

// Sorts ITEMS and makes the head of an archive of them, with MAIN as the name of the main script;
// the checksum is left 0. *SIZE is the size of the whole archive. The result is malloc'ed and has
// archive_head_size() bytes; NULL with a *FAULT.
unsigned char *archive_make_head(struct archive_item *items, size_t count, const char *main,
                                 uint64_t *size, struct archive_fault *fault);

#endif
