// SPDX-License-Identifier: BSD-3-Clause
// The settings of resolv.conf(5).

#ifndef SSS_DNS_RESOLV_CONF_H
#define SSS_DNS_RESOLV_CONF_H

// Which name servers to ask, how, and what to append to short names. Text goes in, a struct comes
// out; lines that are not understood are passed over, as libc does it. It refuses to open files,
// and to ask.

#include "sys/addr.h"

enum { RESOLV_SERVERS_MAX = 8, RESOLV_PORT = 53 };

struct resolv_conf {
    struct addr servers[RESOLV_SERVERS_MAX];
    size_t server_count;
    char *search; // the domains one behind the other, each with its NUL; NULL: none are given
    size_t search_size;
    unsigned ndots;    // dots that make a name be tried as it is first
    unsigned timeout;  // seconds that an attempt may take
    unsigned attempts; // how often each server is asked
    bool rotate;       // the servers take turns
    bool use_vc;       // ask over TCP
};

// TEXT is SIZE bytes of the file. 0 or -ENOMEM.
int resolv_conf_parse(struct resolv_conf *c, const char *text, size_t size) MUST_CHECK;

// What the environment variables LOCALDOMAIN and RES_OPTIONS say, instead; NULL: nothing. 0 or
// -ENOMEM.
int resolv_conf_override(struct resolv_conf *c, const char *search, const char *options) MUST_CHECK;

void resolv_conf_free(struct resolv_conf *c);

// The name that is the number N (from 0) of those to try for NAME, with its NUL into OUT: with the
// domains of the list appended, and as it is, in the order that its dots give. 1; 0: it is too long
// to exist, go on with the next; -ENOENT: there are no more.
int resolv_conf_candidate(const struct resolv_conf *c, const char *name, unsigned n, char *out,
                          size_t size) MUST_CHECK;

// A name server as people write it: "192.0.2.1", "192.0.2.1:5353", "2001:db8::1",
// "[2001:db8::1]:5353", "fe80::1%eth0". 0 or -EINVAL.
int resolv_conf_server(struct addr *out, const char *text, size_t len) MUST_CHECK;

#endif
