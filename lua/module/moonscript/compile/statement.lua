-- SPDX-License-Identifier: BSD-3-Clause
-- Statements, and where the value of the last one goes. A place for a value is
--     {kind = "return"}                             is_explicit: `return` was written
--     {kind = "assign", targets = nodes}            is_fresh: they are new, so nil
--     {kind = "append", list = name, count = name}  to the list that a loop makes
--     {kind = "drop"}                               it is made and forgotten
-- or nil where a statement is no value.

local generator = require "moonscript.compile.assign"
local tree = require "moonscript.compile.tree"
local concat = table.concat
local ipairs = ipairs

local statements = {} -- by tag: write(generator, node, place, is_last)
generator.writers = statements

-- Places ------------------------------------------------------------------------------------------

-- A call of `error` is not returned: the tail call would leave nothing of the function, and the
-- position in the message would be the caller's.
local function calls_error(self, node)
    return node.tag == "chain" and #node == 2 and node[1].tag == "ref" and node[1].name == "error"
        and node[2].tag == "call" and not self:look_up "error"
end

local function append(self, place, text)
    self:emit(("%s[%s] = %s"):format(place.list, place.count, text))
    self:emit(("%s = %s + 1"):format(place.count, place.count))
end

local function as_list(node)
    return node.tag == "list" and node or {node}
end

function generator:give(place, node)
    if place.kind == "assign" then
        self:assign(place.targets, as_list(node))
    elseif place.kind == "append" then
        append(self, place, self:value(node))
    elseif place.kind == "return" and not calls_error(self, node) then
        self:emit("return " .. self:value(node))
    else
        self:exp_statement(node)
    end
end

function generator:give_text(place, text)
    self:give(place, {tag = "text", text = text, position = self.position})
end

-- Does a branch without a value have to say so?
local function needs_nothing(place)
    return place and place.kind == "assign" and not place.is_fresh
end

-- A branch has ended without a value.
function generator:give_nothing(place)
    if needs_nothing(place) then self:assign_nothing(place.targets) end
end

-- Lists of statements -----------------------------------------------------------------------------

function generator:statements(list, place)
    local around, count = self.following, #list
    for i, node in ipairs(list) do
        self.following = {list = list, at = i + 1}
        self:statement(node, i == count and place or nil, i == count)
    end
    self.following = around
    if count == 0 then self:give_nothing(place) end
end

function generator:statement(node, place, is_last)
    local position = self.position
    self.position = node.position
    local write = statements[node.tag]
    if write then
        write(self, node, place, is_last)
    elseif place then
        self:give(place, node)
    else
        self:exp_statement(node)
    end
    self.position = position
end

