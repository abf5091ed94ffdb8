-- SPDX-License-Identifier: BSD-3-Clause
-- Every socket option: with which values it is tried, on which socket; or why it is not.

local sss = require "sss"

local values = { settable = {}, others = {} }

local kinds = {
    tcp = { "inet", "stream" }, udp = { "inet", "dgram" }, unix = { "unix", "stream" },
    udp6 = { "inet6", "dgram" }, tcp6 = { "inet6", "stream" }, raw = { "inet", "raw", 255 },
    raw6 = { "inet6", "raw", 255 },
}

-- Those that are made in more than one step.
local makers = {
    connected = function() return (require "link".tcp()) end,
    listening = function() return (require "link".listen()) end,
    repaired = function()
        return sss.socket():setsockopt("tcp.repair", true):setsockopt("tcp.repair_queue", 1)
    end,
}

local function words(text)
    return text:gmatch("%S+")
end

local function settable(kind, name, list)
    local entry = { name = name, kind = kind, values = list, ipv6 = kind:find("6") ~= nil }
    values.settable[#values.settable + 1] = entry
end

-- The options of one table whose names are in TEXT, all with the same values.
local function several(kind, which, text, list)
    for name in words(text) do settable(kind, which .. "." .. name, list) end
end

local function others(which, text)
    for name in words(text) do values.others[#values.others + 1] = which .. "." .. name end
end

-- The socket that an option is tried on.
function values.socket(option)
    if makers[option.kind] then return makers[option.kind]() end
    return sss.socket(unpack(kinds[option.kind]))
end

-- The number of "tcp.nodelay" in the public tables.
function values.code(name)
    local which, word = name:match("^(%w+)%.(.*)$")
    return sss[which:upper()][word]
end

local flag = { true, false }

several("tcp", "so", "reuseaddr dontroute broadcast keepalive oobinline reuseport timestamp "
    .. "timestampns zerocopy rxq_ovfl select_err_queue prefer_busy_poll txrehash rcvmark debug "
    .. "wifi_status nofcs", flag)
several("udp", "so", "no_check rcvpriority", flag)
several("unix", "so", "passcred passsec passpidfd passrights", flag)
several("tcp", "so", "priority", { 0, 1, 6 })
several("tcp", "so", "rcvbuf sndbuf", { 4096, 65536, 100000 })
several("tcp", "so", "rcvlowat", { 1, 2, 1000 })
several("tcp", "so", "rcvtimeo sndtimeo", { 0, 1, 2.5, 86400 })
several("tcp", "so", "bindtodevice", { "lo", "" })
several("tcp", "so", "timestamping", { 0, 24 })
several("tcp", "so", "mark", { 0, 7, 4294967295 })
several("unix", "so", "peek_off", { -1, 0, 5 })
several("tcp", "so", "busy_poll", { 0 })
several("tcp", "so", "max_pacing_rate", { 4294967295, 1000000 })
several("tcp", "so", "incoming_cpu", { 0, 1 })
several("tcp", "so", "bindtoifindex", { 1, 0 })
several("tcp", "so", "buf_lock", { 0, 1, 2, 3 })
several("tcp", "so", "lock_filter", { true })
several("tcp", "so", "linger", { { on = true, seconds = 0 }, { on = true, seconds = 30 },
    { on = false, seconds = 0 } })
others("so", "type error acceptconn sndlowat protocol domain peercred peersec bpf_extensions "
    .. "meminfo incoming_napi_id cookie peergroups netns_cookie peerpidfd") -- read only
others("so", "attach_filter detach_filter sndbufforce rcvbufforce attach_bpf detach_bpf "
    .. "attach_reuseport_cbpf attach_reuseport_ebpf detach_reuseport_bpf cnx_advice "
    .. "busy_poll_budget inq") -- write only
others("so", "bsdcompat get_filter peername") -- numbers alone
several("tcp", "so", "reserve_mem", { 0, 65536 })
several("udp", "so", "txtime", { "\1\0\0\0\0\0\0\0", "\1\0\0\0\2\0\0\0" })

several("tcp", "tcp", "nodelay cork thin_linear_timeouts fastopen_no_cookie inq", flag)
several("tcp", "tcp", "keepidle keepintvl", { 1, 60, 32767 })
several("tcp", "tcp", "keepcnt syncnt", { 1, 5, 127 })
several("tcp", "tcp", "maxseg", { 536, 1400 })
several("tcp", "tcp", "linger2", { 1, 60 })
several("tcp", "tcp", "defer_accept", { 0, 1, 3, 7 })
several("tcp", "tcp", "window_clamp", { 65536, 1000000 })
several("tcp", "tcp", "congestion", { "reno" })
several("tcp", "tcp", "user_timeout", { 0, 0.5, 30 })
several("tcp", "tcp", "notsent_lowat", { 16384, 4294967295 })
several("tcp", "tcp", "save_syn", { 0, 1, 2 })
several("tcp", "tcp", "tx_delay", { 0, 1000 })
several("tcp", "tcp", "fastopen_key", { ("k"):rep(16), ("k"):rep(16) .. ("l"):rep(16) })
several("tcp", "tcp", "rto_max_ms", { 1, 120 })
several("tcp", "tcp", "rto_min_us delack_max_us", { 20000, 200000 })
several("tcp", "tcp", "fastopen_connect", { true, false })
several("connected", "tcp", "quickack", flag)
several("tcp", "tcp", "repair", { true })
others("tcp", "info timestamp cc_info saved_syn is_mptcp") -- read only
others("tcp", "md5sig md5sig_ext repair_options repair_window ao_add_key ao_del_key ao_info "
    .. "ao_repair") -- write only
others("tcp", "thin_dupack zerocopy_receive ao_get_keys") -- numbers alone
several("listening", "tcp", "fastopen", { 1, 5 })
several("repaired", "tcp", "repair_queue", { 1, 2, 0 })
several("repaired", "tcp", "queue_seq", { 1000, 4294967295 })
others("tcp", "ulp") -- set once, on a connection, where the system has one

several("udp", "udp", "cork", flag)
others("udp", "gro") -- read only
several("udp6", "udp", "no_check6_tx no_check6_rx", flag)
several("udp", "udp", "segment", { 0, 500, 1400 })
several("udp", "udp", "encap", { 0, 2 })

several("udp", "ip", "tos", { 0, 16, 184 })
several("udp", "ip", "ttl", { 1, 64, 255 })
several("raw", "ip", "hdrincl nodefrag", flag)
several("udp", "ip", "recvopts retopts recvretopts pktinfo recverr recvttl recvtos freebind "
    .. "passsec origdstaddr recvorigdstaddr checksum bind_address_no_port recvfragsize "
    .. "recverr_rfc4884 multicast_loop multicast_all transparent", flag)
several("udp", "ip", "options", { "\1\1\1\0", "" })
several("udp", "ip", "mtu_discover pmtudisc", { 0, 1, 2, 3 })
several("udp", "ip", "minttl", { 0, 64, 255 })
several("udp", "ip", "multicast_if", { "127.0.0.1", "0.0.0.0" })
several("udp", "ip", "multicast_ttl", { 0, 1, 255 })
several("udp", "ip", "unicast_if", { 1, 0 })
several("udp", "ip", "local_port_range", { 0, 50000 * 65536 + 40000 })
others("ip", "mtu protocol pktoptions") -- read only
others("ip", "router_alert ipsec_policy xfrm_policy add_membership drop_membership "
    .. "unblock_source block_source add_source_membership drop_source_membership msfilter "
    .. "mcast_join_group mcast_leave_group mcast_block_source mcast_unblock_source "
    .. "mcast_join_source_group mcast_leave_source_group mcast_msfilter") -- write only

several("tcp6", "ipv6", "v6only", flag)
several("udp6", "ipv6", "2292pktinfo 2292hopopts 2292dstopts 2292rthdr 2292hoplimit flowinfo "
    .. "multicast_loop recverr multicast_all recverr_rfc4884 recvpktinfo recvhoplimit "
    .. "recvhopopts recvrthdr recvdstopts recvpathmtu dontfrag recvtclass autoflowlabel "
    .. "origdstaddr recvorigdstaddr recvfragsize freebind transparent", flag)
several("tcp6", "ipv6", "flowinfo_send", flag)
several("raw6", "ipv6", "hdrincl router_alert_isolate", flag)
several("raw6", "ipv6", "checksum", { -1, 2 })
several("udp6", "ipv6", "unicast_hops multicast_hops", { 1, 64, 255 })
several("udp6", "ipv6", "multicast_if unicast_if", { 1, 0 })
several("udp6", "ipv6", "mtu_discover", { 0, 1, 2, 3 })
several("udp6", "ipv6", "tclass", { 0, 16, 184 })
several("udp6", "ipv6", "minhopcount", { 0, 64, 255 })
several("udp6", "ipv6", "addr_preferences", { 2 + 4, 1 + 4 })
others("ipv6", "2292pktoptions mtu pathmtu") -- read only
others("ipv6", "addrform nexthop add_membership drop_membership join_group leave_group "
    .. "router_alert join_anycast leave_anycast flowlabel_mgr ipsec_policy xfrm_policy pktinfo "
    .. "mcast_join_group mcast_leave_group mcast_block_source mcast_unblock_source "
    .. "mcast_join_source_group mcast_leave_source_group mcast_msfilter") -- write only
others("ipv6", "authhdr hoplimit") -- numbers alone
several("udp6", "ipv6", "hopopts rthdrdstopts dstopts", { "\0\0\1\4\0\0\0\0" })
others("ipv6", "rthdr") -- its only type needs mobile IPv6

return values
