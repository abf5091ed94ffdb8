-- SPDX-License-Identifier: BSD-3-Clause
-- Listening and serving.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local proc = require "proc"

t.task("listen gives a socket that accepts", function()
    local listener, address = link.listen()
    t.ok(address.port > 0, "the port")
    t.eq(listener:getsockopt("acceptconn"), true)
    local client = sss.connect(address)
    local server, from = listener:accept()
    t.ok(from == client:getsockname(), "where from")
    link.close(client, server, listener)
end)

t.task("reuseaddr is on unless told otherwise", function()
    local listener = link.listen()
    t.eq(listener:getsockopt("reuseaddr"), true)
    local other = link.listen(nil, { reuseaddr = false })
    t.eq(other:getsockopt("reuseaddr"), false)
    link.close(listener, other)
end)

t.task("a port can be taken again at once", function()
    local listener, address = link.listen()
    local client = sss.connect(address)
    local server = listener:accept()
    server:close() -- this end goes through TIME_WAIT
    t.eq(client:receive("a"), "")
    link.close(client, listener)
    local again = sss.listen(address)
    again:close()
end)

t.task("a port in use is an error", function()
    local listener, address = link.listen()
    local err = t.raises("EADDRINUSE", sss.listen, address)
    t.match(tostring(err), tostring(address) .. ": Address already in use")
    listener:close()
end)

t.task("reuseport shares a port", function()
    local one, address = link.listen(nil, { reuseport = true })
    local two = sss.listen(address, { reuseport = true })
    t.eq(two:getsockopt("reuseport"), true)
    t.raises("EADDRINUSE", sss.listen, address)
    link.close(one, two)
end)

t.task("v6only", function()
    link.need_ipv6()
    local both = sss.listen("[::]:0", { v6only = false })
    t.eq(both:getsockopt("ipv6.v6only"), false)
    local client = sss.connect("127.0.0.1:" .. both:getsockname().port)
    local server, from = both:accept()
    t.match(from.host, "127%.0%.0%.1")
    local only = sss.listen("[::]:0", { v6only = true })
    t.eq(only:getsockopt("ipv6.v6only"), true)
    t.raises("ECONNREFUSED", sss.connect, "127.0.0.1:" .. only:getsockname().port)
    link.close(both, client, server, only)
end)

