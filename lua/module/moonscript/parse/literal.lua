-- SPDX-License-Identifier: BSD-3-Clause
-- Numbers, strings, tables and comprehensions.

local parser = require "moonscript.parse.text"
local byte, find, match, sub = string.byte, string.find, string.match, string.sub
local concat = table.concat
local ipairs, type = ipairs, type

-- Numbers -----------------------------------------------------------------------------------------

-- As LuaJIT has them: longest first.
local number_forms = {
    "^0[xX]%x*%.?%x*[pP][+-]?%d+", "^0[xX]%x*%.%x+", "^0[xX]%x+[uU]?[lL][lL]", "^0[xX]%x+",
    "^0[bB][01]+[uU]?[lL][lL]", "^0[bB][01]+", "^%d+[uU]?[lL][lL]", "^%d+%.%d+[eE][+-]?%d+",
    "^%d+[eE][+-]?%d+", "^%.%d+[eE][+-]?%d+", "^%d+%.%d+", "^%.%d+", "^%d+%.%f[^%w_.]", "^%d+",
}

function parser:number()
    for _, form in ipairs(number_forms) do
        local text = match(self.text, form, self.position)
        if text then
            local node = self:node("number", nil, {text = text})
            self.position = self.position + #text
            if sub(self.text, self.position, self.position):find "^[%a_]" then
                self:miss "malformed number"
                return nil
            end
            return node
        end
    end
end

-- Strings -----------------------------------------------------------------------------------------

-- What the backslash, line break or other control character at FROM becomes, and its length.
local function escape(text, from)
    local pair = match(text, "^\\?\r?\n", from)
    if pair then return "\\n", #pair end
    pair = match(text, "^\\z%s*", from)
    if pair then return "", #pair end
    pair = match(text, "^\\.", from)
    if pair then return pair == "\\#" and "#" or pair, 2 end
    return ("\\%03d"):format(byte(text, from)), 1
end

