-- SPDX-License-Identifier: BSD-3-Clause
-- Ends what a test left behind that was cut off in the middle.

local tidy = {}

local function private()
    return debug.getregistry()["sss.private"]
end

-- The tasks that live, which the registry keeps.
local function living()
    local registry, tasks = debug.getregistry(), {}
    local class = registry["sss.task"]
    for _, value in pairs(registry) do
        if type(value) == "userdata" and class and debug.getmetatable(value) == class then
            tasks[#tasks + 1] = value
        end
    end
    return tasks
end

function tidy.cancel_tasks()
    local sss = require "sss"
    local tasks = living()
    for _, task in ipairs(tasks) do pcall(task.cancel, task) end
    for _, task in ipairs(tasks) do pcall(sss.timeout, 1, task.join, task) end
end

-- What a test may have set.
function tidy.reset()
    local sss = require "sss"
    for _, name in ipairs { "HUP", "INT", "TERM", "USR1", "USR2", "CHLD", "WINCH" } do
        pcall(sss.onsignal, name, nil)
    end
    debug.sethook()
    collectgarbage("restart")
    io.output(io.stdout)
    io.input(io.stdin)
end

local function counts_now(calls)
    local counts = private() and private().counts and private().counts() or {}
    counts.descriptors = calls.descriptors()
    return counts
end

-- What there is when garbage is collected. Compiled code keeps the functions it was made for, and so
-- what these hold.
function tidy.counts(calls)
    jit.flush()
    collectgarbage()
    collectgarbage()
    return counts_now(calls)
end

local function beyond(counts, before)
    local text
    for kind, count in pairs(counts) do
        if count > (before[kind] or 0) then
            text = (text and text .. ", " or "") .. (count - (before[kind] or 0)) .. " " .. kind
        end
    end
    return text
end

-- What there is beyond `before`, also after some seconds: a text or nil.
function tidy.left(calls, before)
    local sss = require "sss"
    if not beyond(counts_now(calls), before) then return nil end
    local text
    for _ = 1, 1000 do
        text = beyond(tidy.counts(calls), before)
        if not text then return nil end
        tidy.cancel_tasks()
        sss.sleep(0.02)
    end
    return text
end

return tidy
