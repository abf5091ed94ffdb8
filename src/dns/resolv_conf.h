// SPDX-License-Identifier: BSD-3-Clause
// The settings of resolv.conf(5).

#ifndef SSS_DNS_RESOLV_CONF_H
#define SSS_DNS_RESOLV_CONF_H

// Which name servers to ask, how, and what to append to short names: makes a struct of a text.
// Lines that are not understood are ignored, as the C library does. It refuses to open files, and
// to ask.

#include "sys/addr.h"

enum { RESOLV_SERVERS_MAX = 8, RESOLV_PORT = 53 };

struct resolv_conf {
    struct addr servers[RESOLV_SERVERS_MAX];
    size_t server_count;
    char *search; // the domains, each with a NUL; NULL when the file names none
    size_t search_size;
    unsigned ndots;    // a name with that many dots is tried without a domain first
    unsigned timeout;  // seconds that an attempt may take
    unsigned attempts; // how many times each server is asked
    bool rotate;       // the servers take turns
    bool use_vc;       // ask over TCP
};

// TEXT is SIZE bytes of the file. 0 or -ENOMEM.
int resolv_conf_parse(struct resolv_conf *c, const char *text, size_t size) MUST_CHECK;

// Replaces settings by those in the environment variables LOCALDOMAIN and RES_OPTIONS; NULL when a
// variable is not set. 0 or -ENOMEM.
int resolv_conf_override(struct resolv_conf *c, const char *search, const char *options) MUST_CHECK;

void resolv_conf_free(struct resolv_conf *c);

// Writes candidate number N (from 0) for NAME to OUT, with a NUL: NAME with each domain of the
// list, and NAME itself; the number of its dots decides whether that is the first or the last. 1;
// 0: it is too long for a name, the next one may do; -ENOENT: there are no more.
int resolv_conf_candidate(const struct resolv_conf *c, const char *name, unsigned n, char *out,
                          size_t size) MUST_CHECK;

// A name server as people write it: "192.0.2.1", "192.0.2.1:5353", "2001:db8::1",
// "[2001:db8::1]:5353", "fe80::1%eth0". 0 or -EINVAL.
int resolv_conf_server(struct addr *out, const char *text, size_t len) MUST_CHECK;

#endif
