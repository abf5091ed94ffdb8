-- SPDX-License-Identifier: BSD-3-Clause
-- Runs a random program and compares what happens with a simple model.

-- The model of a channel is one queue: values are taken in the order in which their sends began (of
-- two tasks that are given one each, the second may be the first to go on);
-- one whose send returned is taken by somebody, or still there at the end; one whose send failed is
-- nowhere. The model of a link is one stream of bytes per direction. A place of the semaphore is
-- taken by at most so many. Whatever disagrees is added to run.problems.

local sss = require "sss"
local program_checks = require "program_checks"

local program_run = {}
local Run = setmetatable({}, { __index = program_checks })
Run.__index = Run

-- The bytes of every stream: what stands at a position says which it is.
local numbers = {}
for i = 1, 125000 do numbers[i] = ("%08x"):format(i) end
local bytes = table.concat(numbers)
numbers = nil

function Run:step() self.steps = self.steps + 1 end

local code_of = program_checks.code_of

-- One wait of a task: f(...). WHAT is remembered while it goes on. Returns as pcall does.
function Run:wait(task, what, f, ...)
    local entry = { what = what, task = task }
    self.waiting[entry] = true
    self:step()
    local results = { pcall(f, ...) }
    self:step()
    self.waiting[entry] = nil
    if not results[1] and code_of(results[2]) == "cancelled" and task.told then
        task.told = task.told + 1
        if task.told > task.cancels then self:problem("a cancel that nobody asked for is told") end
    end
    return unpack(results, 1, 3)
end

local function rethrow(ok, ...)
    if not ok then error((...), 0) end
    return ...
end

-- Channels ---------------------------------------------------------------------------------------

function Run:new_value(c)
    self.order = self.order + 1
    local value = { channel = c, order = self.order, state = "begun" }
    self.values[self.order] = value
    return value
end

function Run:send(task, c, limit)
    local value, channel = self:new_value(c), self.channels[c].object
    local ok, err, why
    if limit then
        ok, err, why = self:wait(task, "try", sss.timeout, limit, channel.send, channel, value)
        value.state = (ok and err == channel) and "sent" or "failed"
        if ok and not err and why ~= "timeout" then self:problem("send gives nil, %s", why) end
    else
        ok, err = self:wait(task, { "send", c }, channel.send, channel, value)
        value.state = ok and "sent" or "failed"
    end
    if not ok and code_of(err) ~= "EPIPE" then error(err, 0) end
end

-- Right when a receive returns.
function Run:taken(c, value)
    local channel = self.channels[c]
    if value.taken then self:problem("value %d is taken twice", value.order) end
    if value.channel ~= c then self:problem("value %d is in a wrong channel", value.order) end
    local taker = coroutine.running() or "the main script"
    local last = channel.last[taker] or 0
    if value.order < last then
        self:problem("channel %d: value %d comes after %d", c, value.order, last)
    end
    channel.last[taker] = value.order
    value.taken = true
end

-- receive() -> what has been taken, for accept_value(), as soon as it arrives where it is used
function Run:receive(task, c)
    local ok, value, why = self:wait(task, { "receive", c }, self.channels[c].object.receive,
        self.channels[c].object)
    rethrow(ok, value)
    if value then self:taken(c, value) end
    if not value and (why ~= "closed" or not self.channels[c].closed) then
        self:problem("receive gives nil, %s", why)
    end
    return value
end

-- Links ------------------------------------------------------------------------------------------

function Run:write(task, d, size)
    local way = self.ways[d]
    if way.writing or way.broken or way.begun + size > #bytes then return end
    local data = bytes:sub(way.begun + 1, way.begun + size)
    way.writing, way.begun = true, way.begun + size
    local ok, sent = self:wait(task, "write", way.from.send, way.from, data)
    way.writing = false
    if ok and sent == size then
        way.sent = way.sent + size
        return
    end
    way.broken = true
    rethrow(ok, sent)
    self:problem("send gives %s", sent)
end

local readers = {
    recv = function(socket, size) return socket:recv(size) end,
    count = function(socket, size) return socket:receive(size) end,
    peek = function(socket) return socket:peek() end,
}

