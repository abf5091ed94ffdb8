-- SPDX-License-Identifier: BSD-3-Clause
-- Loops and comprehensions.

local generator = require "moonscript.compile.statement"
local tree = require "moonscript.compile.tree"
local concat = table.concat
local ipairs = ipairs

local statements = generator.writers

-- Headers -----------------------------------------------------------------------------------------

-- The variables of a loop, and the patterns among them with the names of what they take apart.
local function loop_names(self, targets)
    local names, patterns = {}, {}
    for i, target in ipairs(targets) do
        if target.tag == "ref" then
            names[i] = target.name
            self:put(target.name)
        else
            names[i] = self:temporary "des"
            patterns[#patterns + 1] = {target, names[i]}
        end
    end
    return concat(names, ", "), patterns
end

local function bind_patterns(self, patterns)
    for _, pattern in ipairs(patterns) do self:bind_parts(pattern[1], pattern[2]) end
end

-- The list behind `*`, and the bounds of its slice.
local function list_and_slice(node)
    local last = node.tag == "chain" and node[#node]
    if not last or last.tag ~= "slice" then return node end
    local list = {tag = "chain", position = node.position}
    for i = 1, #node - 1 do list[i] = node[i] end
    return #list == 1 and list[1] or list, last
end

-- "from, to, step"; a bound below 0 counts from the end.
local function slice_bounds(self, list, slice)
    local from = slice and slice[1] and self:value(slice[1]) or "1"
    local to = "#" .. list
    if slice and slice[2] then
        if slice[1] and slice[1].tag ~= "number" then from = self:keep("min", from) end
        local name = self:keep("max", self:value(slice[2]))
        to = ("%s < 0 and #%s + %s or %s"):format(name, list, name, name)
    end
    return from .. ", " .. to .. (slice and slice[3] and ", " .. self:value(slice[3]) or "")
end

local openers = {} -- by tag: opens the block of a loop; returns how many blocks there are to close

openers["for"] = function(self, node)
    local text = self:list(node.bounds)
    self:open("for " .. node.name .. " = " .. text .. " do", node.position)
    self:put(node.name)
    return 1
end

function openers.each(self, node)
    if node.iterator then
        local text = self:list(node.iterator)
        self:open("for ", node.position)
        local names, patterns = loop_names(self, node)
        local last = #self.lines
        self.lines[last] = self.lines[last] .. names .. " in " .. text .. " do"
        bind_patterns(self, patterns)
        return 1
    end
    self:open("do", node.position)
    local value, slice = list_and_slice(node.list)
    local list = self:keep("list", self:value(value))
    local bounds = slice_bounds(self, list, slice)
    local index = self:temporary "index"
    self:open("for " .. index .. " = " .. bounds .. " do", node.position)
    local names, patterns = loop_names(self, node)
    self:emit("local " .. names .. " = " .. list .. "[" .. index .. "]", node.position)
    self.begins_block = false
    bind_patterns(self, patterns)
    return 2
end

openers["while"] = function(self, node)
    self:open("while " .. self:value(node.condition) .. " do", node.position)
    return 1
end

function openers.when(self, node)
    self:open("if " .. self:value(node.condition) .. " then", node.position)
    return 1
end

-- Bodies ------------------------------------------------------------------------------------------

-- What is in a loop. WRITE makes it of BODY, which may be a list of statements or one node.
local function write_body(self, body, write)
    local loop = {}
    self.scope.loop = loop
    if not tree.has(body, "continue", false) then return write() end
    loop.label = "_continue_" .. self.labels
    self.labels = self.labels + 1
    self:open "do"
    write()
    self:close "end"
    self:emit("::" .. loop.label .. "::")
end

local function close_blocks(self, count)
    for _ = 1, count do self:close("end", self.last_position) end
end

-- The clauses of a comprehension, one in the other, around what WRITE makes of BODY.
function generator:write_clauses(clauses, body, write)
    local count = 0
    for _, clause in ipairs(clauses) do
        count = count + openers[clause.tag](self, clause)
    end
    write_body(self, body, write)
    close_blocks(self, count)
end

-- A body whose value goes to a list: each turn adds one value, be it nil.
local function append_value(self, body, place)
    local last = body[#body]
    if tree.leaves(last) then return self:statements(body) end
    if last and not statements[last.tag] then return self:statements(body, place) end
    local name = self:temporary "value"
    self:emit("local " .. name)
    local target = {tag = "text", text = name, position = self.position}
    self:statements(body, {kind = "assign", targets = {target}, is_fresh = true})
    self:give_text(place, name)
end

local function write_loop(self, node, place)
    local count = openers[node.tag](self, node)
    write_body(self, node.body, function()
        if place then append_value(self, node.body, place) else self:statements(node.body) end
    end)
    close_blocks(self, count)
end

-- Lists that are made -----------------------------------------------------------------------------

-- Writes MAKE(place) in a block that makes a list, and gives that to PLACE.
local function make_list(self, place, make)
    self:open "do"
    local list = self:keep("accum", "{ }")
    make {kind = "append", list = list, count = self:keep("len", "1")}
    if place then self:give_text(place, list) end
    self:close "end"
end

local function loop_statement(self, node, place)
    if not place or place.kind == "return" and not place.is_explicit then
        return write_loop(self, node)
    end
    make_list(self, place, function(append) write_loop(self, node, append) end)
end

statements["for"], statements.each, statements["while"] = loop_statement, loop_statement,
    loop_statement

function statements.comprehension(self, node, place)
    make_list(self, place, function(append)
        self:write_clauses(node.clauses, node.value, function()
            append_value(self, {node.value}, append)
        end)
    end)
end

-- `{key, value for ...}`, or one expression that gives both.
function statements.table_comprehension(self, node, place)
    self:open "do"
    local name = self:keep("tbl", "{ }")
    self:write_clauses(node.clauses, node, function()
        local key, value = self:value(node.key), nil
        if node.value then
            value = self:value(node.value)
        else
            local pair = self:temporary "key"
            value = self:temporary "val"
            self:emit("local " .. pair .. ", " .. value .. " = " .. key)
            key = pair
        end
        self:emit(name .. (key:find "^%[" and "[ " .. key .. " ]" or "[" .. key .. "]") .. " = "
            .. value)
    end)
    if place then self:give_text(place, name) end
    self:close "end"
end

return generator
