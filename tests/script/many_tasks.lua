-- SPDX-License-Identifier: BSD-3-Clause
-- Very many tasks: what they cost, the order in which they wake, and that nothing of them stays.

local sss = require "sss"
local t = require "harness"

local asleep = (t.sanitized or t.emulated) and 5000 or 100000
local rounds = t.sanitized and 20 or 1000 -- of 1000 tasks each
local bytes_per_task = 1024
local growth_kb = 2048 -- of the process, however many tasks have come and gone

local function collect()
    collectgarbage()
    collectgarbage()
end

local function memory_kb()
    collect()
    return t.status_kb("VmRSS")
end

-- 1..n in random order.
local function shuffled(n)
    local rng, list = require("random").new(), {}
    for i = 1, n do list[i] = i end
    for i = n, 2, -1 do
        local j = rng:int(1, i)
        list[i], list[j] = list[j], list[i]
    end
    return list
end

-- Tasks that sleep until all are asleep, LEAD seconds, and up to a second more: what one costs in
-- bytes; nil when LEAD was too short for that.
local function sleep_all(lead)
    local numbers, tasks, woken, latest = shuffled(asleep), {}, 0, 0
    local from = {} -- when each went to sleep; it has done so when the next one does
    for i = 1, asleep + 1 do tasks[i], from[i] = false, 0 end
    local function seconds(i) return lead + numbers[i] / asleep end
    local function sleeper(i)
        from[i] = sss.now()
        sss.sleep(seconds(i))
        local late = sss.now() - from[i] - seconds(i)
        t.ok(latest <= from[i + 1] + seconds(i) or late > t.slice(), "woken out of order")
        latest = math.max(latest, from[i] + seconds(i))
        woken = woken + 1
    end
    local before, begin = memory_kb(), sss.now()
    for i = 1, asleep do tasks[i] = sss.spawn(sleeper, i) end
    sss.yield()
    sss.yield()
    local cost = (memory_kb() - before) * 1024 / asleep
    from[asleep + 1] = sss.now()
    local in_time = sss.now() < begin + lead
    for i = 1, asleep do tasks[i]:join() end
    t.eq(woken, asleep)
    return in_time and cost or nil
end

t.test(asleep .. " sleeping tasks are small and wake in the order of their times", function()
    local cost = sleep_all(t.sanitized and 2 or 5) or sleep_all(60)
    t.ok(cost, "time enough")
    print(("note %.0f bytes for a sleeping task"):format(cost))
    t.ok(t.sanitized or t.emulated or cost < bytes_per_task, "bytes for a task: " .. cost)
end)

t.test(asleep .. " tasks are cancelled at once", function()
    local before = memory_kb() and collectgarbage("count")
    local tasks, cancelled = {}, 0
    for i = 1, asleep do tasks[i] = sss.spawn(sss.sleep, 1000) end
    sss.yield()
    for i = 1, asleep do tasks[i]:cancel() end
    for i = 1, asleep do
        if not pcall(tasks[i].join, tasks[i]) and tasks[i].status == "cancelled" then
            cancelled = cancelled + 1
        end
    end
    t.eq(cancelled, asleep)
    tasks = nil
    collect()
    t.ok(collectgarbage("count") - before < growth_kb, "kB of Lua's memory stay")
end)

t.test(rounds * 1000 .. " tasks come and go at a steady memory", function()
    local ended = 0
    local function body(a, b) ended = ended + a + b end
    local function round()
        for i = 1, 1000 do sss.spawn(body, i % 2, 1 - i % 2) end
        sss.yield()
    end
    for _ = 1, rounds / 10 do round() end
    local before, begin = memory_kb(), sss.now()
    for _ = 1, rounds - rounds / 10 do round() end
    local took, grown = sss.now() - begin, memory_kb() - before
    t.eq(ended, rounds * 1000)
    print(("note %.2f us for a task that comes and goes; %d kB more memory"):format(
        took / (rounds * 900) * 1e6, grown))
    t.ok(t.sanitized or grown < growth_kb, "kB of memory stay: " .. grown)
end)

t.test("tasks that spawn each other, one after the other", function()
    local count, finish = 0, t.sanitized and 5000 or 100000
    local function body()
        count = count + 1
        if count < finish then return sss.spawn(body) end
    end
    local before = memory_kb()
    local task = sss.spawn(body)
    while task do task = task:join() end
    t.eq(count, finish)
    t.ok(t.sanitized or memory_kb() - before < growth_kb, "kB of memory stay")
end)

t.test("many wait for one", function()
    local n, asked, woken, gate = t.sanitized and 1000 or 20000, 0, {}, sss.channel()
    local one = sss.spawn(function()
        gate:receive()
        return "done"
    end)
    for i = 1, n do
        sss.spawn(function()
            asked = asked + 1
            if one:join() == "done" then woken[#woken + 1] = i end
        end)
    end
    while asked < n do sss.yield() end
    gate:send(true)
    one:join()
    while #woken < n do sss.yield() end
    for i = 1, n do t.eq(woken[i], i) end
end)

t.run()
