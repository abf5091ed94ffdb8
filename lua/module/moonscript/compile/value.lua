-- SPDX-License-Identifier: BSD-3-Clause
-- Expressions become text.

local generator = require "moonscript.compile.operator"
local tree = require "moonscript.compile.tree"
local concat = table.concat
local ipairs, type = ipairs, type

local lua_keywords = generator.lua_keywords
local values = {} -- by tag
local constants = {["nil"] = true, ["true"] = true, ["false"] = true}
generator.constants = constants

function generator:value(node)
    local write = values[node.tag]
    if write then return write(self, node) end
    return self:closure(node)
end

-- Values with commas between them; one is on a line of its own when it is so in the source. Returns
-- whether there is such a one, too.
function generator:list(nodes, position)
    local out, line = {}, self:line_at(position or nodes[1] and nodes[1].position or self.position)
    local last = nodes[#nodes]
    local is_spread = last and self:line_at(last.position) > line
    if is_spread then self.level = self.level + 1 end
    for i, node in ipairs(nodes) do
        local here = self:line_at(node.position)
        if i > 1 then out[#out + 1] = here > line and "," or ", " end
        if here > line then
            out[#out + 1] = self:line_break(node.position)
            line = here
        end
        out[#out + 1] = self:value(node)
    end
    if is_spread then self.level = self.level - 1 end
    return concat(out), is_spread
end

-- "FIRST(arguments)": what is wrong with the call itself has the line where it begins.
function generator:arguments(call, first)
    local text, is_spread = self:list(call, call.position)
    if first and text ~= "" then text = first .. ", " .. text end
    return "(" .. (text ~= "" and text or first or "")
        .. (is_spread and self:line_break(call.position) or "") .. ")"
end

-- A statement as a value: a function that is called at once.
function generator:closure(node)
    local dots = self.scope.is_vararg and tree.has(node, "vararg", true) and "..." or ""
    self:push_function(dots ~= "")
    local text = self:enclose("(function(" .. dots .. ")", "end)(" .. dots .. ")", self.statement,
        node, {kind = "return", is_explicit = true}, true)
    self:pop_scope()
    return text
end

-- Simple values -----------------------------------------------------------------------------------

function values.number(_, node)
    return node.text
end

function values.string(_, node)
    return node.text
end

function values.string_of_parts(self, node)
    local out, line = {}, self:line_at(node.position)
    for i, part in ipairs(node) do
        local text = part
        if type(part) == "table" then
            local here = self:line_at(part.position)
            text = here > line and self:line_break(part.position) or ""
            text = text .. "tostring(" .. self:value(part) .. ")"
            line = here
        end
        out[i] = text
    end
    return concat(out, " .. ")
end

function values.ref(self, node)
    if node.name == "super" and self.scope.class_name then
        return self.scope.class_name .. ".__parent"
    end
    if not constants[node.name] then self:check_name(node.name, node.position) end
    return node.name
end

-- What the compiler itself has written.
function values.text(_, node)
    return node.text
end

function values.vararg(self, node)
    if not self.scope.is_vararg then
        self:refuse("... is no parameter of this function", node.position)
    end
    return "..."
end

function values.parentheses(self, node)
    return "(" .. self:value(node.value) .. ")"
end

function values.computed_key(self, node)
    return self:value(node.value)
end

function values.exp(self, node)
    return self:write_exp(node)
end

function values.list(self, node)
    return self:list(node)
end

function values.name_of_self(_, node)
    return node.is_class and "self.__class" or "self"
end

function values.self(self, node)
    return (node.is_class and "self.__class" or "self") .. self:field(node.name)
end

values["function"] = function(self, node)
    return self:write_function(node)
end

-- `.name`, or `["end"]` for a word of Lua
function generator:field(name)
    return lua_keywords[name] and '["' .. name .. '"]' or "." .. name
end

-- `[text]`, where the text may itself begin with a bracket.
local function in_brackets(text)
    return text:find "^%[" and "[ " .. text .. " ]" or "[" .. text .. "]"
end

-- Tables ------------------------------------------------------------------------------------------

function generator:key(key)
    if key.tag == "field" then
        return lua_keywords[key.name] and '["' .. key.name .. '"]' or key.name
    elseif key.tag == "self" then
        self:refuse("a key with @ belongs to a class", key.position)
    end
    return in_brackets(self:value(key))
end

local function write_item(self, item)
    local text = self:value(item.value)
    return item.key and self:key(item.key) .. " = " .. text or text
end

local function item_position(item)
    return item.key and item.key.position or item.value.position
end

function values.table(self, node)
    if #node == 0 then return "{ }" end
    local out, line, spread = {"{"}, self:line_at(node.position), false
    self.level = self.level + 1
    for i, item in ipairs(node) do
        local position = item_position(item)
        local here = self:line_at(position)
        if i > 1 then out[#out + 1] = "," end
        spread = spread or here > line
        out[#out + 1] = here > line and self:line_break(position) or " "
        line = here
        out[#out + 1] = write_item(self, item)
    end
    self.level = self.level - 1
    out[#out + 1] = spread and self:line_break(node.position) .. "}" or " }"
    return concat(out)
end

-- Chains ------------------------------------------------------------------------------------------

local in_parentheses = {exp = true, string = true, string_of_parts = true, vararg = true,
    table = true, ["function"] = true}

function generator:chain_base(node, link)
    local base = node[1]
    if base.tag == "scope" then
        local name = self.scope.with_name
        if not name then
            local what = link.tag == "colon" and "Short-colon" or "Short-dot"
            self:refuse(what .. " syntax must be called within a with block", base.position)
        end
        return name
    elseif base.tag == "ref" and base.name == "super" and self.scope.class_name then
        return self.scope.class_name .. ".__parent"
    end
    local text = self:value(base)
    return (in_parentheses[base.tag] or constants[base.name]) and "(" .. text .. ")" or text
end

-- OBJECT:NAME(arguments), also for a name that is a keyword of Lua.
local function call_method(self, object, name, call)
    if not lua_keywords[name] then return object .. ":" .. name .. self:arguments(call) end
    return ('(function(_object, ...) return _object["%s"](_object, ...) end)'):format(name)
        .. self:arguments(call, object)
end

local links = {}

function links.dot(self, text, link)
    return text .. self:field(link.name)
end

function links.index(self, text, link)
    return text .. in_brackets(self:value(link[1]))
end

function links.slice(self, _, link)
    self:refuse("a slice can only be used behind * in a loop", link.position)
end

function links.call(self, text, link)
    return text .. self:arguments(link)
end

-- Writes the links of NODE from AT to LAST behind TEXT.
function generator:links(node, at, last, text)
    while at <= last do
        local link = node[at]
        if link.tag == "colon" then
            at = at + 1
            text = call_method(self, text, link.name, node[at])
        else
            text = links[link.tag](self, text, link)
        end
        at = at + 1
    end
    return text
end

-- `@name args`, which is a method.
local function call_own_method(self, node)
    local object = node[1].is_class and "self.__class" or "self"
    return self:links(node, 3, #node, call_method(self, object, node[1].name, node[2]))
end

-- What `super args` calls: the method of that name in the parent class.
local function super_method(self, node)
    local method = self.scope.method
    if not method then self:refuse("super can only be called in a method", node.position) end
    local parent = self.scope.class_name .. ".__parent"
    if method.is_constructor then return parent .. ".__init" end
    if not method.is_class then parent = parent .. ".__base" end
    local key = method.key
    return parent .. (key.tag == "field" and self:field(key.name) or in_brackets(self:value(key)))
end

local function call_super(self, node)
    local first = node[2]
    if first.tag == "call" then
        local text = super_method(self, node) .. self:arguments(first, "self")
        return self:links(node, 3, #node, text)
    elseif first.tag == "colon" and node[3] then
        local text = self.scope.class_name .. ".__parent" .. self:field(first.name)
        return self:links(node, 4, #node, text .. self:arguments(node[3], "self"))
    end
end

-- `object\method` without a call: a function that has its object. That of `super\method` has self.
function generator:bound(object, name, is_super)
    local field = self:field(name)
    if is_super then
        return ("(function(_fn) return function(...) return _fn(self, ...) end end)(%s%s)"):format(
            object, field)
    end
    return ("(function(_object) local _fn = _object%s return function(...) "
        .. "return _fn(_object, ...) end end)(%s)"):format(field, object)
end

function values.chain(self, node)
    local last = node[#node]
    local is_super = node[1].tag == "ref" and node[1].name == "super"
        and self.scope.class_name ~= nil
    local count = last.tag == "colon" and #node - 1 or #node
    local text
    if is_super and count > 1 then text = call_super(self, node) end
    if not text and node[1].tag == "self" and node[2].tag == "call" then
        text = call_own_method(self, node)
    end
    text = text or self:links(node, 2, count, self:chain_base(node, node[2]))
    if last.tag == "colon" then
        return self:bound(text, last.name, is_super and count == 1)
    end
    return text
end

return generator
