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

-- Whose turn a slice is: A B B A A B B A ... A drift of the machine falls on both alike.
function statistics.turn(slice)
    return (slice % 4 <= 1) and "a" or "b"
end

-- f(slice of A) / f(slice of B) for each pair of neighbours; SLICES holds them in their order.
function statistics.ratios(slices, f)
    local ratios = {}
    for i = 1, #slices - 1, 2 do
        local a, b = slices[i], slices[i + 1]
        if a.side == "b" then a, b = b, a end
        ratios[#ratios + 1] = f(a) / f(b)
    end
    return statistics.summary(ratios)
end

function statistics.rate(slice) return slice.operations / slice.seconds end

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
