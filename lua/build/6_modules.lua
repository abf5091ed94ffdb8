-- SPDX-License-Identifier: BSD-3-Clause
-- Follows `require` from file to file: build.trace(set, file, path).

local build = ...

-- What every program has before it looks for files.
local standard = {}
for name in pairs(package.loaded) do standard[name] = true end

local function is_built_in(name)
    return standard[name] or package.preload[name] ~= nil
end

-- Built in as well (lpeg, re, moonscript), but a file of that name wins.
local function is_replaceable(name)
    local loaders = package.loaders
    return type(loaders[#loaders](name)) == "function"
end

local function is_file(path)
    local info = build.pack.stat(path)
    return info and info.type == "file" and info
end

-- Looks for the module along `path`; for `moon` in the .moon files beside the .lua ones, where the
-- compiler's own modules never are. The file, or nil; what was tried is added to `tried`.
local function search(name, path, moon, tried)
    local part = name:gsub("%.", "/")
    if moon and name:match "^[^.]*" == "moonscript" then return nil end
    for template in path:gmatch "[^;]+" do
        local twin = template:gsub("%.lua$", ".moon")
        if not moon or twin ~= template then
            local file = (moon and twin or template):gsub("%?", (part:gsub("%%", "%%%%")))
            local info = is_file(file)
            if info then
                local ending = template:find "%?/init%.%a+$" and "/init" or ""
                ending = ending .. (moon and ".moon" or ".lua")
                return {name = part .. ending, path = build.shown(file), id = info.id,
                        size = info.size}
            end
            tried[#tried + 1] = file
        end
    end
end

-- A C module is found by its whole name, or by its first part.
local function find_c_module(name)
    for _, wanted in ipairs {name, (name:match "^[^.]*")} do
        local file = package.searchpath(wanted, package.cpath)
        if file then return file end
    end
end

local function not_found(asker, asked, tried)
    local place, name = asker.path .. ":" .. asked.line, asked.name
    local library = find_c_module(name)
    if library then
        build.fail("%s: module '%s' is a C library (%s), which cannot be packed", place, name,
            library)
    end
    build.fail("%s: module '%s' is not found (tried %s, and .moon); name its file or folder after "
        .. "MAIN, set LUA_PATH, or write pcall(require, ...) when it may be missing", place, name,
        table.concat(tried, ", "))
end

local function note(set, asker, asked, text)
    set.notes = set.notes or {}
    table.insert(set.notes, {file = asker, line = asked.line, text = text})
end

-- The module that `asker` asks for is in the set afterwards, if it has to be.
local function follow(set, asker, asked, path)
    local name, tried = asked.name, {}
    if not name then
        return note(set, asker, asked, "not followed: the module's name is not a plain string")
    elseif is_built_in(name) then
        return
    end
    local sound = not name:find "%z"
    local file = sound and (search(name, path, true, {}) or search(name, path, false, tried))
    if file and not ("/" .. file.name .. "/"):find "//" then
        file.asker, file.line = asker, asked.line
        set:add(file)
    elseif file or not sound then
        build.fail("%s:%d: module '%s' cannot be packed under this name", asker.path, asked.line,
            (name:gsub("%z", "?")))
    elseif set.modules[name:gsub("/", ".")] or is_replaceable(name) then
        return
    elseif asked.optional then
        note(set, asker, asked, ("not found, and not needed: module '%s'"):format(name))
    else
        not_found(asker, asked, tried)
    end
end

-- The requests of a script, by the lines of its own text.
local function requests(file, text)
    if not file.path:find "%.moon$" then return build.requires(text) end
    local lua, lines = build.moon.to_lua(text, "@" .. file.path)
    local found = build.requires(lua or build.fail("%s", lines))
    for _, asked in ipairs(found) do asked.line = lines[asked.line] or asked.line end
    return found
end

-- Adds the modules that a script asks for to the set; they are found along `path`.
function build.trace(set, file, text, path)
    for _, asked in ipairs(requests(file, text)) do follow(set, file, asked, path) end
end
