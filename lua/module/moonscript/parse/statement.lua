-- SPDX-License-Identifier: BSD-3-Clause
-- Statements: assignments, import, export, local, return, and what follows them on their line.

local parser = require "moonscript.parse.block"
local find, sub = string.find, string.sub
local ipairs = ipairs

-- Assignments -------------------------------------------------------------------------------------

local links_assigned = {dot = true, index = true, slice = true}
local plain_targets = {ref = true, self = true, name_of_self = true, table = true}

function parser.can_be_assigned(_, node)
    return plain_targets[node.tag] or node.tag == "chain" and links_assigned[node[#node].tag]
end

-- The values behind a "=", nil when there is none.
function parser:assigned_values()
    local mark = self:mark()
    if self:sign "=" then
        local block = self:try "table_block"
        local list = block and self:node("list", block.position, {block}) or self:exp_list ";"
        if list then return list end
    end
    self:back(mark)
end

function parser:assignment(targets, values, position)
    for _, target in ipairs(targets) do
        if not self:can_be_assigned(target) then
            self:refuse("left hand expression is not assignable", target.position)
        end
    end
    return self:node("assign", position, {targets = targets, values = values})
end

local updates = {"..", "+", "-", "*", "//", "/", "%", "or", "and", "&", "|", ">>", "<<", "^"}

-- `op= exp` behind a target: the operator and the expression.
function parser:update()
    local mark = self:mark()
    self:space()
    for _, operator in ipairs(updates) do
        local last = self.position + #operator
        if sub(self.text, self.position, last) == operator .. "=" then
            self.position = last + 1
            local exp = self:exp()
            if exp then return operator, exp end
            break
        end
    end
    self:back(mark)
end

function parser:exp_or_assignment()
    local list = self:exp_list()
    if not list then return nil end
    local operator, exp = self:update()
    if operator then
        if not self:can_be_assigned(list[1]) or list[1].tag == "table" or #list > 1 then
            self:refuse("left hand expression is not assignable", list[1].position)
        end
        return self:node("update", list.position,
            {target = list[1], operator = operator, value = exp})
    end
    local values = self:assigned_values()
    if values then return self:assignment(list, values, list.position) end
    return #list == 1 and list[1] or list
end

-- Statements of one word --------------------------------------------------------------------------

function parser:name_list()
    local list = {}
    repeat
        local name = self:name()
        if not name then return nil end
        list[#list + 1] = name
    until not self:sign ","
    return list
end

-- `*` or `^`
function parser:which_names()
    return self:sign "*" and "*" or self:sign "^" and "^" or nil
end

-- `local a, b`, `local *`, `local ^`, and `local a = 1`
function parser:local_statement()
    local node = self:node "local"
    self:key "local"
    node.which = self:which_names()
    if node.which then return node end
    node.names = self:name_list()
    node.values = node.names and self:assigned_values()
    return node.names and node
end

function parser:export_statement()
    local node = self:node "export"
    self:key "export"
    self:space()
    if self:peek_word() == "class" then
        node.class = self:class()
        return node.class and node
    end
    node.which = self:which_names()
    if node.which then return node end
    node.names = self:name_list()
    node.values = node.names and self:assigned_values()
    return node.names and node
end

-- `name` or `\name`
function parser:imported_name()
    local is_bound = self:sign "\\"
    local name, position = self:name()
    return name and {name = name, is_bound = is_bound, position = position}
end

function parser:import_statement()
    local node = self:node "import"
    self:key "import"
    self:white()
    while true do
        local item = self:imported_name()
        if not item then return nil end
        node[#node + 1] = item
        local any = self:white()
        any = self:sign "," or any
        self:white()
        if self:key "from" then break end
        if not any then return nil end
    end
    node.source = self:exp()
    return node.source and node
end

function parser:return_statement()
    local node = self:node "return"
    self:key "return"
    node.values = self:exp_list ";"
    return node
end

function parser:break_statement()
    local node = self:node "break"
    return self:key "break" and node
end

function parser:continue_statement()
    local node = self:node "continue"
    return self:key "continue" and node
end

local by_word = {
    import = "import_statement", ["local"] = "local_statement", export = "export_statement",
    ["return"] = "return_statement", ["break"] = "break_statement",
    continue = "continue_statement", ["while"] = "while_loop", with = "with",
    ["for"] = "for_loop", switch = "switch",
}

-- What may follow a statement ---------------------------------------------------------------------

-- What `else EXP` behind a statement does: `x = 1 if y else 2` is an assignment in either case.
local function same_with(statement, exp)
    local values = {tag = "list", position = exp.position, exp}
    if statement.tag == "assign" then
        return {tag = "assign", position = exp.position, targets = statement.targets,
            values = values}
    elseif statement.tag == "update" then
        return {tag = "update", position = exp.position, target = statement.target,
            operator = statement.operator, value = exp}
    elseif statement.tag == "return" then
        return {tag = "return", position = exp.position, values = values}
    end
    return exp
end

-- `if exp`, `if exp else exp`, `unless exp`, `for ...`
function parser:decoration(statement)
    local mark = self:mark()
    local node = self:node("decorated", statement.position, {statement = statement})
    local is_negated = self:key "unless"
    if is_negated or self:key "if" then
        local condition = self:exp()
        if condition then
            node[1] = {condition = condition, is_negated = is_negated, body = {statement},
                position = condition.position}
            mark = self:mark()
            local otherwise = not is_negated and self:key "else" and self:exp()
            if otherwise then
                node.otherwise = {same_with(statement, otherwise)}
            else
                self:back(mark)
            end
            return node
        end
    else
        node.clauses = self:clauses()
        if node.clauses then return node end
    end
    self:back(mark)
    return statement
end

function parser:statement()
    local mark = self:mark()
    self:space()
    local word = self:peek_word()
    local method = word and by_word[word]
    if method and find(self.text, "^:[^:]", self.position + #word) then method = nil end
    local node = method and self:try(method) or self:exp_or_assignment()
    if not node then
        self:back(mark)
        return nil
    end
    node = self:decoration(node)
    self:space()
    return node
end

return parser
