-- SPDX-License-Identifier: BSD-3-Clause
-- README.md, the manual and the tour of the sources say what is so: their code blocks are the
-- examples, their names exist.

local report = require "docs_report"
local meta = require "docs_meta"
local check = report.check

local root = arg[1]
local examples = root .. "/tests/examples/"
local readme = report.read(root .. "/README.md")

local function count_lines(text)
    return select(2, text:gsub("\n", ""))
end

for _, name in ipairs(report.scripts(examples)) do
    local lines = count_lines(report.read(examples .. name))
    check(name .. " has at most 40 lines", lines <= 40, lines .. " lines")
end
check("README.md has at most 300 lines", count_lines(readme) <= 300, count_lines(readme) .. " lines")

-- Each block of Lua or MoonScript is, byte for byte, the example that the text before it names.
-- Returns how many there are in TEXT.
local function check_blocks(file, text)
    local blocks, named = 0, nil
    local inside, code = nil, {}
    for line in text:gmatch("([^\n]*)\n") do
        if inside then
            if line == "```" then
                if inside == "lua" or inside == "moonscript" then
                    blocks = blocks + 1
                    local same = named and table.concat(code, "\n") .. "\n" ==
                        report.read(examples .. named)
                    check(file .. ": block " .. blocks .. " is " .. tostring(named), same, "differs")
                    named = nil
                end
                inside = nil
            else
                table.insert(code, line)
            end
        elseif line:match("^```") then
            inside, code = line:match("^```(.*)"), {}
        elseif line ~= "" then
            named = line:match("tests/examples/([%w_]+%.%l+)") or named
        end
    end
    check(file .. ": every block ends", not inside, "the last one does not")
    return blocks
end

-- What TEXT says to be a function or a file exists.
local functions = meta.read(report.read(root .. "/lua/meta/sss.lua"))
local function check_names(file, text)
    for name in text:gmatch("sss%.(%l+)%(") do
        check(file .. ": sss." .. name, functions.sss[name], "there is no such function")
    end
    for path in text:gmatch("%f[%w]([%w_]+/[%w_/]+%.[%l%d]+)%f[%W]") do
        if not path:find("NAME") and (path:find("^tests/") or path:find("^src/") or path:find("^lua/") or path:find("^vendor/")) then
            check(file .. ": " .. path, report.exists(root .. "/" .. path), "there is no such file")
        end
    end
end

local subjects = report.files(root .. "/lua/manual", "md")
local manual, blocks = {}, check_blocks("README.md", readme)
check_names("README.md", readme)
for _, file in ipairs(subjects) do
    local text = report.read(root .. "/lua/manual/" .. file)
    table.insert(manual, text)
    blocks = blocks + check_blocks(file, text)
    check_names(file, text)
    local subject = file:gsub("%.md$", "")
    check(file .. " has a title of two parts", text:find("^# [^\n:]+: [^\n]+\n\n"), "it has none")
    check("README.md names the subject " .. subject, readme:find("| `" .. subject .. "` |", 1, true))
end
check("README.md and the manual show examples", blocks >= 10, blocks .. " blocks")

-- The first two lines with `make` in shell blocks: the demo, then the tests.
local makes = {}
for block in readme:gmatch("```sh\n(.-)```") do
    for line in block:gmatch("[^\n]+") do
        if line:find("make", 1, true) then table.insert(makes, line) end
    end
end
check("the first command ends in the demo", (makes[1] or ""):find("make demo$"), makes[1])
check("the second command runs the tests", (makes[2] or ""):find("make check$"), makes[2])

-- Every function that exists is mentioned.
for class, list in pairs(functions) do
    for name in pairs(list) do
        check("README.md mentions " .. class .. "." .. name, readme:find("%f[%w]" .. name .. "%f[%W]"))
    end
end

-- Every room is in the tour of the sources, on its floor. src/make is no floor: it has the build's tools.
local tour = report.read(root .. "/src/README.md")
check_names("src/README.md", tour)
for _, floor in ipairs(report.folders(root .. "/src")) do
    if floor == "make" then goto next end
    local row = tour:match("\n| " .. floor .. " |([^\n]*)")
    check("src/README.md has the floor " .. floor, row)
    local rooms, named = {}, {}
    for _, suffix in ipairs{"c", "h"} do
        for _, file in ipairs(report.files(root .. "/src/" .. floor, suffix)) do
            rooms[file:gsub("%.%l$", "")] = true
        end
    end
    for name in (row or ""):gsub("%b()", ""):gmatch("`([%w_]+)`") do
        named[name] = true
        check("src/README.md: " .. floor .. "/" .. name, rooms[name], "there is no such room")
    end
    for name in pairs(rooms) do
        check("src/README.md names " .. floor .. "/" .. name, named[name], "it does not")
    end
    ::next::
end
report.exit()
