-- SPDX-License-Identifier: BSD-3-Clause
-- A time limit that was entered in a coroutine of the script's own rests while that is suspended.

local sss = require "sss"
local t = require "harness"

-- A generator that yields from inside sss.timeout(), then waits for longer than the limit.
local function generator(seconds)
    return coroutine.wrap(function()
        coroutine.yield("inside")
        coroutine.yield(t.pack(sss.timeout(seconds, function()
            coroutine.yield("limited")
            sss.sleep(30)
        end)))
    end)
end

t.task("a suspended limit does not end the waits of others", function()
    local step = generator(0.02)
    t.eq(step(), "inside")
    t.eq(step(), "limited")
    local begin = sss.now()
    sss.sleep(0.05)
    t.ok(sss.now() - begin >= 0.05, "the sleep outside of the generator")
    t.eq(step(), { n = 2, nil, "timeout" })
end)

t.task("an outer limit reaches into a generator", function()
    local begin = sss.now()
    local step = coroutine.wrap(function() sss.sleep(30) end)
    t.eq(t.pack(sss.timeout(0.02, step)), { n = 2, nil, "timeout" })
    t.ok(sss.now() - begin < 20, "the time it took")
end)

t.task("a generator that is dropped inside its limit leaves nothing behind", function()
    for _ = 1, 100 do
        local step = generator(0.001)
        step()
        step()
    end
    collectgarbage()
    collectgarbage()
    sss.sleep(0.01)
end)

t.task("generators that are dropped inside their limits by a script that never waits", function()
    local steps = {}
    for i = 1, 1000 do
        local step = generator(0.001)
        step()
        step()
        steps[i % 10] = step
        if i % 100 == 0 then collectgarbage() end
    end
    steps = nil
    collectgarbage()
    sss.sleep(0.01)
end)

t.task("a limit that a finalizer finds again is left as ever", function()
    local results
    local function abandon()
        local step = generator(20)
        step()
        step()
        getmetatable(newproxy(true)).__gc = function() results = step end
    end
    abandon()
    collectgarbage()
    t.ok(results, "the generator")
    sss.timeout(20, sss.yield) -- looks at the limits of whoever runs
    collectgarbage()
    local ok, err = pcall(sss.timeout, 0.01, results)
    t.eq(ok, true, err)
end)

t.task("a limit that is left after its task has ended", function()
    local step
    sss.spawn(function()
        step = coroutine.wrap(function()
            return sss.timeout(20, coroutine.yield, "inside")
        end)
        step()
    end):join()
    sss.timeout(20, sss.yield)
    t.eq(step("left"), "left")
end)

t.run()
