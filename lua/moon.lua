-- SPDX-License-Identifier: BSD-3-Clause
-- MoonScript: compiles it by way of Lua, with the line numbers of the source.

-- map_lines(dump, lines) -> function. The compiler is the module moonscript.base, found like any
-- other when it is first needed.
local map_lines = ...
local loadstring, dump = loadstring, string.dump

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

-- Inside the compiler ----------------------------------------------------------------------------

-- The compiler forgets some positions. These functions stand before its own and note more of them;
-- where another version of it has no such places, it is used as it is.

local reached -- the position of what is being compiled

local function reach(node)
    local position = type(node) == "table" and node[-1]
    reached = position or reached
    return position
end

local function follow_values(block_class)
    local value = block_class.value
    function block_class.value(block, node, ...)
        reach(node)
        return value(block, node, ...)
    end
end

-- What the compiler makes of the last value of a branch (`y = if x ...`) is where that value is, not
-- where the name is.
local function place_assignment(node)
    local value = type(node) == "table" and node[1] == "assign" and not node[-1] and node[3][1]
    if type(value) == "table" then
        node[-1] = value[-1]
    end
    return node
end

-- The same for an assignment that is only made when the statement is compiled.
local function place_changed(node)
    local change = type(node) == "table" and node[1] == "transform" and node[3]
    if change then
        node[3] = function(...)
            return place_assignment(change(...))
        end
    end
    return place_assignment(node)
end

-- Lines that a statement with a position has become have that position.
local function follow_statements(block_class)
    local stm = block_class.stm
    function block_class.stm(block, node, ...)
        local lines, position = block._lines, reach(place_changed(node))
        local before = #lines
        stm(block, node, ...)
        if position and block._lines == lines then
            for i = before + 1, #lines do
                lines:mark_pos(position, i)
            end
        end
    end
end

-- A loop with `continue` and the body of a class move their lines, one by one.
local function follow_moved_lines(statements)
    function statements.lines(block, node)
        local lines = node[2]
        for i, line in ipairs(lines) do
            block:add(line)
            block._lines:mark_pos(lines.posmap[i])
        end
    end
end

local function calls_error(block, value)
    local callee, call = type(value) == "table" and value[1] == "chain" and value[2], value[3]
    return type(callee) == "table" and callee[1] == "ref" and callee[2] == "error"
        and type(call) == "table" and call[1] == "call" and not value[4]
        and not block:has_name("error")
end

-- A function that ends with `error` does not return what it returns: the tail call would leave
-- nothing of the function, and the position in the message would be the caller's.
local function keep_raisers(statements)
    local compile_return = statements["return"]
    statements["return"] = function(block, node)
        if type(node[2]) == "table" and calls_error(block, node[2]) then
            return block:line(block:value(node[2]))
        end
        return compile_return(block, node)
    end
end

local to_lua -- the compiler's

local function open_compiler()
    local global = rawget(_G, "lpeg")
    local base = require "moonscript.base"
    rawset(_G, "lpeg", global) -- LPeg makes itself a global, which no script has asked for
    local block_class = require "moonscript.compile".Block.__base
    local statements = require "moonscript.compile.statement"
    if block_class.stm and block_class.value and statements.lines and statements["return"] then
        follow_values(block_class)
        follow_statements(block_class)
        follow_moved_lines(statements)
        keep_raisers(statements)
    end
    to_lua = base.to_lua
end

local function compile(text)
    if not to_lua then
        open_compiler()
    end
    reached = nil
    return to_lua(text)
end

-- The interface ----------------------------------------------------------------------------------

-- "NAME:LINE: what is wrong", in one line.
local function explain(message, text, name)
    local what, line, source = read_message(tostring(message))
    if not line and reached then
        line = find_line(line_starts(text), text:find("%S", reached) or reached)
    end
    return name .. (line and ":" .. line or "") .. ": " .. what
        .. (source and ": " .. quote(source) or "")
end

-- to_lua(text, chunkname) -> the Lua text, {line of the source for each of its lines}
--                          | nil, "NAME:LINE: what is wrong"
function moon.to_lua(text, chunkname)
    text = plain(text)
    local ok, code, positions = pcall(compile, text)
    if not ok or not code then
        return nil, explain(ok and positions or code, text, display(chunkname))
    end
    return code, make_lines(text, code, positions)
end

-- What the Lua compiler has against CODE.
local function explain_lua(code, lines, name)
    local _, message = loadstring(code, "=lua")
    local line, what = message:match("^lua:(%d+): (.*)")
    if not line then
        return ("%s: %s"):format(name, message)
    end
    return ("%s:%d: %s"):format(name, lines[tonumber(line)] or lines[#lines], what)
end

-- load(text, chunkname) -> the function | nil, "NAME:LINE: what is wrong"
function moon.load(text, chunkname)
    local code, lines = moon.to_lua(text, chunkname)
    if not code then
        return nil, lines
    end
    local main = loadstring(code, chunkname)
    if not main then
        return nil, explain_lua(code, lines, display(chunkname))
    end
    return map_lines(dump(main), lines)
end

return moon
