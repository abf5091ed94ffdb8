-- SPDX-License-Identifier: BSD-3-Clause
-- Sockets as objects: creation, fields, closing, chaining.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local leftovers = require "leftovers"

local function open_sockets()
    collectgarbage()
    collectgarbage()
    local n = 0
    for _ in pairs(leftovers.sockets()) do n = n + 1 end
    return n
end

t.test("the default is a TCP socket over IPv4", function()
    local s = sss.socket()
    t.eq(s.domain, sss.AF.inet)
    t.eq(s.type, sss.SOCK.stream)
    t.ok(s.fd > 2, "fd")
    t.eq(s.sid, s.fd)
end)

t.test("numbers and words mean the same", function()
    for _, pair in ipairs { { "inet6", sss.AF.inet6 }, { "inet", sss.AF.inet } } do
        for _, kind in ipairs { { "dgram", sss.SOCK.dgram }, { "stream", sss.SOCK.stream } } do
            local a, b = sss.socket(pair[1], kind[1]), sss.socket(pair[2], kind[2])
            t.eq(a.domain, b.domain)
            t.eq(a.domain, pair[2])
            t.eq(a.type, kind[2])
            t.eq(b.type, kind[2])
        end
    end
end)

t.test("words in capitals", function()
    t.eq(sss.socket("INET6", "Dgram").type, sss.SOCK.dgram)
end)

t.test("a protocol by number and by name", function()
    t.eq(sss.socket("inet", "dgram", 17).protocol, 17)
    t.eq(sss.socket("inet", "dgram", "udp").protocol, 17)
    t.eq(sss.socket(nil, nil, "tcp").protocol, 6)
end)

t.test("unix sockets of all types", function()
    for _, kind in ipairs { "stream", "dgram", "seqpacket" } do
        local s = sss.socket("unix", kind)
        t.eq(s.domain, sss.AF.unix)
        t.eq(s.type, sss.SOCK[kind])
    end
end)

t.test("a raw socket, where the user may", function()
    local ok, s = pcall(sss.socket, "inet", "raw", "icmp")
    if ok then
        t.eq(s.type, sss.SOCK.raw)
    else
        t.ok(s.code == "EPERM" or s.code == "EACCES", s.code)
    end
end)

t.test("a socket that cannot be made is an error, not an object", function()
    local err = t.raises("EPROTONOSUPPORT", sss.socket, "inet", "stream", "udp")
    t.eq(err.op, "socket")
    t.ok(err.errno > 0, "errno")
    t.match(tostring(err), "^socket: ")
end)

t.test("unknown words and numbers are refused", function()
    t.raises("bad argument #1 to 'socket'", sss.socket, "inet7")
    t.raises("bad argument #2 to 'socket'", sss.socket, "inet", "strem")
    t.raises("bad argument #3 to 'socket'", sss.socket, "inet", "stream", "nosuchproto")
    t.raises("bad argument #1 to 'socket'", sss.socket, {})
    t.raises("bad argument #1 to 'socket'", sss.socket, 1.5)
    t.raises("bad argument #2 to 'socket'", sss.socket, "inet", true)
end)

t.test("the small tables are the large ones", function()
    t.ok(sss.af == sss.AF and sss.sock == sss.SOCK and sss.so == sss.SO, "the same tables")
    t.eq(sss.AF.inet, 2)
    t.eq(sss.AF.inet6, 10)
    t.eq(sss.AF.unix, 1)
    t.eq(sss.SOCK.stream, 1)
    t.eq(sss.SOCK.dgram, 2)
    t.eq(sss.SO.reuseaddr, 2)
end)

t.test("sid is 0 after close", function()
    local s = sss.socket()
    s:close()
    t.eq(s.sid, 0)
    t.ok(s.fd <= 0, "fd names no descriptor")
end)

t.test("close is idempotent", function()
    local s = sss.socket()
    local other
    s:close()
    other = sss.socket() -- takes the number of the first
    s:close()
    s:close()
    t.ok(other:getsockname(), "the other socket is still open")
end)

t.test("an unknown field is nil or an error, never a crash", function()
    local s = sss.socket()
    local ok, value = pcall(function() return s.nosuchfield end)
    t.ok(not ok or value == nil, "nosuchfield")
    pcall(function() return s[1], s[{}], s[nil] end)
end)

t.test("fields cannot be set", function()
    local s = sss.socket()
    t.raises("", function() s.fd = 0 end)
    t.raises("", function() s.sid = 1 end)
end)

local after_close = {
    connect = { "127.0.0.1:1" }, bind = { "127.0.0.1:0" }, listen = {}, accept = {}, receive = {},
    receiveuntil = { "x" }, lines = {}, peek = {}, recv = {}, recvfrom = {}, send = { "x" },
    sendln = { "x" }, flush = {}, sendto = { "x", "127.0.0.1:1" }, sendfile = { "/dev/null" },
    shutdown = {}, getsockname = {}, getpeername = {}, setsockopt = { "reuseaddr" },
    getsockopt = { "reuseaddr" }, settimeout = { 1 }, gettimeout = {}, sendfd = { 0 }, recvfd = {},
    setopt = { "reuseaddr" }, getopt = { "reuseaddr" }, reuseaddr = {}, broadcast = {},
}

