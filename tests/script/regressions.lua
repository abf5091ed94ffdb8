-- SPDX-License-Identifier: BSD-3-Clause
-- Faults that were there once: each test names the fault.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local child = require "child"

-- Step I from now at which a debug hook can come into the running coroutine is an error.
local function raise_at_step(i)
    local n, me = 0, coroutine.running()
    debug.sethook(function()
        if coroutine.running() ~= me then return end
        n = n + 1
        if n == i then
            debug.sethook()
            error("quota")
        end
    end, "", 1)
end

-- Runs F(i) for each step I at which an error of a debug hook can come into F's wait.
local function with_hook_errors(steps, f)
    for i = 1, steps do
        pcall(function()
            raise_at_step(i)
            f(i)
            debug.sethook()
        end)
        debug.sethook()
    end
end

-- Makes garbage that calls F when it is collected.
local function finalizer(f)
    getmetatable(newproxy(true)).__gc = f
end

t.task("a failed task's error object may raise when it is looked at", function()
    local err = setmetatable({}, { __index = function() error("looked at") end })
    local ok, got = pcall(function() sss.spawn(error, err):join() end)
    t.eq(ok, false)
    t.eq(rawequal(got, err), true)
end)

t.task("a task without results has none, whatever the global n is", function()
    rawset(_G, "n", 3)
    local count = select("#", sss.spawn(function() end):join())
    rawset(_G, "n", nil)
    t.eq(count, 0)
end)

t.task("a task with a full stack ends like others", function()
    local function fill(n, ...)
        if n == 0 then return ... end
        return fill(n - 1, n, ...)
    end
    t.raises("stack overflow", function() sss.spawn(fill, 100000):join() end)
    t.eq(select("#", sss.spawn(fill, 5000):join()), 5000)
end)

t.test("a coroutine that waits in a task is not resumed by others", function()
    local a, b = sss.pair()
    local inner, got
    local reader = sss.spawn(function()
        inner = coroutine.create(function() return a:recv() end)
        return coroutine.resume(inner)
    end)
    sss.yield()
    sss.yield()
    t.eq(coroutine.status(inner), "normal")
    t.eq({ coroutine.resume(inner) }, { false, "cannot resume a coroutine that waits" })
    local other = sss.spawn(function() return coroutine.resume(inner) end)
    t.eq((other:join()), false)
    b:send("hello")
    got = { reader:join() }
    t.eq(got, { true, "hello" })
    link.close(a, b)
end)

t.test("the coroutine of a task is resumed by nobody else", function()
    local co
    local gate = sss.channel()
    local task = sss.spawn(function()
        co = coroutine.running()
        return gate:receive()
    end)
    sss.yield()
    sss.yield()
    t.eq({ coroutine.resume(co) }, { false, "cannot resume a coroutine that waits" })
    gate:send("went on")
    t.eq(task:join(), "went on")
end)

t.task("a metamethod of an option's value may close the socket", function()
    local s = sss.socket()
    local value = setmetatable({}, { __index = function(_, key)
        s:close()
        return key == "on" or 1
    end })
    t.raises("closed socket", s.setsockopt, s, "linger", value)
end)

t.test("a time limit may outlive the task in which it began", function()
    local co = coroutine.create(function()
        return sss.timeout(60, function()
            coroutine.yield(1)
            return 7
        end)
    end)
    sss.spawn(coroutine.resume, co):join()
    for _ = 1, 3 do
        collectgarbage()
        sss.yield()
    end
    t.eq({ coroutine.resume(co) }, { true, 7 })
end)

t.test("an error of a hook on the way into a wait leaves nothing in flight", function()
    local a, b = sss.pair()
    local task = sss.spawn(function()
        with_hook_errors(60, function() a:recv(1) end)
        collectgarbage()
        a:settimeout(0)
        while a:recv() do end
        a:settimeout(nil)
        return a:receive("l")
    end)
    local feeder = sss.spawn(function()
        while task.status ~= "done" do
            b:send("x\n")
            sss.sleep(0.001)
        end
    end)
    t.eq(task:join(), "x")
    feeder:join()
    link.close(a, b)
end)

t.test("a task that such an error ends leaves nothing in flight", function()
    local a, b = sss.pair()
    for i = 1, 40 do
        local task = sss.spawn(function()
            raise_at_step(i)
            a:recv(1)
            debug.sethook()
        end)
        sss.yield()
        sss.yield()
        debug.sethook()
        b:send("x")
        pcall(task.join, task)
    end
    link.close(a, b)
end)

