// SPDX-License-Identifier: BSD-3-Clause
// The tables of words, and the search in the system's databases.

#include "sys/names.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// Of several names for one value, the first is the one that names_name() gives.
const struct name names_families[] = {
    {"unspec", AF_UNSPEC},
    {"unix", AF_UNIX},
    {"local", AF_LOCAL},
    {"file", AF_FILE},
    {"inet", AF_INET},
    {"inet6", AF_INET6},
    {"ax25", AF_AX25},
    {"ipx", AF_IPX},
    {"appletalk", AF_APPLETALK},
    {"netrom", AF_NETROM},
    {"bridge", AF_BRIDGE},
    {"atmpvc", AF_ATMPVC},
    {"x25", AF_X25},
    {"rose", AF_ROSE},
    {"decnet", AF_DECnet},
    {"netbeui", AF_NETBEUI},
    {"security", AF_SECURITY},
    {"key", AF_KEY},
    {"netlink", AF_NETLINK},
    {"route", AF_ROUTE},
    {"packet", AF_PACKET},
    {"ash", AF_ASH},
    {"econet", AF_ECONET},
    {"atmsvc", AF_ATMSVC},
    {"rds", AF_RDS},
    {"sna", AF_SNA},
    {"irda", AF_IRDA},
    {"pppox", AF_PPPOX},
    {"wanpipe", AF_WANPIPE},
    {"llc", AF_LLC},
    {"ib", AF_IB},
    {"mpls", AF_MPLS},
    {"can", AF_CAN},
    {"tipc", AF_TIPC},
    {"bluetooth", AF_BLUETOOTH},
    {"iucv", AF_IUCV},
    {"rxrpc", AF_RXRPC},
    {"isdn", AF_ISDN},
    {"phonet", AF_PHONET},
    {"ieee802154", AF_IEEE802154},
    {"caif", AF_CAIF},
    {"alg", AF_ALG},
    {"nfc", AF_NFC},
    {"vsock", AF_VSOCK},
    {"kcm", AF_KCM},
    {"qipcrtr", AF_QIPCRTR},
    {"smc", AF_SMC},
    {"xdp", AF_XDP},
#ifdef AF_MCTP
    {"mctp", AF_MCTP},
#endif
    {NULL, 0},
};

const struct name names_types[] = {
    {"stream", SOCK_STREAM},
    {"dgram", SOCK_DGRAM},
    {"raw", SOCK_RAW},
    {"rdm", SOCK_RDM},
    {"seqpacket", SOCK_SEQPACKET},
    {"dccp", SOCK_DCCP},
    {"packet", SOCK_PACKET},
    {"cloexec", SOCK_CLOEXEC},
    {"nonblock", SOCK_NONBLOCK},
    {NULL, 0},
};

const struct name names_shutdowns[] = {
    {"read", SHUT_RD},
    {"write", SHUT_WR},
    {"both", SHUT_RDWR},
    {NULL, 0},
};

const struct name names_flags[] = {
    {"oob", MSG_OOB},
    {"peek", MSG_PEEK},
    {"dontroute", MSG_DONTROUTE},
    {"ctrunc", MSG_CTRUNC},
    {"proxy", MSG_PROXY},
    {"trunc", MSG_TRUNC},
    {"dontwait", MSG_DONTWAIT},
    {"eor", MSG_EOR},
    {"waitall", MSG_WAITALL},
    {"fin", MSG_FIN},
    {"syn", MSG_SYN},
    {"confirm", MSG_CONFIRM},
    {"rst", MSG_RST},
    {"errqueue", MSG_ERRQUEUE},
    {"nosignal", MSG_NOSIGNAL},
    {"more", MSG_MORE},
    {"waitforone", MSG_WAITFORONE},
    {"batch", MSG_BATCH},
    {"zerocopy", MSG_ZEROCOPY},
    {"fastopen", MSG_FASTOPEN},
    {"cmsg_cloexec", MSG_CMSG_CLOEXEC},
#ifdef MSG_TRYHARD
    {"tryhard", MSG_TRYHARD}, // DECnet's word for dontroute
#endif
#ifdef MSG_SOCK_DEVMEM
    {"sock_devmem", MSG_SOCK_DEVMEM},
#endif
    {NULL, 0},
};

// The protocols of a machine without /etc/protocols, with the numbers that IANA assigned.
static const struct name names_protocols[] = {
    {"ip", IPPROTO_IP},
    {"icmp", IPPROTO_ICMP},
    {"igmp", IPPROTO_IGMP},
    {"tcp", IPPROTO_TCP},
    {"udp", IPPROTO_UDP},
    {"dccp", IPPROTO_DCCP},
    {"ipv6", IPPROTO_IPV6},
    {"gre", IPPROTO_GRE},
    {"esp", IPPROTO_ESP},
    {"ah", IPPROTO_AH},
    {"ipv6-icmp", IPPROTO_ICMPV6},
    {"icmpv6", IPPROTO_ICMPV6},
    {"sctp", IPPROTO_SCTP},
    {"udplite", IPPROTO_UDPLITE},
    {"raw", IPPROTO_RAW},
#ifdef IPPROTO_MPTCP
    {"mptcp", IPPROTO_MPTCP},
#endif
    {NULL, 0},
};

