// SPDX-License-Identifier: BSD-3-Clause
// The load generator: asks one server in a closed loop, slice by slice, and prints figures.
//
// load WORKLOAD [NAME=VALUE...] [-- COMMAND...]
//   WORKLOAD  lines, bulk, connect, http, udp, spawn
//   port=     the server's port on 127.0.0.1     pid=   its process, for its CPU time
//   connections= depth= size= idle= check=all    see struct options
//   COMMAND   what "spawn" starts and waits for, over and over
// It prints "ready" once it is connected. Then each line of standard input is the length of a
// slice in milliseconds and is answered by one line:
//   operations seconds cpu lost p50 p90 p99 max     (seconds, but operations and lost are counts)
// It ends with its standard input.

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 10 // seconds without the end of a slice that is due

static const struct workload *const workloads[] = {&load_lines, &load_bulk, &load_connect,
                                                   &load_http,  &load_udp,  &load_spawn};

void load_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

uint64_t load_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void *load_memory(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        load_fail("out of memory");
    return memory;
}

int load_connected(const struct run *run, in_addr_t source)
{
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = source};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        load_fail("socket: %s", strerror(errno));
    if (source && bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0)
        load_fail("bind: %s", strerror(errno));
    if (connect(fd, (const struct sockaddr *)&run->options.server, sizeof(from)) != 0)
        load_fail("connect: %s", strerror(errno));
    return fd;
}

void load_watch(struct run *run, int fd, int slot, uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLET, .data.u32 = (uint32_t)slot};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        load_fail("epoll_ctl: %s", strerror(errno));
}

bool load_done(struct run *run, uint64_t began)
{
    run->operations++;
    latency_add(&run->latency, run->now - began);
    return !run->stopping;
}

size_t load_receive(int fd, void *buffer, size_t size, int flags)
{
    ssize_t n = recv(fd, buffer, size, MSG_DONTWAIT | flags);
    if (n > 0)
        return (size_t)n;
    if (n == 0)
        load_fail("the server closed a connection");
    if (errno != EAGAIN && errno != EINTR)
        load_fail("recv: %s", strerror(errno));
    return 0;
}

size_t load_send(int fd, const void *data, size_t size)
{
    ssize_t n = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0)
        return (size_t)n;
    if (errno != EAGAIN && errno != EINTR)
        load_fail("send: %s", strerror(errno));
    return 0;
}

// CPU time of the server's process (all its threads), or of the commands that ended, in seconds.
static double cpu_time(const struct options *options)
{
    struct rusage usage;
    struct timespec time;
    clockid_t clock;
    if (options->command) {
        getrusage(RUSAGE_CHILDREN, &usage);
        return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    if (!options->pid)
        return 0;
    if (clock_getcpuclockid(options->pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        load_fail("the server's process %d is gone", (int)options->pid);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void turns(struct run *run)
{
    struct epoll_event events[256];
    while (run->active > 0) {
        int count = epoll_wait(run->epoll, events, 256, run->workload->overdue ? 20 : -1);
        if (count < 0 && errno != EINTR)
            load_fail("epoll_wait: %s", strerror(errno));
        run->now = load_clock();
        run->stopping = run->now >= run->deadline;
        for (int i = 0; i < count; i++)
            run->workload->ready(run, (int)events[i].data.u32, events[i].events);
        if (run->workload->overdue)
            run->workload->overdue(run);
    }
}

static void slice(struct run *run, double seconds)
{
    double cpu = cpu_time(&run->options);
    uint64_t began = load_clock();
    run->operations = run->lost = 0;
    run->stopping = false;
    run->active = run->options.connections;
    run->now = began;
    run->deadline = began + (uint64_t)(seconds * 1e9);
    latency_clear(&run->latency);
    alarm((unsigned)seconds + PATIENCE);
    if (run->workload->slice)
        run->workload->slice(run);
    else
        for (int slot = 0; slot < run->options.connections; slot++)
            run->workload->start(run, slot);
    turns(run);
    alarm(0);
    printf("%llu %.6f %.6f %llu", (unsigned long long)run->operations,
           (double)(load_clock() - began) / 1e9, cpu_time(&run->options) - cpu,
           (unsigned long long)run->lost);
    for (int i = 0; i < 4; i++)
        printf(" %.7f", (double)latency_share(&run->latency, (double[]){.5, .9, .99, 1}[i]) / 1e9);
    putchar('\n');
    fflush(stdout);
}

static void out_of_patience(int signal)
{
    static const char text[] = "load: the server owes an answer for too long\n";
    (void)signal;
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(2);
    _exit(1);
}

static bool number(const char *argument, const char *name, long *value)
{
    size_t length = strlen(name);
    char *end;
    if (strncmp(argument, name, length) != 0 || argument[length] != '=')
        return false;
    *value = strtol(argument + length + 1, &end, 10);
    if (*end || end == argument + length + 1 || *value < 0 || *value > 1 << 30)
        load_fail("bad number in '%s'", argument);
    return true;
}

static void option(struct options *options, const char *argument)
{
    long value;
    if (number(argument, "port", &value))
        options->server.sin_port = htons((uint16_t)value);
    else if (number(argument, "pid", &value))
        options->pid = (pid_t)value;
    else if (number(argument, "connections", &value))
        options->connections = (int)value;
    else if (number(argument, "depth", &value))
        options->depth = (int)value;
    else if (number(argument, "size", &value))
        options->size = (size_t)value;
    else if (number(argument, "idle", &value))
        options->idle = (int)value;
    else if (strcmp(argument, "check=all") == 0)
        options->check_all = true;
    else
        load_fail("unknown option '%s'", argument);
}

static void arguments(struct run *run, char **argv)
{
    struct options *options = &run->options;
    *options = (struct options){.connections = 1, .depth = 1, .size = 64};
    options->server.sin_family = AF_INET;
    options->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; *argv && i < sizeof(workloads) / sizeof(*workloads); i++)
        if (strcmp(*argv, workloads[i]->name) == 0)
            run->workload = workloads[i];
    if (!run->workload)
        load_fail("which workload? lines, bulk, connect, http, udp or spawn");
    while (*++argv && strcmp(*argv, "--") != 0)
        option(options, *argv);
    if (*argv)
        options->command = argv + 1;
    if (options->connections < 1 || options->depth < 1 || options->size < 16)
        load_fail("at least one connection, one unit in flight, 16 bytes");
}

int main(int argc, char **argv)
{
    static struct run run;
    char line[64];
    (void)argc;
    signal(SIGALRM, out_of_patience);
    arguments(&run, argv + 1);
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (run.epoll < 0)
        load_fail("epoll_create1: %s", strerror(errno));
    alarm(6 * PATIENCE);
    run.workload->open(&run);
    alarm(0);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin))
        slice(&run, atof(line) / 1000);
    return 0;
}
