-- SPDX-License-Identifier: BSD-3-Clause
-- What was measured: kept as raw figures (TSV), and summed up for the table and the plot.

local statistics = require "statistics"

local UNSURE = 15 -- per cent of spread: beyond it, a number is not to be relied on

local COLUMNS = { "row", "subject", "number", "side", "operations", "seconds", "cpu", "lost", "p50",
    "p90", "p99", "max", "bytes" }

local results = {}

-- A slice, with row, subject and number, as a line of the file.
local function line(record)
    local words = {}
    for i, column in ipairs(COLUMNS) do words[i] = tostring(record[column] or "") end
    return table.concat(words, "\t") .. "\n"
end

-- Opens the file of raw figures for writing; append(file, row, subject, slices) adds to it.
function results.create(path, heading)
    local file = assert(io.open(path, "w"))
    file:write("# ", heading, "\n", table.concat(COLUMNS, "\t"), "\n")
    return file
end

function results.append(file, row, subject, slices)
    for i, slice in ipairs(slices) do
        slice.row, slice.subject, slice.number = row.name, subject, i
        file:write(line(slice))
    end
    file:flush()
end

-- Reads the file back: { [row name] = { [subject] = slices } } and its heading.
function results.read(path)
    local found, heading = {}, nil
    local file = assert(io.open(path, "r"))
    heading = file:read("*l"):gsub("^# ", "")
    file:read("*l")
    for text in file:lines() do
        local record, n = {}, 0
        for word in (text .. "\t"):gmatch("([^\t]*)\t") do
            n = n + 1
            if word ~= "" then record[COLUMNS[n]] = tonumber(word) or word end
        end
        found[record.row] = found[record.row] or {}
        local slices = found[record.row][record.subject] or {}
        found[record.row][record.subject] = slices
        slices[#slices + 1] = record
    end
    file:close()
    return found, heading
end

-- What a row's slices say: the ratio (median, low, high, spread) in the sense of the row's
-- requirement, `unsure`, `met`; `cpu`, the same of the CPU time; and of both sides their rate, cost
-- (seconds of CPU), 99th percentile of the latency and share of the time at work.
function results.summary(row, slices)
    if slices[1].bytes then
        local bytes = slices[1].bytes
        return { median = bytes, low = bytes, high = bytes, spread = 0, met = bytes <= row.at_most }
    end
    local over, under = "operations", "seconds"
    if row.kind == "hello" then over, under = under, over end
    local sum = statistics.ratios(slices, over, under)
    sum.cpu = statistics.ratios(slices, "cpu", "operations")
    sum.cpu.unsure = sum.cpu.spread > UNSURE
    for _, side in ipairs { "a", "b" } do
        sum["rate_" .. side] = statistics.median(slices, side, statistics.rate)
        sum["cost_" .. side] = statistics.median(slices, side, statistics.cost)
        sum["busy_" .. side] = statistics.median(slices, side, statistics.busy)
        sum["p99_" .. side] = statistics.median(slices, side, function(s) return s.p99 end)
    end
    sum.unsure = sum.spread > UNSURE
    if row.at_least then sum.met = sum.median >= row.at_least end
    if row.at_most then sum.met = sum.median <= row.at_most end
    return sum
end

return results
