-- SPDX-License-Identifier: BSD-3-Clause
-- Operators. Those that LuaJIT has are written as they stand; those that it does not have (& | ~ <<
-- >> //) become calls, for which the expression is divided as Lua 5.3 does.

local generator = require "moonscript.compile.generator"
local concat = table.concat
local ipairs, type = ipairs, type

local functions = {["&"] = "band", ["|"] = "bor", ["~"] = "bxor", ["<<"] = "lshift",
    [">>"] = "rshift", ["~u"] = "bnot"}

-- How tightly an operator binds to its left and to its right.
local powers = {
    ["or"] = {1, 1}, ["and"] = {2, 2}, ["|"] = {4, 4}, ["~"] = {5, 5}, ["&"] = {6, 6},
    ["<<"] = {7, 7}, [">>"] = {7, 7}, [".."] = {9, 8}, ["+"] = {10, 10}, ["-"] = {10, 10},
    ["*"] = {11, 11}, ["/"] = {11, 11}, ["//"] = {11, 11}, ["%"] = {11, 11}, ["^"] = {14, 13},
}
for operator in ("< > <= >= == ~="):gmatch "%S+" do powers[operator] = {3, 3} end
local prefix_power = 12
local prefixes = {["-u"] = "-", ["#u"] = "#", ["not"] = "not ", ["~u"] = "~"}

local function needs_functions(items)
    for _, item in ipairs(items) do
        if functions[item] or item == "//" then return true end
    end
    return false
end

-- Text that must stay together beside operators.
function generator:operand(node)
    local text = self:value(node)
    if node.tag == "exp" or node.tag == "string_of_parts" and #node > 1 then
        return "(" .. text .. ")"
    end
    return text
end

-- A value of a comparison or an update, as one operand.
function generator:whole(node)
    if node.tag ~= "exp" then return node end
    return {tag = "parentheses", position = node.position, value = node}
end

-- The items as they stand; an operand is on a line of its own when it is so in the source.
local function write_flat(self, items)
    local out, line = {}, self:line_at(items.position)
    for i, item in ipairs(items) do
        if prefixes[item] then
            out[#out + 1] = prefixes[item]
            if items[i + 1] == "-u" and item == "-u" then out[#out + 1] = " " end
        elseif type(item) == "string" then
            out[#out + 1] = " " .. item .. " "
        else
            local here = self:line_at(item.position)
            if here > line then
                out[#out + 1] = self:line_break(item.position)
                line = here
            end
            out[#out + 1] = self:operand(item)
        end
    end
    return concat(out)
end

local function write_binary(self, operator, left, right)
    if operator == "//" then
        return ("%s(%s / %s)"):format(self:library("floor", "math"), left, right)
    elseif functions[operator] then
        return ("%s.%s(%s, %s)"):format(self:library "bit", functions[operator], left, right)
    end
    return "(" .. left .. " " .. operator .. " " .. right .. ")"
end

-- Reads items.next and on, as far as operators bind tighter than POWER.
local function write_bound(self, items, power)
    local item = items[items.next]
    items.next = items.next + 1
    local left
    if item == "~u" then
        left = ("%s.bnot(%s)"):format(self:library "bit", write_bound(self, items, prefix_power))
    elseif prefixes[item] then
        left = "(" .. prefixes[item] .. write_bound(self, items, prefix_power) .. ")"
    else
        left = self:operand(item)
    end
    while items[items.next] and powers[items[items.next]][1] > power do
        local operator = items[items.next]
        items.next = items.next + 1
        left = write_binary(self, operator, left, write_bound(self, items, powers[operator][2]))
    end
    return left
end

-- The name of a variable with the module NAME, or with the function NAME of the module, made at the
-- beginning of the file.
function generator:library(name, module)
    local variable = "_" .. name .. "_0"
    while (self.tree.names or {})[variable] do variable = "_" .. variable end
    self.libraries = self.libraries or {}
    if not self.libraries[name] then
        self.libraries[name] = true
        self.libraries[#self.libraries + 1] = ('local %s = require("%s")%s'):format(variable,
            module or name, module and "." .. name or "")
    end
    return variable
end

function generator:write_exp(node)
    if not needs_functions(node) then return write_flat(self, node) end
    node.next = 1
    return write_bound(self, node, 0)
end

return generator
