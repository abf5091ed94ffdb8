-- SPDX-License-Identifier: BSD-3-Clause
-- What may come from the network: any bytes, too many, half a connection, a reset, silence.

local sss = require "sss"
local t = require "harness"
local link = require "link"

t.task("NUL bytes, everywhere", function()
    local a, b = link.tcp()
    b:send("\0\n\0\0\r\n\0")
    b:shutdown("write")
    t.eq(a:receive("L"), "\0\n")
    t.eq(a:receive("l"), "\0\0")
    t.eq(a:receive("a"), "\0")
    link.close(a, b)
end)

-- Sends blocks until the reader has had enough; gives their number.
local function flood(socket, block)
    local sent = 0
    pcall(function()
        for _ = 1, 16 * 1024 do
            if not socket:send(block) then return end
            sent = sent + 1
        end
    end)
    return sent
end

t.task("an endless line: an error at the limit, in bounded memory", function()
    local a, b = link.tcp()
    collectgarbage()
    local before = t.status_kb("VmRSS")
    local writer = sss.spawn(flood, b, ("x"):rep(65536))
    t.raises("EMSGSIZE", a.receive, a)
    t.raises("EMSGSIZE", a.receive, a, "l")
    t.raises("EMSGSIZE", a.receiveuntil, a, "\r\n\r\n")
    local grown = t.status_kb("VmRSS") - before
    a:close()
    t.ok(writer:join() < 1024, "64 KiB blocks that were taken in")
    if not t.sanitized then t.ok(grown < 16 * 1024, "grown by kB: " .. grown) end
    b:close()
end)

t.task("a large block is read in pieces, in bounded memory", function()
    local a, b = link.tcp()
    local writer = sss.spawn(function()
        return flood(b, ("x"):rep(65536))
    end)
    collectgarbage()
    local before, got = t.status_kb("VmRSS"), 0
    while got < 2 ^ 27 do got = got + #a:recv(65536) end
    collectgarbage()
    local grown = t.status_kb("VmRSS") - before
    a:close()
    writer:join()
    if not t.sanitized then t.ok(grown < 16 * 1024, "grown by kB: " .. grown) end
    b:close()
end)

t.task("half-closed: the answer still goes", function()
    local a, b = link.tcp()
    a:send("question\n")
    a:shutdown("write")
    t.eq(b:receive("a"), "question\n")
    t.eq(t.pack(b:receive()), { n = 2, nil, "closed" })
    b:send("answer\n")
    b:close()
    t.eq(a:receive("a"), "answer\n")
    a:close()
end)

-- Closes so that the peer gets a reset.
local function reset(socket)
    socket:setsockopt("linger", { on = true, seconds = 0 })
    socket:close()
end

t.task("a reset in the middle is an error", function()
    local a, b = link.tcp()
    b:send("half a line")
    t.eq(a:receive(4), "half")
    reset(b)
    local err = t.raises("ECONNRESET", a.receive, a)
    t.match(tostring(err), "Connection reset by peer")
    a:close()
end)

t.task("a reset wakes a waiting reader", function()
    local a, b = link.tcp()
    local reader = sss.spawn(function() return a:receive() end)
    sss.yield()
    reset(b)
    t.raises("ECONNRESET", reader.join, reader)
    a:close()
end)

t.task("a reset wakes a waiting writer", function()
    local a, b = link.tcp()
    local writer = sss.spawn(function() return a:send(("x"):rep(2 ^ 24)) end)
    sss.yield()
    reset(b)
    local err = t.raises("", writer.join, writer)
    t.ok(err.code == "ECONNRESET" or err.code == "EPIPE", err.code)
    a:close()
end)

t.task("a reset before accept does not stop the listener", function()
    local listener, address = link.listen()
    reset(sss.connect(address))
    local client = sss.connect(address)
    client:send("the second\n")
    listener:settimeout(t.patience)
    local server = listener:accept()
    local ok, line = pcall(server.receive, server)
    if not ok or line == nil then
        server:close()
        server = listener:accept()
        line = server:receive()
    end
    t.eq(line, "the second\n")
    link.close(client, server, listener)
end)

t.task("a peer that never reads: the send times out, memory is bounded", function()
    local a, b = link.tcp()
    a:settimeout(0.1)
    local block = ("x"):rep(2 ^ 20)
    collectgarbage()
    local before, reason = t.status_kb("VmRSS")
    for _ = 1, 64 do
        local sent
        sent, reason = a:send(block)
        if not sent then break end
    end
    t.eq(reason, "timeout")
    if not t.sanitized then
        local grown = t.status_kb("VmRSS") - before
        t.ok(grown < 16 * 1024, "grown by kB: " .. grown)
    end
    link.close(a, b)
end)

t.task("a peer that never reads does not stop the others", function()
    local a, b = link.tcp()
    local stuck = sss.spawn(function() return a:send(("x"):rep(2 ^ 24)) end)
    local c, d = link.tcp()
    for i = 1, 20 do
        c:send(i .. "\n")
        t.eq(d:receive(), i .. "\n")
    end
    a:close()
    t.eq(stuck:join(), nil)
    link.close(b, c, d)
end)

t.task("closing a socket whose peer never reads does not wait", function()
    local a, b = link.tcp()
    a:settimeout(0.05)
    a:send(("x"):rep(2 ^ 24))
    local begin = sss.now()
    a:close() -- the bytes that the peer never takes stay with the system
    t.ok(sss.now() - begin < 20, "the time close took")
    b:close()
end)

t.test("a program whose peer never reads still ends", function()
    local listener, address = link.listen()
    local child = t.child.start(([[
        local sss = require "sss"
        local s = sss.connect(%q)
        s:settimeout(0.05)
        s:receive("l")
        s:send(("x"):rep(2^24))
        s:send("held\n")
        os.exit(0)]]):format(tostring(address)), { before = "exec timeout 100" })
    local client = listener:accept()
    client:send("one\ntwo\n")
    local _, status = child:rest()
    t.eq(status, 0)
    link.close(client, listener)
end)

t.task("random bytes against all read forms", function()
    local rng = require("random").new()
    for _ = 1, 30 do
        local a, b = link.pair()
        b:send(rng:stream(rng:int(0, 3000), 10))
        b:close()
        repeat
            local form = rng:pick { "L", "l", 1, 100, "a" }
            local data, why = a:receive(form)
            t.ok(type(data) == "string" or why == "closed", "data or the end")
        until not data or form == "a"
        a:close()
    end
end)

t.task("random bytes as an address are an address or an error", function()
    local rng = require("random").new()
    -- none of these begins a name, which would be looked up
    local heads = { "127.0.0.1:", "1.2.3:", "999.1.1.1:", "*:", ":", "::1:", "[::1]", "[", "[::1",
        "[fe80::1%lo]", "[fe80::1%", "[::ffff:1.2.3.4]:", "unix:", "unix:@", "unix:/x" }
    local parts = { "127.0.0.1", ":", "80", "[", "]", "::1", "%", "lo", "unix:", "@", "/x", "\0",
        "999999999999", "-", "*", ".", "\255", " ", ("x"):rep(300), "" }
    for _ = 1, 5000 do
        local text = { rng:pick(heads) }
        for i = 2, rng:int(1, 6) do text[i] = rng:pick(parts) end
        text = table.concat(text)
        local ok, a = pcall(sss.tocaddress, text)
        if ok then
            t.ok(sss.tocaddress(tostring(a)) == a, ("%q parsed back"):format(text))
        else
            t.match(tostring(a), "bad argument #1 to 'tocaddress'")
        end
    end
end)

t.run()
