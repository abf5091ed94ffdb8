-- SPDX-License-Identifier: BSD-3-Clause
-- Runs MoonScript code in the test's own process: `says(code, output)` compares what it prints.

local t = require "harness"
local moonscript = require "moonscript.base"

local function print_to(list)
    return function(...)
        local words = {}
        for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
        list[#list + 1] = table.concat(words, " ")
    end
end

-- What CODE prints, in one line: values with blanks between them, calls of print with "; ".
-- A global that it makes goes nowhere.
local function output_of(code, ...)
    local lines = {}
    local chunk, message = moonscript.loadstring(code, "@code.moon")
    if not chunk then return message end
    setfenv(chunk, setmetatable({ print = print_to(lines) }, { __index = _G }))
    local ok, result = pcall(chunk, ...)
    if not ok then lines[#lines + 1] = "error: " .. tostring(result) end
    return table.concat(lines, "; ")
end

local function says(code, wanted, ...)
    local got = output_of(code, ...)
    if got ~= wanted then
        t.eq(code .. "\n--> " .. got, code .. "\n--> " .. wanted)
    end
end

return says
