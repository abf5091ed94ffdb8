-- SPDX-License-Identifier: BSD-3-Clause
-- Pseudo-random numbers that a seed repeats: xorshift of 32 bits.

-- SEED in the environment repeats a run; every file that draws prints its seed.

local bit = require "bit"

local random = {}
random.__index = random

local function from_entropy()
    local file = assert(io.open("/dev/urandom", "rb"))
    local a, b, c = file:read(3):byte(1, 3)
    file:close()
    return a * 65536 + b * 256 + c
end

-- random.new([seed]) -> a generator
function random.new(seed)
    seed = tonumber(seed or os.getenv("SEED")) or from_entropy()
    print("# SEED=" .. seed)
    return setmetatable({ state = bit.tobit(seed * 7 + 2463534242) }, random)
end

-- A whole number of low..high.
function random:int(low, high)
    local x = self.state
    x = bit.bxor(x, bit.lshift(x, 13))
    x = bit.bxor(x, bit.rshift(x, 17))
    x = bit.bxor(x, bit.lshift(x, 5))
    self.state = x
    return low + bit.band(x, 0x7fffffff) % (high - low + 1)
end

function random:pick(list)
    return list[self:int(1, #list)]
end

-- n bytes of any value; about one in `every` is a newline.
function random:stream(n, every)
    local parts = {}
    for i = 1, n do
        parts[i] = string.char(self:int(1, every) == 1 and 10 or self:int(0, 255))
    end
    return table.concat(parts)
end

-- Cuts data into pieces of 1..most bytes.
function random:cut(data, most)
    local pieces, at = {}, 1
    while at <= #data do
        local n = self:int(1, most)
        pieces[#pieces + 1] = data:sub(at, at + n - 1)
        at = at + n
    end
    return pieces
end

return random
