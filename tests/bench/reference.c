// SPDX-License-Identifier: BSD-3-Clause
// The reference servers: reference lines|bulk|http|udp|udp-single; prints its port and serves.

#include "reference.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

void reference_fail(const char *what)
{
    perror(what);
    exit(1);
}

int reference_listener(int type)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0)
        reference_fail("bind");
    // Accepted sockets have it from the listening one: no call for each of them.
    if (type == SOCK_STREAM && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        reference_fail("setsockopt");
    if (type == SOCK_STREAM && listen(fd, 4096) != 0)
        reference_fail("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        reference_fail("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void all_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    const struct protocol *const protocols[] = {&reference_lines, &reference_bulk, &reference_http};
    const char *name = argc == 2 ? argv[1] : "";
    signal(SIGPIPE, SIG_IGN);
    all_descriptors();
    for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
        if (strcmp(name, protocols[i]->name) == 0)
            reference_serve(protocols[i]);
    if (strcmp(name, "udp") == 0 || strcmp(name, "udp-single") == 0)
        reference_udp(name[3] == '\0');
    fputs("usage: reference lines|bulk|http|udp|udp-single\n", stderr);
    return 2;
}
