-- SPDX-License-Identifier: BSD-3-Clause
-- The module sss: every function, method, field and table, with types, units, defaults and errors.
-- It is the one source of the documentation (editors, `sssrun help TOPIC`), so it stays one file.

---@meta sss

---Sockets, used as if they blocked; other tasks go on.
---
---    local sss = require "sss"
---    local sock = sss.connect("127.0.0.1:7000")
---    sock:send("hello\n")
---    print(sock:receive("l"))
---
---Times are seconds, fractions allowed. A function that fails raises an error object (see
---sss.error). Two outcomes are results instead: `nil, "closed"` (the stream has ended) and
---`nil, "timeout"`. Wrong arguments and unknown option names raise a text,
---`bad argument #1 to 'NAME' (...)`.
---@class sss
---@field version string  the version of the module and the program
---@field AF table<string, integer>  address families by name: inet, inet6, unix, ...; address_families(7)
---@field SOCK table<string, integer>  socket types by name: stream, dgram, seqpacket, raw, ...; socket(2)
---@field SO table<string, integer>  socket options by name: reuseaddr, keepalive, ...; socket(7)
---@field TCP table<string, integer>  options of TCP: nodelay, keepidle, ...; tcp(7)
---@field IP table<string, integer>  options of IPv4: ttl, tos, add_membership, ...; ip(7)
---@field IPV6 table<string, integer>  options of IPv6: v6only, unicast_hops, ...; ipv6(7)
---@field UDP table<string, integer>  options of UDP: cork, ...; udp(7)
---@field af table<string, integer>  the same table as AF
---@field sock table<string, integer>  the same table as SOCK
---@field so table<string, integer>  the same table as SO
local sss = {}

---What went wrong, as raised by everything that fails.
---tostring() gives op, address and message: "connect 127.0.0.1:1: Connection refused".
---
---    local ok, problem = pcall(sss.connect, "127.0.0.1:1")
---    if not ok and problem.code == "ECONNREFUSED" then ... end
---
---The codes are those of errno(3) and getaddrinfo(3), "cancelled" (task:cancel()), and
---"ECANNOTWAIT" (a task cannot wait inside a C function that calls back, such as table.sort).
---EDEADLK: the main script waits for what no task and no socket can bring about any more.
---@class sss.error
---@field op string  what was tried: "connect", "bind", "recv", ...
---@field code string  its name: "ECONNREFUSED", "EAI_NONAME", "cancelled"
---@field errno integer  its number on this system; 0 for a code that is not of errno(3)
---@field address? string  the address, name or file it was about, if there was one
---@field message string  what the system says of the code: "Connection refused"
---@field sent? integer  of a failed send: the bytes that went nevertheless

---Where an address is taken: a string, a table, or an address object.
---
---    "127.0.0.1:80"  "[::1]:80"  "[fe80::1%eth0]:80"  "*:80"  ":80"  "example.org:http"
---    "unix:/run/x.sock"  "unix:@name" (abstract, unix(7))
---    {host = "127.0.0.1", port = 80}  {path = "/run/x.sock"}  {path = "\0name"}
---
---The hosts "*", "loopback" and "broadcast" are words. A port is 0..65535 or the name of a service.
---Anything else is an error; nothing is guessed.
---@alias sss.where string|sss.addresstable|sss.address

---An address as a plain table, as sss.toladdress() gives it.
---@class sss.addresstable
---@field host? string  a number, a name, or one of the words "*" (the default), "loopback", "broadcast"
---@field port? integer|string  0..65535, or the name of a service; needed unless there is a path
---@field path? string  of a unix socket; one that begins with a NUL byte is an abstract name
---@field family? integer|string  the family that a word or a name is to mean: "inet" or "inet6"
---@field scope? integer  the interface index of a numeric IPv6 host that does not name it

---An address as the system has it; it does not change.
---Two are equal (==) when family, host, port, scope and path are. tostring() gives the text that
---is taken wherever an address is: "127.0.0.1:80", "[fe80::1%eth0]:80", "unix:/run/x.sock".
---@class sss.address
---@field family integer  AF.inet, AF.inet6 or AF.unix
---@field host? string  as numbers: "127.0.0.1", "fe80::1%eth0"; nil for a unix address
---@field port? integer  0..65535; nil for a unix address
---@field path? string  of a unix socket ("" when it has no name); an abstract name begins with a NUL byte
---@field scope? integer  the interface index of an IPv6 address, 0 for none; nil for a unix address
local address = {}

---Makes an address object.
---
---    local a = sss.tocaddress{host = "127.0.0.1", port = 80}
---    print(a, a.port)            --> 127.0.0.1:80   80
---
---A name is looked up, and its first address taken.
---Errors: bad argument for what is no address, EAI_NONAME (getaddrinfo(3)).
---@param where sss.where
---@return sss.address address
function sss.tocaddress(where) end

---Makes a plain table of an address: {host=, port=} or {path=}.
---toladdress(tocaddress(t)) equals t for every valid t.
---@param where sss.where
---@return sss.addresstable table
function sss.toladdress(where) end

