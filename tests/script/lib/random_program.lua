-- SPDX-License-Identifier: BSD-3-Clause
-- Makes random programs of tasks that share channels, semaphores and sockets.

-- A program is {channels = capacities, places = n, links = count, tasks = blocks, timed =}; a block
-- is a list of instructions {op, ...}. Seven of eight programs know no clock: their times are 0 or
-- endless, so a seed repeats them turn by turn.

local random_program = {}

local depth_max = 3

local block

local function seconds(rng, timed)
    if not timed then return rng:int(1, 4) == 1 and 0 or 1000 end
    return rng:int(0, 15) / 10000
end

-- What a race and a timeout can be over: a single wait.
local waits = { "receive", "receive", "receive", "read", "sleep", "send" }

local makers = {}

function makers.send(rng, program) return rng:int(1, #program.channels) end
makers.receive = makers.send
makers.close = makers.send

function makers.write(rng, program)
    return rng:int(1, program.links * 2), rng:int(1, 12) == 1 and 300000 or rng:int(1, 300)
end

function makers.read(rng, program)
    return rng:int(1, program.links * 2), rng:pick { "recv", "count", "peek" }, rng:int(1, 400)
end

function makers.sleep(rng, program) return seconds(rng, program.timed) end
function makers.yield() end

function makers.timeout(rng, program, depth)
    return seconds(rng, program.timed), block(rng, program, depth)
end

-- A timeout around one wait and nothing else: what it has done counts.
function makers.try(rng, program, depth)
    local limit = seconds(rng, program.timed)
    return limit, random_program.instruction(rng, program, depth, rng:pick(waits))
end

function makers.catch(rng, program, depth) return block(rng, program, depth) end
makers.place = makers.catch

function makers.race(rng, program, depth)
    local list = {}
    for i = 1, rng:int(1, 3) do
        local op = waits[rng:int(1, 5)] -- of a lost send nobody could say whether it happened
        list[i] = random_program.instruction(rng, program, depth, op)
    end
    return list
end

function makers.gather(rng, program, depth)
    local list = {}
    for i = 1, rng:int(1, 3) do list[i] = block(rng, program, depth) end
    return list
end

function makers.cancel(rng, program) return rng:int(1, program.size) end
makers.join = makers.cancel

local simple = { "send", "send", "send", "send", "receive", "receive", "receive", "receive",
    "write", "read", "sleep", "yield", "yield", "try", "try", "cancel", "cancel", "join", "race",
    "race" }
local nested = { "timeout", "catch", "catch", "place", "place", "gather" }

function random_program.instruction(rng, program, depth, op)
    if not op and rng:int(1, 60) == 1 then op = "close" end
    if not op and depth < depth_max and rng:int(1, 4) == 1 then op = rng:pick(nested) end
    op = op or rng:pick(simple)
    return { op, makers[op](rng, program, depth + 1) }
end

function block(rng, program, depth)
    local list = {}
    for i = 1, rng:int(1, 6) do list[i] = random_program.instruction(rng, program, depth) end
    return list
end

function random_program.make(rng)
    local program = { channels = {}, tasks = {}, size = rng:int(2, 8), links = rng:int(1, 2),
        places = rng:int(1, 2), timed = rng:int(1, 8) == 1 }
    for c = 1, rng:int(1, 3) do program.channels[c] = math.max(0, rng:int(-2, 3)) end
    for i = 1, program.size do program.tasks[i] = block(rng, program, 1) end
    return program
end

local function show(value)
    if type(value) ~= "table" then return tostring(value) end
    local parts = {}
    for i, part in ipairs(value) do parts[i] = show(part) end
    return "(" .. table.concat(parts, " ") .. ")"
end

-- The program as text, for whoever looks for a fault.
function random_program.text(program)
    local lines = { ("channels %s, %d places, %d links, %s"):format(show(program.channels),
        program.places, program.links, program.timed and "timed" or "without clock") }
    for i, list in ipairs(program.tasks) do lines[i + 1] = ("task %d: %s"):format(i, show(list)) end
    return table.concat(lines, "\n")
end

return random_program
