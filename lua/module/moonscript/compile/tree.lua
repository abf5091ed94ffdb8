-- SPDX-License-Identifier: BSD-3-Clause
-- Questions about a part of the tree.

local ipairs, next, type = ipairs, next, type

local tree = {}

-- Is there a node with TAG in NODE? What stands in functions is not looked at, nor, with IN_LOOPS
-- false, what stands in loops.
function tree.has(node, tag, in_loops)
    if node.tag == tag then return true end
    for _, part in next, node do
        if type(part) == "table" and part.tag ~= "function"
            and (in_loops or part.tag ~= "for" and part.tag ~= "each" and part.tag ~= "while")
            and tree.has(part, tag, in_loops) then
            return true
        end
    end
    return false
end

-- Does one of the targets or parameters bind NAME?
local function binds(list, name)
    for _, item in ipairs(list) do
        local target = item.target or item.value or item
        if target.tag == "ref" and target.name == name then return true end
        if target.tag == "table" and binds(target, name) then return true end
    end
    return false
end

-- The clauses that bind NAME hide what is outside, except from their own lists.
local function hides(node, name)
    for _, clause in ipairs(node.clauses or {node}) do
        if clause.tag == "for" and clause.name == name then return true end
        if clause.tag == "each" and binds(clause, name) then return true end
    end
    return false
end

local mentions_in

local function mentions_in_headers(node, name, seen, in_function)
    for _, clause in ipairs(node.clauses or {node}) do
        for _, part in ipairs {clause.list or clause.iterator or clause.bounds or {}} do
            mentions_in(part, name, seen, in_function)
        end
    end
end

function mentions_in(node, name, seen, in_function)
    if node.tag == "ref" and node.name == name then
        seen[in_function and "inside" or "outside"] = true
        return
    elseif node.tag == "function" then
        if binds(node, name) then return end
        in_function = true
    elseif (node.clauses or node.tag == "for" or node.tag == "each") and hides(node, name) then
        return mentions_in_headers(node, name, seen, in_function)
    end
    for _, part in next, node do
        if type(part) == "table" then mentions_in(part, name, seen, in_function) end
    end
end

-- Where NODE mentions the variable: "outside" of functions, or only "inside" of them, or nil.
function tree.mentions(node, name)
    local seen = {}
    mentions_in(node, name, seen, false)
    return seen.outside and "outside" or seen.inside and "inside" or nil
end

-- Does NODE assign the variable, in functions or outside?
function tree.assigns(node, name)
    if node.tag == "assign" and binds(node.targets, name) then return true end
    if node.tag == "update" and binds({node.target}, name) then return true end
    for _, part in next, node do
        if type(part) == "table" and tree.assigns(part, name) then return true end
    end
    return false
end

-- Does something in NODE, a parameter or a loop, say, have the name as well?
function tree.rebinds(node, name)
    if node.tag == "function" and binds(node, name) then return true end
    if (node.tag == "for" or node.tag == "each") and hides(node, name) then return true end
    for _, part in next, node do
        if part == name and node.tag == nil then return true end -- among those of `local`
        if type(part) == "table" and tree.rebinds(part, name) then return true end
    end
    return false
end

-- Adds the names that a pattern or a list of targets has.
function tree.add_names(list, names)
    for _, item in ipairs(list) do
        local target = item.value or item
        if target.tag == "ref" then
            names[#names + 1] = target.name
        elseif target.tag == "table" then
            tree.add_names(target, names)
        end
    end
end

-- The names that a statement would declare, behind those of NAMES.
function tree.declared_names(statement, names)
    if statement.tag == "decorated" then
        tree.declared_names(statement.statement, names)
    elseif statement.tag == "assign" then
        tree.add_names(statement.targets, names)
        local value = statement.values[1]
        if value.tag == "class" and not statement.values[2] then
            tree.declared_names(value, names)
        end
    elseif statement.tag == "update" then
        tree.add_names({statement.target}, names)
    elseif statement.tag == "import" then
        for _, item in ipairs(statement) do names[#names + 1] = item.name end
    elseif statement.tag == "class" and statement.name and statement.name.tag == "ref" then
        names[#names + 1] = statement.name.name
    end
    return names
end

-- Does the statement leave the block that it ends?
function tree.leaves(statement)
    return statement and (statement.tag == "return" or statement.tag == "break"
        or statement.tag == "continue")
end

return tree
