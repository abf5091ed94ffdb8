-- SPDX-License-Identifier: BSD-3-Clause
-- The bytes that the two sides exchange: each side knows what the other has to send.

local random = require "random"

local pattern = {}

local SIZE = 65536
local bytes = random.new(1):stream(SIZE, 40)
local twice = bytes .. bytes

-- COUNT bytes (at most SIZE) from the place AT, any whole number.
function pattern.piece(at, count)
    at = at % SIZE
    return twice:sub(at + 1, at + count)
end

-- Sends COUNT bytes from the place AT on, however many.
function pattern.send(socket, at, count)
    while count > 0 do
        local size = math.min(count, 16384)
        if not socket:send(pattern.piece(at, size)) then return end
        at, count = at + size, count - size
    end
end

-- Receives them: how many came and were right.
function pattern.receive(socket, at, count)
    local right = 0
    while count > 0 do
        local size = math.min(count, 16384)
        local data = socket:receive(size)
        if data ~= pattern.piece(at, size) then return right end
        at, count, right = at + size, count - size, right + size
    end
    return right
end

return pattern
