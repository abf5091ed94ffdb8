-- SPDX-License-Identifier: BSD-3-Clause
-- sss.workers and -w: workers that do not stop when they are told to, and orders that come twice.

local sss = require "sss"
local t = require "harness"
local crew = require "crew"

-- A program with a worker that says its word and then does CODE in a task; grace: 0.2 s, after which
-- two more seconds go by.
local function stuck(code, workers)
    local it = crew.start(([[
        local ffi = require "ffi"
        ffi.cdef "int pause(void); int getpid(void); int kill(int, int); unsigned sleep(unsigned);"
        local number = sss.workers(%d, { grace = 0.2 })
        local server = sss.serve("127.0.0.1:0", function(client) client:send(number .. "\n") end)
        print("at", server:address())
        sss.spawn(function()
            sss.sleep(0)
            print("stuck")
            %s
        end)]]):format(workers or 1, code), { plain = true })
    it:sees("at\t(%S+)\n", workers or 1)
    it:sees("stuc(k)\n", workers or 1)
    return it
end

local ways = {
    ["an endless loop"] = "while true do end",
    ["an endless loop, not compiled"] = "jit.off() local n = 0 while true do n = n + 1 end",
    ["an endless loop that catches errors"] = "while true do pcall(error) end",
    ["a call into C"] = "while true do ffi.C.pause() end",
    ["os.execute"] = "os.execute('exec sleep 20')",
    ["a pattern"] = "local s = ('x'):rep(40) s:find(('.-'):rep(40) .. 'y')",
    ["SIGSTOP"] = "ffi.C.kill(ffi.C.getpid(), 19)",
    ["a handler of TERM that does nothing"] = "sss.onsignal('TERM', function() end) sss.sleep(100)",
    ["TERM ignored"] = [[ffi.cdef "void *signal(int, void *);"
        ffi.C.signal(15, ffi.cast("void *", 1)) sss.sleep(100)]],
}

local killed = "sssrun: worker 1 %(pid (%d+)%) is killed: it has not ended 2.2 seconds after"

for name, code in pairs(ways) do
    t.test("HUP ends an old worker after the grace: " .. name, function()
        local it = stuck(code)
        local old = it:workers()
        it:signal("HUP")
        it:sees("at\t(%S+)\n", 2)
        crew.await_gone(old)
        t.eq(tonumber(it:sees(killed)), old[1])
        t.await("one worker", function() return #it:workers() == 1 end)
        crew.kill(it:workers()[1], "KILL") -- another one begins
        it:sees("started again as pid (%d+)\n")
        it:signal("TERM")
        it:finish(it:workers())
    end)

    t.test("TERM ends it after the grace: " .. name, function()
        local it = stuck(code)
        local pids = it:workers()
        it:signal("TERM")
        local output, status = it:finish(pids)
        t.eq(status, 1, output)
        t.match(output, killed)
    end)
end

t.test("HUP again and again while old workers are stuck: none is left", function()
    local it = stuck("while true do end", 2)
    local all = {}
    for i = 1, 3 do
        for _, pid in ipairs(it:workers()) do all[pid] = true end
        it:signal("HUP")
        if i < 3 then it:sees("stuc(k)\n", 2 + 2 * i) end
    end
    it:sees("stuc(k)\n", 8)
    t.await("two workers, both new", function()
        local now = it:workers()
        return #now == 2 and not all[now[1]] and not all[now[2]]
    end)
    local last = it:workers()
    it:signal("TERM")
    local output, status = it:finish(last)
    t.eq(status, 1, output)
end)

t.test("HUP and then TERM ends old and new ones; HUP after TERM starts nothing", function()
    for _, signals in ipairs { { "HUP", "TERM" }, { "TERM", "HUP" }, { "HUP", "HUP", "TERM", "HUP" } } do
        local it = stuck("while true do end", 2)
        for _, signal in ipairs(signals) do
            it:signal(signal)
            sss.sleep(0.05)
        end
        local pids = it:workers()
        local output, status = it:finish(pids)
        t.eq(status, 1, output)
    end
end)

-- Orders that come twice -------------------------------------------------------------------------

-- Workers with a client each, who is answered half a second after he has asked.
local function slow(options)
    local it = crew.start([[
        local server = sss.serve(arg[1], function(client)
            client:send("begun\n")
            local word = client:receive("l")
            sss.sleep(0.5)
            client:send("done " .. word .. "\n")
        end)
        print("at", server:address())]], options)
    local address, clients = it:sees("at\t(%S+)\n", 2), {}
    for i = 1, 4 do
        clients[i] = sss.connect(address)
        clients[i]:settimeout(t.patience)
        t.eq(clients[i]:receive("l"), "begun")
        clients[i]:send("work\n")
    end
    return it, clients
end

local function all_are_answered(it, clients)
    for _, client in ipairs(clients) do
        t.eq(client:receive("l"), "done work")
        client:close()
    end
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    t.ok(not output:find("killed"), output)
end

for _, signals in ipairs { "TERM TERM", "INT INT", "TERM INT", "INT TERM", "TERM TERM TERM TERM",
                                                      "TERM HUP TERM" } do
    t.test("at once, " .. signals .. " is one order", function()
        local it, clients = slow { flags = "-w 2" }
        os.execute(("for i in %s; do kill -$i %d; sleep 0.005; done"):format(signals, it.pid))
        all_are_answered(it, clients)
    end)
end

t.test("TERM to the whole group, and to the master: one order", function()
    if not t.has("setsid") then t.skip("no setsid here") end
    for _, order in ipairs { "kill -TERM -$1; kill -TERM $1", "kill -TERM $1; kill -TERM -$1",
                                                      "kill -TERM -$1; sleep 0.1; kill -TERM -$1",
                                                      "kill -INT -$1; kill -INT $1" } do
        local it, clients = slow { flags = "-w 2", before = "setsid" }
        os.execute(("set -- %d; %s"):format(it.pid, order))
        all_are_answered(it, clients)
    end
end)

t.test("TERM to a worker: it answers, ends, and another one begins", function()
    local it, clients = slow { flags = "-w 2" }
    local victim = it:workers()[1]
    crew.kill(victim, "TERM")
    it:sees("sssrun: worker %d %(pid " .. victim .. "%) ended with status 0; started again as pid (%d+)")
    it:signal("TERM")
    all_are_answered(it, clients)
end)

t.test("a second order a second later ends at once", function()
    for _, signals in ipairs { { "TERM", "TERM" }, { "INT", "TERM" }, { "TERM", "INT" } } do
        local it = crew.start([[
            local number = sss.workers(2, { grace = 1000 })
            local server = sss.serve(arg[1], function(client) client:receive() end)
            print("at", server:address())]], { plain = true })
        local client = sss.connect(it:address())
        it:signal(signals[1])
        sss.sleep(1.2)
        t.ok(crew.is_alive(it.pid), "it waits for the client")
        it:signal(signals[2])
        local output, status = it:finish(it:workers())
        t.eq(status, 1, output)
        t.match(output, "sssrun: worker %d %(pid %d+%) is killed\n")
        client:close()
    end
end)

t.run()
