-- SPDX-License-Identifier: BSD-3-Clause
-- sss.workers and -w: how workers end, and how they are replaced.

local sss = require "sss"
local t = require "harness"
local crew = require "crew"
local files = require "files"
local proc = require "proc"

-- Ends -------------------------------------------------------------------------------------------

t.test("a script that cannot begin ends the program", function()
    for _, code in ipairs { "error('no way')", "this is no Lua", "os.exit(3)" } do
        local it = crew.start(code, { flags = "-w 2" })
        local output, status = it:finish()
        t.eq(status, 1, output)
        t.match(output, "sssrun: worker %d %(pid %d+%) ended with status [13] before any worker was")
    end
end)

t.test("a worker that ends is started again, once a second", function()
    local begin = sss.now()
    local it = crew.start([[sss.sleep(0.05) os.exit(5)]])
    it:sees("sssrun: worker 1 %(pid %d+%) ended with status 5; started again as pid (%d+)\n", 2)
    t.ok(sss.now() - begin > 1.5, "two more starts took " .. sss.now() - begin)
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    local _, starts = output:gsub("worker 1 %(pid", "")
    t.ok(starts <= sss.now() - begin + 1, output)
end)

t.test("the ends of workers are seen also where they were ignored when the program began", function()
    local it = crew.start([[
        local ffi = require "ffi"
        ffi.cdef "void *signal(int, void *);"
        ffi.C.signal(17, ffi.cast("void *", 1)) -- SIGCHLD, SIG_IGN
        sss.workers(1)
        sss.sleep(0.05)
        os.exit(5)]], { plain = true })
    it:sees("sssrun: worker 1 %(pid %d+%) ended with status 5; started again as pid (%d+)\n")
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

-- Two workers with one client each that is being served: the handler sleeps for SECONDS.
local function busy(seconds, grace, more)
    local it = crew.start(([[
        local number = sss.workers(2, { grace = %s })
        local server = sss.serve("127.0.0.1:0", function(client)
            client:send("begun\n")
            print("begun")
            io.stdout:flush()
            local ok, err = pcall(sss.sleep, %s)
            print("handler", ok, not ok and err.code)
            client:send("done\n")
        end)
        print("at", server:address())
        io.stdout:flush() %s]]):format(grace, seconds, more or ""), { plain = true })
    local clients, address = {}, it:address()
    for i = 1, 6 do
        clients[i] = sss.connect(address)
        clients[i]:settimeout(t.patience)
        t.eq(clients[i]:receive("l"), "begun")
    end
    return it, clients, address
end

t.test("TERM waits for handlers, INT as well", function()
    for _, signal in ipairs { "TERM", "INT" } do
        local it, clients = busy(0.4, 1000)
        local pids = it:workers()
        it:signal(signal)
        for _, client in ipairs(clients) do
            t.eq(client:receive("l"), "done")
            client:close()
        end
        local output, status = it:finish(pids)
        t.eq(status, 0, output)
    end
end)

t.test("when the grace is over tasks are cancelled, even if the main script waits", function()
    for _, more in ipairs { "", "sss.sleep(1000)", "sss.spawn(pcall, sss.sleep, 1000)" } do
        local it, clients = busy(1000, 0.2, more)
        local pids = it:workers()
        it:signal("TERM")
        local output, status = it:finish(pids)
        t.eq(status, 0, output)
        t.match(output, "handler\tfalse\tcancelled")
        for _, client in ipairs(clients) do client:close() end
    end
end)

t.test("a second TERM ends at once", function()
    local it, clients, address = busy(1000, 1000)
    local pids = it:workers()
    it:signal("TERM")
    crew.await_refusal(address) -- all have been told
    sss.sleep(1.2) -- what comes sooner is the same order
    it:signal("TERM")
    local output, status = it:finish(pids)
    t.eq(status, 1, output)
    t.match(output, "sssrun: worker %d %(pid %d+%) is killed")
    for _, client in ipairs(clients) do client:close() end
end)

t.test("a worker that only computes is killed after the grace", function()
    local it = crew.start([[
        local number = sss.workers(2, { grace = 0.1 })
        sss.sleep(0)
        print("comput" .. "es")
        io.stdout:flush()
        while true do end]], { plain = true })
    it:sees("compute(s)\n", 2)
    local pids = it:workers()
    it:signal("TERM")
    local output, status = it:finish(pids)
    t.eq(status, 1, output)
end)

t.test("a script that accepts by itself gets nil, closed", function()
    local it = crew.start([[
        local listener = sss.listen("127.0.0.1:0")
        print("at", listener:getsockname())
        io.stdout:flush()
        while true do
            local client, why = listener:accept()
            if not client then
                print("over", why)
                break
            end
            client:send(client:receive())
            client:close()
        end]])
    t.eq(crew.ask(it:address(), "hello"), "hello")
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    t.eq(select(2, output:gsub("over\tclosed", "")), 2)
end)

t.test("so does one that accepts on a listener made before the workers", function()
    local it = crew.start([[
        local listener = sss.listen("127.0.0.1:0")
        sss.workers(2, { grace = 30 })
        print("at", listener:getsockname())
        io.stdout:flush()
        local client, why = listener:accept()
        print("over", client and "accepted" or why)]], { plain = true })
    it:address()
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    t.eq(select(2, output:gsub("over\tclosed", "")), 2, output)
end)

t.test("Ctrl-C reaches the whole group, and is the master's", function()
    if not t.has("setsid") then t.skip("no setsid here") end
    local it = crew.start([[
        local server = sss.serve("127.0.0.1:0", function(client)
            client:send("begun\n")
            sss.sleep(0.4)
            client:send("done\n")
        end)
        print("at", server:address())
        io.stdout:flush()]], { flags = "-w 2", before = "setsid" })
    local client = sss.connect(it:address())
    t.eq(client:receive("l"), "begun")
    crew.kill(-it.pid, "INT")
    t.eq(client:receive("l"), "done")
    client:close()
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    t.ok(not output:find("sssrun:"), output)
end)

t.test("a time limit around the workers ends them; the script goes on", function()
    local it = crew.start([[
        local _, why = sss.timeout(0.5, function()
            coroutine.wrap(function() sss.workers(2) end)()
            sss.sleep(60)
        end)
        print("master", why)]], { plain = true })
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    t.match(output, "master\ttimeout")
end)

-- How many children a process has, those included whose end it has not noticed.
local function children_of(pid)
    local found = 0
    for line in files.output("cat /proc/[0-9]*/stat 2>/dev/null"):gmatch("[^\n]+") do
        if line:match("%) %a (%d+) ") == tostring(pid) then found = found + 1 end
    end
    return found
end

t.test("workers that a time limit ended leave nothing behind in the script that goes on", function()
    local it = crew.start([[
        local sss = require "sss"
        sss.timeout(0.1, sss.workers, 2)
        print("goes on")
        io.stdout:flush()
        sss.sleep(1000)]], { plain = true })
    it:sees("goes o(n)\n")
    t.await("no child, no socket", function()
        return children_of(it.pid) == 0 and proc.descriptors(it.pid, nil, "socket:") == 0
    end)
end)

t.test("a worker that is stopped while it begins", function()
    local it = crew.start([[
        local number = sss.workers(2, { grace = 1000 })
        print("begins")
        io.stdout:flush()
        sss.sleep(0.5)
        local server = sss.serve("127.0.0.1:0", print)
        print("listens")
        sss.spawn(function() server:join() print("stopped") end)]], { plain = true })
    it:sees("begin(s)\n", 2)
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    for _, word in ipairs { "listens\n", "stopped\n" } do
        t.eq(select(2, output:gsub(word, "")), 2, output)
    end
end)

t.test("a script's own handler of TERM stops by itself", function()
    local it = crew.start([[
        local stop = false
        sss.onsignal("TERM", function() print("my own") stop = true end)
        print("at", "here")
        io.stdout:flush()
        while not stop do sss.sleep(0.01) end]])
    it:address()
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    t.eq(select(2, output:gsub("my own", "")), 2)
end)

-- Replacing --------------------------------------------------------------------------------------

local function answers(word)
    return ([[
        local server = sss.serve(arg[1], function(client)
            client:receive()
            client:send("%s\n")
        end)
        print("at", server:address())
        io.stdout:flush()]]):format(word)
end

t.test("HUP: with -w the script is read anew", function()
    local it = crew.start(answers("old"), { flags = "-w 2" })
    local address, old = it:address(), it:workers()
    t.eq(crew.ask(address), "old")
    it:rewrite(answers("new"))
    it:signal("HUP")
    crew.await_gone(old)
    for _ = 1, 8 do t.eq(crew.ask(address), "new") end
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.test("HUP: a new script that fails leaves the old workers", function()
    local it = crew.start(answers("old"), { flags = "-w 2" })
    local address, old = it:address(), it:workers()
    it:rewrite("error('broken')")
    it:signal("HUP")
    it:sees("sssrun: worker 1 cannot be replaced: its replacement %(pid (%d+)%) ended with status 1")
    t.eq(it:workers(), old)
    t.eq(crew.ask(address), "old")
    it:rewrite(answers("new"))
    it:signal("HUP")
    crew.await_gone(old)
    t.eq(crew.ask(address), "new")
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.test("HUP: a new script that listens elsewhere gives the old port up", function()
    local it = crew.start(answers("old"), { flags = "-w 2" })
    local address, old = it:address(), it:workers()
    it:rewrite("arg[1] = '127.0.0.2:0' " .. answers("new"))
    it:signal("HUP")
    crew.await_refusal(address)
    crew.await_gone(old)
    t.eq(crew.ask(it:sees("at\t(127.0.0.2:%d+)\n", 2)), "new")
    it:signal("TERM")
    t.eq(select(2, it:finish(it:workers())), 0)
end)

t.test("many signals at once", function()
    local it = crew.start(answers("fine"), { flags = "-w 3" })
    local address = it:sees("at\t(%S+)\n", 3)
    for _ = 1, 20 do
        it:signal("HUP")
        for _, pid in ipairs(it:workers()) do crew.kill(pid, "HUP") end
        t.eq(crew.ask(address), "fine")
    end
    t.await("three workers", function() return #it:workers() == 3 end)
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.run()
