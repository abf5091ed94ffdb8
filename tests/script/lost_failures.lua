-- SPDX-License-Identifier: BSD-3-Clause
-- Tasks that fail: what it costs when they are joined, when it is told when nobody can join them, and
-- that a collector which the script has stopped stays stopped.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- Counts the cycles of the collector from now on: call the result for their number.
local function cycles()
    local count = 0
    local function again()
        getmetatable(newproxy(true)).__gc = function()
            count = count + 1
            again()
        end
    end
    again()
    return function() return count end
end

local function fail_and_join(n)
    for _ = 1, n do
        local task = sss.spawn(error, "on purpose")
        t.raises("on purpose", task.join, task)
        sss.sleep(0.001)
    end
end

t.task("a failure that is joined costs no collection", function()
    collectgarbage()
    collectgarbage()
    local pause = collectgarbage("setpause", 10000)
    t.after(function() collectgarbage("setpause", pause) end)
    collectgarbage()
    local count = cycles()
    for _, fails in ipairs {
        function() fail_and_join(20) end,
        function() -- later, but before anything else is done
            local task = sss.spawn(error, "on purpose")
            t.raises("on purpose", sss.timeout, 10, task.join, task)
        end,
        function() t.raises("on purpose", sss.gather, function() sss.sleep(0) error("on purpose") end) end,
        function() pcall(sss.race, function() error("on purpose") end, sss.yield) end,
        function()
            local task = sss.spawn(sss.sleep, 100)
            sss.yield()
            task:cancel()
            t.raises("cancelled", task.join, task)
        end,
    } do
        fails()
        sss.sleep(0.01)
        t.eq(count(), 0)
    end
end)

t.test("a failure that nobody can join is told while the program runs", function()
    local made = t.child.start [[
        local sss = require "sss"
        io.stdout:setvbuf("line")
        for i = 1, 2 do
            sss.spawn(error, "lost " .. i)
            local stop = sss.now() + 3
            while sss.now() < stop do sss.sleep(0.01) end
            print("later")
        end]]
    local order = {}
    for line in made:rest():gmatch("[^\n]+") do
        order[#order + 1] = line:match("lost %d") or line:match("^later$")
    end
    t.eq(order, { "lost 1", "later", "lost 2", "later" })
end)

t.test("failures that are kept, or not joined yet, cost no long pause", function()
    if t.sanitized then t.skip("a sanitizer's allocator is slow") end
    t.not_emulated("an emulator is slow")
    local output = t.child.run [[
        local sss = require "sss"
        local keep = {}
        for i = 1, 2000 do -- the collector looks at a table in one go
            keep[i] = {}
            for j = 1, 1000 do keep[i][j] = {j} end
        end
        collectgarbage() collectgarbage()
        local function worst(seconds, fails)
            local stop, worst, tasks = sss.now() + seconds, 0, {}
            local ticker = sss.spawn(function()
                while sss.now() < stop do
                    local began = sss.now()
                    sss.sleep(0.005)
                    worst = math.max(worst, sss.now() - began)
                end
            end)
            while sss.now() < stop do
                sss.sleep(0.1)
                tasks[#tasks + 1] = sss.spawn(fails and error or tostring, "x")
                if #tasks % 3 == 0 then sss.spawn(fails and error or tostring, "y") end
            end
            ticker:join()
            for _, task in ipairs(tasks) do pcall(task.join, task) end
            return worst
        end
        local began = os.clock()
        collectgarbage()
        local full = os.clock() - began
        local without, with = worst(2.5, false), worst(2.5, true)
        print(with < full / 2 + 2 * without and "short" or ("%.3f %.3f %.3f"):format(full, without, with))]]
    t.match(output, "short\n")
end)

t.test("a collector that the script has stopped stays so", function()
    local output, status = t.child.run([[
        package.path = arg[1] .. ";" .. package.path
        local sss = require "sss"
        collectgarbage("stop")
        local task = sss.spawn(error, "x", 0)
        pcall(task.join, task)
        sss.spawn(error, "dropped", 0)
        local kept = sss.spawn(error, "kept", 0)
        local memory = sss.spawn(error, "not enough memory", 0)
        for i = 1, 150 do
            sss.sleep(0.01)
            assert(not collectgarbage("isrunning"), i)
        end
        print(pcall(sss.spawn(function() string.rep("x", 2 ^ 40) end).join, nil))
        sss.sleep(0.01)
        print(collectgarbage("isrunning"))]], { args = ("'%s'"):format(package.path) })
    t.match(output, "false\n")
    t.ok(not output:find("true"), output)
    for _, what in ipairs { "dropped", "kept", "memory" } do t.match(output, "failed: [^\n]*" .. what) end
    t.eq(status, 1)
end)

t.task("a collector that is stopped stays so, whatever is done", function()
    local ok, err
    collectgarbage("stop")
    ok, err = pcall(function()
        fail_and_join(3)
        local kept = sss.spawn(error, "kept")
        sss.sleep(0.01)
        pcall(kept.join, kept)
        pcall(sss.timeout, 0.001, sss.sleep, 1)
        local a, b = link.tcp()
        a:send("line\n")
        b:receive()
        link.close(a, b)
        sss.resolve("127.0.0.1")
        local server = sss.listen("127.0.0.1:0")
        local client = sss.spawn(sss.connect, server:getsockname())
        link.close(server:accept(), client:join(), server)
        coroutine.wrap(function() sss.sleep(0.001) end)()
    end)
    local running = collectgarbage("isrunning")
    collectgarbage("restart")
    t.ok(ok, err)
    t.eq(running, false)
end)

t.run()
