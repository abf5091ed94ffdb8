// SPDX-License-Identifier: BSD-3-Clause
// The rows of the table of socket options.

#include "sys/sockopt.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <sys/socket.h>

// Sources: socket(7), unix(7), tcp(7), ip(7), ipv6(7), udp(7); where they say nothing, the kernel's
// <linux/*.h> and its behaviour.

// Linux's numbers (those of <asm-generic/socket.h>) for options that a libc may not define yet.
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif
#ifndef SO_RESERVE_MEM
#define SO_RESERVE_MEM 73
#endif
#ifndef SO_TXREHASH
#define SO_TXREHASH 74
#endif
#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SO_RCVPRIORITY
#define SO_RCVPRIORITY 82
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
#ifndef SO_INQ
#define SO_INQ 84
#endif
#ifndef TCP_AO_ADD_KEY
#define TCP_AO_ADD_KEY 38
#endif
#ifndef TCP_AO_DEL_KEY
#define TCP_AO_DEL_KEY 39
#endif
#ifndef TCP_AO_INFO
#define TCP_AO_INFO 40
#endif
#ifndef TCP_AO_GET_KEYS
#define TCP_AO_GET_KEYS 41
#endif
#ifndef TCP_AO_REPAIR
#define TCP_AO_REPAIR 42
#endif
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP 43
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#ifndef TCP_RTO_MIN_US
#define TCP_RTO_MIN_US 45
#endif
#ifndef TCP_DELACK_MAX_US
#define TCP_DELACK_MAX_US 46
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif
#ifndef IP_PROTOCOL
#define IP_PROTOCOL 52
#endif
#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11
#endif
#ifndef IPV6_RECVERR_RFC4884
#define IPV6_RECVERR_RFC4884 31
#endif
#ifndef IPV6_FLOWLABEL_MGR
#define IPV6_FLOWLABEL_MGR 32
#endif
#ifndef IPV6_FLOWINFO_SEND
#define IPV6_FLOWINFO_SEND 33
#endif

#define ROW(table_, level_, name_, number_, kind_, ...)                                            \
    {                                                                                              \
        .name = (name_), .table = (table_), .level = (level_), .number = (number_),                \
        .kind = SOCKOPT_##kind_, __VA_ARGS__                                                       \
    }
#define SO(...) ROW("so", SOL_SOCKET, __VA_ARGS__)
#define TCP(...) ROW("tcp", IPPROTO_TCP, __VA_ARGS__)
#define UDP(...) ROW("udp", IPPROTO_UDP, __VA_ARGS__)
#define IP(...) ROW("ip", IPPROTO_IP, __VA_ARGS__)
#define IPV6(...) ROW("ipv6", IPPROTO_IPV6, __VA_ARGS__)

#define RW .readable = true, .writable = true
#define RO .readable = true
#define WO .writable = true
#define NO .readable = false // has a public number, and cannot be read or written

#define RANGE(least_, most_) .least = (least_), .most = (most_)
#define UNSIGNED RANGE(0, UINT32_MAX)
#define BUFFER_RANGE RANGE(0, INT_MAX / 2)
#define NAME RANGE(0, 15) // IFNAMSIZ, TCP_CA_NAME_MAX and TCP_ULP_NAME_MAX are 16; an IPv4 address
#define SIZE(most_) .most = (most_) // the kernel refuses to fill a larger one
#define NETWORK .network = true

