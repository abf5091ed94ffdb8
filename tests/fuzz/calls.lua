-- SPDX-License-Identifier: BSD-3-Clause
-- Turns bytes into calls of `sss`; run by fuzz_calls.c, which takes the function that this gives.

-- The first byte says what the others decide: a random program that is compared with the model of
-- tests/script/lib; calls with any arguments; or reads and writes over one stream, of which no byte
-- may be lost, doubled or in another place, whatever is cancelled. The function gives a text when
-- something is wrong.

local folder = os.getenv("FUZZ_LUA") or "tests/fuzz"
package.path = folder .. "/../script/lib/?.lua;" .. package.path

local sss = require "sss"
local leftovers = require "leftovers"
local program_run = require "program_run"
local random_call = require "random_call"
local random_program = require "random_program"

local calls_max, steps_max = 60, 200

-- Draws from the bytes as lib/random.lua draws from a seed; at their end everything is lowest.
local Bytes = {}
Bytes.__index = Bytes

function Bytes:int(low, high)
    local value, range = 0, high - low + 1
    repeat
        value = value * 256 + (self.text:byte(self.at) or 0)
        self.at, range = self.at + 1, range / 256
    until range <= 1
    return low + value % (high - low + 1)
end

function Bytes:pick(list) return list[self:int(1, #list)] end
function Bytes:over() return self.at > #self.text end

local function program(bytes)
    local list = random_program.make(bytes)
    local problems = program_run.run(list)
    if #problems == 0 then return nil end
    return random_program.text(list) .. "\n" .. table.concat(problems, "\n")
end

local function any_calls(bytes)
    local sockets = {}
    for i = 1, 4 do sockets[i] = bytes:pick(random_call.makers)() end
    for _ = 1, calls_max do
        if bytes:over() then break end
        random_call.attempt(bytes, sockets)
    end
    for _, socket in ipairs(sockets) do socket:close() end
end

local function shared_calls(bytes)
    local sockets, tasks = {}, {}
    for i = 1, 4 do sockets[i] = bytes:pick(random_call.makers)() end
    for i = 1, 3 do
        tasks[i] = sss.spawn(function()
            for _ = 1, calls_max / 3 do
                if bytes:over() then break end
                random_call.attempt(bytes, sockets)
                sss.yield()
            end
        end)
    end
    for i = 1, 3 do tasks[i]:join() end
    for _, socket in ipairs(sockets) do socket:close() end
end

-- One stream -------------------------------------------------------------------------------------

-- Forms of reading that give the bytes as they are; NOTE takes what has come, at once.
local forms = {
    function(s, n, note) return note(s:recv(n + 1)) end,
    function(s, n, note) return note(s:receive(n)) end,
    function(s, _, note) return note(s:receive("L")) end,
    function(s, _, note) return note(s:receive()) end,
    function(s, n, note)
        local delimiter = n % 2 == 0 and "\r\n" or "ab"
        return note(s:receiveuntil(delimiter, { inclusive = true }))
    end,
    function(s, n, note)
        s:peek(n + 1)
        return note()
    end,
}

local function read_on(bytes, stream, socket)
    local function note(data, why, rest)
        if why == "closed" then
            data, stream.ended = rest, true
        elseif data == nil and rest then
            stream.problem = "nil, " .. tostring(why) .. " with a rest"
        end
        if data then
            local at = stream.taken
            stream.taken = at + #data
            if stream.text:sub(at + 1, stream.taken) ~= data then
                stream.problem = ("at %d: %q and not %q"):format(at, data,
                    stream.text:sub(at + 1, stream.taken))
            end
        end
        return data or why
    end
    for _ = 1, steps_max do
        local form, n = bytes:pick(forms), bytes:int(0, 40)
        local how = bytes:int(1, 4)
        if how == 1 then
            sss.timeout(0, form, socket, n, note)
        elseif how == 2 then
            sss.timeout(0.0003, form, socket, n, note)
        else
            socket:settimeout(how == 3 and 0 or nil)
            form(socket, n, note)
        end
        if stream.ended or stream.problem then return end
        if bytes:int(1, 3) == 1 then sss.yield() end
    end
    while not stream.ended do note(socket:recv(1000)) end
end

local function write_on(bytes, stream, socket)
    local at = 0
    for _ = 1, steps_max do
        if at >= #stream.text then break end
        local n = bytes:int(1, 50)
        local data, size = stream.text:sub(at + 1, at + n), nil
        if bytes:int(1, 4) == 1 then
            size = socket:send({ data:sub(1, 3), data:sub(4) })
        else
            size = socket:send(data)
        end
        at = at + size
        if bytes:int(1, 2) == 1 then sss.yield() end
        if bytes:int(1, 8) == 1 then socket:flush() end
    end
    if at < #stream.text then socket:send(stream.text:sub(at + 1)) end
    socket:shutdown("write")
end

-- The reader is cancelled now and then, and another goes on.
local function read_and_cancel(bytes, stream, socket)
    for _ = 1, steps_max do
        if stream.ended or stream.problem then return end
        local task = sss.spawn(read_on, bytes, stream, socket)
        for _ = 1, bytes:int(0, 5) do sss.yield() end
        if bytes:int(1, 2) == 1 then task:cancel() end
        local ok, err = pcall(task.join, task)
        if not ok and (type(err) ~= "table" or err.code ~= "cancelled") then error(err, 0) end
    end
    read_on(bytes, stream, socket)
end

local function one_stream(bytes)
    local stream = { taken = 0, text = bytes.text:rep(bytes:int(1, 8)) .. "ab\r\n\r" }
    local a, b = random_call.link(bytes)
    local writer = sss.spawn(write_on, bytes, stream, a)
    read_and_cancel(bytes, stream, b)
    if not stream.problem then
        writer:join()
    else
        b:close()
        pcall(writer.join, writer)
    end
    a:close()
    b:close()
    if stream.problem then return stream.problem end
    if stream.taken ~= #stream.text then
        return ("%d bytes were read and %d sent"):format(stream.taken, #stream.text)
    end
end

local kinds = { program, any_calls, shared_calls, one_stream }

local function state()
    jit.flush() -- compiled code keeps the functions it was made for, and so what these hold
    collectgarbage()
    return leftovers.counts_and_descriptor()
end

local function left(before)
    for name, value in pairs(state()) do
        if value > before[name] then return ("%s: %d and not %d"):format(name, value, before[name]) end
    end
end

local function settled(before)
    local found = left(before)
    for _ = 1, 50 do
        if not found then return nil end
        sss.sleep(0.01)
        found = left(before)
    end
    return found
end

sss.resolve("localhost") -- what is made once, when it is first needed
local before = state()

return function(text)
    local bytes = setmetatable({ text = text, at = 1 }, Bytes)
    local problem = kinds[bytes:int(0, 255) % #kinds + 1](bytes) or settled(before)
    return problem
end
