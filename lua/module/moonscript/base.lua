-- SPDX-License-Identifier: BSD-3-Clause
-- What programs use of the compiler: MoonScript to Lua, and to functions.

local parse = require "moonscript.parse"
local compile = require "moonscript.compile"
local load_mapped = require "moonscript.lines" -- (code, name, lines, chunkname) -> function
local concat, open, insert, remove = table.concat, io.open, table.insert, table.remove
local assert, error, ipairs, select, setfenv, type, unpack =
    assert, error, ipairs, select, setfenv, type, unpack
local package = package

local base = {_NAME = "moonscript", dirsep = "/"}

-- to_lua(text, options) -> code, {[line of the code] = position in TEXT}
--                        | nil, message, {message, position} of what is wrong
function base.to_lua(text, options)
    local tree, message, fault = parse.string(text)
    if not tree then return nil, message, fault end
    local code, positions, position = compile.tree(tree, options)
    if code then return code, positions end
    fault = {message = positions, position = position, is_compile_error = true}
    return nil, compile.format_error(positions, position, text), fault
end

-- Is the argument number COUNT a table of options? As the fourth it may be the environment.
local function is_options(value, count)
    return type(value) == "table" and count > 1
        and (count ~= 4 or value.implicitly_return_root ~= nil)
end

-- The options, which may be the last argument, and the others.
local function split_options(...)
    local count = select("#", ...)
    local last = select(count, ...)
    if is_options(last, count) then
        local arguments = {...}
        arguments[count] = nil
        return last, unpack(arguments, 1, count - 1)
    end
    return {}, ...
end

-- The line of TEXT for each line of the code.
local function source_lines(text, code, positions)
    local starts, lines, line = parse.line_starts(text), {}, 1
    for i = 1, #parse.line_starts(code) do
        line = positions[i] and parse.find_line(starts, positions[i]) or line
        lines[i] = line
    end
    return lines
end

-- loadstring(text, chunkname, mode, env, options) -> function | nil, message. Its errors have the
-- lines of TEXT.
function base.loadstring(...)
    local options, text, name, _, env = split_options(...)
    local code, positions = base.to_lua(text, options)
    if not code then return nil, positions end
    name = name or "=(moonscript.loadstring)"
    local chunk, message = load_mapped(code, name, source_lines(text, code, positions), name)
    if chunk and env then setfenv(chunk, env) end
    return chunk, message
end

-- load(text or function, ...): as loadstring; a function gives the text in parts.
function base.load(text, ...)
    if type(text) ~= "function" then return base.loadstring(text, ...) end
    local parts = {}
    for part in text do
        if part == "" then break end
        parts[#parts + 1] = part
    end
    return base.loadstring(concat(parts), ...)
end

function base.loadfile(path, ...)
    local file, message = open(path)
    if not file then return nil, message end
    local text
    text, message = file:read "*a"
    file:close()
    if not text then return nil, message end
    return base.loadstring(text, "@" .. path, ...)
end

function base.dofile(...)
    return assert(base.loadfile(...))()
end

-- package.path with the templates for Lua files made into ones for .moon files.
function base.create_moonpath(path)
    local out = {}
    for template in path:gmatch "[^;]+" do
        local stem = template:match "^(.*)%.lua$"
        if stem then out[#out + 1] = stem .. ".moon" end
    end
    return concat(out, ";")
end

-- A package loader along package.moonpath, for programs that set one. The runtime itself finds
-- .moon files along package.path.
function base.moon_loader(name)
    local stem = name:gsub("%.", "/"):gsub("%%", "%%%%")
    for template in (package.moonpath or ""):gmatch "[^;]+" do
        local path = template:gsub("%?", stem)
        local file = open(path)
        if file then
            file:close()
            local chunk, message = base.loadfile(path)
            if not chunk then error(path .. ": " .. message) end
            return chunk
        end
    end
    return nil, "Could not find moon file"
end

function base.insert_loader(at)
    package.moonpath = package.moonpath or base.create_moonpath(package.path)
    for _, loader in ipairs(package.loaders) do
        if loader == base.moon_loader then return false end
    end
    insert(package.loaders, at or 2, base.moon_loader)
    return true
end

function base.remove_loader()
    for i, loader in ipairs(package.loaders) do
        if loader == base.moon_loader then
            remove(package.loaders, i)
            return true
        end
    end
    return false
end

return base