---Looks a name up without stopping other tasks.
---Of an address object it gives the names.
---
---    for _, a in ipairs(sss.resolve("localhost", "http")) do print(a) end
---    print(sss.resolve(sss.tocaddress("127.0.0.1:0"))[1])     --> localhost
---
---Numbers, "localhost" with everything below it, and what /etc/hosts has are answered at once
---(hosts(5); all lines that have the name count). For the rest the name servers of /etc/resolv.conf
---are asked, as many names at a time as there are tasks; resolv.conf(5) tells which of its settings
---there are: nameserver (the first eight, with a port as in "[::1]:5353" if need be), search, domain,
---and the options ndots, timeout, attempts, rotate and use-vc. Both files are read again when they
---have changed. Answers are kept as long as their TTL allows. IPv4 and IPv6 are asked for apart: when
---one has answered, the other has `timeout` seconds more for each server. The order is that of RFC
---6724.
---
---The names of an address are those that /etc/hosts and the name servers have for it; what is no host
---name is left out.
---
---Errors: EAI_NONAME (there is no such name, or it has no address), EAI_AGAIN (no server answers, or
---it fails for now), EAI_FAIL (the servers refuse), EAI_FAMILY, EAI_SERVICE, EMFILE. See
---getaddrinfo(3).
---@param host string  a name or a number
---@param service? string|integer  name or port (default port 0)
---@param options? {family?: string|integer, type?: string|integer}  "inet" or "inet6" (default both); "stream" (default) or "dgram"
---@return sss.address[] addresses
---@overload fun(address: sss.address): string[]
function sss.resolve(host, service, options) end

---Asks the name servers for the records of a name.
---
---    for _, mx in ipairs(sss.lookup("example.org", "MX")) do print(mx.preference, mx.exchange) end
---
---Every record is a table with name, type and ttl (seconds), and with the parts that its RFC names:
---A and AAAA address; CNAME cname; NS nsdname; PTR ptrdname; MX preference, exchange; SOA mname, rname,
---serial, refresh, retry, expire, minimum (RFC 1035); TXT strings (an array) and text (all of them as
---one); SRV priority, weight, port, target (RFC 2782); NAPTR order, preference, flags, services,
---regexp, replacement (RFC 3403); CAA flags, tag, value (RFC 8659); HTTPS and SVCB priority, target,
---params: a table with alpn (an array), port, ipv4hint and ipv6hint (arrays), mandatory, ech,
---["no-default-alpn"] (true), others as key65000 (RFC 9460); TLSA usage, selector, matching, data; URI
---priority, weight, target; HINFO cpu, os. For PTR the name may be an address: "192.0.2.1".
---
---The name is taken as it is, without the search list, and aliases of it are followed. A name that
---has no such records gives an empty array.
---Errors: EAI_NONAME (there is no such name), EAI_AGAIN, EAI_FAIL; see sss.resolve.
---@param name string
---@param type string  "MX", "SRV", "TXT", "PTR", "CAA", "NS", "SOA", "NAPTR", "HTTPS", "A", "AAAA", "CNAME", "SVCB", "TLSA", "URI", "HINFO", in any case
---@return table[] records
function sss.lookup(name, type) end

---Tells which name servers are asked, and sets them.
---
---    sss.resolvers{"192.0.2.53", "[2001:db8::1]:5353"}
---
---An empty table returns to those of /etc/resolv.conf, whose other settings count in any case; when it
---names none, it is the one on this machine. The environment variable SSS_RESOLVERS names them from
---outside, separated by commas or blanks. The port is 53 unless given; at most eight.
---@param servers? (string|sss.address)[]
---@return string[] servers  those that are asked from now on
function sss.resolvers(servers) end

---A socket.
---tostring() tells its kind, its own and its peer's address. Methods that have nothing else to
---return give the socket itself, so calls chain. One task may read at a time; a second reader gets an
---error of code EBUSY, whose message names the task of the first. Several tasks may send: each send
---is whole, in the order of the calls.
---Any use after close() raises `closed socket`. A socket that nothing refers to any more is closed
---by the collector.
---@class sss.socket
---@field fd integer  the descriptor; 0 after close
---@field sid integer  the same, under its first name
---@field domain integer  a value of sss.AF
---@field type integer  a value of sss.SOCK
---@field protocol integer  its number; protocols(5)
local socket = {}

---Makes a socket, not bound and not connected.
---
---    local sock = sss.socket("inet6", "dgram")
---
---Errors: EMFILE, EACCES (raw sockets), EPROTONOSUPPORT, EAFNOSUPPORT. See socket(2).
---Before any function of this module fails with EMFILE or ENFILE, dropped sockets are collected and
---the call is made again.
---@param domain? integer|string  a value of sss.AF or its name (default AF.inet)
---@param type? integer|string  a value of sss.SOCK or its name (default SOCK.stream)
---@param protocol? integer|string  number, or name of /etc/protocols (default 0)
---@return sss.socket socket
function sss.socket(domain, type, protocol) end