t.task("a larger backlog takes more connections", function()
    local listener, address = link.listen()
    local clients = {}
    for i = 1, 200 do clients[i] = sss.connect(address, { timeout = 10 }) end
    t.eq(#clients, 200)
    link.close(listener, unpack(clients))
end)

t.task("options are checked", function()
    for _, options in ipairs { { backlg = 1 }, { backlog = -1 }, { backlog = "x" }, { type = "x" },
        { reuseaddr = "x" }, { reuseport = {} }, { v6only = 5 }, "x", 5 } do
        t.raises("bad argument #2 to 'listen'", sss.listen, "127.0.0.1:0", options)
    end
end)

t.task("serve runs a handler for each client", function()
    local seen = {}
    local server = sss.serve("127.0.0.1:0", function(client, address)
        seen[tostring(address)] = true
        for line in client:lines("L") do client:send("echo " .. line) end
    end)
    local clients = {}
    for i = 1, 10 do clients[i] = sss.connect(server:address()) end
    for i, client in ipairs(clients) do client:send(i .. "\n") end
    for i, client in ipairs(clients) do
        t.eq(client:receive(), "echo " .. i .. "\n")
        t.ok(seen[tostring(client:getsockname())], "the handler's address")
        client:close()
    end
    server:stop()
    server:join()
end)

t.task("serve closes the client when the handler returns", function()
    local server = sss.serve("127.0.0.1:0", function(client) client:send("bye\n") end)
    local client = sss.connect(server:address())
    t.eq(client:receive("a"), "bye\n")
    client:close()
    server:stop()
    server:join()
end)

t.task("a server that is cancelled before it ran leaves nothing behind", function()
    local server = sss.serve("127.0.0.1:0", print)
    local task = debug.getfenv(server).task
    task:cancel()
    t.eq(pcall(task.join, task), false)
end)

t.task("serve takes a socket", function()
    local listener, address = link.listen()
    local server = sss.serve(listener, function(client) client:send("hello") end)
    t.ok(server:address() == address, "its address")
    t.eq(sss.connect(address):receive("a"), "hello")
    server:stop()
    server:join()
    listener:close()
end)

t.task("serve takes the options of listen", function()
    local server = sss.serve("127.0.0.1:0", function() end, { reuseport = true, backlog = 5 })
    local other = sss.listen(server:address(), { reuseport = true })
    other:close()
    server:stop()
    server:join()
end)

t.task("serve over a unix socket", function()
    local path = t.tempname()
    local server = sss.serve({ path = path }, function(client) client:send("hello") end)
    t.eq(sss.connect({ path = path }):receive("a"), "hello")
    server:stop()
    server:join()
end)

t.task("after stop nobody is accepted", function()
    local server = sss.serve("127.0.0.1:0", function() end)
    local address = server:address()
    server:stop()
    server:join()
    t.raises("ECONNREFUSED", sss.connect, address)
    server:stop() -- does no harm
end)

t.task("stop with a grace lets handlers end", function()
    local server = sss.serve("127.0.0.1:0", function(client)
        client:send("ready\n")
        client:send(client:receive())
    end)
    local client = sss.connect(server:address())
    t.eq(client:receive(), "ready\n")
    local late = sss.spawn(function()
        sss.sleep(0.02)
        client:send("late\n")
        return client:receive("a")
    end)
    server:stop(t.patience)
    server:join()
    t.eq(late:join(), "late\n")
    client:close()
end)

t.task("stop with a short grace cancels handlers", function()
    local server = sss.serve("127.0.0.1:0", function(client)
        client:send("ready\n")
        client:receive()
    end)
    local client = sss.connect(server:address())
    t.eq(client:receive(), "ready\n")
    server:stop(0.02)
    server:join() -- a handler that is not cancelled waits for ever
    t.eq(client:receive("a"), "")
    client:close()
end)

t.task("limit is the number of clients at once", function()
    local now, most = 0, 0
    local server = sss.serve("127.0.0.1:0", function(client)
        now = now + 1
        most = math.max(most, now)
        client:send(client:receive())
        now = now - 1
    end, { limit = 3 })
    local tasks = {}
    for i = 1, 12 do
        tasks[i] = sss.spawn(function()
            local client = sss.connect(server:address())
            t.await("a third client", function() return most >= 3 end)
            client:send(i .. "\n")
            return client:receive("a")
        end)
    end
    for i = 1, 12 do t.eq(tasks[i]:join(), i .. "\n") end
    t.eq(most, 3)
    server:stop()
    server:join()
end)

t.task("a server whose listener is closed ends, also while it has no room", function()
    local listener, address = link.listen()
    local server = sss.serve(listener, function(client) client:receive() end, { limit = 1 })
    local client = sss.connect(address)
    t.await("a client", function() return debug.getfenv(server).count == 1 end)
    for _ = 1, 5 do sss.yield() end -- the server has come to wait for room
    listener:close()
    client:close()
    server:join()
end)

t.task("a time limit of the listener is not the server's, and makes it not busy", function()
    local listener, address = link.listen()
    listener:settimeout(0)
    local server = sss.serve(listener, function(client) client:send("hello") end)
    t.eq(sss.connect(address):receive("a"), "hello")
    t.await("the end of the client", function() return debug.getfenv(server).count == 0 end)
    local before = sss.stats().operations
    sss.sleep(0.1)
    t.ok(sss.stats().operations - before < 20, "it tries to accept all the time")
    t.eq(sss.connect(address):receive("a"), "hello")
    server:stop()
    server:join()
end)

t.task("what the listener fails with is told by the name of accept()", function()
    for _, handler in ipairs { function(_) end, function(_, _) end } do
        local listener = sss.listen("127.0.0.1:0")
        local server = sss.serve(listener, handler)
        listener:shutdown("read") -- listens no more
        t.raises("^accept: Invalid argument", server.join, server)
        listener:close()
    end
end)

t.task("serve refuses bad arguments", function()
    t.raises("bad argument #1 to 'serve'", sss.serve, "nonsense", print)
    t.raises("bad argument #2 to 'serve'", sss.serve, "127.0.0.1:0")
    t.raises("bad argument #2 to 'serve'", sss.serve, "127.0.0.1:0", "x")
    t.raises("bad argument #3 to 'serve'", sss.serve, "127.0.0.1:0", print, { limt = 1 })
    t.raises("bad argument #3 to 'serve'", sss.serve, "127.0.0.1:0", print, { limit = 0 })
    local listener, address = link.listen()
    t.raises("EADDRINUSE", sss.serve, address, print)
    listener:close()
end)

-- A server in a process of its own; its first line is its address.
local function child_server(handler, options)
    local child = t.child.start(([[
        local sss = require "sss"
        local server
        server = sss.serve("127.0.0.1:0", function(client) %s end)
        print(server:address())
        io.stdout:flush()]]):format(handler), options)
    t.after(function() child:kill() end)
    return child, child:line()
end

t.test("a failing handler is reported and the server goes on", function()
    local child, address = child_server([[
        local line = client:receive("l")
        if line == "fail" then error("the handler's failure") end
        if line == "stop" then server:stop() end
        client:send("fine\n")]])
    for _ = 1, 3 do
        local client = sss.connect(address)
        client:send("fail\n")
        t.eq(client:receive("a"), "")
        client:close()
    end
    for _, word in ipairs { "go on", "stop" } do
        local client = sss.connect(address)
        client:send(word .. "\n")
        t.eq(client:receive(), "fine\n")
        client:close()
    end
    local output, status = child:rest()
    local _, reports = output:gsub("the handler's failure", "")
    t.ok(reports >= 3, "the number of reports")
    t.match(output, "stack traceback")
    t.ok(status == 0 or status == 1, "exit status " .. tostring(status))
end)

-- Asks the server for the CPU seconds it has used.
local function cpu_of(client)
    client:send("cpu\n")
    local answer = client:receive("l")
    return tonumber(answer)
end

t.test("out of descriptors: accepting pauses, does not spin, and recovers", function()
    local child, address = child_server([[
        for line in client:lines("l") do
            if line == "stop" then os.exit(0) end
            client:send(os.clock() .. "\n")
        end]], { before = t.child.leaking .. "ulimit -n 24; exec" })
    local clients = {}
    for i = 1, 40 do clients[i] = sss.connect(address):settimeout(t.patience) end
    t.await("the last descriptor", function() return proc.descriptors(child.pid, 24) == 24 end)
    local served = proc.descriptors(child.pid, 24, "socket:") - 1 -- and one that listens
    t.ok(served > 3 and served < 24, "served " .. served)
    for i = 1, served do t.ok(cpu_of(clients[i]), "an answer") end
    local before = cpu_of(clients[1])
    sss.sleep(0.5)
    t.ok(cpu_of(clients[1]) - before < 0.1, "CPU seconds in half a second")
    for i = 1, 39 do clients[i]:close() end
    t.ok(cpu_of(clients[40]), "an answer to the last one")
    clients[40]:send("stop\n")
    clients[40]:close()
    local output, status = child:rest()
    t.eq(status, 0, output)
end)

t.test("out of descriptors is an error object elsewhere", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local kept, before = {}, #tostring(sss)
        local ok, err
        repeat
            ok, err = pcall(sss.socket)
            kept[#kept + 1] = ok and err or nil
        until not ok
        print(err.code, err.op, tostring(err))
        ok, err = pcall(sss.pair)
        print(err.code)
        ok, err = pcall(sss.listen, "127.0.0.1:0")
        print(err.code)
        for _, s in ipairs(kept) do s:close() end
        print(sss.socket().fd > 0)]], { before = "ulimit -n 24; exec" })
    t.eq(status, 0, output)
    t.match(output, "^EMFILE\tsocket\tsocket: [^\n]*\nEMFILE\nEMFILE\ntrue")
end)

t.run()
