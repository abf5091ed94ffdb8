-- SPDX-License-Identifier: BSD-3-Clause
-- A reset (RST) at every state of a connection, seen by the side that does not send it.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local served = require "served"

-- A reset instead of an orderly end.
local function reset(socket)
    socket:setsockopt("linger", { on = true, seconds = 0 }):close()
end

-- F(...) has to end as a connection does that is gone: by an error or by "closed".
local function gone(f, ...)
    local results = t.pack(pcall(f, ...))
    if results[1] then return t.eq(results[3], "closed", "the reason") end
    local code = results[2].code
    t.ok(code == "ECONNRESET" or code == "EPIPE" or code == "ENOTCONN", tostring(results[2]))
end

t.task("many resets before accept: the listener goes on", function()
    local listener, address = link.listen()
    for _ = 1, 50 do reset(sss.connect(address)) end
    local last = sss.connect(address)
    last:send("the last\n")
    local line
    listener:settimeout(t.patience)
    repeat
        local client = t.ok(listener:accept(), "a client")
        local ok, got = pcall(client.receive, client)
        line = ok and got
        client:close()
    until line
    t.eq(line, "the last\n")
    link.close(last, listener)
end)

-- What the other side does when the reset comes: f(socket) waits.
local waits = {
    ["receive a line"] = function(s) return s:receive() end,
    ["receive everything"] = function(s) return s:receive("a") end,
    ["receive bytes"] = function(s) return s:receive(1000) end,
    ["recv"] = function(s) return s:recv() end,
    ["peek"] = function(s) return s:peek() end,
    ["receiveuntil"] = function(s) return s:receiveuntil("\r\n\r\n") end,
    ["lines"] = function(s) for _ in s:lines() do end return nil, "closed" end,
    ["send"] = function(s) return s:send(("x"):rep(2 ^ 25)) end,
    ["send of an array"] = function(s)
        return s:send { ("x"):rep(2 ^ 24), ("y"):rep(2 ^ 24) }
    end,
}

for name, f in pairs(waits) do
    t.task("a reset while waiting: " .. name, function()
        local a, b = link.tcp()
        local task = sss.spawn(gone, f, a)
        sss.yield()
        reset(b)
        task:join()
        gone(a.send, a, "x")
        a:close()
    end)
end

t.task("a reset while waiting: sendfile", function()
    local path = t.tempname()
    t.eq(t.output_of(("truncate -s %d %s 2>&1"):format(2 ^ 26, path)), "")
    local a, b = link.tcp()
    local task = sss.spawn(gone, a.sendfile, a, path)
    sss.yield()
    reset(b)
    task:join()
    a:close()
end)

t.task("a reset while waiting: sss.wait", function()
    local a, b = link.tcp()
    local task = sss.spawn(sss.wait, a, "r", t.patience)
    sss.yield()
    reset(b)
    t.eq(task:join(), true)
    gone(a.recv, a)
    a:close()
end)

t.task("a reset wakes reader and writer", function()
    local a, b = link.tcp()
    local reader = sss.spawn(gone, a.receive, a)
    local writer = sss.spawn(gone, a.send, a, ("x"):rep(2 ^ 25))
    sss.yield()
    reset(b)
    reader:join()
    writer:join()
    a:close()
end)

t.task("a reset after data: what came is not lost when it was read before", function()
    local a, b = link.tcp()
    b:send("one\ntwo\nthr")
    t.eq(a:receive(), "one\n")
    reset(b)
    t.eq(a:receive(), "two\n")
    gone(function()
        local line, why = a:receive()
        if line == nil then return nil, why end
        return a:receive()
    end)
    a:close()
end)

t.task("a reset while connecting is refused", function()
    local refusing, address = link.refusing()
    for _ = 1, 20 do t.raises("ECONNREFUSED", sss.connect, address) end
    refusing:close()
end)

t.task("a listener that closes resets those that wait in its queue", function()
    local listener, address = link.listen()
    local clients = {}
    for i = 1, 20 do clients[i] = sss.connect(address) end
    local tasks = {}
    for i = 1, 20 do tasks[i] = sss.spawn(gone, clients[i].receive, clients[i]) end
    sss.yield()
    listener:close()
    for i = 1, 20 do tasks[i]:join() end
    link.close(unpack(clients))
end)

-- After the reset, in every order: whatever is called ends at once, and close works.
t.task("a reset before shutdown, flush and close", function()
    for _, how in ipairs { "read", "write", "both" } do
        local a, b = link.tcp()
        reset(b)
        local ok, err = pcall(a.shutdown, a, how)
        t.ok(ok or err.code == "ENOTCONN", tostring(err))
        a:flush()
        gone(a.recv, a)
        a:close()
    end
end)

t.task("a reset between shutdown and the rest", function()
    local a, b = link.tcp()
    a:shutdown("write")
    local reader = sss.spawn(gone, a.receive, a, "a")
    sss.yield()
    reset(b)
    reader:join()
    a:close()
end)

t.task("a reset with output held back: the failure is told, close closes", function()
    local a, b = link.tcp()
    b:send("one\ntwo\n")
    t.eq(a:receive(), "one\n")
    t.eq(a:send("held\n"), 5)
    local fd = a.fd
    reset(b)
    local ok, err = pcall(a.close, a)
    t.ok(ok or err.code == "ECONNRESET" or err.code == "EPIPE", tostring(err))
    t.ok(fd > 0 and a.fd == 0, "the descriptor after close")
end)

t.task("resetting oneself wakes the own tasks", function()
    local a, b = link.tcp()
    local reader = sss.spawn(a.receive, a)
    sss.yield()
    reset(a)
    local line, why = reader:join()
    t.ok(line == nil and why == "closed", tostring(why))
    gone(b.receive, b)
    b:close()
end)

-- Clients of a server that vanish at a point: f(socket).
local points = {
    ["at once"] = function() end,
    ["after half a line"] = function(s) s:send("half") end,
    ["after a question"] = function(s) s:send("question\n") end,
    ["in the middle of an answer"] = function(s) s:send("flood\n") s:receive(1000) end,
    ["after closing one way"] = function(s) s:send("flood\n") s:shutdown("write") s:receive(10) end,
}

for name, f in pairs(points) do
    t.test("a server whose clients reset " .. name, function()
        local server = served.start([[
            for line in client:lines("l") do
                client:send(line == "flood" and ("x"):rep(2^24) or line .. "\n")
            end]])
        local fds = server:descriptors()
        for _ = 1, 100 do
            local client = server:resetting()
            f(client)
            client:close()
        end
        local good = server:connect()
        good:send("question\n")
        t.eq(good:receive("l"), "question")
        good:close()
        t.eq(server:settle(fds), fds, "descriptors")
        t.ok(server:idle_cpu(0.2) < 0.1, "CPU seconds")
        t.eq(server:stop():find("traceback"), nil)
    end)
end

t.run()
