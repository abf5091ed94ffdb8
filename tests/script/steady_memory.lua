-- SPDX-License-Identifier: BSD-3-Clause
-- What is done again and again takes no more memory each time.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- Anonymous memory of this process in kB, without garbage.
local function memory()
    collectgarbage()
    collectgarbage()
    return t.status_kb("RssAnon")
end

-- F, called `count` times, in two times three rounds: the least memory after a round is compared. A
-- few hundred bytes for each call are seen, the ups and downs of allocator and collector are not.
local function steady(name, count, f)
    t.test("steady: " .. name, function()
        if t.sanitized then t.skip("a sanitizer keeps what was freed") end
        t.not_emulated("the process' memory is qemu's too, which keeps translated code")
        local function round()
            for _ = 1, count do f() end
            sss.yield()
        end
        local function least()
            local kb = math.huge
            for _ = 1, 3 do
                round()
                kb = math.min(kb, memory())
            end
            return kb
        end
        round()
        local before = least()
        local grown = least() - before
        t.ok(grown < 500, ("grown by %d kB in %d calls"):format(grown, 3 * count))
    end)
end

local dropped = 0

-- A pair to be dropped. Now and then the collector closes those before, or there would be no
-- descriptors left.
local function pair()
    dropped = dropped + 1
    if dropped % 100 == 0 then collectgarbage() end
    return sss.pair()
end

steady("pairs that are dropped", 1500, function()
    local a, b = pair()
    b:send("one\ntwo\n")
    a:receive()
end)

steady("connections that are closed", 700, function()
    link.close(link.tcp())
end)

local refusing, refused = link.refusing()

steady("connections that are refused", 1500, function()
    pcall(sss.connect, refused)
end)

steady("tasks that are joined", 5000, function()
    sss.spawn(function() sss.yield() end):join()
end)

steady("tasks that fail", 3000, function()
    local task = sss.spawn(error, "x")
    pcall(task.join, task)
end)

steady("timeouts that end in time", 5000, function()
    sss.timeout(1000, sss.yield)
end)

steady("timeouts that do not", 1500, function()
    sss.timeout(0, sss.sleep, 1000)
end)

steady("look-ups", 500, function()
    sss.resolve("localhost")
end)

steady("servers", 300, function()
    local server = sss.serve("127.0.0.1:0", function() end)
    sss.connect(server:address()):close()
    server:stop()
    server:join()
end)

steady("coroutines that wait and are dropped", 1500, function()
    local a = pair()
    coroutine.wrap(function()
        a:settimeout(0)
        coroutine.yield(a:receive())
    end)()
end)

steady("errors", 5000, function()
    pcall(sss.tocaddress, "127.0.0.1:70000")
end)

steady("passed descriptors", 700, function()
    local a, b = sss.pair()
    a:sendfd(a, "x")
    local got = b:recvfd()
    if type(got) == "userdata" then got:close() end
    a:sendfd(a, "nobody asks for this one")
    link.close(a, b)
end)

t.test("the socket of the refused connections", function()
    refusing:close()
end)

t.run()
