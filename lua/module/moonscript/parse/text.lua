-- SPDX-License-Identifier: BSD-3-Clause
-- The parser's place in the text: white space, words, indentation, going back.
--
-- A method that looks for something returns it and stands behind it, or returns nil and stands
-- where it stood. The farthest place at which anything was missed is where a message points to.

local byte, find, match, sub = string.byte, string.find, string.match, string.sub
local error, setmetatable = error, setmetatable

local parser = {}
parser.__index = parser

local depth_max = 200 -- LuaJIT compiles no code that is nested deeper

local keywords = {}
for word in ([[and break class continue do else elseif export extends for from if import in local
        not or return switch then unless using when while with]]):gmatch "%a+" do
    keywords[word] = true
end

-- The positions at which the lines of a text begin.
function parser.line_starts(text)
    local starts = {1}
    for position in text:gmatch "\n()" do
        starts[#starts + 1] = position
    end
    return starts
end

function parser.new(text)
    return setmetatable({
        text = text,
        position = 1,
        indent = {width = 0}, -- of the block: {width, the one around it}; -1 allows no block
        may_do = true,        -- false where `do` begins the body of a loop
        farthest = 1,
        depth = 0,
        item_width = 0,       -- where the items of a table begin that are in the line of its brace
        block_count = 0,      -- of blocks of pairs that have been found
        missed = {},          -- what is not at a place, so that it is tried there once
        strings = {},         -- [position] -> the string there and its end
        names = {},           -- all names of the text, which the compiler must not make up
        starts = parser.line_starts(text),
    }, parser)
end

-- An error that ends the parsing: no other reading of the text can be right.
function parser:refuse(message, position)
    error {message = message, position = position or self.position}
end

-- Notes that something was missed here; LABEL says what is wrong with it.
function parser:miss(label)
    local position = self.position
    if position > self.farthest or position == self.farthest and label then
        self.farthest, self.label, self.farthest_bracket = position, label, self.open_bracket
    end
end

-- Everything that a method may have to go back to.
function parser:mark()
    return {self.position, self.indent, self.may_do, self.depth}
end

function parser:back(mark)
    self:miss()
    self.position, self.indent, self.may_do, self.depth = mark[1], mark[2], mark[3], mark[4]
end

-- What was missed by the method NAME, under the same circumstances: [position] -> true.
function parser:missed_by(name)
    local state = self.indent.width * 2 + (self.may_do and 1 or 0)
    local by_name = self.missed[state] or {}
    self.missed[state] = by_name
    by_name[name] = by_name[name] or {}
    return by_name[name]
end

-- The result of the method NAME, which is tried once only at each place.
function parser:try(name)
    local missed, position = self:missed_by(name), self.position
    if missed[position] then return nil end
    local mark = self:mark()
    local node = self[name](self)
    if not node then
        self:back(mark)
        missed[position] = true
    end
    return node
end

function parser:enter()
    self.depth = self.depth + 1
    if self.depth > depth_max then
        self:refuse("nested too deeply (" .. depth_max .. " levels)")
    end
end

function parser:leave()
    self.depth = self.depth - 1
end

-- White space -------------------------------------------------------------------------------------

-- Blanks, and a comment at the end of the line.
function parser:space()
    local _, last = find(self.text, "^[ \t]*", self.position)
    if byte(self.text, last + 1) == 45 and byte(self.text, last + 2) == 45 then
        _, last = find(self.text, "^[^\r\n]*", last + 1)
    end
    self.position = last + 1
end

-- A line break.
function parser:line_break()
    local _, last = find(self.text, "^\r?\n", self.position)
    if not last then return nil end
    self.position = last + 1
    return true
end

-- A line break behind blanks and a comment.
function parser:space_break()
    local position = self.position
    self:space()
    if self:line_break() then return true end
    self.position = position
end

function parser:space_breaks()
    local any
    while self:space_break() do any = true end
    return any
end

-- Blanks, comments and empty lines. Returns whether there was a line break.
function parser:white()
    local any = self:space_breaks()
    self:space()
    return any
end

function parser:at_end_of_line()
    return self.position > #self.text or find(self.text, "^\r?\n", self.position) ~= nil
end

-- Words and signs ---------------------------------------------------------------------------------

-- The sign, which is plain text, behind blanks.
function parser:sign(text)
    local position = self.position
    self:space()
    if sub(self.text, self.position, self.position + #text - 1) == text then
        self.position = self.position + #text
        return true
    end
    self:miss()
    self.position = position
end

-- Is that sign next, behind blanks?
function parser:sees(text)
    local position = self.position
    local found = self:sign(text)
    self.position = position
    return found
end

-- Are there blanks here?
function parser:sees_blank()
    return find(self.text, "^[ \t]", self.position) ~= nil
end

-- The name or word here, without blanks before it.
function parser:peek_word()
    return match(self.text, "^[%a_][%w_]*", self.position)
end

-- The keyword behind blanks. A key of a table, `if: 1`, is none.
function parser:key(word)
    local position = self.position
    self:space()
    if self:peek_word() == word and byte(self.text, self.position + #word) ~= 58 then
        self.position = self.position + #word
        return true
    end
    self:miss()
    self.position = position
end

-- The name here, which may be a keyword: a field.
function parser:field()
    local word = self:peek_word()
    if not word then
        self:miss()
        return nil
    end
    self.names[word] = true
    self.position = self.position + #word
    return word
end

-- A name of a variable behind blanks, and its position.
function parser:name()
    local before = self.position
    self:space()
    local position, word = self.position, self:peek_word()
    if not word or keywords[word] then
        self:miss()
        self.position = before
        return nil
    end
    self.names[word] = true
    self.position = position + #word
    return word, position
end

function parser:is_keyword(word)
    return keywords[word]
end

-- A node with the position of its first letter.
function parser:node(tag, position, fields)
    fields = fields or {}
    fields.tag, fields.position = tag, position or self.position
    return fields
end

-- Indentation -------------------------------------------------------------------------------------

-- How far the line is indented here, and where its text begins. A tab counts as four blanks.
local function measure(text, position)
    local _, last = find(text, "^[ \t]*", position)
    local width = 0
    for i = position, last do
        width = width + (byte(text, i) == 9 and 4 or 1)
    end
    return width, last + 1
end

-- Is the line indented as its block is? Then its text is next.
function parser:check_indent()
    local width, begin = measure(self.text, self.position)
    if width == self.indent.width then
        self.position = begin
        return true
    end
    local position = self.position
    self.position = begin
    if not self:at_end_of_line() then self:miss() end
    self.position = position
end

-- How far the next word is indented in its line, whatever stands before it.
function parser:column()
    local start = self.position
    while start > 1 and byte(self.text, start - 1) ~= 10 do start = start - 1 end
    local before = sub(self.text, start, (find(self.text, "[^ \t]", self.position) or start) - 1)
    return (measure(before:gsub("[^\t]", " "), 1))
end

function parser:push_indent(width)
    self.indent = {width = width or measure(self.text, self.position), around = self.indent}
end

function parser:pop_indent()
    self.indent = self.indent.around
end

-- Begins a block when the line is indented further than the one around it.
function parser:advance()
    local width, top = measure(self.text, self.position), self.indent.width
    if top ~= -1 and width > top then
        self:push_indent(width)
        return true
    end
end

-- The same for the next line that is not empty; without such a block, nothing has been read.
function parser:advance_below()
    local position = self.position
    if self:space_breaks() and self:advance() then return true end
    self.position = position
end

return parser
