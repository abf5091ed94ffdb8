-- SPDX-License-Identifier: BSD-3-Clause
-- Random calls with random arguments, in the main script and in tasks: errors, but never a crash,
-- never a hang, nothing left behind. SEED repeats a run, TEST_SECONDS lengthens it.

local sss = require "sss"
local t = require "harness"
local random = require "random"
local random_call = require "random_call"

local seconds = t.budget(2) -- for each test

local function play(rng, sockets, finish)
    local calls = 0
    repeat
        random_call.attempt(rng, sockets)
        calls = calls + 1
    until sss.now() > finish
    return calls
end

-- Output that was held back may have nobody any more to go to.
local function close_all(sockets)
    for _, socket in ipairs(sockets) do
        local ok, err = pcall(socket.close, socket)
        t.ok(ok or err.code == "EPIPE" or err.code == "ECONNRESET", tostring(err))
        t.eq(socket.fd, 0)
    end
end

t.task("one caller", function()
    local rng, sockets = random.new(), {}
    for i = 1, 10 do sockets[i] = rng:pick(random_call.makers)() end
    print("# calls: " .. play(rng, sockets, sss.now() + seconds))
    close_all(sockets)
end)

t.task("many callers share their sockets", function()
    local rng, sockets, tasks, calls = random.new(), {}, {}, 0
    for i = 1, 20 do sockets[i] = rng:pick(random_call.makers)() end
    local finish = sss.now() + seconds
    for i = 1, 15 do tasks[i] = sss.spawn(play, rng, sockets, finish) end
    for i = 1, 15 do calls = calls + tasks[i]:join() end
    print("# calls: " .. calls)
    close_all(sockets)
end)

t.run()
