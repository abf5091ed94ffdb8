-- SPDX-License-Identifier: BSD-3-Clause
-- Medians and spreads of slices that were measured in turn.

local statistics = {}

-- The value below which SHARE (0 to 1) of the sorted numbers lie; between two, in proportion.
function statistics.quantile(sorted, share)
    local place = 1 + (#sorted - 1) * share
    local low = math.floor(place)
    local high = math.min(low + 1, #sorted)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - low)
end

-- Median, first and third quartile, and the spread: how far the quartiles are apart, in per cent
-- of the median.
function statistics.summary(numbers)
    local sorted = {}
    for i, n in ipairs(numbers) do sorted[i] = n end
    table.sort(sorted)
    local middle = statistics.quantile(sorted, 0.5)
    local low, high = statistics.quantile(sorted, 0.25), statistics.quantile(sorted, 0.75)
    return { median = middle, low = low, high = high, spread = (high - low) / middle * 100 }
end

-- The turns of a block (the sequence of Thue and Morse). A drift of the machine, a steady one or
-- one that bends, falls on both sides alike.
local TURNS = { "a", "b", "b", "a", "b", "a", "a", "b" }

statistics.BLOCK = #TURNS -- slices

-- Whose turn a slice is, counted from 1.
function statistics.turn(slice)
    return TURNS[(slice - 1) % #TURNS + 1]
end

-- The ratio of one block, which begins with the slice number FIRST: what side A has of the field
-- OVER for one of the field UNDER, in all its slices, to the same of side B.
local function ratio(slices, first, over, under)
    local sum = { a = { over = 0, under = 0 }, b = { over = 0, under = 0 } }
    for i = first, first + #TURNS - 1 do
        local side = sum[slices[i].side]
        side.over = side.over + slices[i][over]
        side.under = side.under + slices[i][under]
    end
    return sum.a.over / sum.a.under / (sum.b.over / sum.b.under)
end

-- The summary of the ratios of all blocks; SLICES holds them in their order.
function statistics.ratios(slices, over, under)
    local ratios = {}
    for first = 1, #slices - #TURNS + 1, #TURNS do
        ratios[#ratios + 1] = ratio(slices, first, over, under)
    end
    return statistics.summary(ratios)
end

function statistics.rate(slice) return slice.operations / slice.seconds end

-- The share of the time in which the server's CPU worked for it.
function statistics.busy(slice) return slice.cpu / slice.seconds end

-- Seconds of the server's CPU for one operation.
function statistics.cost(slice) return slice.cpu / slice.operations end

-- The median of f over the slices of one side.
function statistics.median(slices, side, f)
    local values = {}
    for _, slice in ipairs(slices) do
        if slice.side == side then values[#values + 1] = f(slice) end
    end
    return statistics.summary(values).median
end

return statistics
