-- SPDX-License-Identifier: BSD-3-Clause
-- Functions: their parameters and what they may assign.

local parser = require "moonscript.parse.literal"
local byte = string.byte

function parser:parameter()
    self:space()
    local start, code = self.position, byte(self.text, self.position)
    local target
    if code == 64 then
        target = self:self_name()
    elseif code == 123 then
        target = self:table_or_comprehension()
        if target and target.tag ~= "table" then return nil end
    else
        local name, position = self:name()
        target = name and self:node("ref", position, {name = name})
    end
    if not target then return nil end
    local parameter = {target = target, position = start}
    if self:sign "=" then
        parameter.default = self:exp()
        if not parameter.default then return nil end
    end
    return parameter
end

-- A comma or a line break between parameters or arguments.
function parser:separator()
    local mark = self:mark()
    if self:sign "," or self:space_break() then
        self:white()
        return true
    end
    self:back(mark)
end

function parser:parameters_into(node)
    while true do
        local mark = self:mark()
        if self:sign "..." then
            node.is_vararg = true
        else
            local parameter = self:parameter()
            if not parameter then return self:back(mark) end
            node[#node + 1] = parameter
        end
        mark = self:mark()
        if node.is_vararg or not self:separator() then return self:back(mark) end
    end
end

-- `using nil` or `using a, b`: the outer names that may be assigned.
function parser:using_into(node)
    if not self:key "using" then return true end
    node.using = {}
    repeat
        local name = self:name()
        if not name then return nil end
        if name ~= "nil" then node.using[name] = true end
    until not self:sign ","
    return true
end

function parser:arrow_into(node)
    if self:sign "->" then return true end
    node.is_method = self:sign "=>"
    return node.is_method
end

-- `(a, b=1, ...) ->`; nil when no arrow follows.
function parser:function_head()
    local node = self:node "function"
    self.position = self.position + 1
    self:white()
    self:parameters_into(node)
    self:sign ","
    self:white()
    if not self:using_into(node) then return nil end
    self:white()
    return self:sign ")" and self:arrow_into(node) and node
end

-- What follows the arrow of NODE.
function parser:function_rest(node)
    local may_do = self.may_do
    self.may_do = true
    node.body = self:body() or {}
    self.may_do = may_do
    return node
end

function parser:function_in_parentheses()
    local node = self:try "function_head"
    return node and self:function_rest(node)
end

function parser:plain_function()
    local node = self:node "function"
    return self:arrow_into(node) and self:function_rest(node)
end

return parser
