-- SPDX-License-Identifier: BSD-3-Clause
-- A datagram port belongs to who listens there; a peer's datagram cannot end a server.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local hosts = { "127.0.0.1", "*", "127.0.0.2" }
if link.has_ipv6() then
    hosts[#hosts + 1] = "[::1]"
    hosts[#hosts + 1] = "[::]"
end

local function udp(host, options)
    options = options or {}
    options.type = "dgram"
    return sss.listen(host, options)
end

-- Two addresses that overlap: the second one is not to be had while the first one has an owner.
local overlaps = {}
for _, host in ipairs(hosts) do overlaps[#overlaps + 1] = { host, host } end
overlaps[#overlaps + 1] = { "*", "127.0.0.1" }
overlaps[#overlaps + 1] = { "127.0.0.1", "*" }
if link.has_ipv6() then
    overlaps[#overlaps + 1] = { "[::]", "[::1]" }
    overlaps[#overlaps + 1] = { "[::]", "127.0.0.1" } -- it takes IPv4, too
    overlaps[#overlaps + 1] = { "127.0.0.1", "[::]" }
end

for _, pair in ipairs(overlaps) do
    t.task(("%s belongs to who listens at %s"):format(pair[2], pair[1]), function()
        local owner = udp(pair[1] .. ":0", pair[1] == "[::]" and { v6only = false } or nil)
        local same = pair[2] .. ":" .. owner:getsockname().port
        local options = pair[2] == "[::]" and { v6only = false } or {}
        t.raises("EADDRINUSE", udp, same, options)
        options.reuseaddr = true -- the owner has not agreed to share
        t.raises("EADDRINUSE", udp, same, options)
        local to = same:gsub("%*", "127.0.0.1"):gsub("%[::%]", "[::1]")
        if pair[1] == "127.0.0.1" then to = tostring(owner:getsockname()) end
        local out = sss.socket(to:find("^%[") and "inet6" or "inet", "dgram")
        out:sendto("for the owner", to)
        t.eq(owner:settimeout(t.patience):recvfrom(), "for the owner")
        owner:close()
        udp(same, pair[2] == "[::]" and { v6only = false } or nil):close() -- free at once
        out:close()
    end)
end

t.task("a wildcard of IPv6 alone leaves IPv4 to others", function()
    link.need_ipv6()
    local six = udp("[::]:0", { v6only = true })
    local ok, four = pcall(udp, "*:" .. six:getsockname().port)
    t.ok(ok or four.code == "EADDRINUSE", four) -- somebody else's port, perhaps
    if ok then four:close() end
    six:close()
end)

t.task("who asks for sharing gets it", function()
    for _, option in ipairs { "reuseaddr", "reuseport" } do
        local one = udp("127.0.0.1:0", { [option] = true })
        local two = udp(tostring(one:getsockname()), { [option] = true })
        t.eq(one:getsockopt(option), true)
        t.raises("EADDRINUSE", udp, tostring(one:getsockname()))
        link.close(one, two)
    end
end)

t.task("several hear one multicast", function()
    t.not_emulated("it does not pass on the interface of a membership")
    local one = udp("*:0", { reuseaddr = true })
    local two = udp("*:" .. one:getsockname().port, { reuseaddr = true })
    for _, sock in ipairs { one, two } do
        sock:settimeout(t.patience)
        sock:setsockopt("ip.add_membership", { group = "239.77.1.2", interface = "lo" })
    end
    local out = sss.socket("inet", "dgram"):setsockopt("ip.multicast_if", "127.0.0.1")
    out:sendto("to all", "239.77.1.2:" .. one:getsockname().port)
    t.eq(one:recv(), "to all")
    t.eq(two:recv(), "to all")
    link.close(one, two, out)
end)

t.task("unix datagram sockets have one owner, too", function()
    for _, address in ipairs { "unix:" .. t.tempname(), "unix:@" .. t.tempname() } do
        local owner = udp(address)
        t.raises("EADDRINUSE", udp, address)
        local out = sss.socket("unix", "dgram")
        out:sendto("for the owner", address)
        t.eq(owner:recv(), "for the owner")
        owner:close()
        udp(address):close()
        out:close()
    end
end)

t.task("a stream server starts again at once", function()
    for _, host in ipairs(hosts) do
        local listener = sss.listen(host .. ":0")
        local address = tostring(listener:getsockname())
        local client = sss.connect((address:gsub("0%.0%.0%.0", "127.0.0.1"):gsub("%[::%]", "[::1]")))
        local server = listener:accept()
        server:close() -- TIME_WAIT stays at its side
        client:receive("a")
        link.close(client, listener)
        sss.listen(address):close()
    end
end)

-- From port 0 -------------------------------------------------------------------------------------

local function u16(n)
    return string.char(math.floor(n / 256), n % 256)
end

-- Sends TEXT to the port of HOST as a datagram that comes from port 0.
local function send_from_nowhere(host, port, text)
    local made, raw = pcall(sss.socket, host:find(":") and "inet6" or "inet", "raw", "udp")
    if not made then t.skip("no right to make raw sockets") end
    if host:find(":") then raw:setsockopt("ipv6.checksum", 6) end
    raw:sendto(u16(0) .. u16(port) .. u16(8 + #text) .. u16(0) .. text, { host = host, port = 0 })
    raw:close()
end

local function from_port_zero(host)
    local text = host:find(":") and "[" .. host .. "]" or host
    t.task("a datagram from port 0 of " .. host .. " ends no server", function()
        local server = udp(text .. ":0"):settimeout(t.patience)
        local port = server:getsockname().port
        local ok, problem = pcall(send_from_nowhere, host, port, "evil")
        if not ok and type(problem) == "table" and problem.code == "ENOPROTOOPT" then
            t.skip("the option ipv6.checksum is not known")
        elseif not ok then
            error(problem, 0)
        end
        local data, from = server:recvfrom()
        t.eq({ data, from.port }, { "evil", 0 })
        t.eq(server:sendto("answer", from), 6) -- lost
        t.eq(server:send("answer", from), 6)
        t.eq(server:sendto({ "an", "swer" }, from), 6)
        t.eq(server:sendto(12, from), 2)
        t.raises("EINVAL", server.sendto, server, "x", text .. ":0") -- the script's own mistake
        t.raises("EINVAL", server.sendto, server, "x", { host = host, port = 0 })
        local client = sss.socket(host:find(":") and "inet6" or "inet", "dgram"):settimeout(t.patience)
        client:sendto("hello", server:getsockname())
        data, from = server:recvfrom()
        t.eq(server:sendto(data, from), 5)
        t.eq(client:recv(), "hello")
        link.close(server, client)
    end)
end

from_port_zero("127.0.0.1")
if link.has_ipv6() then from_port_zero("::1") end

t.run()
