-- SPDX-License-Identifier: BSD-3-Clause
-- Datagrams: UDP over both families, unix.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local function udp(host)
    local s = sss.socket(host == "[::1]" and "inet6" or "inet", "dgram")
    return s:bind((host or "127.0.0.1") .. ":0"), s:getsockname()
end

local function unix_dgram()
    local path = t.tempname()
    local s = sss.socket("unix", "dgram")
    return s:bind { path = path }, s:getsockname()
end

local kinds = { udp = udp, unix = unix_dgram }
if link.has_ipv6() then
    kinds.udp6 = function() return udp("[::1]") end
end

-- f(one socket, its address, another, its address)
local function over_all(name, f)
    for kind, make in pairs(kinds) do
        t.task(name .. " (" .. kind .. ")", function()
            local a, address_a = make()
            local b, address_b = make()
            f(a, address_a, b, address_b)
            link.close(a, b)
        end)
    end
end

over_all("sendto and recvfrom", function(a, address_a, b, address_b)
    t.eq(a:sendto("hello", address_b), 5)
    local data, from = b:recvfrom()
    t.eq(data, "hello")
    t.ok(from == address_a, "where from")
    b:sendto("back", from)
    t.eq(a:recv(), "back")
end)

over_all("send with an address", function(a, _, b, address_b)
    t.eq(a:send("hello", address_b), 5)
    t.eq(a:send({ "two ", "parts" }, tostring(address_b)), 9)
    t.eq(b:recv(), "hello")
    t.eq(b:recv(), "two parts")
end)

