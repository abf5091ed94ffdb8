-- SPDX-License-Identifier: BSD-3-Clause
-- Functions and classes.

local generator = require "moonscript.compile.loop"
local tree = require "moonscript.compile.tree"
local concat = table.concat
local ipairs = ipairs

local statements = generator.writers

-- Functions ---------------------------------------------------------------------------------------

-- No two patterns, and no pattern and a parameter, may have a name in common.
local function check_patterns(self, node)
    local taken = {self = node.is_method}
    for _, parameter in ipairs(node) do
        local target = parameter.target
        if target.tag ~= "table" then taken[target.name or "self"] = true end
    end
    for _, parameter in ipairs(node) do
        local names = {}
        if parameter.target.tag == "table" then tree.add_names(parameter.target, names) end
        for _, name in ipairs(names) do
            if taken[name] then
                self:refuse("Can't destructure into '" .. name
                    .. "': name is bound by another parameter", parameter.position)
            end
        end
        for _, name in ipairs(names) do taken[name] = true end
    end
end

-- "a, b, ...", and for each parameter the name that it has.
local function parameter_names(self, node)
    local names, list = {}, {}
    if node.is_method then
        list[1] = "self"
        self:put "self"
    end
    for i, parameter in ipairs(node) do
        local target = parameter.target
        names[i] = target.tag == "table" and self:temporary "arg" or target.name or "self"
        list[#list + 1] = names[i]
        self:put(names[i])
    end
    if node.is_vararg then list[#list + 1] = "..." end
    return concat(list, ", "), names
end

-- Defaults, `@name`, and tables that are taken apart, in the order of the parameters.
local function write_parameters(self, node, names)
    local position = self.position
    for i, parameter in ipairs(node) do
        self.position = parameter.position
        local name, target = names[i], parameter.target
        local text = {tag = "text", text = name, position = parameter.position}
        if parameter.default then
            self:open("if " .. name .. " == nil then")
            self:assign({text}, {parameter.default})
            self:close "end"
        end
        if target.tag == "table" then
            self:bind_parts(target, name)
        elseif target.tag == "self" then
            self:assign({target}, {text})
        end
    end
    self.position = position
end

local function write_function_body(self, node, names)
    write_parameters(self, node, names)
    self:statements(node.body, {kind = "return"})
end

function generator:write_function(node)
    self:push_function(node.is_vararg, node.using)
    check_patterns(self, node)
    local list, names = parameter_names(self, node)
    local following, position = self.following, self.position
    self.position = node.position
    local text = self:enclose("function(" .. list .. ")", "end", write_function_body, node, names)
    self.following, self.position = following, position
    self:pop_scope()
    return text
end

-- Classes -----------------------------------------------------------------------------------------

-- The pairs of a class: what instances share, the constructor, and statements, among which are the
-- pairs with a key of "@".
local function sort_members(node)
    local shared, others, constructor = {}, {}, nil
    for _, member in ipairs(node) do
        local key = member.key
        if not key or key.tag == "self" then
            others[#others + 1] = member
        elseif key.tag == "field" and key.name == "new" then
            constructor = member.value
        else
            shared[#shared + 1] = member
        end
    end
    return shared, others, constructor
end

-- The variables of the body, which its functions see.
local function declare_members(self, members)
    local names, fresh, seen = {}, {}, {}
    for _, member in ipairs(members) do
        if member.tag == "local" and member.names then
            for _, name in ipairs(member.names) do
                self.scope.names[name] = nil
                names[#names + 1] = name
                names[name] = true
            end
        elseif member.tag then
            tree.declared_names(member, names)
        end
    end
    for _, name in ipairs(names) do
        if not seen[name] and (names[name] or not self:look_up(name)) then
            seen[name] = true
            fresh[#fresh + 1] = name
        end
    end
    self:declare(fresh)
end

-- The text of the value of METHOD, in which `super` is known.
local function method_text(self, value, method)
    local before = self.scope.method
    self.scope.method = method
    local text = self:value(value)
    self.scope.method = before
    return text
end

local function write_shared(self, name, shared)
    self:open("local " .. name .. " = {")
    for i, member in ipairs(shared) do
        local position = self.position
        self.position = member.key.position
        local text = method_text(self, member.value, {key = member.key})
        self:emit(self:key(member.key) .. " = " .. text .. (i < #shared and "," or ""))
        self.position = position
    end
    self.scope = self.scope.around
    self.level = self.level - 1
    self:emit "}"
end

-- `__name`: that of the class, or of what it is assigned to; as text.
local function class_title(self, node, place)
    local name = node.name or place and place.kind == "assign" and place.targets[1]
    if not name then return "nil" end
    if name.tag == "chain" then name = name[#name] end
    if name.tag == "index" then return self:value(name[1]) end
    return name.name and '"' .. name.name .. '"' or "nil"
end

-- How the class finds what it has not: in the table of its instances, then in its parent.
local function write_index(self, base, has_parent)
    if not has_parent then return self:emit("__index = " .. base .. ",") end
    self:open "__index = function(cls, name)"
    self:emit("local val = rawget(" .. base .. ", name)")
    self:open "if val == nil then"
    self:emit 'local parent = rawget(cls, "__parent")'
    self:emit "if parent then return parent[name] end"
    self:close()
    self:open "else"
    self:emit "return val"
    self:close "end"
    self:close "end,"
end

local function constructor_text(self, constructor, has_parent)
    if constructor then return method_text(self, constructor, {is_constructor = true}) end
    if not has_parent then return "function() end" end
    return ("function(self, ...) return %s.__parent.__init(self, ...) end"):format(
        self.scope.class_name)
end

local function write_class_table(self, names, constructor, title)
    self:open(names.class .. " = setmetatable({")
    self:emit("__init = " .. constructor_text(self, constructor, names.parent) .. ",")
    self:emit("__base = " .. names.base .. ",")
    self:emit("__name = " .. title .. (names.parent and "," or ""))
    if names.parent then self:emit("__parent = " .. names.parent) end
    self:close()
    self:open "}, {"
    write_index(self, names.base, names.parent)
    self:open "__call = function(cls, ...)"
    local object = self:keep("self", "setmetatable({ }, " .. names.base .. ")")
    self:emit("cls.__init(" .. object .. ", ...)")
    self:emit("return " .. object)
    self:close "end"
    self:close "})"
end

-- What the body does beside naming what instances share: there `self` is the class.
local function write_others(self, names, others)
    if #others == 0 then return end
    self:emit("local self = " .. names.class)
    self:put "self"
    local around = self.following
    for i, member in ipairs(others) do
        self.following = {list = others, at = i + 1}
        if member.key then
            self.position = member.key.position
            local text = method_text(self, member.value, {key = {tag = "field",
                name = member.key.name}, is_class = true})
            self:emit(self:value(member.key) .. " = " .. text)
        elseif member.tag ~= "local" or member.values then
            self:statement(member, nil, false)
        end
    end
    self.following = around
end

local function write_parts(self, node, names, place)
    local shared, others, constructor = sort_members(node)
    if node.parent then names.parent = self:keep("parent", self:value(node.parent)) end
    self.scope.class_name, self.scope.method = names.class, nil
    declare_members(self, others)
    names.base = self:temporary "base"
    write_shared(self, names.base, shared)
    self:emit(names.base .. ".__index = " .. names.base)
    if names.parent then
        self:emit("setmetatable(" .. names.base .. ", " .. names.parent .. ".__base)")
    end
    write_class_table(self, names, constructor, class_title(self, node, place))
    self:emit(names.base .. ".__class = " .. names.class)
    local position = self.position
    write_others(self, names, others)
    self.position = position
end

local function declare_class(self, name)
    if name and name.tag == "ref" and not self:look_up(name.name) then
        if self:exports(name.name) then
            self.scope.names[name.name] = "global"
        else
            self:declare {name.name}
        end
    end
end

function statements.class(self, node, place)
    declare_class(self, node.name)
    self:open "do"
    local names = {class = self:temporary "class"}
    self:emit("local " .. names.class)
    write_parts(self, node, names, place)
    if names.parent then
        self:open("if " .. names.parent .. ".__inherited then")
        self:emit(("%s.__inherited(%s, %s)"):format(names.parent, names.parent, names.class))
        self:close "end"
    end
    if node.name then
        self:assign({node.name}, {{tag = "text", text = names.class, position = node.position}})
    end
    if place then self:give_text(place, names.class) end
    self:close "end"
end

return generator
