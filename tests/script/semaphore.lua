-- SPDX-License-Identifier: BSD-3-Clause
-- sss.semaphore: how many at the same time, order, nothing taken by who was cancelled.

local sss = require "sss"
local t = require "harness"

local function settle()
    for _ = 1, 5 do sss.yield() end
end

t.task("so many at the same time, and no more", function()
    for _, n in ipairs { 1, 2, 5 } do
        local places, inside, most, tasks = sss.semaphore(n), 0, 0, {}
        for i = 1, 20 do
            tasks[i] = sss.spawn(function()
                places:acquire()
                inside = inside + 1
                most = math.max(most, inside)
                sss.sleep(0.0005)
                inside = inside - 1
                places:release()
            end)
        end
        for i = 1, 20 do tasks[i]:join() end
        t.eq(most, n)
        t.eq(tostring(places), "semaphore: 0 of " .. n .. " taken")
    end
end)

t.task("who waits longest is served first", function()
    local places, order, tasks = sss.semaphore(1), {}, {}
    t.eq(places:acquire(), places)
    for i = 1, 8 do
        tasks[i] = sss.spawn(function()
            places:acquire()
            order[#order + 1] = i
            sss.yield()
            places:release()
        end)
        sss.yield()
    end
    places:release()
    places:acquire() -- behind them
    t.eq(order, { 1, 2, 3, 4, 5, 6, 7, 8 })
    places:release()
    for i = 1, 8 do tasks[i]:join() end
end)

t.task("with gives the place back", function()
    local places = sss.semaphore(1)
    local function taken() return tostring(places):match("(%d+) of") end
    t.eq(t.pack(places:with(function(...) return taken(), ... end, 1, nil, 3)),
        { n = 4, "1", 1, nil, 3 })
    t.eq(taken(), "0")
    local err = { "an error" }
    t.ok(rawequal(select(2, pcall(places.with, places, error, err)), err), "the error itself")
    t.eq(taken(), "0")
    t.eq(t.pack(sss.timeout(0.005, places.with, places, sss.sleep, 10)), { n = 2, nil, "timeout" })
    t.eq(taken(), "0")
    local task = sss.spawn(places.with, places, sss.sleep, 10)
    settle()
    t.eq(taken(), "1")
    task:cancel()
    t.raises("cancelled", task.join, task)
    t.eq(taken(), "0")
end)

t.task("release without acquire is an error", function()
    local places = sss.semaphore(2)
    t.raises("release: the semaphore is not taken", places.release, places)
    places:acquire():acquire():release():release()
    t.raises("release: the semaphore is not taken", places.release, places)
    t.eq(tostring(places), "semaphore: 0 of 2 taken")
end)

t.task("an acquire that is cancelled or too late takes nothing", function()
    local places = sss.semaphore(1)
    places:acquire()
    t.eq(t.pack(sss.timeout(0.002, places.acquire, places)), { n = 2, nil, "timeout" })
    local cancelled = sss.spawn(places.acquire, places)
    local next_one = sss.spawn(function()
        places:acquire()
        return "mine"
    end)
    settle()
    cancelled:cancel()
    places:release()
    t.eq(next_one:join(), "mine")
    t.raises("cancelled", cancelled.join, cancelled)
    places:release()
    t.eq(tostring(places), "semaphore: 0 of 1 taken")
end)

t.task("who is cancelled with the place in hand passes it on", function()
    local places = sss.semaphore(1)
    places:acquire()
    local cancelled = sss.spawn(places.acquire, places)
    local next_one = sss.spawn(places.acquire, places)
    settle()
    places:release() -- to the first
    cancelled:cancel() -- who has not run yet
    next_one:join()
    t.raises("cancelled", cancelled.join, cancelled)
    t.eq(tostring(places), "semaphore: 1 of 1 taken")
    places:release()
end)

t.task("a race takes one place only", function()
    local a, b = sss.semaphore(1), sss.semaphore(1)
    a:acquire()
    b:acquire()
    local releaser = sss.spawn(function()
        a:release()
        b:release()
    end)
    local which = sss.race(function() a:acquire() end, function() b:acquire() end)
    t.eq(which, 1)
    t.eq(tostring(a), "semaphore: 1 of 1 taken")
    t.eq(tostring(b), "semaphore: 0 of 1 taken")
    releaser:join()
end)

t.task("wrong arguments", function()
    for _, value in ipairs { 0, -1, 1.5, 1 / 0, 0 / 0, 2 ^ 31, "1", {}, false } do
        t.raises("bad argument #1 to 'semaphore' %(whole number from 1 to 2147483647 expected, got ",
            sss.semaphore, value)
    end
    t.raises("bad argument #1 to 'semaphore'", sss.semaphore)
    local places = sss.semaphore(1)
    t.raises("bad argument #1 to 'with' %(function expected, got nil%)", places.with, places)
    for _, name in ipairs { "acquire", "release", "with" } do
        t.raises("calling '" .. name .. "' on bad self %(semaphore expected, got table%)",
            places[name], {})
    end
end)

t.run()
