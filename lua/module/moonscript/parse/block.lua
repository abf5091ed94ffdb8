-- SPDX-License-Identifier: BSD-3-Clause
-- Statements that hold others: conditions, loops, switch, with, do, class.

local parser = require "moonscript.parse.value"
local find, ipairs = string.find, ipairs

-- Bodies ------------------------------------------------------------------------------------------

-- A line of a block, into LIST. An empty one is a line as well.
function parser:line_into(list)
    local mark = self:mark()
    if self:check_indent() then
        local statement = self:statement()
        if statement then
            list[#list + 1] = statement
            return true
        end
    end
    self:back(mark)
    self:space()
    if self:at_end_of_line() then return true end
    self:back(mark)
end

-- The lines that are indented as this one is.
function parser:block()
    local list = {}
    if not self:line_into(list) then return nil end
    while true do
        local mark = self:mark()
        if not self:line_break() or not self:line_into(list) then
            self:back(mark)
            return list
        end
        if self.position > #self.text then return list end
    end
end

function parser:indented_block()
    if not self:advance_below() then return nil end
    local width = self.item_width
    self.item_width = 0
    self:enter()
    local list = self:block()
    self.item_width = width
    if not list then return nil end
    self:leave()
    self:pop_indent()
    return list
end

-- A block on the lines below, or one statement on this one.
function parser:body()
    local may_do, mark = self.may_do, self:mark()
    self.may_do = true
    local list = self:indented_block()
    if not list then
        self:back(mark)
        local statement = self:statement()
        list = statement and {statement}
    end
    self.may_do = may_do
    return list
end

-- What is found where `do` begins the body.
function parser:before_do(method)
    local may_do = self.may_do
    self.may_do = false
    local node = self[method](self)
    self.may_do = may_do
    return node
end

-- What the method HEAD finds in front of a body, behind which WORD may stand; and the body. Lines
-- of pairs below are arguments of a call in the head only if a body follows them.
function parser:head_and_body(head, word)
    local mark, count = self:mark(), self.block_count
    local node = head(self)
    local body = node and (self:key(word) or true) and self:body()
    if body or self.block_count == count then return node, body end
    self:back(mark)
    self:push_indent(-1)
    node = head(self)
    self:pop_indent()
    if not node then return nil end
    self:key(word)
    return node, self:body()
end

-- Conditions --------------------------------------------------------------------------------------

-- An expression, or `name = exp`.
function parser:condition()
    self:space()
    local count = self.block_count
    local exp = self:exp()
    if not exp then return nil end
    local values = self:assigned_values()
    if values and count ~= self.block_count and not self:can_be_assigned(exp) then return nil end
    return values and self:assignment({exp}, values, exp.position) or exp
end

-- The rest of `if` or `elseif`: into the list CLAUSES.
function parser:clause_into(clauses, is_negated)
    local condition, body = self:head_and_body(self.condition, "then")
    if not body then return nil end
    clauses[#clauses + 1] = {condition = condition, body = body, is_negated = is_negated,
        position = condition.position}
    return true
end

-- `elseif` or `else`, on this line or on one that is indented as the block is.
function parser:next_clause(word)
    local mark = self:mark()
    if self:key(word) then return true end
    self:space()
    if self:line_break() then
        self:space_breaks()
        if self:check_indent() and self:key(word) then return true end
    end
    self:back(mark)
end

function parser:if_value()
    local node = self:node "if"
    local is_negated = self:key "unless"
    if not is_negated and not self:key "if" then return nil end
    if not self:clause_into(node, is_negated) then return nil end
    while true do
        local mark = self:mark()
        if not self:next_clause "elseif" or not self:clause_into(node) then
            self:back(mark)
            break
        end
    end
    local mark = self:mark()
    if self:next_clause "else" then
        node.otherwise = self:body()
        if not node.otherwise then self:back(mark) end
    end
    return node
end

-- Switch ------------------------------------------------------------------------------------------

function parser:case_into(node)
    local start = self.position
    if self:key "else" then
        node.otherwise = self:body()
        return node.otherwise and "last"
    end
    if not self:key "when" then return nil end
    local list, body = self:head_and_body(self.exp_list, "then")
    if not body then return nil end
    node[#node + 1] = {values = list, body = body, position = start}
    return true
end

function parser:switch()
    local node = self:node "switch"
    if not self:key "switch" then return nil end
    node.value = self:before_do "exp"
    if not node.value then return nil end
    self:key "do"
    if not self:advance_below() then return nil end
    repeat
        local mark = self:mark()
        local found = self:check_indent() and self:case_into(node)
        if not found then
            if #node == 0 then return nil end
            self:back(node.after)
            break
        end
        node.after = self:mark()
        local more = self:space_breaks()
        if not more then self:back(node.after) end
    until found == "last" or not more
    if node[1] == nil then return nil end
    self:back(node.after)
    node.after = nil
    self:pop_indent()
    return node
end

-- Loops -------------------------------------------------------------------------------------------

-- `i = from, to, step`
function parser:for_header()
    local mark = self:mark()
    local name, position = self:name()
    if name and self:sign "=" then
        local list = self:exp_list()
        if list and (#list == 2 or #list == 3) then
            return self:node("for", position, {name = name, bounds = list})
        end
    end
    self:back(mark)
end

-- `a, {b, c} in *list`, or `... in f, s, i`
function parser:each_header()
    self:space()
    local node = self:node "each"
    repeat
        self:space()
        local position = self.position
        local name = self:name()
        local target = name and self:node("ref", position, {name = name})
        if not target and self:sees "{" then
            target = self:table_or_comprehension()
            if target and target.tag ~= "table" then return nil end
        end
        if not target then return nil end
        node[#node + 1] = target
    until not self:sign ","
    if not self:key "in" then return nil end
    if self:sign "*" then
        node.list = self:exp()
        return node.list and node
    end
    node.iterator = self:exp_list()
    return node.iterator and node
end

function parser:loop_header()
    return self:before_do "for_header" or self:before_do "each_header"
end

function parser:for_loop()
    self:space()
    local start = self.position
    if not self:key "for" then return nil end
    local node, body = self:head_and_body(self.loop_header, "do")
    if not body then return nil end
    node.body, node.position = body, start
    return node
end

function parser:exp_before_do()
    return self:before_do "exp"
end

function parser:while_loop()
    local node = self:node "while"
    if not self:key "while" then return nil end
    node.condition, node.body = self:head_and_body(self.exp_before_do, "do")
    return node.body and node
end

-- With, do ----------------------------------------------------------------------------------------

function parser:with_header()
    local list = self:before_do "exp_list"
    if not list then return nil end
    local values = self:before_do "assigned_values"
    return values and self:assignment(list, values, list.position) or list
end

function parser:with()
    local node = self:node "with"
    if not self:key "with" then return nil end
    node.header, node.body = self:head_and_body(self.with_header, "do")
    return node.body and node
end

function parser:do_block()
    local node = self:node "do"
    if not self:key "do" then return nil end
    node.body = self:body()
    return node.body and node
end

-- Classes -----------------------------------------------------------------------------------------

-- A chain that ends with a field or an index, a name, or `@name`.
function parser:class_name()
    self:space()
    local node = self:links()
    if not node then return nil end
    if #node == 1 then node = node[1] end
    local last = node.tag == "chain" and node[#node].tag or node.tag
    return (last == "ref" or last == "self" or last == "dot" or last == "index") and node or nil
end

-- A line of a class: pairs or a statement.
function parser:class_line_into(node)
    if not self:check_indent() then return nil end
    local pairs = self:may_be_pair() and self:try "pairs"
    if pairs then
        for _, pair in ipairs(pairs) do node[#node + 1] = pair end
    else
        local statement = self:statement()
        if not statement then return nil end
        node[#node + 1] = statement
    end
    self:sign ","
    return true
end

function parser:class_lines_into(node)
    local mark = self:mark()
    if not self:advance_below() then return self:back(mark) end
    local after
    while self:class_line_into(node) do
        after = self:mark()
        if not self:space_breaks() then break end
    end
    if not after then return self:back(mark) end
    self:back(after)
    self:pop_indent()
end

function parser:class()
    local node = self:node "class"
    if not self:key "class" then return nil end
    local mark = self:mark()
    node.name = self:class_name()
    if not node.name then self:back(mark) end
    if self:key "extends" then
        self:push_indent(-1)
        node.parent = self:exp()
        self:pop_indent()
        if not node.parent then return nil end
    end
    self:class_lines_into(node)
    return node
end

-- The whole text ----------------------------------------------------------------------------------

function parser:file()
    if find(self.text, "^#!") then
        self.position = find(self.text, "[\r\n]", 1) or #self.text + 1
    end
    local start = self.position
    self:space_breaks()
    local list = {}
    local _, first = find(self.text, "^[ \t]*", self.position)
    if first < #self.text then
        self:push_indent()
        list = self:block()
        if list then self:white() end
    else
        self.position = #self.text + 1
    end
    if not list or self.position <= #self.text then
        if list then self:miss() end
        return nil
    end
    return list, start
end

return parser