-- An expression that is a statement. Lua has only calls as such.
function generator:exp_statement(node)
    local last = node.tag == "chain" and node[#node]
    if last and last.tag == "call" then return self:emit(self:value(node)) end
    self:emit("do local _ = " .. self:value(node) .. " end")
end

-- Declares what a statement assigns that will be in a block.
local function declare_before(self, statement)
    local names = {}
    for _, name in ipairs(statement.tag == "export" and statement.names or {}) do
        if not self:look_up(name) then self.scope.names[name] = "global" end
    end
    for _, name in ipairs(tree.declared_names(statement, {})) do
        if not self:look_up(name) then
            if self:exports(name) then
                self.scope.names[name] = "global"
            else
                names[#names + 1] = name
            end
        end
    end
    if names[1] then self:declare(names, {statement.values or statement.value or statement}) end
end

-- Simple statements -------------------------------------------------------------------------------

function statements.assign(self, node, place)
    self:assign(node.targets, node.values)
    self:give_nothing(place)
end

function statements.update(self, node, place)
    self:update(node)
    self:give_nothing(place)
end

function statements.import(self, node, place)
    local pattern = {tag = "table", position = node.position}
    for i, item in ipairs(node) do
        pattern[i] = {is_bound = item.is_bound,
            key = {tag = "field", name = item.name, position = item.position},
            value = {tag = "ref", name = item.name, position = item.position}}
    end
    self:assign({pattern}, {node.source})
    self:give_nothing(place)
end

local function is_capital(name)
    return name:find "^%u" ~= nil
end

-- `local *` and `local ^`: the names that the statements below declare in this block.
local function declare_following(self, which)
    local names, fresh, seen = {}, {}, {}
    local following = self.following
    for i = following.at, #following.list do
        tree.declared_names(following.list[i], names)
    end
    for _, name in ipairs(names) do
        if not seen[name] and not self:look_up(name) and (which == "*" or is_capital(name)) then
            seen[name] = true
            fresh[#fresh + 1] = name
        end
    end
    self:declare(fresh)
end

statements["local"] = function(self, node, place)
    if node.which then
        declare_following(self, node.which)
    elseif not node.values then
        self:declare(node.names)
    else
        self:assign_new(node.names, node.values, node.position)
    end
    self:give_nothing(place)
end

function statements.export(self, node, place)
    local names = node.names or tree.declared_names(node.class or {}, {})
    for _, name in ipairs(names) do
        if not self:look_up(name) then self.scope.names[name] = "global" end
    end
    if node.which == "*" then
        self.scope.exports_all = true
    elseif node.which == "^" then
        self.scope.exports_proper = true
    elseif node.class then
        self:statement(node.class, place, true)
    elseif node.values then
        local targets = {}
        for i, name in ipairs(names) do
            targets[i] = {tag = "ref", name = name, position = node.position}
        end
        self:assign(targets, node.values)
    end
end

-- What leaves a block must be the last in it.
local function leave(self, text, is_last)
    self:emit(is_last and text or "do " .. text .. " end")
end

statements["return"] = function(self, node, _, is_last)
    local values = node.values
    if not values then return leave(self, "return", is_last) end
    local value = #values == 1 and values[1] or values
    if not is_last then self:open "do" end
    self:statement(value, {kind = "return", is_explicit = true}, true)
    if not is_last then self:close "end" end
end

statements["break"] = function(self, node, _, is_last)
    if not self.scope.loop then self:refuse("break must be inside of a loop", node.position) end
    leave(self, "break", is_last)
end

function statements.continue(self, node)
    local loop = self.scope.loop
    if not loop then self:refuse("continue must be inside of a loop", node.position) end
    self:emit("goto " .. loop.label)
end

-- Conditions --------------------------------------------------------------------------------------

-- Assigns what stands in a condition; the text to test, and the pattern that is to be taken apart.
local function assign_condition(self, clause)
    local targets, values = clause.condition.targets, clause.condition.values
    local target = targets[1]
    if target.tag ~= "table" then
        self:assign(targets, values)
        return self:value(target)
    elseif clause.is_negated then
        self:refuse("destructure not allowed in unless assignment", target.position)
    end
    return self:keep("des", self:value(values[1])), target
end

local function test(clause, text)
    return clause.is_negated and "not (" .. text .. ")" or text
end

local function write_branch(self, body, place, pattern, name)
    if pattern then
        self:assign({pattern}, {{tag = "text", text = name, position = pattern.position}})
    end
    self:statements(body, place)
end

-- The clauses from AT on. One with an assignment has a block of its own around it and what follows.
local function write_clauses(self, node, at, place)
    local clause, text, pattern = node[at], nil, nil
    local assigns = clause.condition.tag == "assign"
    if assigns then
        self:open("do", clause.position)
        text, pattern = assign_condition(self, clause)
    else
        text = self:value(clause.condition)
    end
    self:open("if " .. test(clause, text) .. " then", clause.position)
    write_branch(self, clause.body, place, pattern, text)
    self:close()
    local following = node[at + 1]
    while following and following.condition.tag ~= "assign" do
        self:open("elseif " .. self:value(following.condition) .. " then", following.position)
        self:statements(following.body, place)
        self:close()
        at = at + 1
        following = node[at + 1]
    end
    if following or node.otherwise or needs_nothing(place) then
        self:open "else"
        if following then
            write_clauses(self, node, at + 1, place)
        else
            self:statements(node.otherwise or {}, place)
        end
        self:close()
    end
    self:emit "end"
    if assigns then self:close "end" end
end

statements["if"] = function(self, node, place)
    write_clauses(self, node, 1, place)
end

function statements.decorated(self, node, place)
    local statement = node.statement
    declare_before(self, statement)
    if not node.clauses then return write_clauses(self, node, 1, place) end
    if place and not statements[statement.tag] then
        return self:statement({tag = "comprehension", position = node.position, value = statement,
            clauses = node.clauses}, place)
    end
    self:write_clauses(node.clauses, statement, function() self:statements {statement} end)
    self:give_nothing(place)
end

-- Switch, with, do --------------------------------------------------------------------------------

local function case_test(self, case, name)
    local out = {}
    for i, value in ipairs(case.values) do
        out[i] = self:operand(self:whole(value)) .. " == " .. name
    end
    return concat(out, " or ")
end

function statements.switch(self, node, place)
    self:open "do"
    local name = self:keep("exp", self:value(node.value))
    for i, case in ipairs(node) do
        local word = i == 1 and "if " or "elseif "
        self:open(word .. case_test(self, case, name) .. " then", case.position)
        self:statements(case.body, place)
        self:close()
    end
    if node.otherwise or needs_nothing(place) then
        self:open "else"
        self:statements(node.otherwise or {}, place)
        self:close()
    end
    self:emit "end"
    self:close "end"
end

-- Does the variable mean the same all through the body of NODE?
local function is_steady(self, node, name)
    return self:is_local(name) and not tree.assigns(node.body, name)
        and not tree.rebinds(node.body, name)
end

-- Evaluates what the header names; the name of its variable.
local function with_name(self, node)
    local header = node.header
    if header.tag ~= "assign" then
        local value = header[1]
        if #header == 1 and value.tag == "ref" and is_steady(self, node, value.name) then
            return value.name
        end
        return self:keep("with", self:list(header))
    end
    local target, values = header.targets[1], header.values
    if target.tag == "ref" then
        self:assign(header.targets, values)
        return is_steady(self, node, target.name) and target.name
            or self:keep("with", target.name)
    end
    local name = self:keep("with", self:value(values[1]))
    local others = {{tag = "text", text = name, position = values[1].position}}
    for i = 2, #values do others[i] = values[i] end
    self:assign(header.targets, others)
    return name
end

statements["with"] = function(self, node, place)
    self:open "do"
    self.scope.with_name = with_name(self, node)
    local name, leaves = self.scope.with_name, tree.leaves(node.body[#node.body])
    self:statements(node.body)
    if place and not leaves then self:give_text(place, name) end
    self:close "end"
end

statements["do"] = function(self, node, place)
    self:open "do"
    self:statements(node.body, place)
    self:close "end"
end

return generator
