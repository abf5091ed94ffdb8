-- SPDX-License-Identifier: BSD-3-Clause
-- A server in a process of its own, for tests that are hostile to it.

local sss = require "sss"
local t = require "harness"
local proc = require "proc"

local served = {}
served.__index = served

local frame = [[
local sss = require "sss"
local server
%s
server = sss.serve("127.0.0.1:0", function(client, address)
%s
end, {%s})
print(server:address())
io.stdout:flush()]]

-- served.start(handler [, {before=, options=, setup=}]): HANDLER is Lua code that has `client`,
-- `address` and `server`; SETUP is code in front of it. The process is ended after the test.
function served.start(handler, options)
    options = options or {}
    local code = frame:format(options.setup or "", handler, options.options or "")
    local process = t.child.start(code, { before = t.child.leaking .. (options.before or "exec") })
    t.after(function() process:kill() end)
    local address = process:line()
    return setmetatable({ process = process, address = address, pid = process.pid }, served)
end

function served:connect(options)
    return sss.connect(self.address, options)
end

-- A client that is gone by a reset as soon as it is closed.
function served:resetting()
    return self:connect():setsockopt("linger", { on = true, seconds = 0 })
end

function served:kb(field)
    return proc.kb(self.pid, field)
end

function served:cpu()
    return proc.cpu(self.pid)
end

-- CPU seconds used in so many seconds of doing nothing: the least of some such times, for it may
-- have something to do still when the first begins.
function served:idle_cpu(seconds)
    local least = math.huge
    for _ = 1, 10 do
        local before = self:cpu()
        sss.sleep(seconds)
        least = math.min(least, self:cpu() - before)
        if least < seconds / 10 then break end
    end
    return least
end

-- Waits until it has COUNT descriptors; gives the number that it has at last.
function served:settle(count)
    local deadline, now = sss.now() + t.patience, proc.descriptors(self.pid)
    while now ~= count and sss.now() < deadline do
        sss.sleep(0.02)
        now = proc.descriptors(self.pid)
    end
    return now
end

function served:descriptors()
    return proc.descriptors(self.pid)
end

-- Ends it; what it said meanwhile.
function served:stop()
    self.process:kill("TERM")
    return (self.process:rest())
end

return served
