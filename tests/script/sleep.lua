-- SPDX-License-Identifier: BSD-3-Clause
-- How exactly waits end: never early, late by far less than a millisecond, and without spinning.

local sss = require "sss"
local t = require "harness"

local function looks() return sss.stats().calls.epoll_wait end

-- Waits of about SECONDS by WAIT: the least by which one was late, and the looks at the system.
local function measure(seconds, times, wait)
    local least, before = math.huge, looks()
    for i = 1, times do
        local exact = seconds + i * 1e-5
        local began = sss.now()
        wait(exact)
        local late = sss.now() - began - exact
        t.ok(late > -1e-7, ("a wait of %g s was %g s short"):format(exact, -late))
        least = math.min(least, late)
    end
    return least, looks() - before
end

-- Nothing else is under way: one look each, some more when it is long; and one that tells of a new
-- descriptor. On a busy machine there may be more, which then is tried again.
local function lateness(seconds, times, wait)
    local most = times * (seconds < 0.05 and 1 or 3) + 1
    local least, took
    for _ = 1, 10 do
        least, took = measure(seconds, times, wait)
        if took <= most then return least end
    end
    t.ok(false, ("%d looks for %d waits of %g s"):format(took, times, seconds))
end

-- The best of many: the machine may be busy, and the emulator knows whole milliseconds only.
local function expect_exact(seconds, wait)
    local least = lateness(seconds, 30, wait)
    t.ok(t.emulated or least < 0.0004, ("late by %g s at best"):format(least))
end

t.task("a sleep is exact", function()
    for _, seconds in ipairs { 0.0001, 0.0013, 0.0033, 0.0102 } do expect_exact(seconds, sss.sleep) end
end)

t.task("a limit of time is exact", function()
    expect_exact(0.0023, function(seconds) sss.timeout(seconds, sss.sleep, 60) end)
    local a, b = sss.pair()
    expect_exact(0.0023, function(seconds)
        a:settimeout(seconds)
        a:receive("l")
    end)
    expect_exact(0.0023, function(seconds) sss.wait(a, "r", seconds) end)
    a:close()
    b:close()
end)

t.task("a long sleep neither ends early nor late", function()
    lateness(0.13, 3, sss.sleep)
end)

t.task("as many sleepers as there are times take as many looks", function()
    local took
    for _ = 1, 10 do
        local tasks, before = {}, looks()
        for i = 1, 20 do tasks[i] = sss.spawn(sss.sleep, i * 0.001) end
        for i = 1, 20 do tasks[i]:join() end
        took = looks() - before
        if took <= 21 then return end
    end
    t.ok(false, took .. " looks")
end)

t.run()
