-- SPDX-License-Identifier: BSD-3-Clause
-- Who computes in pieces, or always has something to do, lets the others in after some ten
-- milliseconds: counted in pieces, which are never shorter than they should be.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local piece = 0.004 -- seconds
local most = 12 -- pieces until somebody is let in; three in ten milliseconds, and the clock's ticks

local going
local ends, count = {}, 0 -- when each piece ended

local function compute()
    local began = sss.now()
    repeat until sss.now() - began >= piece
    count = count + 1
    ends[count] = sss.now()
end

-- How many pieces have ended after TIME.
local function pieces_since(time)
    local n = 0
    while n < count and ends[count - n] > time do n = n + 1 end
    return n
end

local function expect_few(time, steps, what)
    local n = pieces_since(time)
    t.ok(n <= steps * most, ("%s: %d pieces"):format(what, n))
end

-- The server that answers, and one of its clients; made before anybody computes.
local function echo()
    local server = sss.serve("127.0.0.1:0", function(client)
        for line in client:lines("L") do client:send(line) end
    end)
    return server, sss.connect(server:address())
end

-- The others, while somebody computes: a sleep, a limit of time, answers, a new client, a task that
-- is woken over a channel.
local function live(server, sock)
    for _, seconds in ipairs { 0.001, 0.007, 0.02 } do
        local time = sss.now() + seconds
        sss.sleep(seconds)
        expect_few(time, 1, "a sleep")
    end
    local time = sss.now() + 0.005
    t.eq(t.pack(sss.timeout(0.005, sock.receive, sock)), { n = 2, nil, "timeout" })
    expect_few(time, 1, "a limit")
    for _ = 1, 3 do
        time = sss.now()
        sock:send("ping\n")
        t.eq(sock:receive("l"), "ping")
        expect_few(time, 2, "an answer")
    end
    time = sss.now()
    local new = sss.connect(server:address())
    new:send("hello\n")
    t.eq(new:receive("l"), "hello")
    expect_few(time, 10, "a new client") -- many steps, and a busy kernel may be late with each
    new:close()
    for _ = 1, 3 do -- whose own slice is over before each step
        time = sss.now()
        for _ = 1, 6 do compute() end
        sock:send("ping\n")
        for _ = 1, 6 do compute() end
        t.eq(sock:receive("l"), "ping")
        expect_few(time, 3, "an answer to one who computes")
    end
    local channel = sss.channel()
    local task = sss.spawn(function()
        sss.sleep(0.005)
        channel:send(sss.now())
    end)
    sss.sleep(0.001) -- it goes on among what comes from outside, and so does who hears from it
    expect_few(channel:receive(), 2, "news")
    task:join()
end

-- Runs work(), which begins tasks that compute for as long as `going`, beside the others.
local function beside(name, work)
    t.task(name, function()
        local server, sock = echo()
        sock:send("warm up\n")
        sock:receive()
        going, count = true, 0
        local stop = work()
        local ok, err = xpcall(live, debug.traceback, server, sock)
        going = false
        if stop then stop() end
        t.ok(count > 5, "it has computed")
        sock:close()
        server:stop(60)
        t.ok(ok, err)
    end)
end

-- N tasks of F; the function that waits for them.
local function tasks_of(n, f)
    local tasks = {}
    for i = 1, n do tasks[i] = sss.spawn(f, i) end
    return function()
        for i = 1, n do tasks[i]:join() end
    end
end

for _, n in ipairs { 1, 5, 300 } do
    beside(n .. " that yield", function()
        return tasks_of(n, function()
            while going do
                compute()
                sss.yield()
            end
        end)
    end)
end

beside("sleep(0)", function()
    return tasks_of(3, function()
        while going do
            compute()
            sss.sleep(0)
        end
    end)
end)

beside("yield in a coroutine", function()
    return tasks_of(2, function()
        for _ in coroutine.wrap(function()
            while going do
                compute()
                sss.yield()
                coroutine.yield(1)
            end
        end) do end
    end)
end)

beside("over a channel to and fro", function()
    local to, fro = sss.channel(1), sss.channel(1)
    local stop = tasks_of(2, function(i)
        local mine, other = i == 1 and to or fro, i == 1 and fro or to
        while going do
            compute()
            other:send(true)
            if not mine:receive() then break end
        end
        other:close()
    end)
    return function()
        pcall(stop)
    end
end)

beside("a channel with room", function()
    return tasks_of(1, function()
        local channel = sss.channel(10)
        while going do
            compute()
            channel:send(1)
            channel:receive()
        end
    end)
end)

beside("a semaphore that is handed over", function()
    local semaphore = sss.semaphore(1)
    return tasks_of(3, function()
        while going do semaphore:with(compute) end
    end)
end)

beside("a semaphore that is free", function()
    local semaphore = sss.semaphore(3)
    return tasks_of(1, function()
        while going do semaphore:with(compute) end
    end)
end)

beside("tasks that start tasks", function()
    local last
    local function chain()
        compute()
        if going then last = sss.spawn(chain) end
    end
    last = sss.spawn(chain)
    return function()
        while last.status ~= "done" do sss.yield() end
    end
end)

beside("joining each task it starts", function()
    return tasks_of(1, function()
        while going do sss.spawn(compute):join() end
    end)
end)

beside("joining what has ended", function()
    local ended = sss.spawn(function() return 1, nil end)
    ended:join()
    return tasks_of(1, function()
        while going do
            compute()
            t.eq(t.pack(ended:join()), { n = 2, 1, nil })
        end
    end)
end)

beside("gathering many", function()
    return tasks_of(1, function()
        local functions = {}
        for i = 1, 200 do
            functions[i] = function() return going and compute() end
        end
        while going do sss.gather(unpack(functions)) end
    end)
end)

