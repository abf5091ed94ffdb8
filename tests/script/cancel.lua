-- SPDX-License-Identifier: BSD-3-Clause
-- Cancelling tasks, and time limits inside each other.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local cancelling = require "cancelling"

local timed_out, settle, ends_cancelled = cancelling.timed_out, cancelling.settle, cancelling.ends_cancelled

-- Tasks ------------------------------------------------------------------------------------------

t.task("the error is raised where the task waits", function()
    local a, b = sss.pair()
    local channel = sss.channel()
    local sleeper = sss.spawn(function() end)
    sleeper:join()
    local waits = {
        sleep = function() sss.sleep(100) end,
        receive = function() a:receive() end,
        channel = function() channel:receive() end,
        join = function() sss.spawn(function() end):join() end,
        gather = function() sss.gather(function() sss.sleep(100) end) end,
    }
    for name, wait in pairs(waits) do
        local caught, after
        local task = sss.spawn(function()
            local _, err = pcall(function()
                wait()
                if name == "join" then sss.yield() end
            end)
            caught = err
            sss.yield() -- the cancel has been told: this one waits as usual
            after = true
            error(err, 0)
        end)
        sss.yield()
        sss.yield()
        task:cancel()
        ends_cancelled(task)
        t.eq(caught.code, "cancelled", name)
        t.eq(after, true, name)
    end
    link.close(a, b)
end)

t.task("a finished task", function()
    local done, failed = sss.spawn(function() return 1 end), sss.spawn(error, "x")
    t.eq(done:join(), 1)
    pcall(failed.join, failed)
    for _ = 1, 2 do
        t.eq(done:cancel(), done)
        t.eq(failed:cancel(), failed)
    end
    t.eq({ done.status, done:join() }, { "done", 1 })
    t.eq(failed.status, "failed")
    t.raises("^x$", failed.join, failed)
end)

t.task("a task that has not begun never does", function()
    local ran = false
    local task = sss.spawn(function() ran = true end)
    t.eq(task:cancel():cancel(), task)
    ends_cancelled(task)
    t.eq(ran, false)
end)

t.test("oneself", function()
    local task, after
    task = sss.spawn(function()
        local _, err = pcall(function() task:cancel() end)
        sss.yield() -- it has been told
        after = err.code
        task:cancel()
    end)
    ends_cancelled(task)
    t.eq(after, "cancelled")
end)

t.test("joining oneself", function()
    local task
    task = sss.spawn(function() return select(2, pcall(task.join, task)) end)
    t.match(task:join(), "a task cannot join itself")
    task = sss.spawn(function()
        return select(2, pcall(sss.timeout, 0, function() task:join() end))
    end)
    t.match(task:join(), "a task cannot join itself")
end)

t.task("tasks that join each other", function()
    local first, second
    first = sss.spawn(function() return second:join() end)
    second = sss.spawn(function() return first:join() end)
    settle()
    first:cancel()
    ends_cancelled(first)
    ends_cancelled(second) -- the error of the one it joined
end)

t.task("one who joins is cancelled, not the one who is joined", function()
    local gate = sss.channel()
    local slow = sss.spawn(function()
        gate:receive()
        return "whole"
    end)
    local joiner = sss.spawn(function() return slow:join() end)
    settle()
    joiner:cancel()
    ends_cancelled(joiner)
    t.eq(slow.status, "waiting")
    gate:close()
    t.eq(slow:join(), "whole")
end)

t.task("a task that catches it and goes on", function()
    local codes = {}
    local task = sss.spawn(function()
        for i = 1, 3 do
            local _, err = pcall(sss.sleep, 100)
            codes[i] = err.code
        end
        return "went on"
    end)
    for _ = 1, 3 do
        settle()
        task:cancel()
    end
    t.eq(task:join(), "went on")
    t.eq(codes, { "cancelled", "cancelled", "cancelled" })
end)

t.task("several cancels at the same moment are one", function()
    local told = 0
    local task = sss.spawn(function()
        for _ = 1, 3 do
            if not pcall(sss.sleep, 0.001) then told = told + 1 end
        end
    end)
    settle()
    task:cancel():cancel():cancel()
    task:join()
    t.eq(told, 1)
end)

