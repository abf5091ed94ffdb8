-- SPDX-License-Identifier: BSD-3-Clause
-- build.sha256: the digest that container images name their parts by (FIPS 180-4).
--
-- A digest is fed with strings of any length and needs no more memory than one block, so that a
-- large file goes through it in pieces. All numbers are 32 bits wide, as bit.* makes them.

local build = ...

local bit = require "bit"
local ffi = require "ffi"

local band, bnot, bxor = bit.band, bit.bnot, bit.bxor
local bswap, ror, rshift, tobit = bit.bswap, bit.ror, bit.rshift, bit.tobit

local block_size = 64
local words_of = ffi.typeof("const int32_t *")

-- Constants ---------------------------------------------------------------------------------------

-- The first COUNT prime numbers.
local function primes(count)
    local found, n = {}, 2
    while #found < count do
        local is_prime = true
        for _, p in ipairs(found) do
            is_prime = is_prime and n % p ~= 0
        end
        if is_prime then
            found[#found + 1] = n
        end
        n = n + 1
    end
    return found
end

-- The first 32 bits behind the point of P to the power of 1/DEGREE: the largest whole number whose
-- power is at most P * 2^(32 * DEGREE), without what stands before the point. A double has 53 bits,
-- of which these roots leave at least 16 behind those that are wanted.
local function root_bits(p, degree)
    local root = p ^ (1 / degree)
    return tobit(math.floor((root - math.floor(root)) * 2 ^ 32))
end

local round_constants = ffi.new("int32_t[64]") -- section 4.2.2
local start_state = ffi.new("int32_t[8]")      -- section 5.3.3
for i, p in ipairs(primes(64)) do
    round_constants[i - 1] = root_bits(p, 3)
    if i <= 8 then
        start_state[i - 1] = root_bits(p, 2)
    end
end

-- One block ---------------------------------------------------------------------------------------

local schedule = ffi.new("int32_t[64]")

-- Section 6.2.2, step 1. WORDS are big-endian in the message.
local function fill_schedule(words)
    local w = schedule
    for i = 0, 15 do
        w[i] = bswap(words[i])
    end
    for i = 16, 63 do
        local a, b = w[i - 15], w[i - 2]
        local s0 = bxor(ror(a, 7), ror(a, 18), rshift(a, 3))
        local s1 = bxor(ror(b, 17), ror(b, 19), rshift(b, 10))
        w[i] = tobit(w[i - 16] + s0 + w[i - 7] + s1)
    end
end

-- Steps 2 to 4.
local function mix(state)
    local w, k = schedule, round_constants
    local a, b, c, d = state[0], state[1], state[2], state[3]
    local e, f, g, h = state[4], state[5], state[6], state[7]
    for i = 0, 63 do
        local choice = bxor(g, band(e, bxor(f, g)))
        local majority = bxor(band(a, bxor(b, c)), band(b, c))
        local t1 = tobit(h + bxor(ror(e, 6), ror(e, 11), ror(e, 25)) + choice + k[i] + w[i])
        local t2 = tobit(bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + majority)
        a, b, c, d, e, f, g, h = tobit(t1 + t2), a, b, c, tobit(d + t1), e, f, g
    end
    state[0], state[1] = tobit(state[0] + a), tobit(state[1] + b)
    state[2], state[3] = tobit(state[2] + c), tobit(state[3] + d)
    state[4], state[5] = tobit(state[4] + e), tobit(state[5] + f)
    state[6], state[7] = tobit(state[6] + g), tobit(state[7] + h)
end

-- The whole blocks of TEXT; what is left over is returned.
local function feed_blocks(state, text)
    local blocks = math.floor(#text / block_size)
    local words = ffi.cast(words_of, text)
    for _ = 1, blocks do
        fill_schedule(words)
        mix(state)
        words = words + block_size / 4
    end
    return text:sub(blocks * block_size + 1)
end

-- Digests -----------------------------------------------------------------------------------------

local digest = {}
digest.__index = digest

-- digest:feed(text) -> digest
function digest:feed(text)
    self.size = self.size + #text
    self.rest = feed_blocks(self.state, self.rest .. text)
    return self
end

-- The number of bits as eight bytes, the highest first.
local function length_bytes(size)
    local high, low = math.floor(size / 2 ^ 29), size % 2 ^ 29 * 8
    return ffi.string(ffi.new("int32_t[2]", bswap(tobit(high)), bswap(tobit(low))), 8)
end

-- digest:finish() -> 64 hexadecimal digits; nothing can be fed to it afterwards
function digest:finish()
    local size = self.size
    local zeros = (block_size - 9 - size) % block_size
    self:feed("\128" .. ("\0"):rep(zeros) .. length_bytes(size))
    local digits = {}
    for i = 0, 7 do
        digits[i + 1] = bit.tohex(self.state[i])
    end
    return table.concat(digits)
end

-- build.digest() -> a digest of nothing yet
function build.digest()
    local state = ffi.new("int32_t[8]", start_state)
    return setmetatable({ state = state, rest = "", size = 0 }, digest)
end

-- build.sha256(text) -> 64 hexadecimal digits
function build.sha256(text)
    return build.digest():feed(text):finish()
end
