-- SPDX-License-Identifier: BSD-3-Clause
-- sss.gather and sss.race: results, failures, and that nothing is left running.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local timed_out = { n = 2, nil, "timeout" }

local function value(result, seconds)
    return function()
        if seconds then sss.sleep(seconds) end
        return result
    end
end

local function failing(err, seconds)
    return function()
        if seconds then sss.sleep(seconds) end
        error(err, 0)
    end
end

-- A function that waits for ever and says in `log` how it ended, after `seconds` of cleaning up.
local function waiting(log, name, seconds)
    return function()
        local ok, err = pcall(sss.sleep, 100)
        if seconds then sss.sleep(seconds) end
        log[#log + 1] = name .. (ok and " slept" or " " .. tostring(err.code))
        error(err, 0)
    end
end

t.task("gather gives the first result of each, in order", function()
    t.eq(t.pack(sss.gather(value(1, 0.006), value("b", 0.002), value(nil, 0.004), value(false))),
        { n = 4, 1, "b", nil, false })
    local function several() return 1, 2, 3 end
    t.eq(t.pack(sss.gather(several, function() return 4, 5 end)), { n = 2, 1, 4 })
    t.eq(t.pack(sss.gather(function() end)), { n = 1 })
    t.eq(t.pack(sss.gather()), { n = 0 })
end)

t.task("gather runs them at the same time", function()
    local begun, functions = 0, {}
    for i = 1, 50 do
        functions[i] = function()
            begun = begun + 1
            while begun < 50 do sss.sleep(0.001) end
            return i
        end
    end
    local results = t.pack(sss.gather(unpack(functions)))
    t.eq(results.n, 50)
    for i = 1, 50 do t.eq(results[i], i) end
end)

t.task("gather raises the first failure when the others have ended", function()
    local log, err = {}, { "an error" }
    local ok, got = pcall(sss.gather, waiting(log, "a"), failing(err, 0.002),
        waiting(log, "b", 0.004), failing("too late", 0.003))
    t.ok(not ok and rawequal(got, err), "the error itself")
    t.eq(log, { "a cancelled", "b cancelled" })
end)

t.task("a failure before the others have begun", function()
    local ran = false
    t.raises("at once", sss.gather, failing("at once"), function() ran = true end)
    t.eq(ran, false)
    t.raises("at once", sss.gather, function() ran = true end, failing("at once"))
    t.eq(ran, true)
end)

t.task("what is raised may be nil or false", function()
    t.eq(t.pack(pcall(sss.gather, failing(nil))), { n = 2, false, nil })
    t.eq(t.pack(pcall(sss.gather, failing(false), value(1, 1))), { n = 2, false, false })
    t.eq(t.pack(pcall(sss.race, failing(nil), value(1, 1))), { n = 2, false, nil })
end)

t.task("an error object keeps the traceback of its origin", function()
    local function the_culprit() sss.connect("unix:/nonexistent/socket") end
    local err = t.raises("ENOENT", sss.gather, function() the_culprit() end)
    t.match(err.traceback, "the_culprit")
end)

t.task("race gives the number and the results of the first", function()
    t.eq(t.pack(sss.race(value(1, 1), function()
        sss.sleep(0.002)
        return "a", nil, "c", nil
    end, value(3, 1))), { n = 5, 2, "a", nil, "c", nil })
    t.eq(t.pack(sss.race(function() end)), { n = 1, 1 })
    t.eq(t.pack(sss.race(value(1), value(2))), { n = 2, 1, 1 })
end)

t.task("the losers of a race have ended", function()
    local log = {}
    t.eq(t.pack(sss.race(waiting(log, "a"), value("won", 0.002), waiting(log, "c", 0.004))),
        { n = 2, 2, "won" })
    t.eq(log, { "a cancelled", "c cancelled" })
end)

t.task("race raises the failure of the first to end", function()
    local log = {}
    t.raises("^it failed$", sss.race, waiting(log, "a"), failing("it failed", 0.002), value(1, 0.5))
    t.eq(log, { "a cancelled" })
    t.eq(t.pack(sss.race(failing("later", 0.5), value("won"))), { n = 2, 2, "won" })
end)

t.task("a loser may fail while it is cancelled", function()
    local function stubborn()
        pcall(sss.sleep, 100)
        error("a second failure")
    end
    t.eq(t.pack(sss.race(stubborn, value("won", 0.002))), { n = 2, 2, "won" })
    t.raises("^the first$", sss.gather, stubborn, failing("the first", 0.002))
end)

t.task("a loser that catches the cancel and goes on is waited for", function()
    local done = false
    sss.race(function()
        pcall(sss.sleep, 100)
        for _ = 1, 5 do sss.sleep(0.001) end
        done = true
    end, value(1, 0.002))
    t.eq(done, true)
end)

local long = 0.25 -- seconds, enough for tasks to begin

for _, name in ipairs { "gather", "race" } do
    local both = sss[name]

    t.task(name .. " under a timeout: all have ended before it is told", function()
        local log = {}
        t.eq(t.pack(sss.timeout(long, both, waiting(log, "a"), waiting(log, "b", 0.004))), timed_out)
        t.eq(log, { "a cancelled", "b cancelled" })
    end)

    t.task(name .. " in a task that is cancelled", function()
        local log = {}
        local task = sss.spawn(both, waiting(log, "a"), waiting(log, "b", 0.004))
        sss.sleep(0.002)
        t.eq(task:cancel(), task)
        t.raises("cancelled", task.join, task)
        t.eq(log, { "a cancelled", "b cancelled" })
    end)

    t.task(name .. " cancelled before its functions have begun", function()
        local log = {}
        local task = sss.spawn(both, waiting(log, "a"), waiting(log, "b"))
        sss.yield() -- it has spawned them
        task:cancel()
        t.raises("cancelled", task.join, task)
        t.ok(#log <= 2, "at most two")
    end)

    t.task(name .. ": a second cancel reaches those that clean up", function()
        local log = {}
        local task = sss.spawn(both, function()
            pcall(sss.sleep, 1000)
            local _, err = pcall(sss.sleep, 1000)
            log[#log + 1] = err.code
        end)
        sss.sleep(0.002)
        task:cancel()
        sss.sleep(0.002)
        t.eq(log, {})
        task:cancel()
        t.raises("cancelled", task.join, task)
        t.eq(log, { "cancelled" })
    end)

    t.task(name .. ": a timeout does not hurry those that clean up", function()
        local cleaned = false
        t.eq(t.pack(sss.timeout(long, both, function()
            pcall(sss.sleep, 100)
            sss.sleep(0.01)
            cleaned = true
        end)), timed_out)
        t.eq(cleaned, true)
    end)

    t.task(name .. " nested", function()
        local log = {}
        local function inner() return both(waiting(log, "c"), waiting(log, "d")) end
        t.eq(t.pack(sss.timeout(long, both, waiting(log, "a"), inner)), timed_out)
        table.sort(log)
        t.eq(log, { "a cancelled", "c cancelled", "d cancelled" })
    end)

    t.test(name .. " where a task cannot wait leaves nothing behind", function()
        local ran = false
        local err
        sss.spawn(function()
            local ok
            ok, err = pcall(table.sort, { 1, 2 }, function()
                both(function() ran = true end)
            end)
            t.eq(ok, false)
        end):join()
        sss.yield()
        t.eq(err.code, "ECANNOTWAIT")
        t.eq(ran, false)
    end)

    t.test(name .. " takes functions", function()
        for _, wrong in ipairs { "x", 1, {}, true } do
            local text = ("bad argument #1 to '%s' %%(function expected, got %s%%)"):format(name,
                type(wrong))
            t.raises(text, both, wrong)
            t.raises("bad argument #2 to '" .. name .. "'", both, print, wrong)
        end
        t.raises("bad argument #2 to '" .. name .. "'", both, print, nil)
    end)
end

t.test("a race has a runner", function()
    t.raises("bad argument #1 to 'race' %(function expected, got no value%)", sss.race)
end)

-- Selecting ---------------------------------------------------------------------------------------

t.task("a race of receives takes from one channel only", function()
    for _ = 1, 20 do
        local a, b = sss.channel(), sss.channel()
        local sender = sss.spawn(function()
            sss.yield()
            a:send("from a")
            b:send("from b")
        end)
        local which, got = sss.race(function() return a:receive() end,
            function() return b:receive() end)
        t.eq({ which, got }, { 1, "from a" })
        t.eq(b:receive(), "from b")
        sender:join()
    end
end)

t.task("a race of channels that have something already", function()
    local a, b = sss.channel(1), sss.channel(1)
    a:send(1)
    b:send(2)
    t.eq(t.pack(sss.race(function() return b:receive() end, function() return a:receive() end)),
        { n = 2, 1, 2 })
    t.eq({ #a, #b }, { 1, 0 })
end)

t.task("a race of sockets leaves the losers' bytes", function()
    local a1, a2 = sss.pair()
    local b1, b2 = sss.pair()
    local sender = sss.spawn(function()
        sss.yield()
        a2:send("a\n")
        b2:send("b\n")
    end)
    local which, line = sss.race(function() return a1:receive("l") end,
        function() return b1:receive("l") end)
    sender:join()
    t.eq(line, which == 1 and "a" or "b")
    local other = which == 1 and b1 or a1
    t.eq(other:receive("l"), which == 1 and "b" or "a")
    link.close(a1, a2, b1, b2)
end)

t.task("a race of a channel against a socket and a clock", function()
    local a, b = sss.pair()
    local channel = sss.channel()
    local function select()
        return sss.race(function() return channel:receive() end, function() return a:receive("l") end,
            function() sss.sleep(0.01) end)
    end
    t.eq(t.pack(select()), { n = 1, 3 })
    b:send("line\n")
    t.eq(t.pack(select()), { n = 2, 2, "line" })
    local sender = sss.spawn(function() channel:send("value") end)
    t.eq(t.pack(select()), { n = 2, 1, "value" })
    sender:join()
    link.close(a, b)
end)

t.task("many selects lose nothing", function()
    local channels, senders, got = {}, {}, {}
    for c = 1, 4 do
        channels[c] = sss.channel(c - 1)
        senders[c] = sss.spawn(function()
            for i = 1, 25 do channels[c]:send(i) end
        end)
    end
    local function receiving(c) return function() return channels[c]:receive() end end
    for _ = 1, 100 do
        local which, i = sss.race(receiving(1), receiving(2), receiving(3), receiving(4))
        t.eq(i, (got[which] or 0) + 1)
        got[which] = i
    end
    t.eq(got, { 25, 25, 25, 25 })
    for c = 1, 4 do senders[c]:join() end
end)

t.run()
