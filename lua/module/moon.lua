-- SPDX-License-Identifier: BSD-3-Clause
-- MoonScript's standard library, as its manual describes it.

local lua_debug, lua_type = debug, type
local concat, sort = table.concat, table.sort
local error, ipairs, next, pairs, print, select, tostring =
    error, ipairs, next, pairs, print, select, tostring
local getfenv, getmetatable, rawget, rawset, setfenv, setmetatable =
    getfenv, getmetatable, rawget, rawset, setfenv, setmetatable

local moon = {}

-- Classes -----------------------------------------------------------------------------------------

-- Is it the table that a `class` makes?
function moon.is_class(value)
    if lua_type(value) ~= "table" or rawget(value, "__base") == nil then return false end
    local meta = getmetatable(value)
    return lua_type(meta) == "table" and rawget(meta, "__call") ~= nil
end

function moon.is_instance(value)
    if lua_type(value) ~= "table" then return false end
    local meta = getmetatable(value)
    return lua_type(meta) == "table" and rawget(meta, "__index") == meta
        and rawget(meta, "__class") ~= nil and rawget(value, "__index") ~= value
end

-- Is CLASS among the classes that begin with FIRST and go on with the parent of each?
local function is_among(first, class)
    while first do
        if first == class then return true end
        first = first.__parent
    end
    return false
end

function moon.is_instance_of(value, class)
    if not moon.is_instance(value) then
        error("is_instance_of: expected instance, got " .. lua_type(value), 2)
    end
    return is_among(getmetatable(value).__class, class)
end

function moon.is_subclass_of(class, parent)
    if not moon.is_class(class) then
        error("is_subclass_of: expected class, got " .. lua_type(class), 2)
    end
    return is_among(class.__parent, parent)
end

-- Deprecated: true of instances, classes and the tables of their methods alike.
function moon.is_object(value)
    return lua_type(value) == "table" and value.__class
end

-- The class of an instance, "class" for a class, else what Lua says.
function moon.type(value)
    if moon.is_class(value) then return "class" end
    return moon.is_instance(value) and value.__class or lua_type(value)
end

-- Printing ----------------------------------------------------------------------------------------

local function by_name(a, b)
    local type_a, type_b = lua_type(a), lua_type(b)
    if type_a ~= type_b then return type_a == "number" or type_b ~= "number" and type_a < type_b end
    if type_a == "number" or type_a == "string" then return a < b end
    return tostring(a) < tostring(b)
end

local function sorted_keys(value)
    local keys = {}
    for key in next, value do keys[#keys + 1] = key end
    sort(keys, by_name)
    return keys
end

local dump_value

local function dump_table(value, depth, seen)
    local class = moon.is_instance(value) and value.__class
    local title = class and "<" .. tostring(class.__name) .. ">" or ""
    if seen[value] then return title .. "recursion(" .. tostring(value) .. ")...\n" end
    seen[value] = true
    local lines = {title .. "{\n"}
    for _, key in ipairs(sorted_keys(value)) do
        lines[#lines + 1] = ("    "):rep(depth + 1) .. "[" .. tostring(key) .. "] = "
            .. dump_value(rawget(value, key), depth + 1, seen)
    end
    seen[value] = nil
    return concat(lines) .. ("    "):rep(depth) .. "}\n"
end

function dump_value(value, depth, seen)
    if lua_type(value) == "table" then return dump_table(value, depth, seen) end
    if lua_type(value) == "string" then return '"' .. value .. '"\n' end
    return tostring(value) .. "\n"
end

-- The value as text, tables with all that is in them.
function moon.dump(value)
    return dump_value(value, 0, {})
end

-- Prints each of its arguments that way.
function moon.p(...)
    for i = 1, select("#", ...) do print(moon.dump((select(i, ...)))) end
end

-- Functions ---------------------------------------------------------------------------------------

-- Lua's debug, and upvalue(fn, name[, value]), which gets or sets what a function has from outside.
moon.debug = setmetatable({}, {__index = lua_debug})

function moon.debug.upvalue(fn, name, ...)
    local i = 1
    while true do
        local found, value = lua_debug.getupvalue(fn, i)
        if not found then error("Failed to find upvalue: " .. tostring(name), 2) end
        if found == name then
            if select("#", ...) == 0 then return value end
            return lua_debug.setupvalue(fn, i, (...))
        end
        i = i + 1
    end
end

-- Runs FN with what SCOPE has before its globals.
function moon.run_with_scope(fn, scope, ...)
    local globals = getfenv(fn)
    setfenv(fn, setmetatable({}, {__index = function(_, name)
        local value = scope[name]
        if value == nil then value = globals[name] end
        return value
    end}))
    return fn(...)
end

-- The methods of OBJECT as functions that have it.
function moon.bind_methods(object)
    return setmetatable({}, {__index = function(self, name)
        local value = object[name]
        if lua_type(value) ~= "function" then return value end
        local function bound(...) return value(object, ...) end
        rawset(self, name, bound)
        return bound
    end})
end

-- Tables ------------------------------------------------------------------------------------------

-- defaultbl([tbl,] fn): what TBL has not is made by FN(tbl, key), and kept.
function moon.defaultbl(tbl, fn)
    if fn == nil then tbl, fn = {}, tbl end
    return setmetatable(tbl, {__index = function(self, key)
        local value = fn(self, key)
        rawset(self, key, value)
        return value
    end})
end

-- Each table finds in the next one what it has not.
function moon.extend(...)
    local tables = {...}
    for i = 1, #tables - 1 do setmetatable(tables[i], {__index = tables[i + 1]}) end
    return tables[1]
end

function moon.copy(tbl)
    local out = {}
    for key, value in pairs(tbl) do out[key] = value end
    return out
end

-- Gives OBJECT the methods of CLASS, then calls the constructor on it.
function moon.mixin(object, class, ...)
    for key, value in pairs(class.__base) do
        if lua_type(key) ~= "string" or not key:find "^__" then object[key] = value end
    end
    return class.__init(object, ...)
end

-- Gives OBJECT functions that call the methods NAMES of OTHER on that: object.name(...), and
-- object:name(...) as well.
function moon.mixin_object(object, other, names)
    for _, name in ipairs(names) do
        object[name] = function(first, ...)
            if first == object then return other[name](other, ...) end
            return other[name](other, first, ...)
        end
    end
end

function moon.mixin_table(tbl, other, names)
    if names == nil then
        for key, value in pairs(other) do tbl[key] = value end
        return
    end
    for _, name in ipairs(names) do tbl[name] = other[name] end
end

-- fn(fn(items[1], items[2]), items[3]) and so on; a single item is the result.
function moon.fold(items, fn)
    local result = items[1]
    for i = 2, #items do result = fn(result, items[i]) end
    return result
end

return moon