-- What is in a string, as Lua text of one line: line breaks are allowed, and "\#" is a "#".
local function plain(text)
    local out, at = {}, 1
    while true do
        local from = find(text, "[\\\r\n\1-\8\11-\31\127]", at)
        if not from then break end
        local escaped, length = escape(text, from)
        out[#out + 1] = sub(text, at, from - 1) .. escaped
        at = from + length
    end
    out[#out + 1] = sub(text, at)
    return concat(out)
end

function parser:single_quoted()
    local start = self.position
    local at = start + 1
    while true do
        local from = find(self.text, "['\\]", at)
        if not from then
            self:miss "unfinished string"
            return nil
        elseif byte(self.text, from) == 39 then
            self.position = from + 1
            return self:node("string", start,
                {text = "'" .. plain(sub(self.text, start + 1, from - 1)) .. "'"})
        end
        at = from + 2
    end
end

-- Where the plain part of a double quoted string ends that begins at AT: at its quote or at "#{".
function parser:find_part_end(at)
    while true do
        local from = find(self.text, '["\\#]', at)
        if not from then return nil end
        local code = byte(self.text, from)
        if code == 34 or code == 35 and byte(self.text, from + 1) == 123 then return from end
        at = from + (code == 92 and 2 or 1)
    end
end

-- The expression in "#{...}"; "#" is next.
function parser:interpolated()
    self.position = self.position + 2
    self:white()
    local node = self:inside_brackets "exp"
    if not node then return nil end
    self:white()
    return self:sign "}" and node
end

function parser:double_quoted()
    local start = self.position
    local parts = self:node("string_of_parts", start)
    self.position = start + 1
    while true do
        local from = self:find_part_end(self.position)
        if not from then
            self.position = start
            self:miss "unfinished string"
            return nil
        end
        if from > self.position then
            parts[#parts + 1] = '"' .. plain(sub(self.text, self.position, from - 1)) .. '"'
        end
        self.position = from
        if byte(self.text, from) == 34 then
            self.position = from + 1
            break
        end
        local node = self:interpolated()
        if not node then return nil end
        parts[#parts + 1] = node
    end
    if #parts == 0 or #parts == 1 and type(parts[1]) == "string" then
        return self:node("string", start, {text = parts[1] or '""'})
    end
    return parts
end

-- [[...]] becomes a string of one line of Lua.
function parser:long_string()
    local start = self.position
    local level = match(self.text, "^%[(=*)%[", start)
    if not level then return nil end
    local from = start + #level + 2
    local last = find(self.text, "]" .. level .. "]", from, true)
    if not last then
        self:miss "unfinished string"
        return nil
    end
    self.position = last + #level + 2
    local text = sub(self.text, from, last - 1):gsub("^\r?\n", "")
    if not text:find "[\r\n\1-\8\11-\31\127]" then
        local bracket = "[" .. level .. "["
        return self:node("string", start, {text = bracket .. text .. bracket:gsub("%[", "]")})
    end
    text = text:gsub('[\\"]', "\\%0")
    return self:node("string", start, {text = '"' .. plain(text) .. '"'})
end

-- The string that begins here, in whichever quotes. It is read once, however often it is asked for.
function parser:string()
    local known = self.strings[self.position]
    if known then
        self.position = known.last
        return known.node
    end
    local start, code = self.position, byte(self.text, self.position)
    local node
    if code == 34 then
        node = self:try "double_quoted"
    elseif code == 39 then
        node = self:try "single_quoted"
    elseif code == 91 then
        node = self:try "long_string"
    end
    if node then
        self.strings[start] = {node = node, last = self.position}
    end
    return node
end

-- Keys and values ---------------------------------------------------------------------------------

-- `:name`
function parser:own_key()
    self.position = self.position + 1
    if self:sees_blank() then return nil end
    local name, position = self:name()
    if not name then return nil end
    return {is_pair = true, key = self:node("field", position, {name = name}),
        value = self:node("ref", position, {name = name})}
end

-- `[exp]`, in front of a colon.
function parser:bracket_key()
    local node = self:node "computed_key"
    self.position = self.position + 1
    self:white()
    node.value = self:inside_brackets "exp"
    if not node.value then return nil end
    self:white()
    return self:sign "]" and node
end

function parser:key_here()
    local start, code = self.position, byte(self.text, self.position)
    if code == 64 then -- @name
        local node = self:self_name()
        return node and node.tag ~= "name_of_self" and node or nil
    elseif code == 91 then
        return self:try "bracket_key"
    elseif code == 34 or code == 39 then
        return self:string()
    end
    local name = self:field()
    return name and self:node("field", start, {name = name})
end

-- The value behind a key: here, on the next line, or a table of the lines below.
function parser:key_value()
    local value = self:exp() or self:try "table_block"
    if value then return value end
    return self:space_breaks() and self:exp() or nil
end

-- `key: value`; nil when no key is next.
function parser:pair()
    local mark = self:mark()
    self:space()
    if byte(self.text, self.position) == 58 then
        local pair = self:own_key()
        if not pair then self:back(mark) end
        return pair
    end
    local key = self:key_here()
    if key and find(self.text, "^:[^:]", self.position) then
        self.position = self.position + 1
        local value = self:key_value()
        if value then return {is_pair = true, key = key, value = value} end
    end
    self:back(mark)
end

-- Is a key of a table next, as far as that can be seen by its first letters?
function parser:may_be_pair()
    local position = self.position
    self:space()
    local at = self.position
    self.position = position
    return find(self.text, "^[:\"'%[@]", at) or find(self.text, "^[%a_][%w_]*:", at)
end

-- Pairs with commas between them, behind those of LIST.
function parser:pairs_into(list)
    local pair = self:may_be_pair() and self:pair()
    if not pair then return nil end
    while pair do
        list[#list + 1] = pair
        local mark = self:mark()
        pair = self:sign "," and self:may_be_pair() and self:pair()
        if not pair then self:back(mark) end
    end
    return true
end

-- A table without braces: its pairs, in a line.
function parser:pairs()
    self:space()
    local node = self:node "table"
    return self:pairs_into(node) and node
end

-- A line of a block of pairs, into LIST.
function parser:pair_line(list)
    return self:check_indent() and self:pairs_into(list)
end

-- Lines of pairs, indented further.
function parser:table_block()
    if not self:advance_below() or self.indent.width <= self.item_width then return nil end
    local node = self:node("table", (find(self.text, "[^ \t]", self.position)))
    local after = self:mark()
    while self:pair_line(node) do
        self:sign ","
        after = self:mark()
        if not self:space_breaks() then break end
    end
    self:back(after)
    if #node == 0 then return nil end
    self:pop_indent()
    self.block_count = self.block_count + 1
    return node
end

-- Tables in braces --------------------------------------------------------------------------------

-- A value of a table, with its key or without.
function parser:item()
    return self:may_be_pair() and self:pair() or self:exp()
end

function parser:items_into(list)
    local item = self:item()
    while item do
        list[#list + 1] = item.is_pair and item or {value = item}
        local mark = self:mark()
        item = self:sign "," and self:item()
        if not item then self:back(mark) end
    end
end

-- The lines of a table behind its first one, up to the closing brace.
function parser:item_lines_into(list)
    while true do
        local mark = self:mark()
        self:sign ","
        if not self:space_breaks() then return self:back(mark) end
        if self:sees "}" then return end
        local count = #list
        self:push_indent()
        self:items_into(list)
        self:pop_indent()
        if #list == count then return end
    end
end

function parser:table_or_comprehension()
    local node = self:node "table"
    self.position = self.position + 1
    local width = self.item_width
    self.item_width = self:column()
    self:items_into(node)
    self.item_width = width
    if #node > 0 and #node < 3 and self:at_clause() then
        return self:table_comprehension(node)
    end
    self:item_lines_into(node)
    self:sign ","
    self:white()
    return self:sign "}" and node
end

-- What is between brackets stands for itself: `do` and blocks are allowed in it.
function parser:inside_brackets(method)
    local may_do, indent, bracket, width =
        self.may_do, self.indent, self.open_bracket, self.item_width
    self.may_do, self.open_bracket, self.item_width = true, self.position, 0
    if indent.width == -1 then self.indent = indent.around end
    local node = self[method](self)
    self.may_do, self.indent, self.open_bracket, self.item_width = may_do, indent, bracket, width
    return node
end

-- Comprehensions ----------------------------------------------------------------------------------

-- Does a clause of a comprehension follow, perhaps on the next line?
function parser:at_clause()
    local position = self.position
    self:white()
    local word = self:peek_word()
    self.position = position
    return word == "for"
end

function parser:table_comprehension(items)
    for _, item in ipairs(items) do
        if item.key then return nil end
    end
    local node = self:node("table_comprehension", items.position,
        {key = items[1].value, value = items[2] and items[2].value})
    node.clauses = self:clauses(true)
    if not node.clauses then return nil end
    self:white()
    return self:sign "}" and node
end

function parser:comprehension()
    local node = self:node "comprehension"
    self.position = self.position + 1
    self:white()
    node.value = self:inside_brackets "exp"
    if not node.value or not self:at_clause() then
        self:miss()
        return nil
    end
    node.clauses = self:clauses(true)
    if not node.clauses then return nil end
    self:white()
    return self:sign "]" and node
end

-- `for ...`, then any number of `for ...` and `when ...`; on several lines where SPREAD says so.
function parser:clauses(spread)
    local list = {}
    while true do
        local mark = self:mark()
        if spread then self:white() end
        local clause = self:key "for" and (self:for_header() or self:each_header())
        if not clause and #list > 0 and self:key "when" then
            local condition = self:exp()
            clause = condition and self:node("when", condition.position, {condition = condition})
        end
        if not clause then
            self:back(mark)
            break
        end
        list[#list + 1] = clause
    end
    return list[1] and list
end

return parser
