-- SPDX-License-Identifier: BSD-3-Clause
-- Looks into the compiled objects: which room calls which, and what there is of mutable state.
--
-- objects.lua ROOT OBJECTS: OBJECTS is a folder with FLOOR/FILE.o, of a build without link-time
-- optimization. What is allowed is said in src/README.md: the floors' order by its table of rooms, cycles
-- under "Cycles", objects under "Mutable objects".

local report = require "docs_report"
local check = report.check
local root, objects = arg[1], arg[2]
local tour = report.read(root .. "/src/README.md")

-- The rows of the table under the heading TITLE, as arrays of cells.
local function rows_of(title)
    local part = tour:match("\n## " .. title .. "\n(.-)\n## ") or tour:match("\n## " .. title .. "\n(.*)$") or ""
    local rows = {}
    for line in part:gmatch("\n|([^\n]*)|") do
        local cells = {}
        for cell in line:gmatch("[^|]+") do table.insert(cells, (cell:gsub("^%s+", ""):gsub("%s+$", ""))) end
        table.insert(rows, cells)
    end
    table.remove(rows, 1) -- the heading
    table.remove(rows, 1) -- the line below it
    return rows
end

local floors = {}
for i, row in ipairs(rows_of("The rooms")) do floors[row[1]] = i end

-- A file without a header is a part of the room whose header has the longest beginning of its name:
-- socket_read is of socket.
local function room_of(floor, file)
    local name = file
    while not report.exists(("%s/src/%s/%s.h"):format(root, floor, name)) do
        name = name:match("^(.*)_[^_]*$")
        if not name then return floor .. "/" .. file end
    end
    return floor .. "/" .. name
end

-- Reading the objects ---------------------------------------------------------------------------

local home = {}    -- of each function and variable that others may use: its room
local wants = {}   -- {room, symbol}
local mutable = {} -- "FLOOR/FILE OBJECT" -> true

local function read_symbols(path, room)
    for line in report.run("nm " .. report.quote(path)):gmatch("[^\n]+") do
        local kind, symbol = line:match("(%a) ([%w_.]+)$")
        if kind == "U" then
            table.insert(wants, {room, symbol})
        elseif kind and kind:find("[TDBRVW]") and not symbol:find("^__") then
            home[symbol] = home[symbol] or room
        end
    end
end

-- Constants that hold addresses are in .data.rel.ro; names with a dot in front are the sanitizers'.
local function read_variables(path, place)
    for line in report.run("objdump -t " .. report.quote(path)):gmatch("[^\n]+") do
        local section, name = line:match("%s(%.[%w.]+)%s+%x+%s+([%w_.]+)$")
        local writable = section and (section:find("^%.data") or section:find("^%.bss"))
        if writable and not section:find("rel%.ro") and not name:find("^[._]") then
            mutable[place .. " " .. name:gsub("%.%d+$", "")] = true
        end
    end
end

for floor in pairs(floors) do
    if floor == "musl" then goto next end -- the sanitizers' build has the C library of the system
    for _, file in ipairs(report.files(objects .. "/" .. floor, "o")) do
        local name = file:gsub("%.o$", "")
        local path = ("%s/%s/%s"):format(objects, floor, file)
        if report.exists(("%s/src/%s/%s.c"):format(root, floor, name)) then -- else a former one's
            read_symbols(path, room_of(floor, name))
            read_variables(path, floor .. "/" .. name)
        end
    end
    ::next::
end

-- Who calls whom --------------------------------------------------------------------------------

local calls, count = {}, 0 -- room -> {room -> a symbol}
for _, want in ipairs(wants) do
    local from, to = want[1], home[want[2]]
    if to and to ~= from then
        calls[from] = calls[from] or {}
        count = count + (calls[from][to] and 0 or 1)
        calls[from][to] = want[2]
    end
end
check("the objects of the rooms were found", count > 200, count .. " arrows")
print(("note %d arrows between rooms"):format(count))

local function floor_of(room) return floors[room:match("^[^/]*")] end

for from, list in pairs(calls) do
    for to, symbol in pairs(list) do
        if floor_of(to) > floor_of(from) then
            check(("%s calls nothing above it"):format(from), false, symbol .. " of " .. to)
        end
    end
end

-- The rooms of the same floor that FROM reaches, itself only by a cycle.
local function reached_from(from)
    local seen, todo = {}, {from}
    while #todo > 0 do
        for to in pairs(calls[table.remove(todo)] or {}) do
            if floor_of(to) == floor_of(from) and not seen[to] then
                seen[to] = true
                table.insert(todo, to)
            end
        end
    end
    return seen
end

local reached = {}
for room in pairs(calls) do reached[room] = reached_from(room) end

-- The rooms that ROOM is in a cycle with, itself included, as one line; or nil.
local function cycle_of(room)
    if not reached[room][room] then return nil end
    local members = {}
    for other in pairs(reached[room]) do
        if reached[other] and reached[other][room] then table.insert(members, other) end
    end
    table.sort(members)
    return table.concat(members, " ")
end

local allowed, found = {}, {}
for _, row in ipairs(rows_of("Cycles")) do
    allowed[row[1]:gsub("`", "")] = row[2]
end
for room in pairs(calls) do
    local cycle = cycle_of(room)
    if cycle and not found[cycle] then
        found[cycle] = true
        print("note cycle: " .. cycle)
        check("src/README.md has the cycle " .. cycle, allowed[cycle], "it does not")
    end
end
for cycle in pairs(allowed) do
    check("there is the cycle " .. cycle, found[cycle], "src/README.md names it, but it is gone")
end

-- Mutable objects -------------------------------------------------------------------------------

local named = {}
for _, row in ipairs(rows_of("Mutable objects")) do
    for name in row[2]:gmatch("`([%w_]+)`") do named[row[1]:gsub("`", "") .. " " .. name] = true end
end
local total = 0
for object in pairs(mutable) do
    total = total + 1
    check("src/README.md has the object " .. object, named[object], "it does not")
end
for object in pairs(named) do
    check("there is the object " .. object, mutable[object], "src/README.md names it, but it is gone")
end
print(("note %d mutable objects of file scope"):format(total))
report.exit()
