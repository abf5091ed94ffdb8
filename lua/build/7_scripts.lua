-- SPDX-License-Identifier: BSD-3-Clause
-- Compiles scripts, and collects what a program consists of: build.collect(options).

local build = ...

-- Does the text begin with bytes that no script has?
local function is_binary(text)
    return text:sub(1, 512):find "[%z\1-\8\14-\31]" ~= nil
end

local function is_moon(file)
    return file.path:find "%.moon$" ~= nil
end

-- By its name: what was found along LUA_PATH may end in anything.
local function is_script(file)
    return is_moon(file) or file.name:find "%.lua$" ~= nil
end

-- The function of a script; NAME is what messages and tracebacks call it.
local function compile(file, text, name)
    if is_moon(file) then return build.moon.load(text, "@" .. name) end
    return load(text, "@" .. name, "t")
end

local function explain(file, text, message)
    if text:sub(1, 3) == "\27LJ" then
        build.fail("%s is compiled already: build needs its source", file.path)
    elseif is_binary(text) then
        build.fail("cannot build %s: it is neither a Lua script nor a MoonScript one", file.path)
    end
    build.fail("%s", message)
end

local function check(file, text)
    local chunk, message = compile(file, text, file.path)
    if not chunk then explain(file, text, message) end
end

local function file_at(path, info)
    return {path = build.shown(path), id = info.id, size = info.size}
end

-- {path=, id=, size=} of MAIN, and the package.path that its modules are found by.
local function find_main(word)
    local info = build.stat(word)
    if info.type == "file" then return file_at(word, info), package.path end
    if info.type == "other" then build.fail("%s is neither a file nor a folder", word) end
    local folder = word:gsub("/+$", "")
    for _, name in ipairs {"/main.lua", "/main.moon"} do
        info = build.pack.stat(folder .. name)
        if info and info.type == "file" then
            return file_at(folder .. name, info),
                ("%s/?.lua;%s/?/init.lua;%s"):format(folder, folder, package.path)
        end
    end
    build.fail("cannot build %s: it is a folder without main.lua or main.moon", word)
end

-- MAIN is packed under its base name; under its written name when a module has that one.
local function place_main(set, main)
    local written = build.packed_name(main.path)
    main.name, main.why = main.path:match "[^/]+$", "main"
    if set:rival(main.name, main.id) and written and not set:rival(written, main.id) then
        main.name = written
    end
    local placed = set:add(main)
    placed.why = "main"
    return placed
end

local function trace(set, file, path)
    local text = build.read(file)
    check(file, text)
    build.trace(set, file, text, path)
end

-- What is packed for a script: the compiled function, or the text.
local function content(file, options)
    local text = build.read(file)
    if options.plain then return text end
    local chunk, message = compile(file, text, file.name)
    return string.dump(chunk or build.fail("%s", message), options.strip and "sd" or "d")
end

-- The set of all files, of which scripts have their `data`, and the main one. `skip` has
-- the ids of files that are not to be packed.
function build.collect(options, skip)
    local set, i = build.files(), 1
    local main, path = find_main(options.main)
    for _, word in ipairs(options.named) do set:add_named(word, skip) end
    trace(set, main, path)
    while set[i] do -- grows on the way
        if is_script(set[i]) and set[i].id ~= main.id then trace(set, set[i], path) end
        i = i + 1
    end
    main = place_main(set, main)
    for _, file in ipairs(set) do
        if file == main or is_script(file) then
            file.data = content(file, options)
            file.size = #file.data
        end
    end
    return set, main
end