t.task("a finalizer cannot lead a send to another socket", function()
    local a, b = sss.pair()
    local c, d = sss.pair()
    local refused
    for i = 1, 3000 do
        finalizer(function()
            local ok, err = pcall(c.send, c, "from the finalizer")
            refused = refused or not ok and err.code
        end)
        a:send { "part ", "and part ", tostring(i) }
        t.eq(b:recv(100), "part and part " .. i)
    end
    collectgarbage()
    t.eq(refused, "ECANNOTWAIT")
    link.close(a, b, c, d)
end)

t.task("a finalizer may close the socket that is being read", function()
    local closed = 0
    for _ = 1, 300 do
        local a, b = sss.pair()
        b:send(("x"):rep(40 * 1024))
        finalizer(function()
            a:close()
            closed = closed + 1
        end)
        for _ = 1, 40 do
            local ok, got, why = pcall(a.recv, a, 1024)
            if ok and got then t.eq(got, ("x"):rep(1024)) end
            -- It may run while this task lets others have their turn: then the socket is closed by them.
            if ok and not got then t.eq(why, "closed") end
        end
        link.close(a, b)
    end
    collectgarbage()
    t.eq(closed, 300)
end)

t.task("a collector that the script has stopped is no finalizer", function()
    local a, b = sss.pair()
    collectgarbage("stop")
    local ok, sent = pcall(a.send, a, "x")
    collectgarbage("restart")
    t.eq(ok and sent, 1)
    link.close(a, b)
end)

t.test("finalizers make sockets and tasks when the state is closed", function()
    local output, status = child.run([[
        local sss = require "sss"
        kept = newproxy(true)
        getmetatable(kept).__gc = function()
            socket, a, b = sss.socket(), sss.pair()
            task = sss.spawn(print)
            io.write(tostring(pcall(sss.sleep, 1)))
        end
        sss.spawn(function() os.exit(0, true) end)
        sss.sleep(1)
    ]])
    t.eq(output, "false")
    t.eq(status, 0)
end)

