// SPDX-License-Identifier: BSD-3-Clause
// What c-ares asks of the system that it is built for, instead of its configure script: Linux, with
// musl or with glibc. vendor/cares.mk puts this file into its sources as ares_config.h.
//
// CARES_THREADS is missing on purpose: the program has no threads, and the loop waits for c-ares.
// So are epoll and kqueue, which only c-ares' own thread would use, and inet_net_pton, which musl
// lacks: c-ares brings one.

// Headers
#define HAVE_ARPA_INET_H 1
#define HAVE_ARPA_NAMESER_H 1
#define HAVE_ERRNO_H 1
#define HAVE_FCNTL_H 1
#define HAVE_IFADDRS_H 1
#define HAVE_LIMITS_H 1
#define HAVE_MALLOC_H 1
#define HAVE_NETDB_H 1
#define HAVE_NETINET_IN_H 1
#define HAVE_NETINET_TCP_H 1
#define HAVE_NET_IF_H 1
#define HAVE_POLL_H 1
#define HAVE_STDINT_H 1
#define HAVE_STRINGS_H 1
#define HAVE_SYS_IOCTL_H 1
#define HAVE_SYS_PARAM_H 1
#define HAVE_SYS_RANDOM_H 1
#define HAVE_SYS_SELECT_H 1
#define HAVE_SYS_SOCKET_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_UIO_H 1
#define HAVE_TIME_H 1
#define HAVE_UNISTD_H 1

// Types and constants
#define HAVE_AF_INET6 1
#define HAVE_MSG_NOSIGNAL 1
#define HAVE_PF_INET6 1
#define HAVE_STRUCT_ADDRINFO 1
#define HAVE_STRUCT_IN6_ADDR 1
#define HAVE_STRUCT_SOCKADDR_IN6 1
#define HAVE_STRUCT_SOCKADDR_IN6_SIN6_SCOPE_ID 1
#define HAVE_STRUCT_TIMEVAL 1

// Functions
#define HAVE_CLOCK_GETTIME_MONOTONIC 1
#define HAVE_FCNTL_O_NONBLOCK 1
#define HAVE_GETENV 1
#define HAVE_GETHOSTNAME 1
#define HAVE_GETIFADDRS 1
#define HAVE_GETRANDOM 1
#define HAVE_GETSERVBYNAME_R 1
#define HAVE_GETSERVBYPORT_R 1
#define HAVE_GETTIMEOFDAY 1
#define HAVE_IF_INDEXTONAME 1
#define HAVE_IF_NAMETOINDEX 1
#define HAVE_IOCTL_FIONBIO 1
#define HAVE_MEMMEM 1
#define HAVE_PIPE 1
#define HAVE_PIPE2 1
#define HAVE_POLL 1
#define HAVE_RECVFROM 1
#define HAVE_SENDTO 1
#define HAVE_STAT 1
#define HAVE_STRCASECMP 1
#define HAVE_STRNCASECMP 1
#define HAVE_STRNLEN 1
#define HAVE_WRITEV 1

// The types of their arguments, as POSIX and (for the last two) glibc and musl have them
#define GETHOSTNAME_TYPE_ARG2 size_t
#define RECVFROM_TYPE_ARG3 size_t
#define SEND_TYPE_ARG1 int
#define SEND_TYPE_ARG2 const void *
#define SEND_TYPE_ARG3 size_t
#define SEND_TYPE_ARG4 int
#define GETSERVBYNAME_R_ARGS 6
#define GETSERVBYPORT_R_ARGS 6

// Where getrandom() does not answer (Linux before 3.17)
#define CARES_RANDOM_FILE "/dev/urandom"
