-- SPDX-License-Identifier: BSD-3-Clause
-- Workers under load: what clients see of a worker that is killed, of HUP and of TERM.

local sss = require "sss"
local t = require "harness"
local crew = require "crew"

local function show(load)
    return ("answered %d, refused %d (%s), cut %d (%s)"):format(load.answered, #load.refused,
        load.refused[1], #load.cut, load.cut[1])
end

local function size(set)
    local n = 0
    for _ in pairs(set) do n = n + 1 end
    return n
end

-- Runs the load until `answered` has grown by N.
local function progress(load, n)
    local goal = load.answered + n
    t.await("an answer", function() return load.answered >= goal end)
end

for _, name in ipairs { "sss.workers", "-w 2" } do
    local flags = name == "-w 2" and name or nil
    local echo = crew.echo

    t.test(name .. ": both workers get connections, on the port that the system chose", function()
        local it = crew.start(echo, { flags = flags })
        local load = crew.load(it:address())
        t.await("work for both", function() return size(load.pids) == 2 end)
        load.stop()
        local pids = it:workers()
        t.eq(#pids, 2)
        for _, pid in ipairs(pids) do t.ok(load.pids[pid], "work of " .. pid) end
        it:signal("TERM")
        local output, status = it:finish(pids)
        t.eq(status, 0, output)
        t.eq({ load.refused, load.cut }, { {}, {} })
    end)

    t.test(name .. ": a worker is killed: started again, nobody is refused", function()
        local it = crew.start(echo, { flags = flags })
        local load = crew.load(it:address())
        progress(load, 50)
        local victim = it:workers()[1]
        crew.kill(victim, "KILL")
        it:sees("sssrun: worker %d %(pid " .. victim .. "%) was killed by signal 9; " ..
            "started again as pid (%d+)\n")
        load.pids = {}
        t.await("work for both", function() return size(load.pids) == 2 end)
        load.stop()
        t.eq(load.refused, {}, show(load))
        t.ok(#load.cut <= 8, show(load)) -- those that it was about to answer
        local pids = it:workers()
        t.eq(#pids, 2)
        it:signal("TERM")
        local output, status = it:finish(pids)
        t.eq(status, 0, output)
    end)

    t.test(name .. ": HUP replaces all, nobody is refused or cut", function()
        local it = crew.start(echo, { flags = flags })
        local load = crew.load(it:address())
        progress(load, 50)
        local old = it:workers()
        for _ = 1, 2 do
            it:signal("HUP")
            crew.await_gone(old)
            load.forget() -- an answer of theirs may have come that nobody has read
            t.await("work for both", function() return size(load.pids) == 2 end)
            for _, pid in ipairs(old) do t.ok(not load.pids[pid], "no work of " .. pid) end
            old = it:workers()
            t.eq(#old, 2)
        end
        load.stop()
        t.eq({ load.refused, load.cut }, { {}, {} }, show(load))
        it:signal("TERM")
        local output, status = it:finish(old)
        t.eq(status, 0, output)
        t.ok(not output:find("sssrun:"), output)
    end)

    t.test(name .. ": TERM cuts no answer", function()
        for _ = 1, 3 do
            local it = crew.start(echo, { flags = flags })
            local load = crew.load(it:address(), 16)
            progress(load, 100)
            local pids = it:workers()
            it:signal("TERM")
            local output, status = it:finish(pids)
            load.stop()
            t.eq(status, 0, output)
            t.eq(#load.cut, 0, show(load))
            for _, code in ipairs(load.refused) do t.eq(code, "ECONNREFUSED") end
        end
    end)
end

t.test("TERM: who waits to be accepted is answered", function()
    local it = crew.start([[
        local server = sss.serve(arg[1], function(client)
            sss.sleep(0.1)
            client:send(client:receive())
        end, { limit = 1 })
        print("at", server:address())
        io.stdout:flush()]])
    local address, clients = it:address(), {}
    for i = 1, 10 do
        clients[i] = sss.connect(address)
        clients[i]:settimeout(t.patience)
        clients[i]:send("hello\n")
    end
    it:signal("TERM")
    for _, client in ipairs(clients) do
        t.eq(client:receive("l"), "hello")
        client:close()
    end
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.test("a killed master: the workers answer who is there, and end", function()
    local it = crew.start(crew.echo .. "sss.serve('127.0.0.1:0', print)")
    local load = crew.load(it:address())
    progress(load, 50)
    local pids = it:workers()
    it:signal("KILL")
    crew.await_gone(pids)
    load.stop()
    t.eq(#pids, 2)
    t.eq(load.cut, {}, show(load))
    local output, status = it:finish(pids)
    t.eq(status, 137, output)
end)

t.test("a unix socket is shared by all", function()
    local path = t.tempname()
    local it = crew.start(crew.echo, { args = "unix:" .. path })
    t.eq(it:address(), "unix:" .. path)
    local load = crew.load({ path = path })
    t.await("work for both", function() return size(load.pids) == 2 end)
    local old = it:workers()
    it:signal("HUP")
    crew.await_gone(old)
    progress(load, 20)
    load.stop()
    t.eq({ load.refused, load.cut }, { {}, {} }, show(load))
    it:signal("TERM")
    local output, status = it:finish()
    t.eq(status, 0, output)
end)

t.run()
