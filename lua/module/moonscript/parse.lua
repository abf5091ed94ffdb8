-- SPDX-License-Identifier: BSD-3-Clause
-- Text to tree. The tree is what moonscript.compile takes; its form is no promise.

local parser = require "moonscript.parse.statement"
local error, pcall, type = error, pcall, type

local parse = {}

-- The positions at which the lines of a text begin.
parse.line_starts = parser.line_starts

-- The line of POSITION, by those.
function parse.find_line(starts, position)
    local low, high = 1, #starts
    while low < high do
        local middle = high - (high - low - (high - low) % 2) / 2
        if starts[middle] <= position then
            low = middle
        else
            high = middle - 1
        end
    end
    return low
end

-- The message with the line of the text that it is about.
function parse.format(title, text, starts, position)
    local line = parse.find_line(starts, text:find("%S", position) or position)
    return ("%s\n [%d] >>    %s"):format(title, line, text:match("^[ \t]*([^\r\n]*)", starts[line]))
end

-- Where something is missing at the end of a line, or of the text, that line is meant.
local function shown_position(text, position)
    while position > 1 and not text:find("^%S", position) do position = position - 1 end
    return position
end

-- Says so where what is missing may be a closing bracket of a line above.
local function bracket_label(state)
    local bracket = state.farthest_bracket
    local line = bracket and parse.find_line(state.starts, bracket)
    if line and line < parse.find_line(state.starts, state.farthest) then
        return ("between brackets that open in line %d"):format(line)
    end
end

-- string(text) -> tree | nil, message of several lines, {message, position}
function parse.string(text)
    if type(text) ~= "string" then
        return nil, "expecting string (got " .. type(text) .. ")"
    end
    local state = parser.new(text)
    local ok, list = pcall(state.file, state)
    if ok and list then
        return {statements = list, names = state.names, starts = state.starts}
    end
    local fault = {message = state.label or bracket_label(state), position = state.farthest}
    if not ok then
        if type(list) ~= "table" then error(list, 0) end
        fault = list
    end
    fault.position = shown_position(text, fault.position)
    local title = "Failed to parse:" .. (fault.message and " " .. fault.message or "")
    return nil, parse.format(title, text, state.starts, fault.position), fault
end

return parse
