-- SPDX-License-Identifier: BSD-3-Clause
-- What a process of the soak test has: descriptors, memory, and the scheduler's own objects.

local leftovers = require "leftovers"
local proc = require "proc"

local state = {}

-- Without garbage: {fds=, kb=, lua=, tasks=, ops=, timers=, streams=}.
function state.now()
    collectgarbage()
    collectgarbage()
    local now = { fds = proc.descriptors("self"), kb = proc.kb("self", "RssAnon"),
        lua = math.ceil(collectgarbage("count")) }
    for key, count in pairs(leftovers.counts()) do now[key] = count end
    return now
end

-- The same as a line, with MORE.
function state.text(more)
    local words = {}
    for key, number in pairs(more) do words[#words + 1] = key .. "=" .. number end
    for key, number in pairs(state.now()) do words[#words + 1] = key .. "=" .. number end
    return table.concat(words, " ") .. "\n"
end

function state.parse(line)
    local parsed = {}
    for key, number in line:gmatch("(%l+)=(%d+)") do parsed[key] = tonumber(number) end
    return parsed
end

return state