t.task("a result that is there already is delivered, the cancel told later", function()
    local channel, got = sss.channel(), nil
    local waits = {
        sleep = function() sss.yield() return "slept" end,
        join = function() return sss.spawn(function() return "slept" end):join() end,
        send = function() return channel:send(1) and "slept" end,
    }
    for name, wait in pairs(waits) do
        local task, code
        task = sss.spawn(function()
            got = wait()
            local _, err = pcall(sss.sleep, 100)
            code = err.code
        end)
        sss.yield()
        if name == "send" then channel:receive() end
        if name == "join" then sss.yield() end
        task:cancel()
        task:join()
        t.eq({ got, code }, { "slept", "cancelled" }, name)
    end
end)

-- Timeouts ---------------------------------------------------------------------------------------

t.task("inside and around each other, in any order", function()
    for _, times in ipairs { { 0.002, 100 }, { 100, 0.002 }, { 0.002, 0.2 }, { 0.2, 0.002 },
        { 0.002, 0.002 }, { 0, 100 }, { 100, 0 }, { 0, 0 }, { 1e300, 0.002 }, { 0.002, 1 / 0 } } do
        local outer, inner = times[1], times[2]
        local inner_result
        local result = t.pack(sss.timeout(outer, function()
            inner_result = t.pack(sss.timeout(inner, function()
                sss.sleep(200)
                return "never"
            end))
            return "the inner one"
        end))
        if inner < outer then
            t.eq(inner_result, timed_out)
            t.eq(result, { n = 1, "the inner one" })
        else
            t.eq(inner_result, nil)
            t.eq(result, timed_out)
        end
    end
end)

t.task("three deep, the one in the middle", function()
    local log = {}
    local result = sss.timeout(50, function()
        local middle = t.pack(sss.timeout(0.003, function()
            sss.timeout(60, sss.sleep, 70)
            log[#log + 1] = "not here"
        end))
        t.eq(middle, timed_out)
        sss.sleep(0.001)
        return "outer"
    end)
    t.eq(result, "outer")
    t.eq(log, {})
end)

t.task("cancel inside timeout inside gather", function()
    local codes = {}
    local function part(i)
        return function()
            return sss.timeout(100, function()
                local _, err = pcall(sss.sleep, 100)
                codes[i] = err.code
                error(err, 0)
            end)
        end
    end
    local task = sss.spawn(function()
        return sss.timeout(100, sss.gather, part(1), part(2), function()
            return sss.race(part(3), part(4))
        end)
    end)
    settle()
    task:cancel()
    ends_cancelled(task)
    t.eq(codes, { "cancelled", "cancelled", "cancelled", "cancelled" })
end)

t.task("enormous times", function()
    for _, seconds in ipairs { 1e9, 2 ^ 53, 1e300, 1 / 0 } do
        local task = sss.spawn(function() sss.sleep(seconds) end)
        settle()
        t.eq(task.status, "waiting")
        task:cancel()
        ends_cancelled(task)
        t.eq(sss.timeout(seconds, function() return "in time" end), "in time")
    end
    for _, seconds in ipairs { -1, -1 / 0, 0 / 0 } do
        t.raises("bad argument #1 to 'timeout'", sss.timeout, seconds, print)
    end
end)

t.task("a time in the past ends the first wait", function()
    local ran = false
    t.eq(sss.timeout(0, function()
        ran = true
        return "no wait"
    end), "no wait")
    t.eq(ran, true)
    t.eq(t.pack(sss.timeout(0, sss.yield)), timed_out)
    local channel = sss.channel(1)
    t.eq(t.pack(sss.timeout(0, channel.send, channel, 1)), timed_out)
    t.eq(#channel, 0)
end)

t.task("a script that catches the end of a time hears it again", function()
    local heard = 0
    t.eq(t.pack(sss.timeout(0.002, function()
        for _ = 1, 3 do
            if not pcall(sss.sleep, 100) then heard = heard + 1 end
        end
        sss.sleep(100)
    end)), timed_out)
    t.eq(heard, 3)
end)

t.task("a cancel and the end of a time in the same moment", function()
    local task = sss.spawn(function()
        local result = t.pack(sss.timeout(0.002, sss.sleep, 100))
        local _, err = pcall(sss.sleep, 100)
        return result, err.code
    end)
    sss.yield()
    local finish = sss.now() + 0.004
    while sss.now() < finish do end -- nobody else runs: its time is over, but nobody has seen it
    task:cancel()
    local ok, result, code = pcall(task.join, task)
    if ok then
        t.eq(result, timed_out)
        t.eq(code, "cancelled")
    else
        t.eq(result.code, "cancelled")
    end
end)

t.run()
