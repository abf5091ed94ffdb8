-- SPDX-License-Identifier: BSD-3-Clause
-- A bad network: packets that are lost, late, doubled or out of order, and a cable that is pulled.

local bed = require "bed"
local entered, reason = bed.enter() -- before any thread is there

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- A test with a wire: f(wire).
local function over(how, name, f)
    t.test(name, function()
        if not entered then t.skip(reason) end
        local wire, why = bed.wire(how)
        if not wire then t.skip(why) end
        t.after(function() wire:close() end)
        f(wire)
    end)
end

local function far(listener)
    return { host = bed.far, port = listener:getsockname().port }
end

-- Two sockets that are connected through the WIRE, which loses nothing meanwhile: the system waits
-- for seconds before it tries again.
local function connected(wire)
    local loss = wire.loss
    wire.loss = 0
    local listener = sss.listen("*:0")
    local client = sss.connect(far(listener))
    local server = listener:accept()
    listener:close()
    wire.loss = loss
    return client, server
end

local function send_all(socket, data)
    for at = 1, #data, 10000 do socket:send(data:sub(at, at + 9999)) end
    socket:shutdown("write")
end

-- DATA in both ways at once: each side gets all of it, in order.
local function exchange(wire, size)
    local data = require("random").new():stream(size, 50)
    local back = data:reverse()
    local client, server = connected(wire)
    local one, other = sss.gather(
        function() return client:receive("a") end,
        function() return server:receive("a") end,
        function() send_all(client, data) end,
        function() send_all(server, back) end)
    t.ok(one == back, "what the client got, " .. #one .. " bytes, is what was sent")
    t.ok(other == data, "what the server got, " .. #other .. " bytes, is what was sent")
    link.close(client, server)
end

over({}, "a wire without faults", function(wire)
    exchange(wire, 300000)
    t.ok(wire.seen > 100, "packets: " .. wire.seen)
end)

over({ loss = 0.05 }, "a twentieth is lost", function(wire)
    exchange(wire, 200000)
    t.ok(wire.lost > 0, "packets lost")
end)

over({ double = 0.3 }, "a third comes twice", function(wire)
    exchange(wire, 200000)
    t.ok(wire.doubled > 0, "packets doubled")
end)

over({ reorder = 0.3, delay = 0.001 }, "late and out of order", function(wire)
    exchange(wire, 200000)
end)

over({ loss = 0.02, double = 0.1, reorder = 0.2, delay = 0.002 }, "all of it together", function(wire)
    exchange(wire, 150000)
end)

over({ loss = 0.1 }, "lines over a wire that loses a tenth", function(wire)
    local client, server = connected(wire)
    local echo = sss.spawn(function()
        for line in server:lines("L") do server:send(line) end
        server:close()
    end)
    for i = 1, 100 do
        client:send(("line %d\n"):format(i))
        t.eq(client:receive("l"), "line " .. i)
    end
    client:close()
    echo:join()
end)

over({ loss = 0.1, double = 0.2, reorder = 0.3 }, "datagrams come whole or not", function()
    local server = sss.listen("*:0", { type = "dgram" })
    local client = sss.socket("inet", "dgram")
    local seen, count = {}, 0
    for i = 1, 200 do
        client:sendto(("%d:"):format(i) .. ("x"):rep(i * 5), far(server))
    end
    server:settimeout(1) -- until no more come
    for data in function() return (server:recvfrom()) end do
        local i, rest = data:match("^(%d+):(x*)$")
        t.eq(#rest, i * 5)
        count = count + (seen[i] and 0 or 1)
        seen[i] = true
    end
    t.ok(count > 100 and count < 200, "datagrams that came: " .. count)
    link.close(server, client)
end)

-- A pulled cable ---------------------------------------------------------------------------------

over({}, "a cable that is pulled and put back: nothing is lost", function(wire)
    local client, server = connected(wire)
    client:send("before\n")
    t.eq(server:receive("l"), "before")
    wire.cut = true
    server:settimeout(0.1)
    client:send("meanwhile\n")
    local line, why = server:receive("l")
    t.ok(line == nil and why == "timeout", tostring(why))
    wire.cut = false
    server:settimeout(t.patience)
    t.eq(server:receive("l"), "meanwhile")
    link.close(client, server)
end)

over({}, "a send into a pulled cable times out and says what went", function(wire)
    local client, server = connected(wire)
    local data = require("random").new():stream(6000000, 50)
    wire.cut = true
    client:settimeout(0.2)
    local sent, why, count = client:send(data)
    t.ok(sent == nil and why == "timeout" and count < #data, tostring(why))
    wire.cut = false
    client:settimeout(t.patience)
    local reader = sss.spawn(server.receive, server, "a")
    client:send(data:sub(count + 1))
    client:shutdown("write")
    t.ok(reader:join() == data, "all bytes, once")
    link.close(client, server)
end)

-- The time since BEGAN when F has raised an error of CODE, which it has to.
local function seconds_to(began, code, f, ...)
    t.raises(code, f, ...)
    return sss.now() - began
end

over({}, "tcp.user_timeout: a send that nobody confirms ends the connection", function(wire)
    local client, server = connected(wire)
    client:setsockopt("tcp.user_timeout", 0.4)
    t.eq(client:getsockopt("tcp.user_timeout"), 0.4)
    wire.cut = true
    local began = sss.now()
    client:send("into the void")
    local took = seconds_to(began, "ETIMEDOUT", client.receive, client)
    t.ok(took > 0.3 and took < t.patience, "seconds: " .. took) -- by itself it would be 15 minutes
    link.close(client, server)
end)

over({}, "tcp.user_timeout inside sss.timeout: the system's ETIMEDOUT is an error", function(wire)
    local client, server = connected(wire)
    client:setsockopt("tcp.user_timeout", 0.3)
    wire.cut = true
    client:send("into the void")
    t.raises("ETIMEDOUT", sss.timeout, t.patience, client.receive, client)
    link.close(client, server)
end)

over({}, "tcp.user_timeout while sending: the error says what went", function(wire)
    local client, server = connected(wire)
    client:setsockopt("tcp.user_timeout", 0.3)
    client:settimeout(t.patience)
    wire.cut = true
    local err = t.raises("ETIMEDOUT", client.send, client, ("x"):rep(2 ^ 24))
    t.ok(err.sent > 0 and err.sent < 2 ^ 24, "bytes that went: " .. tostring(err.sent))
    link.close(client, server)
end)

over({}, "keepalive: a silent peer that is gone ends the connection", function(wire)
    local began = sss.now() -- it may count from the last packet on
    local client, server = connected(wire)
    client:setsockopt("keepalive", true):setsockopt("tcp.keepidle", 1)
    client:setsockopt("tcp.keepintvl", 1):setsockopt("tcp.keepcnt", 1)
    wire.cut = true
    local took = seconds_to(began, "ETIMEDOUT", client.receive, client)
    t.ok(took > 1.5 and took < t.patience, "seconds: " .. took) -- by itself it would be 2 hours
    link.close(client, server)
end)

over({}, "without keepalive a dead peer is not noticed, a timeout is", function(wire)
    local client, server = connected(wire)
    wire.cut = true
    client:settimeout(0.3)
    local line, why = client:receive()
    t.ok(line == nil and why == "timeout", tostring(why))
    local limited = { sss.timeout(0.1, client.receive, client) }
    t.eq(limited[2], "timeout")
    link.close(client, server)
end)

over({}, "a device that goes away: calls time out or raise, and close works", function(wire)
    local client, server = connected(wire)
    client:setsockopt("tcp.user_timeout", 0.3)
    if not wire:unplug() then t.skip("the device cannot be unplugged") end
    local ok, err = pcall(client.send, client, "x")
    t.ok(ok or err.code, tostring(err))
    ok, err = pcall(client.receive, client)
    t.ok(not ok and (err.code == "ETIMEDOUT" or err.code == "EHOSTUNREACH"), tostring(err))
    t.raises("ENETUNREACH", sss.connect, bed.far .. ":9")
    link.close(client, server)
end)

-- Connecting -------------------------------------------------------------------------------------

over({}, "connecting into nothing: the timeout", function(wire)
    wire.cut = true
    for _, seconds in ipairs { 0.1, 0.3 } do
        local began = sss.now()
        local socket, why = sss.connect(bed.far .. ":9", { timeout = seconds })
        local took = sss.now() - began
        t.ok(socket == nil and why == "timeout", tostring(why))
        t.ok(took >= seconds and took < t.patience, "seconds: " .. took) -- or 2 minutes
    end
    local socket = sss.socket():settimeout(0.2)
    t.eq(select(2, socket:connect(bed.far .. ":9")), "timeout")
    socket:close()
end)

over({}, "connecting into nothing: the system gives up", function(wire)
    local before = t.output_of("sysctl net.ipv4.tcp_syn_retries net.ipv4.tcp_syn_linear_timeouts "
        .. "2>/dev/null"):gsub(" ", "")
    local function set(values) os.execute("sysctl -qw " .. values:gsub("\n", " ") .. " 2>/dev/null") end
    set "net.ipv4.tcp_syn_retries=1 net.ipv4.tcp_syn_linear_timeouts=0"
    t.after(function() set(before) end)
    if t.read_file("/proc/sys/net/ipv4/tcp_syn_retries") ~= "1\n" then
        t.skip("the system's patience cannot be set")
    end
    wire.cut = true
    local took = seconds_to(sss.now(), "ETIMEDOUT", sss.connect, bed.far .. ":9")
    t.ok(took > 0.5 and took < t.patience, "seconds: " .. took)
end)

over({}, "connecting into nothing: cancelled", function(wire)
    wire.cut = true
    local task = sss.spawn(sss.connect, bed.far .. ":9")
    sss.sleep(0.02)
    t.raises("cancelled", task.join, task:cancel())
end)

over({}, "connecting where there is no way", function()
    t.raises("ENETUNREACH", sss.connect, "192.0.2.1:9")
    t.raises("ENETUNREACH", sss.connect, "[2001:db8::1]:9")
end)

-- A name of both families, in a /etc/hosts of this process alone.
local function name_both()
    local path = t.write_file(("%s both.test\n%s both.test\n"):format(bed.far, bed.far6))
    if not bed.show(path, "/etc/hosts") then t.skip("/etc/hosts cannot be shown otherwise") end
    t.after(function() os.execute("umount /etc/hosts") end)
end

for _, case in ipairs { { dead = 6, host = bed.far }, { dead = 4, host = bed.far6 } } do
    over({}, ("a name whose IPv%d is dead is reached at once"):format(case.dead), function(wire)
        name_both()
        wire.dead = case.dead
        local listener = sss.listen("[::]:0", { v6only = false })
        local client = sss.connect("both.test:" .. listener:getsockname().port,
            { timeout = 20 }) -- the system gives the dead one up after two minutes
        t.eq(client and client:getpeername().host, case.host)
        link.close(client, listener)
    end)
end

over({}, "a name of which both families are dead: the timeout", function(wire)
    name_both()
    wire.cut = true
    local began = sss.now()
    local socket, why = sss.connect("both.test:9", { timeout = 0.6 })
    t.ok(socket == nil and why == "timeout", tostring(why))
    t.ok(sss.now() - began < t.patience, "seconds")
end)

t.run()
