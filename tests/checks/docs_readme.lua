-- SPDX-License-Identifier: BSD-3-Clause
-- README.md says what is so: its code blocks are the examples, its names exist.

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

-- Each block of Lua or MoonScript is, byte for byte, the example that the text before it names.
local blocks = 0
local named
local inside, code = nil, {}
for line in readme:gmatch("([^\n]*)\n") do
    if inside then
        if line == "```" then
            if inside == "lua" or inside == "moonscript" then
                blocks = blocks + 1
                local same = named and table.concat(code, "\n") .. "\n" ==
                    report.read(examples .. named)
                check("block " .. blocks .. " is " .. tostring(named), same, "differs")
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
check("README.md shows examples", blocks >= 8, blocks .. " blocks")

-- The first two lines with `make` in shell blocks: the demo, then the tests.
local makes = {}
for block in readme:gmatch("```sh\n(.-)```") do
    for line in block:gmatch("[^\n]+") do
        if line:find("make", 1, true) then table.insert(makes, line) end
    end
end
check("the first command ends in the demo", (makes[1] or ""):find("make demo$"), makes[1])
check("the second command runs the tests", (makes[2] or ""):find("make check$"), makes[2])

-- Every function that is mentioned exists, and every one that exists is mentioned.
local functions = meta.read(report.read(root .. "/lua/meta/sss.lua"))
for name in readme:gmatch("sss%.(%l+)%(") do
    check("README.md: sss." .. name, functions.sss[name], "there is no such function")
end
for class, list in pairs(functions) do
    for name in pairs(list) do
        check("README.md mentions " .. class .. "." .. name, readme:find("%f[%w]" .. name .. "%f[%W]"))
    end
end
report.exit()
