-- SPDX-License-Identifier: BSD-3-Clause
-- What has to be so after a random program has run; see program_run.lua.

local sss = require "sss"

local checks = {}

function checks:problem(...)
    self.problems[#self.problems + 1] = string.format(...)
end

-- The kind of an error that a program may see; nil for any other.
function checks.code_of(err)
    if type(err) == "table" then return err.code end
    if tostring(err) == "timeout" then return "timeout" end
    return tostring(err):match("cannot join itself")
end

local code_of = checks.code_of

-- Nobody waits for what is there.
function checks:check_waiting()
    local seen = {}
    for entry in pairs(self.waiting) do
        local what, which = entry.what, nil
        if type(what) == "table" then what, which = what[1], what[2] end
        seen[what .. (which or "")] = true
        local way = what == "read" and entry.what[3] ~= "count" and self.ways[which]
        if way and way.sent > way.taken then self:problem("a read waits although bytes are there") end
    end
    for c, channel in ipairs(self.channels) do
        local length, capacity = #channel.object, self.program.channels[c]
        local receiver, sender = seen["receive" .. c], seen["send" .. c]
        if receiver and (length > 0 or sender or channel.closed) then
            self:problem("channel %d: a receiver waits beside %d values", c, length)
        end
        if sender and (length < capacity or channel.closed) then
            self:problem("channel %d: a sender waits beside %d of %d values", c, length, capacity)
        end
    end
    if seen.place and self.inside < self.program.places then self:problem("a place is left free") end
end

function checks:check_ends()
    for k, task in ipairs(self.tasks) do
        local ok, result = pcall(task.object.join, task.object)
        local status = task.object.status
        local wanted = ok and "done" or code_of(result) == "cancelled" and "cancelled" or "failed"
        if status ~= wanted then self:problem("task %d is %s and not %s", k, status, wanted) end
        if ok and result ~= k * 7 then self:problem("task %d gives %s", k, tostring(result)) end
        if not ok and not code_of(result) then self:problem("task %d: %s", k, tostring(result)) end
    end
end

function checks:check_values()
    for c, channel in ipairs(self.channels) do
        channel.object:close()
        local _, late = sss.timeout(5, function()
            for value in channel.object do
                self:taken(c, value)
                value.arrived = true
            end
        end)
        if late then self:problem("channel %d cannot be emptied", c) end
    end
    for _, value in ipairs(self.values) do
        if value.state == "begun" then self:problem("send %d never ended", value.order) end
        if value.state == "sent" and not value.arrived then
            self:problem("value %d is lost", value.order)
        end
        if value.state == "failed" and value.taken then
            self:problem("value %d of a failed send is taken", value.order)
        end
    end
end

function checks:check_streams()
    local taken = 0
    for _, way in ipairs(self.ways) do
        taken = taken + way.taken
        way.from:shutdown("write")
        while true do
            local data = way.to:recv(65536)
            if not data then break end
            self:check_bytes(way, "recv", data)
        end
        if way.taken < way.sent then self:problem("%d bytes are lost", way.sent - way.taken) end
        if way.taken > way.begun then self:problem("more bytes than were sent") end
    end
    if taken ~= self.arrived_bytes then
        self:problem("%d bytes were read, %d arrived", taken, self.arrived_bytes)
    end
end

return checks