// Where two rows have the same number, a search by number finds the first. A multicast limit or hop
// count of -1 ("the default") is refused, because it would be read back as another number.
const struct sockopt sockopt_table[] = {
    SO("debug", SO_DEBUG, FLAG, RW), // needs CAP_NET_ADMIN
    SO("reuseaddr", SO_REUSEADDR, FLAG, RW),
    SO("type", SO_TYPE, INT, RO),
    SO("error", SO_ERROR, INT, RO), // reading clears it
    SO("dontroute", SO_DONTROUTE, FLAG, RW),
    SO("broadcast", SO_BROADCAST, FLAG, RW),
    SO("sndbuf", SO_SNDBUF, BUFFER, RW, BUFFER_RANGE), // from about 2 KiB to net.core.wmem_max
    SO("rcvbuf", SO_RCVBUF, BUFFER, RW, BUFFER_RANGE), // from about 1 KiB to net.core.rmem_max
    SO("keepalive", SO_KEEPALIVE, FLAG, RW),
    SO("oobinline", SO_OOBINLINE, FLAG, RW),
    SO("no_check", SO_NO_CHECK, FLAG, RW),
    SO("priority", SO_PRIORITY, INT, RW, UNSIGNED), // above 6: needs CAP_NET_ADMIN
    SO("linger", SO_LINGER, LINGER, RW, RANGE(0, INT_MAX)),
    SO("bsdcompat", SO_BSDCOMPAT, FLAG, NO), // the kernel has the number and does nothing with it
    SO("reuseport", SO_REUSEPORT, FLAG, RW),
    SO("passcred", SO_PASSCRED, FLAG, RW),
    SO("peercred", SO_PEERCRED, BYTES, RO), // struct ucred
    // TCP: up to half of the receive buffer.
    SO("rcvlowat", SO_RCVLOWAT, INT, RW, RANGE(1, INT_MAX)),
    SO("sndlowat", SO_SNDLOWAT, INT, RO),
    // Times are rounded up to the kernel's clock tick (1 to 10 ms); 0 is "no limit".
    SO("rcvtimeo", SO_RCVTIMEO, TIMEVAL, RW, RANGE(0, INT_MAX)),
    SO("sndtimeo", SO_SNDTIMEO, TIMEVAL, RW, RANGE(0, INT_MAX)),
    SO("bindtodevice", SO_BINDTODEVICE, TEXT, RW, NAME), // "" for none
    SO("attach_filter", SO_ATTACH_FILTER, BYTES, WO),    // struct sock_fprog
    // Its length is a number of instructions and not of bytes, so no buffer is safe.
    SO("get_filter", SO_GET_FILTER, BYTES, NO),
    SO("detach_filter", SO_DETACH_FILTER, FLAG, WO),
    SO("peername", SO_PEERNAME, BYTES, NO), // getpeername(2) does it
    SO("acceptconn", SO_ACCEPTCONN, FLAG, RO),
    SO("peersec", SO_PEERSEC, TEXT, RO),
    // These two need CAP_NET_ADMIN.
    SO("sndbufforce", SO_SNDBUFFORCE, BUFFER, WO, BUFFER_RANGE),
    SO("rcvbufforce", SO_RCVBUFFORCE, BUFFER, WO, BUFFER_RANGE),
    SO("passsec", SO_PASSSEC, FLAG, RW),
    SO("timestamp", SO_TIMESTAMP, FLAG, RW),
    SO("timestampns", SO_TIMESTAMPNS, FLAG, RW),
    SO("timestamping", SO_TIMESTAMPING, INT, RW, RANGE(0, INT_MAX)),
    SO("mark", SO_MARK, INT, RW, UNSIGNED), // needs CAP_NET_ADMIN
    SO("protocol", SO_PROTOCOL, INT, RO),
    SO("domain", SO_DOMAIN, INT, RO),
    SO("rxq_ovfl", SO_RXQ_OVFL, FLAG, RW),
    SO("wifi_status", SO_WIFI_STATUS, FLAG, RW),
    SO("peek_off", SO_PEEK_OFF, INT, RW, RANGE(-1, INT_MAX)), // -1: off
    SO("nofcs", SO_NOFCS, FLAG, RW),
    SO("lock_filter", SO_LOCK_FILTER, FLAG, RW), // cannot be set back
    SO("select_err_queue", SO_SELECT_ERR_QUEUE, FLAG, RW),
    // Microseconds; more needs CAP_NET_ADMIN.
    SO("busy_poll", SO_BUSY_POLL, INT, RW, RANGE(0, INT_MAX)),
    // Bytes per second; the greatest is "no limit".
    SO("max_pacing_rate", SO_MAX_PACING_RATE, INT, RW, UNSIGNED),
    SO("bpf_extensions", SO_BPF_EXTENSIONS, INT, RO),
    SO("incoming_cpu", SO_INCOMING_CPU, INT, RW, RANGE(-1, INT_MAX)),
    SO("attach_bpf", SO_ATTACH_BPF, INT, WO, RANGE(0, INT_MAX)), // a descriptor
    SO("detach_bpf", SO_DETACH_BPF, FLAG, WO),
    SO("attach_reuseport_cbpf", SO_ATTACH_REUSEPORT_CBPF, BYTES, WO),
    SO("attach_reuseport_ebpf", SO_ATTACH_REUSEPORT_EBPF, INT, WO, RANGE(0, INT_MAX)),
    SO("cnx_advice", SO_CNX_ADVICE, FLAG, WO),
    SO("meminfo", SO_MEMINFO, BYTES, RO),
    SO("incoming_napi_id", SO_INCOMING_NAPI_ID, INT, RO, UNSIGNED),
    SO("cookie", SO_COOKIE, BYTES, RO),
    SO("peergroups", SO_PEERGROUPS, BYTES, RO), // gid_t each
    SO("zerocopy", SO_ZEROCOPY, FLAG, RW),
    SO("txtime", SO_TXTIME, BYTES, RW), // struct sock_txtime
    SO("bindtoifindex", SO_BINDTOIFINDEX, INT, RW, RANGE(0, INT_MAX)),
    SO("detach_reuseport_bpf", SO_DETACH_REUSEPORT_BPF, FLAG, WO),
    SO("prefer_busy_poll", SO_PREFER_BUSY_POLL, FLAG, RW), // needs CAP_NET_ADMIN
    SO("busy_poll_budget", SO_BUSY_POLL_BUDGET, INT, WO, RANGE(0, UINT16_MAX)),
    SO("netns_cookie", SO_NETNS_COOKIE, BYTES, RO, SIZE(8)),
    SO("buf_lock", SO_BUF_LOCK, INT, RW, RANGE(0, 3)),
    SO("reserve_mem", SO_RESERVE_MEM, INT, RW, RANGE(0, INT_MAX)), // whole pages
    SO("txrehash", SO_TXREHASH, FLAG, RW),
    SO("rcvmark", SO_RCVMARK, FLAG, RW), // needs CAP_NET_ADMIN
    SO("passpidfd", SO_PASSPIDFD, FLAG, RW),
    SO("peerpidfd", SO_PEERPIDFD, INT, RO), // a new descriptor
    SO("rcvpriority", SO_RCVPRIORITY, FLAG, RW),
    SO("passrights", SO_PASSRIGHTS, FLAG, RW),
    SO("inq", SO_INQ, FLAG, WO),

    TCP("nodelay", TCP_NODELAY, FLAG, RW),
    // The value that was set is read before the socket is connected, then the one in use.
    TCP("maxseg", TCP_MAXSEG, INT, RW, RANGE(88, 32767)),
    TCP("cork", TCP_CORK, FLAG, RW),
    TCP("keepidle", TCP_KEEPIDLE, SECONDS, RW, RANGE(1, 32767)),
    TCP("keepintvl", TCP_KEEPINTVL, SECONDS, RW, RANGE(1, 32767)),
    TCP("keepcnt", TCP_KEEPCNT, INT, RW, RANGE(1, 127)),
    TCP("syncnt", TCP_SYNCNT, INT, RW, RANGE(1, 127)),
    TCP("linger2", TCP_LINGER2, SECONDS, RW, RANGE(1, 120)),
    // Counted in retransmissions: rounded up to 0, 1, 3, 7, 15, 31, 63, then 120 more each.
    TCP("defer_accept", TCP_DEFER_ACCEPT, SECONDS, RW, RANGE(0, 16383)),
    // 0: none; else at least about 1 KiB.
    TCP("window_clamp", TCP_WINDOW_CLAMP, INT, RW, RANGE(0, INT_MAX)),
    TCP("info", TCP_INFO, BYTES, RO),        // struct tcp_info
    TCP("quickack", TCP_QUICKACK, FLAG, RW), // the kernel changes it by itself
    TCP("congestion", TCP_CONGESTION, TEXT, RW, NAME),
    TCP("md5sig", TCP_MD5SIG, BYTES, WO),
    TCP("thin_linear_timeouts", TCP_THIN_LINEAR_TIMEOUTS, FLAG, RW),
    // The kernel has the number and does nothing with it.
    TCP("thin_dupack", TCP_THIN_DUPACK, FLAG, NO),
    // 0: the kernel's default.
    TCP("user_timeout", TCP_USER_TIMEOUT, MILLIS, RW, RANGE(0, INT_MAX / 1000)),
    TCP("repair", TCP_REPAIR, FLAG, RW), // needs CAP_NET_ADMIN, as the others of this name
    TCP("repair_queue", TCP_REPAIR_QUEUE, INT, RW, RANGE(0, 2)),
    TCP("queue_seq", TCP_QUEUE_SEQ, INT, RW, UNSIGNED),
    TCP("repair_options", TCP_REPAIR_OPTIONS, BYTES, WO),
    TCP("repair_window", TCP_REPAIR_WINDOW, BYTES, WO),
    TCP("fastopen", TCP_FASTOPEN, INT, RW, RANGE(0, INT_MAX)), // up to net.core.somaxconn
    TCP("timestamp", TCP_TIMESTAMP, INT, RO, UNSIGNED),
    TCP("notsent_lowat", TCP_NOTSENT_LOWAT, INT, RW, UNSIGNED),
    TCP("cc_info", TCP_CC_INFO, BYTES, RO),
    TCP("save_syn", TCP_SAVE_SYN, INT, RW, RANGE(0, 2)),
    TCP("saved_syn", TCP_SAVED_SYN, BYTES, RO),
    TCP("fastopen_connect", TCP_FASTOPEN_CONNECT, FLAG, RW),
    TCP("ulp", TCP_ULP, TEXT, RW, NAME), // on a connection
    TCP("md5sig_ext", TCP_MD5SIG_EXT, BYTES, WO),
    TCP("fastopen_key", TCP_FASTOPEN_KEY, BYTES, RW), // 16 bytes, or two keys of 16
    TCP("fastopen_no_cookie", TCP_FASTOPEN_NO_COOKIE, FLAG, RW),
    TCP("zerocopy_receive", TCP_ZEROCOPY_RECEIVE, BYTES, NO), // needs addresses of memory
    TCP("inq", TCP_INQ, FLAG, RW),
    TCP("tx_delay", TCP_TX_DELAY, INT, RW, RANGE(0, INT_MAX)), // microseconds
    TCP("ao_add_key", TCP_AO_ADD_KEY, BYTES, WO),
    TCP("ao_del_key", TCP_AO_DEL_KEY, BYTES, WO),
    TCP("ao_info", TCP_AO_INFO, BYTES, WO),
    TCP("ao_get_keys", TCP_AO_GET_KEYS, BYTES, NO), // reads what it is given
    TCP("ao_repair", TCP_AO_REPAIR, BYTES, WO),
    TCP("is_mptcp", TCP_IS_MPTCP, FLAG, RO),
    TCP("rto_max_ms", TCP_RTO_MAX_MS, MILLIS, RW, RANGE(1, 120)),
    // Microseconds, rounded up to the kernel's tick.
    TCP("rto_min_us", TCP_RTO_MIN_US, INT, RW, RANGE(1, INT_MAX)),
    TCP("delack_max_us", TCP_DELACK_MAX_US, INT, RW, RANGE(1, INT_MAX)),

    UDP("cork", UDP_CORK, FLAG, RW),
    UDP("encap", UDP_ENCAP, INT, RW, RANGE(0, INT_MAX)),
    UDP("no_check6_tx", UDP_NO_CHECK6_TX, FLAG, RW),
    UDP("no_check6_rx", UDP_NO_CHECK6_RX, FLAG, RW),
    UDP("segment", UDP_SEGMENT, INT, RW, RANGE(0, UINT16_MAX)),
    UDP("gro", UDP_GRO, FLAG, RO), // read-only: a message is always one datagram here

    IP("tos", IP_TOS, INT, RW, RANGE(0, UINT8_MAX)), // TCP keeps its own two lowest bits (ECN)
    IP("ttl", IP_TTL, INT, RW, RANGE(1, UINT8_MAX)),
    IP("hdrincl", IP_HDRINCL, FLAG, RW),
    IP("options", IP_OPTIONS, BYTES, RW), // whole words
    IP("router_alert", IP_ROUTER_ALERT, FLAG, WO),
    IP("recvopts", IP_RECVOPTS, FLAG, RW),
    IP("retopts", IP_RETOPTS, FLAG, RW),
    IP("recvretopts", IP_RECVRETOPTS, FLAG, RW),
    IP("pktinfo", IP_PKTINFO, FLAG, RW),
    IP("pktoptions", IP_PKTOPTIONS, BYTES, RO),
    IP("mtu_discover", IP_MTU_DISCOVER, INT, RW, RANGE(0, 5)),
    IP("pmtudisc", IP_PMTUDISC, INT, RW, RANGE(0, 5)),
    IP("recverr", IP_RECVERR, FLAG, RW),
    IP("recvttl", IP_RECVTTL, FLAG, RW),
    IP("recvtos", IP_RECVTOS, FLAG, RW),
    IP("mtu", IP_MTU, INT, RO), // of a connection
    IP("freebind", IP_FREEBIND, FLAG, RW),
    IP("ipsec_policy", IP_IPSEC_POLICY, BYTES, WO),
    IP("xfrm_policy", IP_XFRM_POLICY, BYTES, WO),
    IP("passsec", IP_PASSSEC, FLAG, RW),
    IP("transparent", IP_TRANSPARENT, FLAG, RW), // needs CAP_NET_ADMIN
    IP("origdstaddr", IP_ORIGDSTADDR, FLAG, RW),
    IP("recvorigdstaddr", IP_RECVORIGDSTADDR, FLAG, RW),
    IP("minttl", IP_MINTTL, INT, RW, RANGE(0, UINT8_MAX)),
    IP("nodefrag", IP_NODEFRAG, FLAG, RW),
    IP("checksum", IP_CHECKSUM, FLAG, RW),
    IP("bind_address_no_port", IP_BIND_ADDRESS_NO_PORT, FLAG, RW),
    IP("recvfragsize", IP_RECVFRAGSIZE, FLAG, RW),
    IP("recverr_rfc4884", IP_RECVERR_RFC4884, FLAG, RW),
    IP("multicast_if", IP_MULTICAST_IF, TEXT, RW, NAME, NETWORK),
    IP("multicast_ttl", IP_MULTICAST_TTL, INT, RW, RANGE(0, UINT8_MAX)),
    IP("multicast_loop", IP_MULTICAST_LOOP, FLAG, RW),
    IP("add_membership", IP_ADD_MEMBERSHIP, MEMBERSHIP, WO),
    IP("drop_membership", IP_DROP_MEMBERSHIP, MEMBERSHIP, WO),
    IP("unblock_source", IP_UNBLOCK_SOURCE, BYTES, WO), // struct ip_mreq_source, as the next ones
    IP("block_source", IP_BLOCK_SOURCE, BYTES, WO),
    IP("add_source_membership", IP_ADD_SOURCE_MEMBERSHIP, BYTES, WO),
    IP("drop_source_membership", IP_DROP_SOURCE_MEMBERSHIP, BYTES, WO),
    IP("msfilter", IP_MSFILTER, BYTES, WO), // struct ip_msfilter
    IP("multicast_all", IP_MULTICAST_ALL, FLAG, RW),
    IP("unicast_if", IP_UNICAST_IF, INT, RW, RANGE(0, INT_MAX), NETWORK), // an interface's index
    // The highest port * 65536 + the lowest.
    IP("local_port_range", IP_LOCAL_PORT_RANGE, INT, RW, UNSIGNED),
    IP("protocol", IP_PROTOCOL, INT, RO),

    IP("mcast_join_group", MCAST_JOIN_GROUP, BYTES, WO), // struct group_req
    IP("mcast_leave_group", MCAST_LEAVE_GROUP, BYTES, WO),
    IP("mcast_block_source", MCAST_BLOCK_SOURCE, BYTES, WO), // struct group_source_req
    IP("mcast_unblock_source", MCAST_UNBLOCK_SOURCE, BYTES, WO),
    IP("mcast_join_source_group", MCAST_JOIN_SOURCE_GROUP, BYTES, WO),
    IP("mcast_leave_source_group", MCAST_LEAVE_SOURCE_GROUP, BYTES, WO),
    IP("mcast_msfilter", MCAST_MSFILTER, BYTES, WO), // struct group_filter

    IPV6("addrform", IPV6_ADDRFORM, INT, WO, RANGE(0, INT_MAX)),
    IPV6("2292pktinfo", IPV6_2292PKTINFO, FLAG, RW),
    IPV6("2292hopopts", IPV6_2292HOPOPTS, FLAG, RW),
    IPV6("2292dstopts", IPV6_2292DSTOPTS, FLAG, RW),
    IPV6("2292rthdr", IPV6_2292RTHDR, FLAG, RW),
    IPV6("2292pktoptions", IPV6_2292PKTOPTIONS, BYTES, RO),
    IPV6("checksum", IPV6_CHECKSUM, INT, RW, RANGE(-1, INT_MAX)),
    IPV6("2292hoplimit", IPV6_2292HOPLIMIT, FLAG, RW),
    IPV6("nexthop", IPV6_NEXTHOP, BYTES, WO),
    IPV6("authhdr", IPV6_AUTHHDR, BYTES, NO), // obsolete
    IPV6("flowinfo", IPV6_FLOWINFO, FLAG, RW),
    IPV6("unicast_hops", IPV6_UNICAST_HOPS, INT, RW, RANGE(0, UINT8_MAX)),
    IPV6("multicast_if", IPV6_MULTICAST_IF, INT, RW, RANGE(0, INT_MAX)), // an interface's index
    IPV6("multicast_hops", IPV6_MULTICAST_HOPS, INT, RW, RANGE(0, UINT8_MAX)),
    IPV6("multicast_loop", IPV6_MULTICAST_LOOP, FLAG, RW),
    IPV6("add_membership", IPV6_ADD_MEMBERSHIP, MEMBERSHIP, WO),
    IPV6("drop_membership", IPV6_DROP_MEMBERSHIP, MEMBERSHIP, WO),
    IPV6("join_group", IPV6_JOIN_GROUP, MEMBERSHIP, WO),
    IPV6("leave_group", IPV6_LEAVE_GROUP, MEMBERSHIP, WO),
    IPV6("router_alert", IPV6_ROUTER_ALERT, INT, WO, RANGE(-1, INT_MAX)),
    IPV6("mtu_discover", IPV6_MTU_DISCOVER, INT, RW, RANGE(0, 5)),
    IPV6("mtu", IPV6_MTU, INT, RO), // of a connection
    IPV6("recverr", IPV6_RECVERR, FLAG, RW),
    IPV6("v6only", IPV6_V6ONLY, FLAG, RW),
    IPV6("join_anycast", IPV6_JOIN_ANYCAST, MEMBERSHIP, WO),
    IPV6("leave_anycast", IPV6_LEAVE_ANYCAST, MEMBERSHIP, WO),
    IPV6("multicast_all", IPV6_MULTICAST_ALL, FLAG, RW),
    IPV6("router_alert_isolate", IPV6_ROUTER_ALERT_ISOLATE, FLAG, RW),
    IPV6("recverr_rfc4884", IPV6_RECVERR_RFC4884, FLAG, RW),
    IPV6("flowlabel_mgr", IPV6_FLOWLABEL_MGR, BYTES, WO), // struct in6_flowlabel_req
    IPV6("flowinfo_send", IPV6_FLOWINFO_SEND, FLAG, RW),
    IPV6("ipsec_policy", IPV6_IPSEC_POLICY, BYTES, WO),
    IPV6("xfrm_policy", IPV6_XFRM_POLICY, BYTES, WO),
    IPV6("hdrincl", IPV6_HDRINCL, FLAG, RW),
    IPV6("recvpktinfo", IPV6_RECVPKTINFO, FLAG, RW),
    IPV6("pktinfo", IPV6_PKTINFO, BYTES, WO), // struct in6_pktinfo
    IPV6("recvhoplimit", IPV6_RECVHOPLIMIT, FLAG, RW),
    IPV6("hoplimit", IPV6_HOPLIMIT, INT, NO), // only comes with a message
    IPV6("recvhopopts", IPV6_RECVHOPOPTS, FLAG, RW),
    IPV6("hopopts", IPV6_HOPOPTS, BYTES, RW), // these need CAP_NET_RAW
    IPV6("rthdrdstopts", IPV6_RTHDRDSTOPTS, BYTES, RW),
    IPV6("recvrthdr", IPV6_RECVRTHDR, FLAG, RW),
    IPV6("rthdr", IPV6_RTHDR, BYTES, RW),
    IPV6("recvdstopts", IPV6_RECVDSTOPTS, FLAG, RW),
    IPV6("dstopts", IPV6_DSTOPTS, BYTES, RW),
    IPV6("recvpathmtu", IPV6_RECVPATHMTU, FLAG, RW),
    IPV6("pathmtu", IPV6_PATHMTU, BYTES, RO), // struct ip6_mtuinfo
    IPV6("dontfrag", IPV6_DONTFRAG, FLAG, RW),
    IPV6("recvtclass", IPV6_RECVTCLASS, FLAG, RW),
    // TCP keeps its own two lowest bits (ECN).
    IPV6("tclass", IPV6_TCLASS, INT, RW, RANGE(0, UINT8_MAX)),
    IPV6("autoflowlabel", IPV6_AUTOFLOWLABEL, FLAG, RW),
    // Reads as the sum of two choices: 1, 2 or 0x100 (public or temporary) and 4 or 0x400 (care-of
    // or home).
    IPV6("addr_preferences", IPV6_ADDR_PREFERENCES, INT, RW, RANGE(0, INT_MAX)),
    IPV6("minhopcount", IPV6_MINHOPCOUNT, INT, RW, RANGE(0, UINT8_MAX)),
    IPV6("origdstaddr", IPV6_ORIGDSTADDR, FLAG, RW),
    IPV6("recvorigdstaddr", IPV6_RECVORIGDSTADDR, FLAG, RW),
    IPV6("transparent", IPV6_TRANSPARENT, FLAG, RW), // needs CAP_NET_ADMIN
    IPV6("unicast_if", IPV6_UNICAST_IF, INT, RW, RANGE(0, INT_MAX),
         NETWORK), // an interface's index
    IPV6("recvfragsize", IPV6_RECVFRAGSIZE, FLAG, RW),
    IPV6("freebind", IPV6_FREEBIND, FLAG, RW),

    IPV6("mcast_join_group", MCAST_JOIN_GROUP, BYTES, WO), // struct group_req
    IPV6("mcast_leave_group", MCAST_LEAVE_GROUP, BYTES, WO),
    IPV6("mcast_block_source", MCAST_BLOCK_SOURCE, BYTES, WO), // struct group_source_req
    IPV6("mcast_unblock_source", MCAST_UNBLOCK_SOURCE, BYTES, WO),
    IPV6("mcast_join_source_group", MCAST_JOIN_SOURCE_GROUP, BYTES, WO),
    IPV6("mcast_leave_source_group", MCAST_LEAVE_SOURCE_GROUP, BYTES, WO),
    IPV6("mcast_msfilter", MCAST_MSFILTER, BYTES, WO), // struct group_filter

    {.name = NULL},
};