function Run:check_bytes(way, how, data)
    if data ~= bytes:sub(way.taken + 1, way.taken + #data) then
        self:problem("%s at %d gives other bytes than were sent", how, way.taken)
    end
    if how ~= "peek" then way.taken = way.taken + #data end
end

function Run:read(task, d, how, size)
    local way = self.ways[d]
    local ok, data, why = self:wait(task, { "read", d, how }, readers[how], way.to, size)
    if not ok and code_of(data) == "EBUSY" then return nil end
    rethrow(ok, data)
    if not data then self:problem("%s gives nil, %s", how, why) end
    self:check_bytes(way, how, data)
    return how ~= "peek" and data or nil
end

-- Instructions -----------------------------------------------------------------------------------

local ops = {}

function Run:block(task, list)
    for _, instruction in ipairs(list) do
        self:arrived(ops[instruction[1]](self, task, unpack(instruction, 2)))
    end
end

-- What a receive or a read has brought is with the program.
function Run:arrived(what)
    if type(what) == "table" then what.arrived = true end
    if type(what) == "string" then self.arrived_bytes = self.arrived_bytes + #what end
end

function ops.send(run, task, c) run:send(task, c) end
function ops.receive(run, task, c) return run:receive(task, c) end
function ops.write(run, task, d, size) run:write(task, d, size) end
function ops.read(run, task, d, how, size) return run:read(task, d, how, size) end
function ops.yield(run, task) rethrow(run:wait(task, "yield", sss.yield)) end

function ops.sleep(run, task, seconds) rethrow(run:wait(task, "sleep", sss.sleep, seconds)) end

function ops.close(run, _, c)
    run.channels[c].closed = true
    run.channels[c].object:close()
end

function ops.cancel(run, task, k)
    local other = run.tasks[k]
    if other.object.status == "done" then return other.object:cancel() and nil end
    other.cancels = other.cancels + 1
    if other == task then task.told = task.told + 1 end
    other.object:cancel()
end

function ops.join(run, task, k)
    local other = run.tasks[k]
    local ok, result = run:wait({ cancels = 0 }, "join", other.object.join, other.object)
    if ok and result ~= k * 7 then run:problem("task %d gives %s", k, result) end
    if ok or rawequal(result, other.failure) or other == task then return end
    error(result, 0)
end

-- Runs f within a time limit; it must not say so before.
function Run:limited(seconds, f)
    local begin = sss.now()
    local results = { sss.timeout(seconds, f) }
    if results[1] == nil and results[2] == "timeout" and sss.now() < begin + seconds - 1e-6 then
        self:problem("%g seconds are over too early", seconds)
    end
    return unpack(results, 1, 2)
end

function ops.timeout(run, task, seconds, list)
    local done, why = run:limited(seconds, function()
        run:block(task, list)
        return "done"
    end)
    if done ~= "done" and why ~= "timeout" then run:problem("a timeout gives %s, %s", done, why) end
end

function ops.try(run, task, seconds, instruction)
    local op = instruction[1]
    if op == "send" then return run:send(task, instruction[2], seconds) end
    return (run:limited(seconds, function() return ops[op](run, task, unpack(instruction, 2)) end))
end

function ops.catch(run, task, list)
    local ok, err = pcall(run.block, run, task, list)
    if not ok and not code_of(err) then error(err, 0) end
end

function ops.place(run, task, list)
    local function inside()
        run.inside = run.inside + 1
        if run.inside > run.program.places then run:problem("too many places are taken") end
        local ok, err = pcall(run.block, run, task, list)
        run.inside = run.inside - 1
        rethrow(ok, err)
    end
    local entry = { what = "place" }
    run.waiting[entry] = true
    local ok, err = pcall(run.places.with, run.places, function()
        run.waiting[entry] = nil
        inside()
    end)
    run.waiting[entry] = nil
    rethrow(ok, err)
end

function ops.race(run, _, list)
    local functions = {}
    for i, instruction in ipairs(list) do
        functions[i] = function() return ops[instruction[1]](run, {}, unpack(instruction, 2)) end
    end
    local which, what = sss.race(unpack(functions))
    if not list[which] then run:problem("%s has won", which) end
    return what
end

function ops.gather(run, _, list)
    local functions = {}
    for i, instructions in ipairs(list) do
        functions[i] = function()
            run:block({}, instructions)
            return i
        end
    end
    local results = { sss.gather(unpack(functions)) }
    for i = 1, #list do
        if results[i] ~= i then run:problem("part %d gives %s", i, results[i]) end
    end
end

-- The run ----------------------------------------------------------------------------------------

function Run:spawn(k, list)
    local task = { cancels = 0, told = 0 }
    self.tasks[k] = task
    task.object = sss.spawn(function()
        local ok, err = pcall(self.block, self, task, list)
        if not ok then
            task.failure = err
            error(err, 0)
        end
        return k * 7
    end)
end

-- Lets everything run until nothing happens any more for a while.
function Run:settle()
    local quiet, last, turns = 0, self.steps, 0
    while quiet < 24 and turns < 20000 do
        if self.program.timed and quiet > 20 then sss.sleep(0.0002) else sss.yield() end
        quiet, turns = self.steps == last and quiet + 1 or 0, turns + 1
        last = self.steps
    end
    if turns == 20000 then self:problem("it never comes to rest") end
end

function Run:alive()
    local count = 0
    for _, task in ipairs(self.tasks) do
        local status = task.object.status
        if status == "ready" or status == "waiting" then count = count + 1 end
    end
    return count
end

function Run:cancel_all()
    for _, task in ipairs(self.tasks) do
        local status = task.object.status
        if status == "ready" or status == "waiting" then
            task.cancels = task.cancels + 1
            task.object:cancel()
        end
    end
end

local function new_run(program)
    local run = setmetatable({ program = program, problems = {}, steps = 0, order = 0, values = {},
        waiting = {}, channels = {}, ways = {}, sockets = {}, tasks = {}, inside = 0, arrived_bytes = 0,
        places = sss.semaphore(program.places) }, Run)
    for c, capacity in ipairs(program.channels) do
        run.channels[c] = { object = sss.channel(capacity), last = {} }
    end
    for _ = 1, program.links do
        local a, b = sss.pair()
        table.insert(run.sockets, a)
        table.insert(run.sockets, b)
        table.insert(run.ways, { from = a, to = b, begun = 0, sent = 0, taken = 0 })
        table.insert(run.ways, { from = b, to = a, begun = 0, sent = 0, taken = 0 })
    end
    return run
end

-- Runs PROGRAM -> a list of problems; none is left when it agrees with the model.
function program_run.run(program)
    local run = new_run(program)
    for k, list in ipairs(program.tasks) do run:spawn(k, list) end
    run:settle()
    run:check_waiting()
    for _ = 1, 50 do
        if run:alive() == 0 then break end
        run:cancel_all()
        run:settle()
    end
    if run:alive() > 0 then
        run:problem("%d tasks do not end", run:alive())
        return run.problems
    end
    run:check_ends()
    run:check_values()
    run:check_streams()
    if not tostring(run.places):find("0 of") then run:problem("%s", tostring(run.places)) end
    for _, socket in ipairs(run.sockets) do socket:close() end
    return run.problems
end

return program_run