beside("racing", function()
    return tasks_of(1, function()
        while going do sss.race(compute, compute) end
    end)
end)

-- One who reads what is always there, by each kind of stream and of read.
local function flood(name, make, read)
    beside("input that is always there, " .. name, function()
        local a, b = make()
        local writer = sss.spawn(function()
            local block = ("x\n"):rep(2000)
            while going do a:send(block) end
        end)
        local stop = tasks_of(1, function()
            while going do
                read(b)
                compute()
            end
        end)
        return function()
            stop()
            writer:cancel()
            pcall(writer.join, writer)
            a:close()
            b:close()
        end
    end)
end

for kind, make in pairs(link.streams) do
    flood("lines, " .. kind, make, function(s) s:receive("l") end)
    flood("bytes, " .. kind, make, function(s) s:recv(3) end)
    flood("numbers, " .. kind, make, function(s) s:receive(4) end)
    flood("a delimiter, " .. kind, make, function(s) s:receiveuntil("x") end)
    flood("readiness, " .. kind, make, function(s) sss.wait(s, "r") end)
    flood("a peek, " .. kind, make, function(s) s:peek(5) end)
end

beside("an iterator of lines that are answered", function()
    local a, b = link.tcp()
    a:send(("x\n"):rep(2000))
    local stop = tasks_of(1, function()
        for line in b:lines("L") do
            compute()
            b:send(line)
            if not going then break end
        end
    end)
    return function()
        stop()
        a:close()
        b:close()
    end
end)

beside("output that is held back", function()
    local a, b = link.tcp()
    a:send("x\ny\n")
    sss.wait(b, "r")
    local stop = tasks_of(1, function()
        b:receive("l")
        while going do
            compute()
            b:send("z")
        end
    end)
    return function()
        stop()
        a:close()
        b:close()
    end
end)

beside("output that goes", function()
    local a, b = sss.pair()
    local stop = tasks_of(1, function()
        while going do
            compute()
            a:send("z")
        end
    end)
    return function()
        stop()
        a:close()
        b:close()
    end
end)

for _, form in ipairs { "recvfrom", "recv" } do
    beside("datagrams that are always there, " .. form, function()
        local s, c = sss.listen("127.0.0.1:0", { type = "dgram" }), sss.socket("inet", "dgram")
        local where = s:getsockname()
        local stop = tasks_of(1, function()
            while going do
                for _ = 1, 3 do c:sendto("x", where) end
                s[form](s)
                compute()
            end
        end)
        return function()
            stop()
            s:close()
            c:close()
        end
    end)
end

beside("clients that are always there", function()
    local listener, where = link.listen()
    local stop = tasks_of(1, function()
        while going do
            local c = sss.connect(where)
            listener:accept():close()
            c:close()
            compute()
        end
    end)
    return function()
        stop()
        listener:close()
    end
end)

beside("clients of a server that computes", function()
    local server = sss.serve("127.0.0.1:0", function(client)
        compute()
        client:send("x")
    end)
    local stop = tasks_of(10, function()
        while going do
            local c = sss.connect(server:address())
            c:receive("a")
            c:close()
        end
    end)
    return function()
        stop()
        server:stop(60)
    end
end)

-- The others, in a task, beside the main script. MAKE() gives what that does again and again, and a
-- function for the end, or nil.
local function beside_main(name, make)
    t.test("the main script " .. name, function()
        local server, sock = echo()
        sock:send("warm up\n")
        sock:receive()
        local work, finish = make()
        going, count = true, 0
        local task = sss.spawn(function()
            local ok, err = xpcall(live, debug.traceback, server, sock)
            going = false
            return ok, err
        end)
        while going do work() end
        local ok, err = task:join()
        if finish then finish() end
        sock:close()
        server:stop(60)
        t.ok(ok, err)
    end)
end

beside_main("computes and yields", function()
    return function()
        compute()
        sss.yield()
    end
end)

beside_main("reads what is always there", function()
    local a, b = link.tcp()
    a:send(("x\n"):rep(5000))
    return function()
        b:receive("l")
        compute()
    end, function()
        link.close(a, b)
    end
end)

t.task("many that are woken at once let others in between", function()
    local times, ran = {}, 0
    going, count = true, 0
    local at = sss.now() + 0.05
    local stop = tasks_of(150, function()
        sss.sleep(math.max(at - sss.now(), 0))
        compute()
        ran = ran + 1
    end)
    for i = 1, 5 do
        local time = math.max(at + i * 0.03, sss.now())
        sss.sleep(math.max(time - sss.now(), 0))
        times[i] = ran
        expect_few(time, 2, "a sleep among them")
    end
    t.ok(times[5] < 150, "before they all had gone")
    stop()
end)

t.task("who is alone goes on without waiting", function()
    local a, b = link.tcp()
    a:send(("x\n"):rep(20))
    sss.wait(b, "r")
    b:receive("l")
    local waits = sss.stats().waits
    for _ = 1, 10 do
        compute()
        b:receive("l")
    end
    t.eq(sss.stats().waits, waits)
    a:close()
    b:close()
end)

t.task("joining what has ended tells nothing and waits nowhere where it cannot", function()
    local ended = sss.spawn(function() return 7 end)
    ended:join()
    for _ = 1, 3 do
        compute()
        local got
        table.sort({ 2, 1, 3 }, function(x, y)
            got = ended:join()
            return x < y
        end)
        t.eq(got, 7)
    end
    local failed = sss.spawn(error, "x", 0)
    sss.yield()
    for _ = 1, 250 do t.raises("x", failed.join, failed) end
end)

t.run()
