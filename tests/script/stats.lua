-- SPDX-License-Identifier: BSD-3-Clause
-- sss.stats(): the numbers grow by exactly what a known exchange does.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- Every number, those of the system calls as "calls.recv" and the like.
local function numbers()
    local flat = {}
    for name, value in pairs(sss.stats()) do
        if name ~= "calls" then flat[name] = value end
    end
    for name, value in pairs(sss.stats().calls) do flat["calls." .. name] = value end
    return flat
end

-- What F changes: name -> difference, those that stay the same left out. Finalizers of what earlier
-- tests left have run before.
local function changes(f)
    collectgarbage()
    collectgarbage()
    local before, differences = numbers(), {}
    f()
    for name, value in pairs(numbers()) do
        if value ~= before[name] then differences[name] = value - before[name] end
    end
    return differences
end

-- Waits until something has arrived: what is sent over the loopback device may take its time.
local function arrival(socket)
    t.eq(sss.wait(socket, "r"), true)
end

-- The same without those that tell how the waiting was done.
local function effects(f)
    local differences = changes(f)
    differences["calls.epoll_wait"], differences["calls.epoll_ctl"] = nil, nil
    return differences
end

t.task("it is a table of whole numbers, a new one each time", function()
    local names = { "operations", "waits", "tasks", "spawned", "received", "sent", "buffers",
                                    "buffer_bytes", "calls.recv", "calls.send", "calls.accept", "calls.connect",
                                    "calls.close", "calls.sendfile", "calls.other", "calls.epoll_wait",
                                    "calls.epoll_ctl" }
    local found = numbers()
    for _, name in ipairs(names) do
        t.ok(type(found[name]) == "number" and found[name] >= 0 and found[name] % 1 == 0, name)
        found[name] = nil
    end
    t.eq(found, {}, "what else there is")
    local one, other = sss.stats(), sss.stats()
    t.ok(one ~= other and one.calls ~= other.calls, "two tables")
    one.sent, one.calls.send = -1, -1
    t.ok(sss.stats().sent >= 0 and sss.stats().calls.send >= 0, "what is told later")
end)

t.task("asking changes nothing", function()
    t.eq(changes(function() for _ = 1, 10 do sss.stats() end end), {})
end)

t.task("no arguments", function()
    for _, argument in ipairs { 1, "x", {}, false } do
        t.raises("bad argument #1 to 'stats'", sss.stats, argument)
    end
end)

t.task("an exchange over TCP: one send and one receive on each side", function()
    local a, b = link.tcp()
    local line
    t.eq(effects(function() a:send("hello\n") end), { operations = 1, sent = 6, ["calls.send"] = 1 })
    arrival(b)
    t.eq(effects(function() line = b:receive("L") end),
        { operations = 1, received = 6, ["calls.recv"] = 1 })
    t.eq(effects(function() b:send(line .. "!") end),
        { operations = 1, sent = 7, ["calls.send"] = 1 })
    arrival(a)
    t.eq(effects(function() t.eq(a:recv(100), "hello\n!") end),
        { operations = 1, received = 7, ["calls.recv"] = 1 })
    a:close()
    b:close()
end)

t.task("many exchanges, with what they have waited for", function()
    local a, b = link.tcp()
    local rounds = 300 -- enough for the code to be compiled
    local echo = sss.spawn(function()
        for line in b:lines("L") do b:send(line) end
    end)
    sss.yield() -- now it waits
    local differences = changes(function()
        for _ = 1, rounds do
            a:send("12345678\n")
            t.eq(a:receive("L"), "12345678\n")
        end
    end)
    t.eq(differences.sent, 2 * 9 * rounds)
    t.eq(differences.received, 2 * 9 * rounds)
    t.eq(differences["calls.send"], 2 * rounds)
    -- Each side's receive may be tried before there is something.
    local receives = differences["calls.recv"]
    t.ok(receives >= 2 * rounds and receives <= 4 * rounds, receives .. " receives")
    -- One send and one receive on each side; the echo's last receive may still be under way.
    local operations = differences.operations
    t.ok(operations >= 4 * rounds - 2 and operations <= 4 * rounds, operations .. " operations")
    t.ok(differences.waits >= rounds and differences.waits <= 2 * rounds + 2, "waits")
    t.ok(differences["calls.epoll_wait"] >= 1, "looks")
    t.ok((differences["calls.epoll_ctl"] or 0) <= 2, "registrations")
    a:close()
    echo:join()
    b:close()
end)

t.task("lines that came together take one receive; what answers them one send", function()
    local a, b = link.tcp()
    a:send("1\n2\n3\n")
    arrival(b)
    t.eq(effects(function()
        for line in function() return b:receive("L") end do
            b:send(line)
            if line == "3\n" then break end
        end
        b:flush()
    end), { operations = 7, sent = 6, received = 6, ["calls.recv"] = 1, ["calls.send"] = 1 })
    a:close()
    b:close()
end)

