// SPDX-License-Identifier: BSD-3-Clause
// The table of hosts(5).

#ifndef SSS_DNS_HOSTS_H
#define SSS_DNS_HOSTS_H

// The addresses of a name and the names of an address in /etc/hosts. The case of names does not
// matter; all lines with a name count. The file is read and indexed when it is first needed, and
// again when it has changed, so that a search is fast in a file of many megabytes. It refuses to
// look anywhere else.

#include "base/bytes.h"
#include "sys/addr_list.h"
#include "sys/config_file.h"

#include <stdint.h>

struct hosts_name;
struct hosts_bucket;

struct hosts {
    struct config_file file;
    char *text;
    size_t size;
    struct hosts_name *names; // in the order of the file
    size_t count;
    struct hosts_bucket *buckets; // by hash
    size_t bucket_count;          // a power of two
};

void hosts_init(struct hosts *h, const char *path);
void hosts_free(struct hosts *h);

// Reads the file again if it has changed. 0, or -EMFILE, -ENFILE, -ENOMEM.
int hosts_update(struct hosts *h) MUST_CHECK;

// Adds the addresses of NAME that are of FAMILY (AF_UNSPEC: any) to OUT, in the order of the file.
// 0, also when NAME only has addresses of the other family; -ENOENT when the file does not have
// NAME; -ENOMEM.
int hosts_addresses(const struct hosts *h, const char *name, int family,
                    struct addr_list *out) MUST_CHECK;

// Appends the names of the host at A to OUT, each with a NUL. The port of A does not matter. How
// many, or -ENOMEM.
int hosts_names(const struct hosts *h, const struct addr *a, struct bytes *out) MUST_CHECK;

#endif