for name, arguments in pairs(after_close) do
    t.task("after close: " .. name .. " raises closed socket", function()
        local s = sss.socket()
        s:close()
        t.raises("closed socket", function()
            local step = s[name](s, unpack(arguments))
            if name == "lines" then step() end
        end)
    end)
end

t.test("a method wants a socket", function()
    local s = sss.socket()
    for name in pairs(after_close) do
        t.raises("", s[name])
        t.raises("", s[name], 1)
        t.raises("", s[name], {})
        t.raises("", s[name], io.stdout)
        t.raises("", s[name], sss.tocaddress("127.0.0.1:1"))
    end
end)

t.test("the collector closes what is dropped", function()
    local before = open_sockets()
    for _ = 1, 20 do sss.socket() end
    t.eq(open_sockets(), before)
end)

t.test("a pair dropped while it holds unread input is closed", function()
    local before = open_sockets()
    local function drop()
        local a, b = sss.pair()
        a:send("one\ntwo\n")
        b:receive("L")
    end
    for _ = 1, 10 do drop() end
    t.eq(open_sockets(), before)
end)

t.test("tostring names both addresses", function()
    local a, b = link.tcp()
    t.match(tostring(a), (tostring(a:getsockname()):gsub("%.", "%%.")))
    t.match(tostring(a), (tostring(b:getsockname()):gsub("%.", "%%.")))
    a:close()
    t.match(tostring(a), "closed")
    t.match(tostring(sss.socket("inet", "dgram")), "udp")
end)

t.test("what has nothing to return gives the socket", function()
    local s = sss.socket()
    t.eq(s:setsockopt("reuseaddr"):bind("127.0.0.1:0"):listen():settimeout(1), s)
    local c = sss.socket()
    t.eq(c:connect(s:getsockname()):shutdown("write"):flush(), c)
    t.eq(c:reuseaddr(), c)
    t.eq(c:close(), c)
    t.eq(sss.socket("inet", "dgram"):broadcast():getsockopt("broadcast"), true)
end)

t.test("sockets are close-on-exec", function()
    local s, a, b = sss.socket(), sss.pair()
    local c, d = link.tcp()
    local inodes = leftovers.sockets()
    for line in t.output_of("ls -l /proc/self/fd"):gmatch("[^\n]+") do
        local name = line:match("socket:%[%d+%]$")
        t.ok(not (name and inodes[name]), line)
    end
    link.close(s, a, b, c, d)
end)

t.test("getsockname and getpeername are the two ends", function()
    local a, b = link.tcp()
    t.ok(a:getsockname() == b:getpeername(), "one end")
    t.ok(b:getsockname() == a:getpeername(), "the other end")
    t.raises("ENOTCONN", function() sss.socket():getpeername() end)
end)

t.test("fromfd adopts a descriptor", function()
    local ffi = require "ffi"
    ffi.cdef "int dup(int fd); int close(int fd);"
    local a, b = sss.pair()
    local copy = ffi.C.dup(a.fd)
    local adopted, c = pcall(sss.fromfd, copy)
    if not adopted then ffi.C.close(copy) end
    t.ok(adopted, c)
    t.eq(c.domain, sss.AF.unix)
    t.eq(c.type, sss.SOCK.stream)
    a:close()
    c:send("x\n")
    t.eq(b:receive(), "x\n")
end)

t.task("fromfd of a descriptor that blocks", function()
    local ffi = require "ffi"
    ffi.cdef "int socketpair(int domain, int type, int protocol, int fds[2]);"
    local fds = ffi.new("int[2]", -1, -1)
    t.after(function() -- those that nobody adopted
        for i = 0, 1 do if fds[i] >= 0 then ffi.C.close(fds[i]) end end
    end)
    t.eq(ffi.C.socketpair(1, 1, 0, fds), 0)
    local a = sss.fromfd(fds[0])
    fds[0] = -1
    local b = sss.fromfd(fds[1])
    fds[1] = -1
    a:settimeout(0.01)
    t.eq(t.pack(a:receive()), { n = 2, nil, "timeout" })
    b:send("hello\n")
    t.eq(a:receive(), "hello\n")
    link.close(a, b)
end)

t.test("fromfd refuses what is no socket", function()
    t.raises("ENOTSOCK", sss.fromfd, 0)
    t.raises("EBADF", sss.fromfd, 19999)
    t.raises("bad argument #1 to 'fromfd'", sss.fromfd, -1)
    t.raises("bad argument #1 to 'fromfd'", sss.fromfd, 2 ^ 40)
    t.raises("bad argument #1 to 'fromfd'", sss.fromfd, "x")
end)

t.test("TCP_NODELAY is on unless told otherwise", function()
    local a, b = link.tcp()
    t.eq(a:getsockopt("tcp.nodelay"), true)
    t.eq(b:getsockopt("tcp.nodelay"), true)
    local listener, address = link.listen()
    local slow = sss.connect(address, { nodelay = false })
    t.eq(slow:getsockopt("tcp.nodelay"), false)
    listener:close()
end)

t.run()