t.task("an array of very many strings is sent in one pass", function()
    local a, b = sss.pair()
    local parts = {}
    for i = 1, 800000 do parts[i] = string.char(65 + i % 26) end
    parts[100], parts[5000] = "", "several bytes"
    local all = table.concat(parts)
    local reader = sss.spawn(function() return b:receive(#all) end)
    local began = os.clock()
    t.eq(a:send(parts), #all)
    t.eq(reader:join() == all, true)
    t.ok(os.clock() - began < 30, "it took long") -- of CPU time; else it would be many minutes
    link.close(a, b)
end)

t.test("a retried connect whose event and time come in one turn", function()
    local name = "unix:@" .. t.tempname()
    local listener = sss.listen(name, { backlog = 0 })
    local first = sss.connect(name)
    local tasks = {}
    for i = 1, 5 do
        tasks[i] = sss.spawn(function() return sss.connect(name):close() end)
    end
    for _ = 1, 5 do
        sss.yield()
        local until_then = sss.now() + 0.02
        while sss.now() < until_then do end
    end
    for _ = 1, 6 do listener:accept():close() end
    for i = 1, 5 do tasks[i]:join() end
    link.close(listener, first)
end)

t.task("the failure of a send that carries held output is told once", function()
    local a, b = sss.pair()
    b:send("1\n2\n")
    t.eq(a:receive("l"), "1")
    t.eq(a:send("held"), 4)
    b:close()
    t.raises("EPIPE", a.send, a, ("x"):rep(100000))
    t.eq(pcall(a.close, a), true)
end)

t.task("a send without a connection fails at once, also while others have input", function()
    local function send_alone(socket)
        t.eq(socket:receive("l"), "go")
        local alone = sss.socket("unix")
        t.raises("ENOTCONN", alone.send, alone, "x")
        alone:close()
    end
    local links, tasks = {}, {}
    for i = 1, 2 do
        links[i] = { sss.pair() }
        tasks[i] = sss.spawn(send_alone, links[i][1])
    end
    sss.yield() -- both wait
    for i = 1, 2 do links[i][2]:send("go\n") end
    for i = 1, 2 do tasks[i]:join() end
    for i = 1, 2 do link.close(links[i][1], links[i][2]) end
end)

t.test("an error names the method, also after a wait", function()
    for name, argument in pairs { recv = 1, receiveuntil = "x", receive = "l" } do
        local a, b = sss.pair()
        local task = sss.spawn(a[name], a, argument)
        sss.yield()
        t.eq(t.raises("cancelled", task.join, task:cancel()).op, name)
        link.close(a, b)
    end
end)

t.task("a descriptor has one socket", function()
    local a, b = sss.pair()
    t.raises("that of an open socket", sss.fromfd, a.fd)
    t.eq(a:send("x"), 1)
    link.close(a, b)
end)

t.task("a limit of receiveuntil that is no number of bytes", function()
    local a, b = sss.pair()
    t.raises("option 'limit'", a.receiveuntil, a, "x", { limit = 0 / 0 })
    t.raises("option 'limit'", a.receiveuntil, a, "x", { limit = math.huge })
    link.close(a, b)
end)

t.test("a server stops although a client's task has not begun", function()
    for turns = 0, 6 do
        local server = sss.serve("127.0.0.1:0", function(client) client:recv() end)
        local client = sss.connect(server:address())
        for _ = 1, turns do sss.yield() end
        server:stop()
        client:close()
    end
end)

-- LuaJIT's references are no array: which of them was free decided how many clients were seen.
t.test("a server's stop finds all clients, whatever has ended before", function()
    local code = [[
        local sss = require "sss"
        for i = 1, tonumber(arg[2]) do sss.serve("127.0.0.1:0", function() end) end
        sss.yield()
        for i = 1, tonumber(arg[1]) do sss.spawn(sss.sleep, 1000) end
        local first = sss.spawn(sss.sleep, 1000)
        local server = sss.serve("127.0.0.1:0", function() sss.sleep(1000) end)
        local client = sss.connect(server:address())
        while debug.getfenv(server).count == 0 do sss.yield() end
        first:cancel()
        pcall(first.join, first)
        server:stop()
        print(debug.getfenv(server).count)
        os.exit(0)]]
    for tasks = 0, 8 do
        for servers = 0, 1 do
            local output = t.child.run(code, { before = "exec timeout 60", args = tasks .. " " .. servers })
            t.eq(output, "0\n", tasks .. " tasks, " .. servers .. " servers")
        end
    end
end)

t.task("a server whose task is cancelled before it begins leaves nothing behind", function()
    local server = sss.serve("127.0.0.1:0", function() end)
    debug.getfenv(server).task:cancel()
    t.raises("cancelled", server.join, server)
end)

-- The error was raised in the finalizer, and the cancel lost.
t.test("a finalizer cancels the task in which it happens to run", function()
    local task
    task = sss.spawn(function()
        finalizer(function() task:cancel() end)
        collectgarbage()
        collectgarbage()
        sss.sleep(1000)
    end)
    t.raises("cancelled", task.join, task)
end)

-- The collector runs on the way into the wait, too.
t.test("a cancel by a finalizer on the way into a wait ends it", function()
    for i = 1, 200 do
        local a, b = sss.pair()
        local task
        task = sss.spawn(function()
            finalizer(function() task:cancel() end)
            local part = ("x"):rep(100000)
            while true do a:send { part, part, tostring(i) } end
        end)
        sss.yield()
        sss.yield()
        collectgarbage()
        t.raises("cancelled", task.join, task)
        link.close(a, b)
    end
end)

-- A socket that takes nothing more, and its peer.
local function full_pair()
    local a, b = sss.pair()
    a:settimeout(0)
    while a:send(("x"):rep(65536)) do end
    return a:settimeout(nil), b
end

-- Another file had got the number meanwhile, and was passed instead.
t.task("a socket that is closed while it waits to be passed is passed all the same", function()
    local a, b = full_pair()
    local c, d = sss.pair()
    local task = sss.spawn(a.sendfd, a, c)
    sss.yield()
    sss.yield()
    c:close()
    local other = io.open("/dev/null")
    local ok, passed = pcall(b.recvfd, b)
    other:close()
    task:join()
    t.ok(ok, passed)
    if type(passed) == "number" then passed = sss.fromfd(passed) end -- the system did not say what
    d:send("hello")
    t.eq(passed:recv(), "hello")
    link.close(a, b, d, passed)
end)

t.task("a file that is closed while it is being sent is sent all the same", function()
    local a, b = full_pair()
    local size = 4 * 1024 * 1024
    local file = io.open(t.write_file(("y"):rep(size)))
    local task = sss.spawn(a.sendfile, a, file)
    sss.yield()
    sss.yield()
    file:close()
    local other = io.open(t.write_file(("z"):rep(size)))
    local reader = sss.spawn(b.receive, b, "a")
    t.eq(task:join(), size)
    a:close()
    other:close()
    t.eq(reader:join():find("z"), nil)
    b:close()
end)

t.run()
