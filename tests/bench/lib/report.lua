-- SPDX-License-Identifier: BSD-3-Clause
-- The tables as text.

local report = {}

-- "1,234" for a count.
local function count(n)
    local text = ("%.0f"):format(n)
    local groups
    repeat text, groups = text:gsub("^(%d+)(%d%d%d)", "%1,%2") until groups == 0
    return text
end

local function required(row)
    if row.at_least then return (">= %.2f"):format(row.at_least) end
    if row.at_most then return ("<= %s"):format(count(row.at_most) == "1" and row.at_most or
        count(row.at_most)) end
    return "-"
end

local function ratio(row, sum)
    if not sum then return "-" end
    if sum.failed then return "failed" end
    if sum.unsure then return "unsure" end
    return (row.name == "memory" and "%.0f" or "%.3f"):format(sum.median)
end

local function verdict(sum)
    if sum.failed then return sum.failed end
    if sum.unsure then return "the blocks disagree: run again on a quiet machine" end
    if sum.met == nil then return "" end
    return sum.met and "reached" or "NOT REACHED"
end

local function microseconds(seconds)
    return ("%.2f"):format(seconds * 1e6)
end

local function percent(number) return ("%.1f %%"):format(number) end

-- A ratio of CPU time, a summary, or "-" without one.
local function cpu(_, sum)
    if not sum or not sum.cpu then return "-" end
    return sum.cpu.unsure and "unsure" or ("%.2f"):format(sum.cpu.median)
end

local FORMAT = "%-9s %8s %9s %7s %11s %9s %9s %6s %7s %5s  %s\n"

-- What the table says of a row that was measured by slices, behind its spread.
local function details(sum)
    if not sum.cpu then return "", "", "", "", "", "" end
    return count(sum.rate_a), microseconds(sum.cost_a), microseconds(sum.cost_b), cpu(nil, sum),
        percent(sum.cpu.spread), ("%.0f %%"):format(sum.busy_a * 100)
end

local function line(row, sum)
    local spread = sum.failed and "" or percent(sum.spread)
    local rate, cost_a, cost_b, ratio_of_costs, cpu_spread, busy = details(sum)
    return FORMAT:format(row.name, required(row), ratio(row, sum), spread, rate, cost_a, cost_b,
        ratio_of_costs, cpu_spread, busy, verdict(sum))
end

-- sums: { [row name] = summary } of sssrun.
function report.main(rows, sums)
    local text = { FORMAT:format("row", "required", "measured", "spread", "per second", "CPU us",
        "CPU us C", "CPU", "spread", "busy", "") }
    for _, row in ipairs(rows) do text[#text + 1] = line(row, sums[row.name]) end
    text[#text + 1] = "\n"
    for _, row in ipairs(rows) do
        text[#text + 1] = ("%-9s %s\n"):format(row.name, row.title)
    end
    return table.concat(text)
end

-- True when a peer's figure is better than sssrun's, in a row where both are measured alike.
local function is_ahead(row, ours, theirs)
    if not theirs or ours.failed or theirs.failed or row.against == "itself" then return false end
    if ours.unsure or theirs.unsure then return false end
    if row.at_most then return theirs.median < ours.median end
    return theirs.median > ours.median
end

-- One line for each row, one column for each subject: what SHOW(row, sum) says.
local function columns(rows, names, sums, show)
    local text = { ("%-9s"):format("row") }
    for _, name in ipairs(names) do text[#text + 1] = ("%11s"):format(name) end
    for _, row in ipairs(rows) do
        text[#text + 1] = ("\n%-9s"):format(row.name)
        for _, name in ipairs(names) do
            local sum = sums[name][row.name]
            local mark = is_ahead(row, sums.sssrun[row.name], sum) and "!" or ""
            text[#text + 1] = ("%11s"):format(show(row, sum) .. mark)
        end
    end
    return table.concat(text) .. "\n"
end

-- names: sssrun, then the peers. sums: { [subject] = { [row name] = summary } }.
function report.peers(rows, names, sums)
    return "Rates, each against the same reference in C (! ahead of sssrun):\n\n" ..
        columns(rows, names, sums, ratio) ..
        "\nCPU time for an operation, likewise (less is better):\n\n" ..
        columns(rows, names, sums, cpu):gsub("!", " ")
end

return report
