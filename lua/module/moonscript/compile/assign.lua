-- SPDX-License-Identifier: BSD-3-Clause
-- Assignments: what is declared, taking tables apart, updates; and where a value goes.

local generator = require "moonscript.compile.value"
local tree = require "moonscript.compile.tree"
local concat = table.concat
local ipairs = ipairs

-- Statements that have a value, of which the parts are assigned where they are.
local spread = {["if"] = true, switch = true, with = true, ["do"] = true, class = true}
-- Values that take several lines to make.
local built = {comprehension = true, table_comprehension = true, ["for"] = true, each = true,
    ["while"] = true}
generator.spread, generator.built = spread, built

-- A function that names one of these while it is made (`print = wrap (...) -> print ...`) means
-- Lua's own; another name means the variable that is made here.
local lua_globals = {}
for word in ([[_G assert bit collectgarbage coroutine debug dofile error getfenv getmetatable io
        ipairs jit load loadfile loadstring math module next os package pairs pcall print rawequal
        rawget rawlen rawset require select setfenv setmetatable string table tonumber tostring type
        unpack xpcall]]):gmatch "[%w_]+" do
    lua_globals[word] = true
end

local constants = generator.constants

-- Declarations ------------------------------------------------------------------------------------

-- The names of TARGETS that an assignment has to declare. Those that are exported become known.
local function new_names(self, targets)
    local names, fresh, seen = {}, {}, {}
    tree.add_names(targets, names)
    for _, name in ipairs(names) do
        if constants[name] then self:refuse("cannot assign to " .. name, targets[1].position) end
        if not seen[name] and not self:look_up(name) then
            seen[name] = true
            if self:exports(name) then
                self.scope.names[name] = "global"
            else
                fresh[#fresh + 1] = name
            end
        end
    end
    return fresh
end

-- Writes `local a, b`. A name that VALUES mention keeps what it meant before, until it is assigned.
-- Returns whether all of them are nil.
function generator:declare(names, values)
    local plain, are_nil = {}, true
    for _, name in ipairs(names) do
        if values and tree.mentions(values, name) == "outside" then
            self:emit("local " .. name .. " = " .. name)
            are_nil = false
        else
            plain[#plain + 1] = name
        end
        self:put(name)
    end
    if plain[1] then self:emit("local " .. concat(plain, ", ")) end
    return are_nil
end

-- Must the names be there before the values are made?
local function are_used_by_functions(names, values)
    for _, value in ipairs(values) do
        if value.tag == "function" then return true end
    end
    for _, name in ipairs(names) do
        local where = tree.mentions(values, name)
        if where and (tree.assigns(values, name)
                or where == "inside" and not lua_globals[name]) then
            return true
        end
    end
    return false
end

-- Taking tables apart -----------------------------------------------------------------------------

local function is_target(node)
    local tag = node.tag == "chain" and node[#node].tag or node.tag
    return tag == "ref" or tag == "self" or tag == "name_of_self" or tag == "dot" or tag == "index"
end

local function check_target(self, node)
    if is_target(node) then return end
    if node.tag == "vararg" then
        self:refuse("Can't destructure into '...'", node.position)
    elseif node.tag == "chain" then
        self:refuse("Can't destructure into chain ending in " .. node[#node].tag, node.position)
    end
    self:refuse("Can't destructure value of type: " .. node.tag, node.position)
end

-- Where an item of a pattern is found in the table at PATH; INDEX is its number without a key.
local function item_path(self, path, item, index)
    local key = item.key
    if not key then return path .. "[" .. index .. "]" end
    if item.is_bound then return self:bound(path, key.name) end
    if key.tag == "field" then return path .. self:field(key.name) end
    local text = self:value(key)
    return path .. (text:find "^%[" and "[ " .. text .. " ]" or "[" .. text .. "]")
end

-- Adds {target, text} for each variable of PATTERN, whose table is at PATH.
local function take_apart(self, pattern, path, out)
    local index = 0
    for _, item in ipairs(pattern) do
        if not item.key then index = index + 1 end
        local at, target = item_path(self, path, item, index), item.value
        if target.tag == "table" then
            take_apart(self, target, at, out)
        else
            check_target(self, target)
            out[#out + 1] = {target, at}
        end
    end
    return out
end

local function write_parts(self, parts, first)
    local names, texts = {}, {}
    for i, part in ipairs(parts) do
        names[i], texts[i] = self:value(part[1]), part[2]
    end
    if names[1] then self:emit(first .. concat(names, ", ") .. " = " .. concat(texts, ", ")) end
end

-- Assigns from the table that the variable NAME holds.
local function assign_parts(self, pattern, name)
    local names = new_names(self, {pattern})
    local parts = take_apart(self, pattern, name, {})
    if #names > 0 and #names == #parts then
        for _, fresh in ipairs(names) do self:put(fresh) end
        return write_parts(self, parts, "local ")
    end
    self:declare(names)
    write_parts(self, parts, "")
end

-- The same for a parameter or a loop, whose variables are always new.
function generator:bind_parts(pattern, name)
    local locals, others = {}, {}
    for _, part in ipairs(take_apart(self, pattern, name, {})) do
        local list = part[1].tag == "ref" and locals or others
        list[#list + 1] = part
    end
    write_parts(self, locals, "local ")
    for _, part in ipairs(locals) do self:put(part[1].name) end
    write_parts(self, others, "")
end

local function is_variable(self, node)
    return node.tag == "ref" and self:is_local(node.name) or node.tag == "text"
end

local function assign_pattern(self, pattern, value)
    if is_variable(self, value) then return assign_parts(self, pattern, self:value(value)) end
    self:declare(new_names(self, {pattern}), {value})
    self:open "do"
    local name = self:keep("obj", self:value(value))
    assign_parts(self, pattern, name)
    self:close "end"
end

-- Several targets, some of them patterns: first all values, then all targets.
local function assign_patterns(self, targets, values)
    self:declare(new_names(self, targets), values)
    self:open "do"
    local text, names, parts = self:list(values), {}, {}
    for i = 1, #targets do
        names[i] = self:temporary(targets[i].tag == "table" and "destruct" or "value")
    end
    self:emit("local " .. concat(names, ", ") .. " = " .. text)
    for i, target in ipairs(targets) do
        if target.tag == "table" then
            take_apart(self, target, names[i], parts)
        else
            parts[#parts + 1] = {target, names[i]}
        end
    end
    write_parts(self, parts, "")
    self:close "end"
end

-- Plain assignments -------------------------------------------------------------------------------

local function target_texts(self, targets)
    local out = {}
    for i, target in ipairs(targets) do out[i] = self:value(target) end
    return concat(out, ", ")
end

local function assign_plain(self, targets, values)
    local names = new_names(self, targets)
    if #names > 0 and #names == #targets and not are_used_by_functions(names, values) then
        local text = self:list(values)
        for _, name in ipairs(names) do self:put(name) end
        return self:emit("local " .. concat(names, ", ") .. " = " .. text)
    end
    self:declare(names, values)
    local text = self:list(values)
    self:emit(target_texts(self, targets) .. " = " .. text)
end

local function has_pattern(targets)
    for _, target in ipairs(targets) do
        if target.tag == "table" then return true end
    end
end

-- Is it one value that a statement makes?
local function is_made(values)
    return #values == 1 and (spread[values[1].tag] or built[values[1].tag])
end

-- TARGETS are a list of nodes, and so are VALUES.
function generator:assign(targets, values)
    local value = values[1]
    if is_made(values) then
        local names = new_names(self, targets)
        local is_fresh = self:declare(names, values) and #names == #targets
        self:statement(value, {kind = "assign", targets = targets, is_fresh = is_fresh}, true)
    elseif not has_pattern(targets) then
        assign_plain(self, targets, values)
    elseif #targets == 1 and #values == 1 then
        assign_pattern(self, targets[1], value)
    else
        assign_patterns(self, targets, values)
    end
end

-- `local a, b = ...`: the variables NAMES are new, whatever there is.
function generator:assign_new(names, values, position)
    local targets = {}
    for i, name in ipairs(names) do
        targets[i] = {tag = "ref", name = name, position = position}
    end
    if is_made(values) then
        local is_fresh = self:declare(names, values)
        self:statement(values[1], {kind = "assign", targets = targets, is_fresh = is_fresh}, true)
    elseif are_used_by_functions(names, values) then
        self:declare(names, values)
        assign_plain(self, targets, values)
    else
        local text = self:list(values)
        for _, name in ipairs(names) do self:put(name) end
        self:emit("local " .. concat(names, ", ") .. " = " .. text)
    end
end

-- Assigns nil to all that TARGETS would have been given.
function generator:assign_nothing(targets)
    local out = {}
    for i, target in ipairs(targets) do
        if target.tag == "table" then
            for _, part in ipairs(take_apart(self, target, "", {})) do
                out[#out + 1] = self:value(part[1])
            end
        else
            out[#out + 1] = self:value(targets[i])
        end
    end
    if out[1] then self:emit(concat(out, ", ") .. " = nil") end
end

-- Updates -----------------------------------------------------------------------------------------

-- Does it take a call to reach what the first COUNT parts of the chain are?
local function calls(node, count)
    for i = 1, count do
        local tag = node[i].tag
        if tag == "call" or tag == "colon" or tag == "parentheses" then return true end
        if tag == "index" and node[i][1].tag ~= "number" and node[i][1].tag ~= "string" then
            return true
        end
    end
    return false
end

local function is_constant(node, value)
    return node.tag == "number" or node.tag == "string"
        or node.tag == "ref" and not tree.has(value, "chain", true)
end

-- The target of an update with each of its parts evaluated once, which may need variables.
local function hold_target(self, node, value)
    local last = node[#node]
    if last.tag == "slice" then self:refuse("a slice cannot be assigned", last.position) end
    local held = {tag = "chain", position = node.position, node[1]}
    if calls(node, #node - 1) then
        local text = self:links(node, 2, #node - 1, self:chain_base(node, node[2]))
        held[1] = {tag = "text", position = node.position, text = self:keep("obj", text)}
    else
        for i = 2, #node - 1 do held[i] = node[i] end
    end
    if last.tag == "index" and not is_constant(last[1], value) then
        local name = self:keep("key", self:value(last[1]))
        last = {tag = "index", position = last.position,
            {tag = "text", position = last.position, text = name}}
    end
    held[#held + 1] = last
    return held
end

function generator:update(node)
    local target, is_held = node.target, false
    if target.tag == "chain" then
        is_held = calls(target, #target - 1) or target[#target].tag == "index"
            and not is_constant(target[#target][1], node.value)
        if is_held then self:open "do" end
        target = hold_target(self, target, node.value)
    end
    self:assign({target}, {{tag = "exp", position = node.position, target, node.operator,
        self:whole(node.value)}})
    if is_held then self:close "end" end
end

return generator
