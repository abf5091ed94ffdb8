-- SPDX-License-Identifier: BSD-3-Clause
-- Tree to Lua.

local generator = require "moonscript.compile.class"
local parse = require "moonscript.parse"
local insert = table.insert
local error, ipairs, pcall, tostring, type = error, ipairs, pcall, tostring, type

local compile = {}

local function write_file(state, tree, options)
    local place = options.implicitly_return_root ~= false and {kind = "return"} or nil
    state:statements(tree.statements, place)
    for i, line in ipairs(state.libraries or {}) do
        insert(state.lines, i, "\0011\2" .. line)
    end
    return {state:finish()}
end

-- tree(tree, options) -> code, {[line of the code] = position in the source}
--                      | nil, message, position
function compile.tree(tree, options)
    if type(tree) ~= "table" or type(tree.statements) ~= "table" then
        error "missing tree: it comes from moonscript.parse"
    end
    local state = generator.new(tree)
    local ok, result = pcall(write_file, state, tree, options or {})
    if ok then return result[1], result[2] end
    if type(result) == "table" then return nil, result.message, result.position end
    return nil, tostring(result), state.position
end

-- The message with the line of TEXT that it is about.
function compile.format_error(message, position, text)
    message = "Compile error: " .. tostring(message)
    return position and parse.format(message, text, parse.line_starts(text), position) or message
end

return compile