t.task("held output has a buffer until it goes", function()
    local a, b = link.tcp()
    a:send("1\n2\n")
    b:receive("L")
    local held = effects(function() b:send("held") end)
    t.ok(held.buffer_bytes and held.buffer_bytes >= 4096, "the buffer's size")
    held.buffer_bytes = nil
    t.eq(held, { operations = 1, buffers = 1 })
    t.eq(effects(function() b:flush() end).buffers, -1)
    a:close()
    b:close()
end)

t.task("connect, accept, close", function()
    local listener, address = link.listen()
    local a, b
    t.eq(effects(function() a = sss.connect(address) end)["calls.connect"], 1)
    arrival(listener)
    t.eq(effects(function() b = listener:accept() end)["calls.accept"], 1)
    t.eq(effects(function() b:close() a:close() end), { ["calls.close"] = 2 })
    listener:settimeout(0)
    t.eq(effects(function() listener:accept() end)["calls.accept"], 1, "one that finds nobody")
    listener:close()
end)

t.task("a file", function()
    local a, b = link.tcp()
    local file = io.open(t.write_file(("x"):rep(5000)))
    local differences = effects(function() a:sendfile(file, 1000) end)
    file:close()
    t.eq(differences.sent, 4000)
    t.ok(differences["calls.sendfile"] >= 1, "sendfile")
    t.eq(differences["calls.send"], nil)
    a:close()
    b:close()
end)

t.task("datagrams; what is peeked at does not count as received", function()
    local a, b = sss.listen("127.0.0.1:0", { type = "dgram" }), sss.socket("inet", "dgram")
    local address = a:getsockname()
    t.eq(effects(function() b:sendto("12345", address) end),
        { operations = 1, sent = 5, ["calls.send"] = 1 })
    arrival(a)
    t.eq(effects(function() t.eq(a:peek(5), "12345") end), { operations = 1, ["calls.recv"] = 1 })
    t.eq(effects(function() t.eq(a:recvfrom(), "12345") end),
        { operations = 1, received = 5, ["calls.recv"] = 1 })
    a:close()
    b:close()
end)

t.task("a descriptor goes with its bytes, a failed call counts too", function()
    local a, b = sss.pair()
    local file = io.open("/dev/null")
    t.eq(effects(function() a:sendfd(file, "xy") end), -- which holds a copy of it meanwhile
        { operations = 1, sent = 2, ["calls.send"] = 1, ["calls.other"] = 1, ["calls.close"] = 1 })
    file:close()
    b:close()
    t.eq(effects(function() t.raises("EPIPE", a.send, a, "x") end),
        { operations = 1, ["calls.send"] = 1, ["calls.other"] = 1 }) -- whose address is in the message
    a:close()
end)

t.task("options, addresses and the rest are other calls", function()
    local socket
    t.eq(effects(function() socket = sss.socket("inet", "dgram") end), { ["calls.other"] = 1 })
    t.eq(effects(function() socket:bind("127.0.0.1:0") end), { ["calls.other"] = 1 })
    t.eq(effects(function() socket:getsockopt("rcvbuf") end), { ["calls.other"] = 1 })
    t.eq(effects(function() socket:setsockopt("keepalive", true) end), { ["calls.other"] = 1 })
    socket:close()
end)

t.task("tasks that live, that were started, and that waited", function()
    local tasks = {}
    t.eq(effects(function()
        for i = 1, 5 do tasks[i] = sss.spawn(sss.sleep, 0.01) end
    end), { tasks = 5, spawned = 5 })
    t.eq(effects(function() -- each sleeps, and whoever runs this joins
        for i = 1, 5 do tasks[i]:join() end
    end).tasks, -5)
    t.eq(changes(function() sss.yield() sss.sleep(0) end).waits, 2)
    t.eq(changes(function() sss.sleep(0.001) end).operations, 1)
end)

t.test("sockets that are forgotten are closed and counted", function()
    local a, b = link.tcp()
    t.eq(effects(function()
        a, b = nil, nil
        collectgarbage()
        collectgarbage()
    end), { ["calls.close"] = 2 })
end)

t.test("each worker counts on its own", function()
    local path = t.tempname()
    local running = t.child.start(([[
        local sss = require "sss"
        local number = sss.workers(2)
        local stop, a, b = sss.signal("TERM"), sss.pair()
        sss.yield() -- now it tells that it is ready: those bytes count, too
        local before = sss.stats()
        a:send(("x"):rep(100 * number))
        b:recv(1000)
        local after = sss.stats()
        local log = io.open(%q, "a")
        log:write(number, " ", after.sent - before.sent, " ", after.received - before.received, "\n")
        log:close()
        stop:wait()]]):format(path))
    local text
    t.await("the end of both", function()
        text = t.read_file(path) or ""
        return select(2, text:gsub("\n", "")) == 2
    end)
    running:kill("TERM")
    running:rest()
    t.ok(text:find("1 100 100\n", 1, true) and text:find("2 200 200\n", 1, true), text)
end)

t.run()