---Connects to an address and gives the socket.
---All addresses of a name are tried, IPv6 and IPv4 raced as in RFC 8305.
---
---    local sock = sss.connect("example.org:80", {timeout = 5})
---
---Options: timeout in seconds for everything, the look-up included (default none); localaddress, to
---bind first; nodelay = false for Nagle's algorithm (default true; tcp(7)).
---Of a name those addresses count that are of the family of localaddress; its port, 0 or another,
---can be used once for each destination (IP_BIND_ADDRESS_NO_PORT, ip(7)).
---Errors: ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ETIMEDOUT, EAI_NONAME; EAFNOSUPPORT (no address
---of localaddress's family). See connect(2).
---@param where sss.where
---@param options? {timeout?: number, localaddress?: sss.where, nodelay?: boolean}
---@return sss.socket? socket
---@return "timeout"? reason
function sss.connect(where, options) end

---Makes a socket that is bound and, if it is a stream, listening.
---
---    local sock = sss.listen("127.0.0.1:8000")
---    local udp = sss.listen("*:5353", {type = "dgram"})
---
---Options: type "stream" (default), "dgram" or "seqpacket"; backlog (default 4096); reuseaddr
---(default true, but false for "dgram": datagram sockets that all have it share their port, as is
---usual for multicast); reuseport (default false); v6only (default the system's); mode, the permissions
---of a unix socket's file as a number, such as tonumber("660", 8). A unix socket file that nobody
---listens on is replaced; a live one is EADDRINUSE.
---Errors: EADDRINUSE, EACCES, EADDRNOTAVAIL. See bind(2), listen(2).
---@param where sss.where
---@param options? {type?: string|integer, backlog?: integer, reuseaddr?: boolean, reuseport?: boolean, v6only?: boolean, mode?: integer}
---@return sss.socket socket
function sss.listen(where, options) end

---Sends everything from one stream to another.
---It goes on until the first one's peer ends it. Nothing is closed or shut down, and from may be to:
---an echo. The bytes do not become Lua strings, so
---this is the fastest way for a proxy.
---
---    local function pass(from, to)
---        sss.copy(from, to)
---        to:shutdown("write")
---    end
---
---Errors: those of recv and send.
---@param from sss.socket  a stream
---@param to sss.socket    a stream
---@return integer? bytes  how many went; nil when a timeout of either was over, or to was closed
---@return string? reason  "timeout" or "closed", with nil
---@return integer? sent   how many went, with nil
function sss.copy(from, to) end

---Accepts connections and runs a handler for each.
---Each handler is a task of its own. The client is closed when the handler returns or fails; a
---failure is reported on stderr with its traceback, or in one line when only the client has gone
---(ECONNRESET, EPIPE), and the server goes on. When descriptors run out, it pauses accepting.
---What befalls one client before it is accepted costs that client only (accept(2)). The
---server is a task too: the program goes on until it is stopped.
---
---    sss.serve("127.0.0.1:7000", function(client, address)
---        for line in client:lines("L") do client:send(line) end
---    end)
---
---Options: limit, the number of clients at once (default none), and those of sss.listen().
---Datagrams have no connections to accept: a socket of theirs is a wrong argument.
---Errors: those of sss.listen().
---@param where sss.where|sss.socket  an address to listen on, or a listening socket
---@param handler fun(client: sss.socket, address: sss.address)
---@param options? {limit?: integer}
---@return sss.server server
function sss.serve(where, handler, options) end

---Makes two unix sockets that are connected to each other.
---See socketpair(2). Errors: EMFILE.
---@param type? integer|string  "stream" (default), "dgram" or "seqpacket"
---@return sss.socket one
---@return sss.socket other
function sss.pair(type) end

---Makes a socket of a descriptor that came from elsewhere.
---The socket owns it from then on. Its open file, which others may share, keeps its flags: no call
---waits for it all the same (O_NONBLOCK, fcntl(2)). Standard descriptors stay open for children.
---Errors: EBADF, ENOTSOCK.
---@param fd integer
---@return sss.socket socket
function sss.fromfd(fd) end

---Closes the socket; closing twice does no harm.
---Tasks that wait on the socket get `nil, "closed"`. Output that is held back still goes out; what
---that meets at once is raised, after closing. The rest follows while the program goes on, for a
---minute at most; at the end of the program it has 10 s, or 2 s without progress. See close(2).
---@return sss.socket self
function socket:close() end

---Connects to an address. The timeout for sending counts.
---A name is looked up, for no longer than this timeout, and its addresses of the socket's family are
---tried one after the other. A datagram socket then sends to this address and receives only from it.
---Errors: as sss.connect(), EISCONN (a stream that is connected). See connect(2).
---@param where sss.where
---@return sss.socket? self
---@return "timeout"? reason
function socket:connect(where) end

---Gives the socket its own address.
---
---    sock:bind{host = "*", port = 7000}
---
---Port 0 lets the system choose; getsockname() tells. Errors: EADDRINUSE, EACCES, EADDRNOTAVAIL,
---EINVAL (bound already). See bind(2).
---@param where sss.where
---@return sss.socket self
function socket:bind(where) end

---Begins to take connections.
---Errors: EADDRINUSE, EOPNOTSUPP. See listen(2).
---@param backlog? integer  connections that may wait to be accepted (default 4096)
---@return sss.socket self
function socket:listen(backlog) end

---Waits for a connection. The timeout for receiving counts.
---Errors: EMFILE, ENFILE (nothing is lost: the connection waits), EINVAL (not listening).
---See accept(2).
---@return sss.socket? client
---@return sss.address|"timeout"|"closed" address  of the client, or the reason
function socket:accept() end

---Reads a line, a number of bytes, or everything.
---
---    "L"  a line with its newline (the default)
---    "l"  a line without its end ("\n" or "\r\n")
---    "a"  everything until the peer ends the stream
---    n    exactly n bytes
---
---A last line without newline counts; "a" gives "" at the end. With fewer than n bytes before the
---end: `nil, "closed", rest`, and the rest may be "". After `nil, "timeout"` nothing is lost: the
---next read begins with what has come so far. Errors: EMSGSIZE (longer than limit; nothing is
---consumed), ECONNRESET, ETIMEDOUT (the system has given the peer up: keepalive,
---tcp.user_timeout; tcp(7)), EOPNOTSUPP (datagrams: use recv). See recv(2).
---@param what? "L"|"l"|"a"|integer
---@param limit? integer  most bytes of the result (default 1 MiB for lines, none for "a" and n)
---@return string? data
---@return "closed"|"timeout"|nil reason
---@return string? rest
function socket:receive(what, limit) end

---Reads up to a delimiter, and takes the delimiter away.
---
---    local headers = sock:receiveuntil("\r\n\r\n", {limit = 65536})
---
---Options: inclusive = true to give the delimiter too (default false); limit in bytes (default
---1 MiB). Bytes before the end of the stream without delimiter: `nil, "closed", rest`.
---Errors: EMSGSIZE (longer than limit), ECONNRESET.
---@param delimiter string  one byte or more
---@param options? {inclusive?: boolean, limit?: integer}
---@return string? data
---@return "closed"|"timeout"|nil reason
---@return string? rest
function socket:receiveuntil(delimiter, options) end

---Iterates over the lines until the stream ends.
---
---    for line in sock:lines() do print(line) end
---
---Errors: those of receive(), and ETIMEDOUT when the socket's timeout is over.
---@param what? "L"|"l"|"a"|integer  as receive() has it (default "l", without line ends)
---@param limit? integer  as receive() has it
---@return fun(): string?
function socket:lines(what, limit) end

---Looks at what has come without taking it.
---@param n? integer  most bytes (default 1024)
---@return string? data
---@return "closed"|"timeout"|nil reason
function socket:peek(n) end

---Reads what is there: at least one byte and at most n.
---Waits only when there is nothing. On a datagram socket: one datagram, of which n bytes are kept;
---an empty datagram is "". Errors: ECONNRESET, ECONNREFUSED (datagrams), ENOTCONN. See recv(2).
---@param n? integer  most bytes (default 1024)
---@return string? data
---@return "closed"|"timeout"|nil reason
function socket:recv(n) end

---Receives one datagram and tells who sent it.
---When datagrams come over IP faster than they are asked for, one system call receives up to 16. The
---rest is unread input of this socket, of which the number of the descriptor alone says nothing:
---whoever else has it (ffi, sendfd(), another process) receives what comes later. Of sss.workers()
---the first one started goes on with it.
---Errors: ECONNREFUSED. See recvfrom(2).
---@param n? integer  most bytes (default 65536); what is longer is cut
---@return string? data
---@return sss.address|"closed"|"timeout" address  of the sender, or the reason
function socket:recvfrom(n) end

---Sends all of the data.
---An array of strings is sent as one, without joining them first. While input from the peer is
---still unread in this socket, output is held back and gathered; it goes out when that input is
---used up, at 64 KiB, when the task waits or ends, or by flush(). When input for several tasks has
---come at once, up to 4096 bytes to a peer that has sent something before are also held back until
---all of them have had their turn, or until a task waits and a millisecond is over.
---
---    sock:send("hello\n")
---    sock:send{"HTTP/1.0 200 OK\r\n\r\n", body}
---
---Errors: EPIPE and ECONNRESET (the peer has gone), ENOTCONN, EMSGSIZE (datagram too long); their
---field `sent` tells the bytes that went. A failure of held output is raised by the next send,
---flush or close. See send(2).
---@param data string|string[]
---@param where? sss.where  of a datagram socket, as sendto()
---@return integer? bytes  all of them
---@return "timeout"|"closed"|nil reason
---@return integer? sent  the bytes that went nevertheless
function socket:send(data, where) end

---Sends the data and a line end, "\r\n".
---As send() otherwise.
---@param data string
---@return integer? bytes
---@return "timeout"|"closed"|nil reason
---@return integer? sent
function socket:sendln(data) end

---Sends one datagram to an address.
---A datagram may come from port 0 (RFC 768), where nothing can be sent to: what is sent to the
---address object that recvfrom() gave then is lost, as any datagram may be.
---Errors: EINVAL (port 0 otherwise), EMSGSIZE, EACCES (broadcast without the option), ENETUNREACH, EISCONN (a stream). See
---sendto(2).
---@param data string|string[]
---@param where sss.where
---@return integer? bytes
---@return "timeout"|"closed"|nil reason
function socket:sendto(data, where) end

---Sends a file, or a part of it.
---The bytes do not pass through the script.
---
---    sock:sendfile("/var/www/index.html")
---
---Files of /proc, devices and pipes are sent, too; a pipe is read on, has no offset, and is waited
---for while it has nothing, when others run. What io has read of it ahead is not sent.
---Errors: ENOENT, EACCES, EISDIR, EPIPE, ECONNRESET. See sendfile(2).
---@param file string|file*  a path or an open file
---@param offset? integer  where to begin (default 0)
---@param count? integer  bytes (default: up to the end of the file)
---@return integer? bytes
---@return "timeout"|"closed"|nil reason
---@return integer? sent
function socket:sendfile(file, offset, count) end

---Sends what is held back.
---Waits until the system has taken it. See send().
---Errors: those of send().
---@return sss.socket? self
---@return "timeout"|"closed"|nil reason
function socket:flush() end

---Ends one direction of the connection, or both.
---The socket stays open. Output that is held back goes out first. Errors: ENOTCONN. See shutdown(2).
---@param how? "read"|"write"|"both"  (default "both")
---@return sss.socket? self
---@return "timeout"|"closed"|nil reason
function socket:shutdown(how) end

---Tells the socket's own address. See getsockname(2).
---@return sss.address address
function socket:getsockname() end

---Tells the peer's address. Errors: ENOTCONN. See getpeername(2).
---@return sss.address address
function socket:getpeername() end

---Sets a socket option.
---
---    sock:setsockopt(sss.SO.reuseaddr)              sock:setsockopt("tcp.nodelay", false)
---    sock:setsockopt("linger", {on = true, seconds = 5})
---    sock:setsockopt("ip.add_membership", {group = "239.1.2.3", interface = "eth0"})
---
---The value is what the option takes: true or false (also 1 or 0), a number, seconds for times, a
---string for bindtodevice and tcp.congestion, {on=, seconds=} or seconds or false for linger. The
---wrong kind is an error that says what the option takes.
---Errors: ENOPROTOOPT, EPERM, EINVAL. See setsockopt(2), socket(7), tcp(7), ip(7), ipv6(7), udp(7).
---@param name integer|string  a value of sss.SO, TCP, IP, IPV6, UDP, or a word: "reuseaddr", "tcp.nodelay"
---@param value? boolean|number|string|table  (default 1)
---@return sss.socket self
function socket:setsockopt(name, value) end

---Reads a socket option.
---The value has the form that setsockopt() takes. Errors: ENOPROTOOPT. See getsockopt(2).
---@param name integer|string
---@return boolean|number|string|table value
function socket:getsockopt(name) end

---The same as setsockopt().
---@param name integer|string
---@param value? boolean|number|string|table
---@return sss.socket self
function socket:setopt(name, value) end

---The same as getsockopt().
---@param name integer|string
---@return boolean|number|string|table value
function socket:getopt(name) end

---Lets a server start again at once: setsockopt("reuseaddr", value). See socket(7).
---@param value? boolean  (default true)
---@return sss.socket self
function socket:reuseaddr(value) end

---Allows to send to broadcast addresses: setsockopt("broadcast", value). See socket(7).
---@param value? boolean  (default true)
---@return sss.socket self
function socket:broadcast(value) end

---Sets how long calls on this socket wait.
---Receiving covers accept(), sending covers connect(). A call that waits longer returns
---`nil, "timeout"`.
---
---    sock:settimeout(5)                  both ways
---    sock:settimeout{receive = 0.5}      one way; also {send=}, {rcv=}, {snd=}
---    sock:settimeout(0)                  only what is ready now
---    sock:settimeout(nil)                no limit (the default); a negative number means the same
---@param seconds? number|{send?: number, receive?: number, snd?: number, rcv?: number}
---@return sss.socket self
function socket:settimeout(seconds) end

---Tells the timeouts that settimeout() has set; nil is no limit.
---@return number? receive  seconds
---@return number? send  seconds
function socket:gettimeout() end

---Passes a descriptor to the peer of a unix socket.
---The descriptor stays open here too. See unix(7), SCM_RIGHTS.
---Errors: EBADF, EPIPE, EOPNOTSUPP (not a unix stream).
---@param what sss.socket|file*|integer  a socket, an open file, or a descriptor
---@param data? string  bytes to go with it, at least one (default a NUL byte)
---@return integer? bytes
---@return "timeout"|"closed"|nil reason
---@return integer? sent
function socket:sendfd(what, data) end

---Receives a descriptor from the peer of a unix socket.
---It is close-on-exec. Of those that came and were not asked for, at most 64 are kept.
---Several in one message come one by one, in their order, the data with the first. Before the first
---recvfd() of a socket at most 8 are kept for it, afterwards 64; what is too much is closed.
---Errors: EOPNOTSUPP (not a unix stream), EMFILE (one came and is lost: there was no room for it).
---See unix(7), SCM_RIGHTS.
---@return sss.socket|integer|nil what  a socket, or the number of a descriptor that is none
---@return string|"closed"|"timeout" data  the bytes that came with it, or the reason
function socket:recvfd() end

---A server that accepts, as sss.serve() gives it.
---@class sss.server
local server = {}

---Stops accepting, and waits for the handlers that are running.
---A handler that calls it does not wait for itself.
---@param grace? number  seconds, 0 or more, that handlers have to end; then they are cancelled (default 0)
---@return sss.server self
function server:stop(grace) end

---Tells the address it listens on.
---For port 0 it has the port that the system chose.
---@return sss.address address
function server:address() end

---Waits until the server has stopped and its last handler has ended.
---@return sss.server self
function server:join() end

---A function that runs beside the others; see sss.spawn().
---@class sss.task
---@field status "ready"|"running"|"waiting"|"done"|"failed"|"cancelled"  how far it is
---@field name string  for messages (default "task 1", ...); can be set
local task = {}

---Starts a function as a task.
---It begins when the one who spawned it waits. When it fails and nobody joins it, the error is
---reported on stderr with its traceback, at the latest when the program ends, and the exit status
---is 1. The program ends when the main script has returned and no task is left.
---
---    local task = sss.spawn(function(name) return "hello " .. name end, "world")
---    print(task:join())          --> hello world
---@param f function
---@param ... any  its arguments
---@return sss.task task
function sss.spawn(f, ...) end

---Waits for the task to end and gives its results.
---What its function returned, that is; if the task failed, its error is raised. Several tasks may
---join one, at any time. Errors: "cancelled"; a text when a task joins itself.
---@return any ...
function task:join() end

---Ends a task.
---An error with code "cancelled" is raised where it waits, once: a task that catches it goes on.
---What it waited for has then not happened, and nothing is lost. When that was done already, the
---task gets its result, and the error at its next wait. A task that has not begun never runs; one
---that has ended is left alone; one that cancels itself gets the error at once. join() then raises
---the same error; a cancelled task is not reported as a failure.
---@return sss.task self
function task:cancel() end

---Waits for a time, in which other tasks run. It never ends early, and on an idle machine with Linux
---5.11 or newer less than 0.2 ms late.
---@param seconds number  0 or more; 0 is as sss.yield()
function sss.sleep(seconds) end

---Lets other tasks that are ready run first. A task that computes for long calls it every few
---milliseconds; what comes from outside is let in every 10 ms then, however many tasks compute.
function sss.yield() end

---Tells the time of a clock that never jumps, in seconds. See clock_gettime(2), CLOCK_MONOTONIC.
---@return number seconds
function sss.now() end

---Tells the time of day in seconds since 1970, with fractions. See clock_gettime(2), CLOCK_REALTIME.
---@return number seconds
function sss.time() end

---Runs a function that must not take longer than a time.
---Gives what it returns, or `nil, "timeout"`: then what it waited for has not happened, as with
---task:cancel(). When the time is over, every call in it that may wait ends so; code that does not
---wait is not interrupted. Nests: the shorter limit counts.
---
---    local line, reason = sss.timeout(2, function() return sock:receive("l") end)
---@param seconds number  0 or more; 0 ends the first call that may wait
---@param f function
---@param ... any  its arguments
---@return any ...
function sss.timeout(seconds, f, ...) end

---Runs several functions at once and waits for all of them.
---Each runs in a task of its own. Gives the first result of each, in order. When one fails, the
---others are cancelled, and its error is raised when they have ended. They are cancelled too when
---whoever waits here is cancelled or runs out of time (sss.timeout()): nothing is left running.
---
---    local page, size = sss.gather(function() return fetch(url) end, count_files)
---@param ... function
---@return any ...  one result per function
function sss.gather(...) end

---Runs several functions at once until the first of them ends.
---Gives the number of the function and what it returned. The others are cancelled, and have ended
---when race() returns. When the first to end fails, its error is raised.
---
---    local which, value = sss.race(function() return jobs:receive() end,
---                                  function() return sock:receive("l") end)
---
---A function that only waits, like these two, takes nothing when it does not win: the value, the
---bytes or the client are still there for the next call.
---@param f function
---@param ... function
---@return integer index
---@return any ...
function sss.race(f, ...) end

---A queue between tasks; see sss.channel().
---`for value in channel do` receives until the channel is closed and empty. `#channel` is the number
---of values that can be received without waiting.
---@class sss.channel
local channel = {}

---Makes a channel, through which tasks pass values.
---
---    local jobs = sss.channel(10)
---    sss.spawn(function() for job in jobs do work(job) end end)
---    jobs:send("first"):send("second"):close()
---
---Values arrive in the order in which they were sent; who waits longest is served first. Without
---capacity a send waits until a receiver takes the value. An operation that is cancelled or not done
---in time (sss.timeout()) has not happened: its value is not sent, or is left to the next receiver
---(then even a channel without capacity has one in it). To wait for one of several channels use
---sss.race().
---@param capacity? integer  values that wait in the channel (default 0)
---@return sss.channel channel
function sss.channel(capacity) end

---Sends a value.
---Waits while the channel is full. Errors: EPIPE (the channel is closed, or was meanwhile).
---@param value any  all but nil
---@return sss.channel self
function channel:send(value) end

---Receives the next value.
---Waits until there is one.
---@return any value  nil when the channel is closed and empty
---@return "closed"? reason
function channel:receive() end

---Closes the channel: nothing more can be sent.
---What is in it can still be received. Tasks that wait to send get an error, those that wait to
---receive get `nil, "closed"`. Closing a closed channel does nothing.
---@return sss.channel self
function channel:close() end

---A number of places that tasks take and give back; see sss.semaphore().
---@class sss.semaphore
local semaphore = {}

---Makes a semaphore: so many tasks may do something at the same time.
---
---    local places = sss.semaphore(8)
---    for _, url in ipairs(urls) do
---        sss.spawn(function() places:with(fetch, url) end)
---    end
---@param n integer  places, 1 or more
---@return sss.semaphore semaphore
function sss.semaphore(n) end

---Takes a place.
---Waits while there is none; who waits longest is served first. When it is cancelled or not done in
---time (sss.timeout()) nothing is taken.
---@return sss.semaphore self
function semaphore:acquire() end

---Gives a place back.
---Errors: a text when none is taken.
---@return sss.semaphore self
function semaphore:release() end

---Runs a function that has a place.
---The place is given back when the function returns or fails.
---@param f function
---@param ... any  its arguments
---@return any ...  its results
function semaphore:with(f, ...) end

---A signal that is waited for, as sss.signal() gives it.
---tostring() gives "signal: TERM". One that nothing refers to any more is closed by the collector.
---@class sss.signal
local signal = {}

---Begins to watch a signal.
---As long as it is watched it does not do what it otherwise does to the program: INT and TERM do not
---end it. Each object sees every signal from here on; several that come before they are asked for
---count as one.
---
---    local hangup = sss.signal("HUP")
---    while hangup:wait() do load_settings() end
---
---The names are those of signal(7), with or without "SIG", in any case: "INT", "TERM", "HUP",
---"USR1", "USR2", "CHLD", "PIPE", "WINCH", "QUIT", "ALRM", ... KILL, STOP and those by which the
---processor tells a fault (SEGV, BUS, FPE, ILL) cannot be waited for. What watches a signal is told
---when the script waits the next time: a script that only computes hears nothing.
---@param name string
---@return sss.signal signal
function sss.signal(name) end

---Waits for the signal.
---Returns at once if it has come since the last time.
---A task that waits here keeps the program going. All who wait on the same object are woken.
---@return string? name  in capitals, without "SIG"
---@return "closed"|nil reason  close() was called meanwhile
function signal:wait() end

---Ends the watch; closing twice does no harm.
---The signal does again what it did before, unless another object or sss.onsignal() watches it.
---Who waits on this object gets `nil, "closed"`; using it afterwards raises `closed signal`.
---@return sss.signal self
function signal:close() end

---Runs a function in a new task each time a signal comes.
---It replaces the function set before for this signal; nil removes it. Several signals that come
---before the task could be started count as one. This alone does not keep the program going: it
---ends when the main script has returned and no task is left.
---
---    sss.onsignal("TERM", function() server:stop(10) end)
---
---Without it, and without sss.signal(), INT and TERM end the program as usual. See sss.signal().
---@param name string  as sss.signal() takes it
---@param f fun(name: string)|nil
function sss.onsignal(name, f) end

---Waits until a descriptor can be read or written.
---It is for descriptors that are not sockets of sss: pipes, terminals, inotify, the connection of a
---library. Reading and writing is left to the script.
---
---    if sss.wait(0, "r", 5) then line = io.read() end
---
---The end of the input, and an error, count as ready too; so does a file on a disk, always. Several
---tasks can wait for one descriptor. A socket is ready to be read also when unread input is in its
---buffer, of which its number alone says nothing; it can have one reader at a time, and is ready to
---be written to when those that send on it have done so. For a Lua file the descriptor counts, not
---what the file has in its buffer.
---Errors: EBADF (not open), EMFILE (a duplicate is needed while it waits), EBUSY (another task reads
---from the socket). See poll(2).
---@param what sss.socket|file*|integer  a socket, an open file, or a descriptor
---@param way "r"|"w"  readable or writable
---@param seconds? number  how long to wait (default no limit); 0: only look
---@return true? ready
---@return "timeout"|"closed"|nil reason  closed: the socket was closed here meanwhile
function sss.wait(what, way, seconds) end

---Gives the sockets that systemd has handed over to this process.
---An array, which also has them by name (FileDescriptorName=); of several with one name, the first.
---
---    local listener = sss.inherited().web or sss.listen("*:8000")
---    sss.serve(listener, handler)
---
---It is empty when LISTEN_PID is not this process or when LISTEN_FDS is no number; there are no names
---when LISTEN_FDNAMES does not have one for each. What is no socket, a FIFO for instance, is there as
---the number of its descriptor. Every call gives the same table. Errors: EBADF (one of them is not
---open; none is taken then). See sd_listen_fds(3), systemd.socket(5).
---@return table<integer|string, sss.socket|integer> sockets
function sss.inherited() end

---Becomes several processes, and keeps them running: workers.
---Each goes on with the script from here, as worker 1 to n; this call returns in workers only. The
---process that called it, the master, just looks after them.
---
---    local number = sss.workers(4)
---    sss.serve("*:8000", function(client) client:send("this is worker " .. number .. "\n") end)
---
---`sssrun -w 4 script.lua` does it before the script is read. In a worker sss.listen() and
---sss.serve() get their socket from the master: on TCP and UDP one per worker on the same port
---(SO_REUSEPORT, socket(7)), also for port 0; on a unix socket one for all. The master keeps it
---open, so that no waiting connection is lost with a worker; close it to give it up. What was
---opened before is shared by all, and math.random() goes on from the same seed.
---
---Worker 1 has up to a second to begin before the others do. When the very first workers fail before
---they wait for something other than a place to listen on, or cannot listen, the program ends with
---status 1, and the reason is told once. Later a worker that ends in any way is started again, one
---second after its last start at the earliest; twice as long each time, up to 32 s, when it cannot
---listen or its script failed before its first wait.
---
---TERM or INT to the master stops all. Workers get TERM: servers answer who is connected already and
---stop, other listening streams are closed when nobody waits there, and the worker ends when no task
---is left. When the grace is over its tasks are cancelled, and 2 seconds later it is killed. The
---exit status is 0, or 1 if one had to be killed then. A TERM or INT that comes a second after the
---first one, or later, kills at once. A worker that gets TERM itself stops like that, too; when its
---master does not stop, another one is started.
---
---HUP to the master replaces workers one by one: the old one gets TERM when the new one waits, and
---listens if the old one did (for which it has 30 s), and is killed as above; if the new one fails
---the old one stays. The new one reads the script anew with `-w`; otherwise it goes on from the state
---that the master had.
---
---The master hands USR1, USR2 and WINCH on to all workers, where they do nothing unless the worker
---watches them. So it does with other signals as soon as a worker has watched them (to those that
---have); before, they do to the master what they do to any program. TERM, INT, HUP, CHLD and PIPE
---are never handed on.
---
---A worker whose script writes to descriptors that are not its own, and so to its master, or closes
---them, is killed and started again.
---
---What a worker prints goes out line by line unless it sets another io.stdout:setvbuf(). A line that
---several of them print to one place stays whole: up to 4,096 bytes in a pipe (PIPE_BUF, pipe(7)),
---up to 64 KiB in a file.
---
---A worker has an sss.onsignal() for TERM, INT and HUP; a script that sets its own for TERM stops by
---itself. A worker whose master dies stops as by TERM.
---Options: grace in seconds (default 10).
---Errors: EAGAIN, EMFILE; a text when it is not the first thing that the main script does, that is
---when there are tasks, handlers of signals, or output on its way. See fork(2).
---@param n integer|"auto"  1 to 1024; "auto": one for each processor that is online
---@param options? {grace?: number}
---@return integer number
function sss.workers(n, options) end

---Tells a service manager, such as systemd, the state of the program.
---Lines as in sd_notify(3), like "STATUS=42 clients". True when it was sent; false where there is no manager, that is,
---where the environment had no NOTIFY_SOCKET when the program began. Never waits.
---
---    sss.notify("STATUS=" .. n .. " clients")
---
---The program tells by itself, with `Type=notify` of a service:
---- READY=1 when its main script waits and something is listened on; one that listens on nothing is
---  ready a second after its first wait. Not when the script has said it before.
---- STOPPING=1 when TERM comes, or when it ends otherwise.
---- WATCHDOG=1, at half of WATCHDOG_USEC, whenever it waits. One that computes without end does not,
---  and the manager ends it.
---With sss.workers() the master tells: READY=1 when all workers are ready, RELOADING=1 at HUP and
---READY=1 when the old ones are replaced or it has failed (`Type=notify-reload`). The watchdog's
---pings are the master's; a worker that it has not heard of for WATCHDOG_USEC it kills itself, and
---starts again. What a worker says goes through its master, except READY, RELOADING, STOPPING,
---WATCHDOG and MAINPID.
---
---RELOADING=1 gets the MONOTONIC_USEC that belongs to it. NOTIFY_SOCKET, WATCHDOG_USEC and
---WATCHDOG_PID are taken out of the environment: programs that this one starts do not see them.
---@param state string  1 to 4096 bytes
---@return boolean sent
function sss.notify(state) end

---Tells what the program has done so far, in numbers.
---Each call gives a new table. The numbers only grow, except for what is there now: tasks, buffers,
---buffer_bytes. They are counted where the things happen, and cost nothing when nobody asks.
---
---    local before = sss.stats()
---    sock:send("hello")
---    print(sss.stats().sent - before.sent)     --> 5
---
---An operation is a call that may wait, like receive(), send(), accept() or sleep(), whatever came
---of it; a channel and a semaphore count only where they had to wait. Each process counts on its
---own: one of sss.workers() goes on from what the master had counted when it started it. Calls of
---signals and of Lua's io library are not counted.
---@return sss.statistics numbers
function sss.stats() end

---What sss.stats() tells.
---@class sss.statistics
---@field operations integer  calls that may wait and have ended
---@field waits integer  how often the main script or a task really had to wait
---@field tasks integer  tasks that have not ended
---@field spawned integer  tasks started so far
---@field received integer  bytes received on sockets; what was only peeked at does not count
---@field sent integer  bytes sent on sockets; what send() still holds back does not count
---@field buffers integer  buffers that hold input or output now
---@field buffer_bytes integer  their size together
---@field calls sss.calls  system calls

---System calls by kind, failed ones too.
---@class sss.calls
---@field recv integer  recv(2), recvfrom(2), recvmsg(2), recvmmsg(2)
---@field send integer  send(2), sendto(2), sendmsg(2)
---@field accept integer  accept4(2)
---@field connect integer  connect(2)
---@field close integer  close(2)
---@field sendfile integer  sendfile(2)
---@field epoll_wait integer  epoll_pwait2(2), or epoll_wait(2) where Linux is older than 5.11
---@field epoll_ctl integer  epoll_ctl(2)
---@field other integer  socket(2), bind(2), listen(2), options, addresses, shutdown(2), poll(2), ...

---The content of a data file that belongs to the program.
---
---    local motd = sss.asset("data/motd.txt")
---
---In a program that `sssrun build` made it is the packed file, as it was packed (scripts are compiled
---then); else the file of that name below the current folder, so that a program runs the same before
---it is built. The name is a path of parts with "/" between, none of them empty, "." or "..".
---Raises ENOENT, EISDIR for a folder, EINVAL for another name, and the errors of open(2) and read(2).
---@param name string
---@return string content
function sss.asset(name) end

return sss