// The services of a machine without /etc/services: with both transports, then with one only.
static const struct name names_services[] = {
    {"echo", 7},    {"discard", 9},   {"daytime", 13}, {"chargen", 19}, {"time", 37},
    {"domain", 53}, {"kerberos", 88}, {"sunrpc", 111}, {"snmp", 161},   {"ldap", 389},
    {"https", 443}, {"ldaps", 636},   {"nfs", 2049},   {"sip", 5060},   {NULL, 0},
};

static const struct name names_services_tcp[] = {
    {"systat", 11},       {"qotd", 17},        {"ftp-data", 20}, {"ftp", 21},
    {"ssh", 22},          {"telnet", 23},      {"smtp", 25},     {"whois", 43},
    {"gopher", 70},       {"finger", 79},      {"http", 80},     {"www", 80},
    {"pop3", 110},        {"nntp", 119},       {"imap", 143},    {"imap2", 143},
    {"submissions", 465}, {"submission", 587}, {"rsync", 873},   {"imaps", 993},
    {"pop3s", 995},       {"mqtt", 1883},      {"mysql", 3306},  {"xmpp-client", 5222},
    {"postgresql", 5432}, {"amqp", 5672},      {"redis", 6379},  {"ircd", 6667},
    {"http-alt", 8080},   {"mqtts", 8883},     {NULL, 0},
};

static const struct name names_services_udp[] = {
    {"bootps", 67},  {"bootpc", 68}, {"tftp", 69}, {"ntp", 123},
    {"syslog", 514}, {"mdns", 5353}, {NULL, 0},
};

// Unlike tolower(3), independent of the locale, which a script can change.
static char names_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool names_match(const char *word, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (word[i] == '\0' || names_lower(word[i]) != names_lower(name[i]))
            return false;
    return word[len] == '\0';
}

int names_value(const struct name *table, const char *name, size_t len)
{
    for (; table->name; table++)
        if (names_match(table->name, name, len))
            return table->value;
    return -ENOENT;
}

const char *names_name(const struct name *table, int value)
{
    for (; table->name; table++)
        if (table->value == value)
            return table->name;
    return NULL;
}

// The number at the start of TEXT, and its end. -ENOENT when there is none, or it is above 65535.
static int names_number(const char *text, const char **end)
{
    int number = 0;
    const char *at = text;
    while (*at >= '0' && *at <= '9' && number <= 65535)
        number = number * 10 + (*at++ - '0');
    *end = at;
    return at == text || number > 65535 ? -ENOENT : number;
}

// The number in WORD: "17", or with a PROTO "53/udp". -ENOENT for any other text.
static int names_word_number(const char *word, const char *proto)
{
    const char *end;
    int number = names_number(word, &end);
    if (number < 0 || (!proto && *end != '\0'))
        return -ENOENT;
    if (proto && (*end != '/' || strcmp(end + 1, proto) != 0))
        return -ENOENT;
    return number;
}

// The number of NAME, if it is the first word or an alias in this line, which is changed.
static int names_in_line(char *line, const char *name, size_t len, const char *proto)
{
    static const char blank[] = " \t\r\n";
    line[strcspn(line, "#")] = '\0';
    char *rest;
    const char *word = strtok_r(line, blank, &rest);
    const char *number = strtok_r(NULL, blank, &rest);
    if (!number)
        return -ENOENT;
    for (; word; word = strtok_r(NULL, blank, &rest))
        if (names_match(word, name, len))
            return names_word_number(number, proto);
    return -ENOENT;
}

// Reads a line; one that is too long is skipped and counts as empty. False at the end of the file.
static bool names_read_line(FILE *file, char *line, int size)
{
    if (!fgets(line, size, file))
        return false;
    if (strchr(line, '\n') || strlen(line) + 1 < (size_t)size)
        return true;
    line[0] = '\0';
    for (int c = getc(file); c != '\n' && c != EOF;)
        c = getc(file);
    return true;
}

int names_in_file(const char *path, const char *name, size_t len, const char *proto)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == EMFILE || errno == ENFILE ? -errno : -ENOENT;
    char line[1024];
    int number = -ENOENT;
    while (number < 0 && names_read_line(file, line, sizeof line))
        number = names_in_line(line, name, len, proto);
    fclose(file);
    return number;
}

int names_protocol(const char *name, size_t len)
{
    int listed = names_in_file("/etc/protocols", name, len, NULL);
    int number = listed >= 0 ? listed : names_value(names_protocols, name, len);
    return number >= 0 ? number : listed;
}

int names_service(const char *name, size_t len, const char *proto)
{
    int listed = names_in_file("/etc/services", name, len, proto);
    int port = listed >= 0 ? listed : names_value(names_services, name, len);
    if (port < 0 && strcmp(proto, "tcp") == 0)
        port = names_value(names_services_tcp, name, len);
    if (port < 0 && strcmp(proto, "udp") == 0)
        port = names_value(names_services_udp, name, len);
    return port >= 0 ? port : listed;
}
