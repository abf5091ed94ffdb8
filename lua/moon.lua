-- SPDX-License-Identifier: BSD-3-Clause
-- MoonScript: compiles it by way of Lua, with the line numbers of the source.

-- load_mapped(code, chunkname, lines) -> function | nil, message. The compiler is the module
-- moonscript.base, found like any other when it is first needed: the one that is built in, or a
-- person's own.
local load_mapped = ...
local _G, math, pcall, rawget, rawset, require, tostring, type =
    _G, math, pcall, rawget, rawset, require, tostring, type

local quoted_max = 100 -- bytes of a line of source in a message
local moon = {}

-- The text as the compiler wants it: lines end with "\n" (in strings too, as in Lua), no byte order
-- mark, and the first line is empty where it says which program runs the file.
local function plain(text)
    return (text:gsub("^\239\187\191", ""):gsub("^#![^\r\n]*", ""):gsub("\r\n", "\n"))
end

-- What messages call the chunk, as Lua does.
local function display(chunkname)
    return chunkname:match("^[@=](.*)") or ('[string "%s"]'):format(chunkname:match("^[^\r\n]*"))
end

local function quote(source)
    local text = source:gsub("%c", "?")
    return #text <= quoted_max and text or text:sub(1, quoted_max) .. "..."
end

-- The compiler's message, which may have several lines, in one; then the line that it names, and
-- the text there: "cannot parse", "3", "x = = 1".
local function read_message(message)
    local what = message:match("^[^\n]*")
    local line, source = message:match("\n %[(%d+)%] >>    ([^\n]*)")
    local detail = what:match("^Failed to parse:%s*(.*)")
    if detail then
        return "cannot parse" .. (detail ~= "" and ", " .. detail or ""), line, source
    end
    what = what:gsub("^Compile error: ", ""):gsub("^[^:]*%.lua:%d+: ", "")
    return "cannot compile: " .. what, line, source
end

-- The positions at which the lines of a text begin.
local function line_starts(text)
    local starts = {1}
    for position in text:gmatch("\n()") do
        starts[#starts + 1] = position
    end
    return starts
end

local function find_line(starts, position)
    local low, high = 1, #starts
    while low < high do
        local middle = math.ceil((low + high) / 2)
        if starts[middle] <= position then
            low = middle
        else
            high = middle - 1
        end
    end
    return low
end

-- For each line of CODE: how far it is indented, whether a function begins at its end, and the line
-- of TEXT that the compiler knows for it. It gives positions where the white space before a
-- statement begins.
local function read_code(text, code, positions)
    local starts, list = line_starts(text), {}
    for indent, rest in (code .. "\n"):gmatch("( *)([^\n]*)\n") do
        local position = positions[#list + 1]
        list[#list + 1] = {
            indent = #indent,
            opens = rest:find("function%([^()]*%)$"),
            known = position and find_line(starts, text:find("%S", position) or position),
        }
    end
    return list
end

-- The first line that is known in the function that begins with line I of the code.
local function find_inside(list, i)
    local indent = list[i].indent
    for at = i + 1, #list do
        if list[at].indent <= indent then
            return nil
        elseif list[at].known then
            return list[at].known
        end
    end
end

-- The line of TEXT for each line of CODE. One that the compiler does not know belongs to the
-- function that it begins, or to the nearest line above it that is indented no further: what stands
-- in blocks between may be from elsewhere (constructors move to the end of their class).
local function make_lines(text, code, positions)
    local list, lines, latest, deepest = read_code(text, code, positions), {}, {[0] = 1}, 0
    for i, item in ipairs(list) do
        local line = item.known or item.opens and find_inside(list, i)
        for indent = deepest, item.indent + 1, -1 do
            latest[indent] = nil
        end
        local above = item.indent
        while not line do
            line, above = latest[above], above - 1
        end
        latest[item.indent], deepest, lines[i] = line, item.indent, line
    end
    return lines
end

-- The compiler ------------------------------------------------------------------------------------

local to_lua

local function compile(text)
    if not to_lua then
        local global = rawget(_G, "lpeg")
        to_lua = require "moonscript.base".to_lua
        rawset(_G, "lpeg", global) -- another compiler may load LPeg, which makes itself a global
    end
    return to_lua(text)
end

-- The interface -----------------------------------------------------------------------------------

-- What the built-in compiler says of a fault: as read_message.
local function read_fault(fault, text)
    local line = find_line(line_starts(text), text:find("%S", fault.position) or fault.position)
    local message = fault.message
    if fault.is_compile_error then return "cannot compile: " .. message, line end
    local source = text:match("^%s*([^\n]*)", line_starts(text)[line]):gsub("%s+$", "")
    return "cannot parse" .. (message and ", " .. message or ""), line, source
end

-- "NAME:LINE: what is wrong", in one line.
local function explain(message, fault, text, name)
    local what, line, source
    if type(fault) == "table" then
        what, line, source = read_fault(fault, text)
    else
        what, line, source = read_message(tostring(message))
    end
    return name .. (line and ":" .. line or "") .. ": " .. what
        .. (source and ": " .. quote(source) or "")
end

-- to_lua(text, chunkname) -> the Lua text, {line of the source for each of its lines}
--                          | nil, "NAME:LINE: what is wrong"
function moon.to_lua(text, chunkname)
    text = plain(text)
    local ok, code, positions, fault = pcall(compile, text)
    if not ok or not code then
        return nil, explain(ok and positions or code, fault, text, display(chunkname))
    end
    return code, make_lines(text, code, positions)
end

-- What the Lua compiler has against the code, with the line of the source.
local function explain_lua(message, lines, name)
    local line, what = message:match("^.-:(%d+): (.*)")
    if not line then
        return ("%s: %s"):format(name, message)
    end
    what = what:gsub("(at line )(%d+)", function(words, number)
        return words .. (lines[tonumber(number)] or lines[#lines])
    end)
    return ("%s:%d: %s"):format(name, lines[tonumber(line)] or lines[#lines], what)
end

-- The function of the code that is the chunk CHUNKNAME | nil, "NAME:LINE: what is wrong"
local function load_code(code, lines, chunkname)
    local main, message = load_mapped(code, "=lua", lines, chunkname)
    if not main then
        return nil, explain_lua(message, lines, display(chunkname))
    end
    return main
end

-- load(text, chunkname) -> the function | nil, "NAME:LINE: what is wrong"
function moon.load(text, chunkname)
    local code, lines = moon.to_lua(text, chunkname)
    if not code then
        return nil, lines
    end
    return load_code(code, lines, chunkname)
end

-- show(text, chunkname) -> the Lua text, which compiles | nil, "NAME:LINE: what is wrong"
function moon.show(text, chunkname)
    local code, lines = moon.to_lua(text, chunkname)
    if not code then
        return nil, lines
    end
    local main, message = load_code(code, lines, chunkname)
    return main and code, message
end

return moon
