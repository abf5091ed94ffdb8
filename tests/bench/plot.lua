-- SPDX-License-Identifier: BSD-3-Clause
-- Draws build/bench/bench.svg from the raw figures: one strip for each row, one mark for each
-- subject at its median, with a bar from the first to the third quartile.

package.path = (arg[0]:match("^(.*)/") or ".") .. "/lib/?.lua;" .. package.path

local results = require "results"
local rows = require "rows"

local FOLDER = arg[1] or "build/bench"
local LEFT, WIDTH, TOP, LINE, GAP = 300, 620, 70, 18, 14
local LOW, HIGH = 1 / 64, 4 -- of the reference: outside of it a mark stands at the edge

local COLOURS = { sssrun = "#c02020", go = "#1f78b4", node = "#33a02c", python = "#b8860b",
    luv = "#6a3d9a", cqueues = "#555555", copas = "#e07b00" }
local ORDER = { "sssrun", "go", "node", "python", "luv", "cqueues", "copas" }

local out = {}

local function add(format, ...) out[#out + 1] = format:format(...) end

local function escaped(text)
    return (text:gsub("[<>&]", { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;" }))
end

local function text(x, y, size, words, rest)
    add('<text x="%.1f" y="%.1f" font-size="%d"%s>%s</text>\n', x, y, size, rest or "",
        escaped(words))
end

-- A logarithmic scale: twice as fast is the same distance everywhere.
local function place(ratio)
    local bounded = math.max(LOW, math.min(HIGH, ratio))
    return LEFT + WIDTH * math.log(bounded / LOW) / math.log(HIGH / LOW)
end

-- The ratio as speed, so that further to the right is better in every row.
local function as_speed(row, value)
    if row.name == "memory" then return row.at_most / value end
    return row.at_most and 1 / value or value
end

local function mark(row, name, sum, y)
    local a, b = as_speed(row, sum.low), as_speed(row, sum.high)
    local colour = COLOURS[name] or "#000000"
    add('<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="%s" stroke-width="3" '
        .. 'stroke-opacity="0.4"/>\n', place(math.min(a, b)), place(math.max(a, b)), y, y, colour)
    add('<circle cx="%.1f" cy="%.1f" r="4.5" stroke="%s" fill="%s"/>\n',
        place(as_speed(row, sum.median)), y, colour, sum.unsure and "white" or colour)
    local number = (row.name == "memory" and "%.0f bytes" or "%.3f"):format(sum.median)
    text(LEFT - 12, y + 4, 11, name .. "  " .. number .. (sum.unsure and "  unsure" or ""),
        ' text-anchor="end"')
end

local function strip(row, measured, y)
    local first = y
    local scale_of = row.name == "memory" and " (1 is what is required)" or ""
    text(8, y + 4, 12, row.title .. scale_of, ' font-weight="bold"')
    for _, name in ipairs(ORDER) do
        local slices = measured[name]
        if slices then
            y = y + LINE
            mark(row, name, results.summary(row, slices), y)
        end
    end
    local required = row.at_least or (row.at_most and as_speed(row, row.at_most))
    if required then
        add('<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="black" '
            .. 'stroke-dasharray="3 3"/>\n', place(required), place(required), first + 8, y + 8)
    end
    return y + LINE + GAP
end

local function scale(bottom)
    for _, ratio in ipairs { 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4 } do
        add('<line x1="%.1f" x2="%.1f" y1="%d" y2="%.1f" stroke="#cccccc"/>\n', place(ratio),
            place(ratio), TOP - 8, bottom)
        text(place(ratio), TOP - 12, 11, ratio < 1 and "1/" .. 1 / ratio or tostring(ratio),
            ' text-anchor="middle"')
    end
end

local function draw(found, heading)
    local y, body = TOP + 8, nil
    for _, row in ipairs(rows) do
        if found[row.name] then y = strip(row, found[row.name], y) end
    end
    body, out = out, {}
    add('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%.0f" '
        .. 'font-family="sans-serif">\n<rect width="100%%" height="100%%" fill="white"/>\n',
        LEFT + WIDTH + 40, y + 30)
    text(8, 22, 13, "Speed relative to servers written by hand in C (further right is better; "
        .. "dashed: required; hollow: unsure)", ' font-weight="bold"')
    text(8, 38, 10, heading:sub(1, 160))
    scale(y - GAP)
    return table.concat(out) .. table.concat(body) .. "</svg>\n"
end

local raw = io.open(FOLDER .. "/raw.tsv")
if not raw then
    io.stderr:write("plot: nothing is measured yet: run `make bench` first\n")
    os.exit(2)
end
raw:close()
local svg = draw(results.read(FOLDER .. "/raw.tsv"))
local file = assert(io.open(FOLDER .. "/bench.svg", "w"))
file:write(svg)
file:close()
print(FOLDER .. "/bench.svg")
