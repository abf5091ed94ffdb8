-- SPDX-License-Identifier: BSD-3-Clause
-- Expressions: values with operators between them, calls and fields.

local parser = require "moonscript.parse.function"
local byte, find, match, sub = string.byte, string.find, string.match, string.sub
local ipairs = ipairs

-- Operators ---------------------------------------------------------------------------------------

local operators = {}
for text in (".. <= >= ~= != == << >> // + - * / % ^ < > | &"):gmatch "%S+" do
    operators[text] = true
end

-- The binary operator that is next, and line breaks behind it.
function parser:operator()
    local mark = self:mark()
    self:space()
    local word = self:peek_word()
    local text = sub(self.text, self.position, self.position + 1)
    if word == "and" or word == "or" then
        text = word
    elseif find(self.text, "^~[ \t]", self.position) then
        text = "~"
    elseif not operators[text] then
        text = sub(text, 1, 1)
        if not operators[text] then return self:back(mark) end
    end
    self.position = self.position + #text
    self:space_breaks()
    return text == "!=" and "~=" or text
end

-- `value op value ...`: a list of values, and operators as strings; what stands before a value is
-- "-u", "#u", "~u" or "not".
function parser:exp()
    local first = self:value()
    if not first then return nil end
    local items = first.tag == "exp" and first or self:node("exp", first.position, {first})
    while true do
        local mark = self:mark()
        local operator = self:operator()
        local value = operator and self:value()
        if not value then
            if operator then self:back(mark) end
            return #items > 1 and items or first
        end
        items[#items + 1] = operator
        if value.tag == "exp" then
            for _, item in ipairs(value) do items[#items + 1] = item end
        else
            items[#items + 1] = value
        end
    end
end

function parser:exp_list(separator)
    local first = self:exp()
    if not first then return nil end
    local list = self:node("list", first.position, {first})
    while true do
        local mark = self:mark()
        local more = self:sign "," or separator and self:sign(separator)
        local exp = more and self:exp()
        if not exp then
            self:back(mark)
            return list
        end
        list[#list + 1] = exp
    end
end

-- An operator before a value takes all that follows, which Lua's precedence then divides.
function parser:prefixed(operator, length)
    local node = self:node("exp", nil, {operator})
    self.position = self.position + length
    local rest = self:exp()
    if not rest then return nil end
    if rest.tag == "exp" then
        for _, item in ipairs(rest) do node[#node + 1] = item end
    else
        node[#node + 1] = rest
    end
    return node
end

-- Values ------------------------------------------------------------------------------------------

function parser:minus()
    if byte(self.text, self.position + 1) == 62 then return self:plain_function() end
    return self:prefixed("-u", 1)
end

function parser:equals()
    return byte(self.text, self.position + 1) == 62 and self:plain_function()
end

function parser:length()
    return self:prefixed("#u", 1)
end

function parser:complement()
    return byte(self.text, self.position + 1) ~= 61 and self:prefixed("~u", 1)
end

function parser:parenthesis()
    return self:function_in_parentheses() or self:chain()
end

function parser:bracket()
    return self:try "comprehension" or self:try "pairs" or self:chain()
end

function parser:quote()
    return self:try "pairs" or self:chain()
end

function parser:period()
    return match(self.text, "^%.%d", self.position) and self:number() or self:chain()
end

function parser:at_sign()
    return find(self.text, "^@+[%a_][%w_]*:", self.position) and self:try "pairs" or self:chain()
end

-- By the first letter of a value: the method that reads it.
local by_letter = {
    ["-"] = "minus", ["="] = "equals", ["#"] = "length", ["~"] = "complement",
    ["("] = "parenthesis", ["["] = "bracket", ["{"] = "table_or_comprehension",
    ['"'] = "quote", ["'"] = "quote", ["."] = "period", ["@"] = "at_sign", [":"] = "pairs",
    ["\\"] = "chain",
}
for digit = 0, 9 do by_letter[digit .. ""] = "number" end

-- Statements that are values as well.
local by_word = {
    ["if"] = "if_value", unless = "if_value", switch = "switch", with = "with", class = "class",
    ["for"] = "for_loop", ["while"] = "while_loop", ["do"] = "do_block",
}

function parser:value_of_word(word)
    if find(self.text, "^:[^:]", self.position + #word) then
        local node = self:try "pairs"
        if node then return node end
    end
    if word == "not" then return self:prefixed("not", 3) end
    local method = by_word[word]
    if method and (word ~= "do" or self.may_do) then return self:try(method) end
    return not self:is_keyword(word) and self:chain()
end

function parser:value()
    local mark = self:mark()
    self:space()
    self:enter()
    local word, node = self:peek_word(), nil
    if word then
        node = self:value_of_word(word)
    else
        local method = by_letter[sub(self.text, self.position, self.position)]
        if method == "table_or_comprehension" then
            node = self:inside_brackets(method)
        elseif method then
            node = self[method](self)
        end
    end
    self:leave()
    if node then return node end
    self:back(mark)
end

-- Chains ------------------------------------------------------------------------------------------

-- `@name`, `@@name`, `@`, `@@`
function parser:self_name()
    self:space()
    local start = self.position
    local signs = match(self.text, "^@@?", start)
    if not signs then return nil end
    self.position = start + #signs
    local name = self:peek_word()
    if not name then
        return self:node("name_of_self", start, {is_class = #signs == 2})
    end
    self.position = self.position + #name
    return self:node("self", start, {is_class = #signs == 2, name = name})
end

-- The sign that closes the bracket at START.
function parser:closes(sign, start)
    local bracket = self.open_bracket
    self.open_bracket = start
    local found = self:sign(sign)
    self.open_bracket = bracket
    return found
end

function parser:in_parentheses()
    local node = self:node "parentheses"
    self.position = self.position + 1
    self:white()
    node.value = self:inside_brackets "exp"
    if not node.value then return nil end
    self:white()
    return self:closes(")", node.position) and node
end

-- What a chain begins with. A chain in a `with` block may begin with a field.
function parser:chain_base()
    local start, code = self.position, byte(self.text, self.position)
    if code == 40 then return self:try "in_parentheses" end
    if code == 64 then return self:self_name() end
    if code == 34 or code == 39 or code == 91 then return self:string() end
    if find(self.text, "^%.%.%.", start) then
        self.position = start + 3
        return self:node("vararg", start)
    end
    if code == 46 or code == 92 then return self:node("scope", start) end
    local name, position = self:name()
    return name and self:node("ref", position, {name = name})
end

-- The arguments of a call in parentheses, which may be on lines of their own.
function parser:arguments_in_parentheses()
    local node = self:node "call"
    self.position = self.position + 1
    self:white()
    local exp = self:exp()
    while exp do
        node[#node + 1] = exp
        local mark = self:mark()
        exp = self:separator() and self:exp()
        if not exp then self:back(mark) end
    end
    self:white()
    self:sign ","
    self:white()
    return self:sign ")" and node
end

-- `[exp]`, or `[from, to, step]` of which each may be left out.
function parser:index()
    local node = self:node "index"
    self.position = self.position + 1
    self:white()
    node[1] = self:exp()
    self:white()
    if node[1] and self:sign "]" then return node end
    if not self:sign "," then return nil end
    node.tag = "slice"
    node[2] = self:exp()
    if self:sign "," then node[3] = self:exp() end
    self:white()
    return self:sign "]" and node
end

function parser:call()
    local start, code = self.position, byte(self.text, self.position)
    if code == 40 then
        return self:inside_brackets "arguments_in_parentheses"
    elseif code == 33 then
        if byte(self.text, start + 1) == 61 then return nil end
        self.position = start + 1
        return self:node("call", start)
    elseif code == 34 or code == 39 or find(self.text, "^%[=*%[", start) then
        local text = self:string()
        return text and self:node("call", start, {text})
    end
end

-- `.name` or `\name`
function parser:field_of_chain(tag)
    local start = self.position
    self.position = start + 1
    local name = self:field()
    if name then return self:node(tag, start, {name = name}) end
    self.position = start
end

-- What follows in a chain, immediately.
function parser:link()
    local code = byte(self.text, self.position)
    if code == 46 and byte(self.text, self.position + 1) ~= 46 then
        return self:field_of_chain "dot"
    elseif code == 92 then
        return self:field_of_chain "colon"
    end
    local call = self:call()
    if not call and code == 91 then
        local mark = self:mark()
        call = self:inside_brackets "index"
        if not call then self:back(mark) end
    end
    return call
end

-- The base and its links. A method that is not called ends them.
function parser:links()
    local base = self:chain_base()
    if not base then return nil end
    local node = self:node("chain", base.position, {base})
    repeat
        local mark = self:mark()
        local link = self:link()
        local last = node[#node]
        if link and last.tag == "colon" and link.tag ~= "call" then link = nil end
        if not link then
            self:back(mark)
            break
        end
        node[#node + 1] = link
    until false
    return (#node > 1 or base.tag ~= "scope") and node or nil
end

-- May the first argument of a call begin here, which no parentheses surround?
function parser:at_argument()
    if self:sees_blank() then return not find(self.text, "^[ \t]+%-[ \t]", self.position) end
    return not find(self.text, "^[-.\\]", self.position)
        or find(self.text, "^%.%.%.", self.position) ~= nil
end

-- Arguments on the lines below, behind a comma.
function parser:argument_lines()
    local node = self:node "list"
    if not self:advance_below() then return nil end
    local after = self:mark()
    while true do
        local list = self:check_indent() and self:exp_list()
        if not list then break end
        for _, exp in ipairs(list) do node[#node + 1] = exp end
        after = self:mark()
        if not self:sign "," or not self:space_break() then break end
    end
    self:back(after)
    self:pop_indent()
    return #node > 0 and node
end

-- A table in lines of pairs, or arguments in lines and then perhaps a table, behind a comma.
function parser:more_arguments_into(node)
    local mark = self:mark()
    if not self:sign "," then return node end
    local table_block = self:try "table_block"
    if table_block then
        node[#node + 1] = table_block
        return node
    end
    local list = self:try "argument_lines"
    if not list then
        self:back(mark)
        return node
    end
    for _, exp in ipairs(list) do node[#node + 1] = exp end
    node[#node + 1] = self:try "table_block"
    return node
end

function parser:arguments()
    if not self:at_argument() then return nil end
    local start = self.position
    local list = self:exp_list()
    local node = self:node("call", start, list)
    if not list then
        node[1] = self:try "table_block"
        return node[1] and node
    end
    local count = #node
    self:more_arguments_into(node)
    if #node == count then node[#node + 1] = self:try "table_block" end
    return node
end

function parser:chain()
    local node = self:links()
    if not node then return nil end
    local is_string = #node == 1 and (node[1].tag == "string" or node[1].tag == "string_of_parts")
    local mark = self:mark()
    local call = not is_string and self:arguments()
    if call then
        node[#node + 1] = call
    else
        self:back(mark)
    end
    return #node > 1 and node or node[1]
end

return parser
