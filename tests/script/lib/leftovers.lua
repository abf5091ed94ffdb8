-- SPDX-License-Identifier: BSD-3-Clause
-- What a test has left behind: sockets, tasks, pending operations, globals.

local proc = require "proc"

local leftovers = {}

-- The sockets that this process has open, as a set of "socket:[inode]".
function leftovers.sockets()
    local found = {}
    for _, name in pairs(proc.files("self")) do
        if name:find("^socket:") then found[name] = true end
    end
    return found
end

-- The scheduler's own numbers {tasks=, ops=, timers=, streams=}, where the program tells them.
function leftovers.counts()
    local private = debug.getregistry()["sss.private"]
    return private and private.counts and private.counts() or {}
end

-- The same, with the lowest free descriptor, which a leak raises.
function leftovers.counts_and_descriptor()
    local counts, socket = leftovers.counts(), require("sss").socket("unix")
    local descriptor = socket.fd
    socket:close()
    return { tasks = counts.tasks, ops = counts.ops, descriptor = descriptor }
end

local function globals()
    local names = {}
    for name in pairs(_G) do names[name] = true end
    return names
end

-- The state to compare with later.
function leftovers.take()
    jit.flush() -- compiled code keeps the functions it was made for, and so what these hold
    collectgarbage()
    collectgarbage()
    return { sockets = leftovers.sockets(), counts = leftovers.counts(), globals = globals() }
end

local function added(before, after, what, found)
    for name in pairs(after) do
        if not before[name] then found[#found + 1] = what .. " " .. tostring(name) end
    end
end

-- What there is now beyond `before`: a text, or nil when there is nothing.
function leftovers.since(before)
    local now, found = leftovers.take(), {}
    added(before.sockets, now.sockets, "left open:", found)
    added(before.globals, now.globals, "new global:", found)
    for kind, count in pairs(now.counts) do
        if count > (before.counts[kind] or 0) then
            found[#found + 1] = ("left behind: %d %s"):format(count - (before.counts[kind] or 0), kind)
        end
    end
    if #found > 0 then return table.concat(found, "; ") end
end

-- The same, but what goes away by itself in time does not count: held output that still goes out, a
-- look-up that nobody waits for any more.
function leftovers.settle(before)
    local sss = package.loaded.sss
    local found = leftovers.since(before)
    local deadline = sss and sss.now() + 20
    while found and sss and sss.now() < deadline do
        sss.sleep(0.02)
        found = leftovers.since(before)
    end
    return found
end

return leftovers