over_all("each datagram is one recv", function(a, _, b, address_b)
    for i = 1, 10 do a:sendto(("x"):rep(i), address_b) end
    for i = 1, 10 do t.eq(#b:recv(), i) end
end)

over_all("an empty datagram is an empty string", function(a, address_a, b, address_b)
    t.eq(a:sendto("", address_b), 0)
    a:sendto("after", address_b)
    t.eq(b:recv(), "")
    t.eq(b:recv(), "after")
    a:sendto("", address_b)
    local data, from = b:recvfrom()
    t.eq(data, "")
    t.ok(from == address_a, "where from")
end)

over_all("so is one of no parts, or of empty ones", function(a, address_a, b, address_b)
    t.eq(a:sendto({}, address_b), 0)
    t.eq(a:send({ "", "" }, address_b), 0)
    t.eq(b:recv(), "")
    t.eq(b:recv(), "")
    a:connect(address_b)
    t.eq(a:send "", 0)
    t.eq(a:send {}, 0)
    b:connect(address_a)
    t.eq(b:recv(), "")
    t.eq(b:recv(), "")
end)

over_all("NUL bytes are data", function(a, _, b, address_b)
    a:sendto("\0a\0\0", address_b)
    t.eq(b:recv(), "\0a\0\0")
end)

over_all("what is longer than asked is cut off", function(a, _, b, address_b)
    a:sendto("0123456789", address_b)
    a:sendto("next", address_b)
    t.eq(b:recv(4), "0123")
    t.eq(b:recv(4), "next")
end)

over_all("a connected socket", function(a, address_a, b, address_b)
    a:connect(address_b)
    b:connect(address_a)
    t.eq(a:send("hello"), 5)
    t.eq(b:recv(), "hello")
    t.ok(a:getpeername() == address_b, "the peer")
end)

over_all("a timeout loses no datagram", function(a, _, b, address_b)
    b:settimeout(0.01)
    t.eq(t.pack(b:recv()), { n = 2, nil, "timeout" })
    t.eq(t.pack(b:recvfrom()), { n = 2, nil, "timeout" })
    a:sendto("late", address_b)
    t.eq(b:recv(), "late")
end)

over_all("a waiting reader is woken", function(a, _, b, address_b)
    local reader = sss.spawn(function() return b:recv() end)
    sss.yield()
    a:sendto("wake up", address_b)
    t.eq(reader:join(), "wake up")
end)

over_all("close wakes a waiting reader", function(_, _, b)
    local reader = sss.spawn(function() return b:recvfrom() end)
    sss.yield()
    b:close()
    t.eq(t.pack(reader:join()), { n = 2, nil, "closed" })
end)

t.task("the largest UDP datagram", function()
    local a = udp()
    local b, address = udp()
    local data = ("x"):rep(65507)
    t.eq(a:sendto(data, address), 65507)
    t.ok(b:recvfrom() == data, "what has arrived")
    t.raises("EMSGSIZE", a.sendto, a, data .. "y", address)
    link.close(a, b)
end)

-- A socket whose address refuses datagrams, for it talks with somebody else. That of a closed one
-- might be another's by now, even that of the socket which sends.
local function refusing_udp()
    local s, address = udp()
    return s:connect("127.0.0.1:9"), address
end

t.task("connection refused is told on a connected UDP socket", function()
    local refusing, address = refusing_udp()
    local a = sss.socket("inet", "dgram")
    a:connect(address)
    a:send("anybody?")
    a:settimeout(t.patience)
    local err = t.raises("ECONNREFUSED", a.recv, a)
    t.match(err.op, "recv")
    link.close(a, refusing)
end)

t.task("a refusal is told once between datagrams, also by recvfrom", function()
    local refusing, address = refusing_udp()
    local a = sss.socket("inet", "dgram")
    a:connect(address)
    a:settimeout(t.patience)
    for _ = 1, 100 do
        a:send("anybody?")
        local err = t.raises("ECONNREFUSED", a.recvfrom, a)
        t.match(err.op, "recv")
    end
    a:settimeout(0)
    t.eq(t.pack(a:recvfrom()), { n = 2, nil, "timeout" })
    link.close(a, refusing)
end)

t.task("more senders than are kept in mind, each twice", function()
    local here, to = udp()
    for i = 1, 3000 do
        local a = sss.socket("inet", "dgram")
        a:bind(("127.0.%d.%d:0"):format(math.floor(i / 200), i % 200 + 1))
        local mine = a:getsockname()
        for k = 1, 2 do
            a:sendto(k .. " of " .. i, to)
            local data, from = here:recvfrom()
            t.eq(data, k .. " of " .. i)
            t.ok(from == mine, "where from")
        end
        a:close()
    end
    here:close()
end)

t.task("senders whose datagrams alternate", function()
    local here, to = udp()
    local all, names = {}, {}
    for i = 1, 40 do
        all[i], names[i] = udp(i % 2 == 0 and "127.0.0.2" or "127.0.0.1")
    end
    for round = 1, 100 do
        for i = 1, 40 do all[i]:sendto(round .. "/" .. i, to) end
        for i = 1, 40 do
            local data, from = here:recvfrom()
            t.eq(data, round .. "/" .. i)
            t.ok(from == names[i], "where from")
            t.eq(here:sendto(data, from), #data)
            t.eq(all[i]:recv(), data)
        end
    end
    link.close(here, unpack(all))
end)

t.task("sendto of what is no address", function()
    local a = udp()
    t.raises("bad argument #2 to 'sendto'", a.sendto, a, "x", "127.0.0.1:70000")
    t.raises("bad argument #2 to 'sendto'", a.sendto, a, "x")
    t.raises("bad argument #1 to 'sendto'", a.sendto, a, { {} }, "127.0.0.1:1")
    t.raises("bad argument #2 to 'send'", a.send, a, "x", 5)
    a:close()
end)

t.task("sendto over the wrong family is an error", function()
    local a = udp()
    t.raises("bad argument #2 to 'sendto'", a.sendto, a, "x", "[::1]:9")
    a:close()
end)

t.task("UDP by listen", function()
    local here = sss.listen("127.0.0.1:0", { type = "dgram" })
    local there = sss.socket("inet", "dgram")
    there:sendto("hello", here:getsockname())
    t.eq(here:recv(), "hello")
    link.close(here, there)
end)

t.task("a pair of datagram sockets", function()
    local a, b = sss.pair("dgram")
    a:send("one")
    a:send("two")
    t.eq(b:recv(), "one")
    t.eq(b:recv(), "two")
    link.close(a, b)
end)

t.task("broadcast has to be allowed", function()
    local a = udp()
    t.raises("EACCES", a.sendto, a, "x", "broadcast:9")
    a:close()
end)

t.run()
