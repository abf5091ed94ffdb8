-- SPDX-License-Identifier: BSD-3-Clause
-- What the compiler writes: lines of Lua, each with the position in the source that it comes from;
-- and the names that are in sight where it writes.
--
-- The text of an expression may have several lines. Each line begins with "\1POSITION\2", and no
-- other text has these bytes: literals are escaped.

local concat, rep = table.concat, string.rep
local error, ipairs, setmetatable = error, ipairs, setmetatable

local find_line = require "moonscript.parse".find_line

local generator = {}
generator.__index = generator

local lua_keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
        return then true until while]]):gmatch "%a+" do
    lua_keywords[word] = true
end
generator.lua_keywords = lua_keywords

function generator.new(tree)
    return setmetatable({
        tree = tree,
        lines = {},
        level = 0, -- of indentation
        position = 1,
        labels = 0,
        begins_block = true,
        scope = {names = {}, is_vararg = true},
    }, generator)
end

function generator:refuse(message, position)
    error {message = message, position = position or self.position}
end

-- Lines -------------------------------------------------------------------------------------------

-- The line of the source at POSITION; 0 for trees that were not parsed.
function generator:line_at(position)
    local starts = self.tree.starts
    return starts and find_line(starts, position) or 0
end

-- Begins a line within an expression.
function generator:line_break(position)
    return "\n\1" .. position .. "\2" .. rep("  ", self.level)
end

-- Writes a line. One that begins with a parenthesis would go on with the line before.
function generator:emit(text, position)
    if text:find "^%(" and not self.begins_block then text = ";" .. text end
    self.begins_block = false
    self.last_position = position or self.position
    local indent = rep("  ", self.level)
    self.lines[#self.lines + 1] = "\1" .. self.last_position .. "\2" .. indent .. text
end

-- Begins a block of Lua, with names of its own.
function generator:open(text, position)
    self:emit(text, position)
    self.level = self.level + 1
    self.begins_block = true
    self:push_scope()
end

function generator:close(text, position)
    self:pop_scope()
    self.level = self.level - 1
    self.begins_block = false
    if text then self:emit(text, position) end
end

-- "HEAD ... END" with the lines that WRITE(self, ...) writes between them.
function generator:enclose(head, ending, write, ...)
    local lines, position, begins_block = self.lines, self.position, self.begins_block
    self.lines, self.level, self.begins_block = {}, self.level + 1, true
    write(self, ...)
    local inner = self.lines
    self.lines, self.level, self.begins_block = lines, self.level - 1, begins_block
    self.position = position
    if #inner == 0 then return head .. " " .. ending end
    return head .. "\n" .. concat(inner, "\n") .. self:line_break(position) .. ending
end

-- The finished text, and [its line] -> position.
function generator:finish()
    local out, positions = {}, {}
    for line in (concat(self.lines, "\n") .. "\n"):gmatch "([^\n]*)\n" do
        local position, text = line:match "^\1(%d+)\2(.*)$"
        out[#out + 1] = text or line
        positions[#out] = position and position + 0
    end
    return concat(out, "\n"), positions
end

-- Names -------------------------------------------------------------------------------------------

local inherited = {"with_name", "class_name", "method", "is_vararg", "loop"}

function generator:push_scope()
    local scope = {names = {}, around = self.scope}
    for _, field in ipairs(inherited) do
        scope[field] = self.scope[field]
    end
    self.scope = scope
    return scope
end

function generator:pop_scope()
    self.scope = self.scope.around
end

-- USING: the outer names that the function may assign, nil for all.
function generator:push_function(is_vararg, using)
    local scope = self:push_scope()
    scope.is_vararg, scope.using, scope.loop = is_vararg, using, nil
    return scope
end

-- What an assignment finds under NAME: "local", "global" (exported), or nil.
function generator:look_up(name)
    local scope = self.scope
    while scope do
        local found = scope.names[name]
        if found then return found end
        if scope.using and not scope.using[name] then return nil end
        scope = scope.around
    end
end

-- Is there a local variable of that name, whether it may be assigned or not?
function generator:is_local(name)
    local scope = self.scope
    while scope do
        local found = scope.names[name]
        if found then return found == "local" end
        scope = scope.around
    end
    return false
end

function generator:check_name(name, position)
    if lua_keywords[name] then
        self:refuse(("'%s' is a keyword of Lua and cannot be a name"):format(name), position)
    end
end

function generator:put(name)
    self:check_name(name)
    self.scope.names[name] = "local"
end

-- Will an assignment to NAME, which is not there, make a global?
function generator:exports(name)
    local scope = self.scope
    return scope.exports_all or scope.exports_proper and name:find "^%u" ~= nil
end

-- A name for the compiler's own use: "_list_0".
function generator:temporary(prefix)
    local names, i = self.tree.names or {}, 0
    local name
    repeat
        name = "_" .. prefix .. "_" .. i
        i = i + 1
    until not names[name] and not self:is_local(name)
    self:put(name)
    return name
end

-- Makes it a variable of this block: `local _list_0 = TEXT`.
function generator:keep(prefix, text)
    local name = self:temporary(prefix)
    self:emit("local " .. name .. " = " .. text)
    return name
end

return generator
