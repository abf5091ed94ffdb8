-- SPDX-License-Identifier: BSD-3-Clause
-- require() in a task: as the one in C, but the module may wait while it loads.

local sss, private = ...

local c_require, loaded, current = require, package.loaded, private.current
local getinfo, format = debug.getinfo, string.format
local wait = private.waiting(private.methods_of("sss.event").wait)
local loading = {} -- name -> {task=, event=}, of tasks
local awaited = {} -- task -> what it waits for, of those

-- What package.loaded holds while the C function loads a module: one that looks finds out.
local sentinel
package.preload["[sss]"] = function(name)
    sentinel = loaded[name]
end
c_require("[sss]")
package.preload["[sss]"], loaded["[sss]"] = nil, nil

-- Raises a text of any length, placed in the script as private.raise does.
local function raise(text)
    local level, frame = 1
    repeat
        level = level + 1
        frame = getinfo(level, "Sl")
    until not frame or frame.currentline > 0 and frame.short_src ~= "[sss]"
    error((frame and format("%s:%d: ", frame.short_src, frame.currentline) or "") .. text, 0)
end

-- A loader in C would place its error in this file if it were called from here, not by xpcall.
local function search_with(search, name)
    local ok, found = xpcall(search, private.keep_trace, name)
    if not ok then
        error(found, 0)
    end
    return found
end

-- The function that loads the module NAME (package.loaders).
local function find_loader(name)
    local tried = {}
    for _, search in ipairs(package.loaders) do
        local found = search_with(search, name)
        if type(found) == "function" then
            return found
        elseif type(found) == "string" then
            table.insert(tried, found)
        end
    end
    raise(format("module '%s' not found:%s", name, table.concat(tried)))
end

local function load_module(name)
    local value = find_loader(name)(name)
    if value ~= nil then
        loaded[name] = value
    elseif loaded[name] == nil then
        loaded[name] = true
    end
end

local function load_alone(name, task)
    local mine = {task = task, event = private.event()}
    loading[name] = mine
    local ok, err = xpcall(load_module, private.keep_trace, name)
    loading[name], mine.task = nil, nil
    mine.event:wake(true)
    if not ok then
        error(err, 0)
    end
end

-- Would TASK wait for itself when it waits for the load OTHER?
local function is_loop(other, task)
    while other and other.task ~= task do
        other = awaited[other.task]
    end
    return other ~= nil
end

local function await(other, task)
    awaited[task] = other
    local ok, err = pcall(wait, other.event)
    awaited[task] = nil
    if not ok then
        error(err, 0)
    end
end

-- require(name): whoever asks for a module that another task loads waits until it is there.
function _G.require(name)
    if type(name) ~= "string" then
        private.bad_argument(1, "require", "string expected, got "
            .. (name == nil and "no value" or type(name)))
    end
    local task = current()
    if not task then
        while loading[name] do
            wait(loading[name].event)
        end
        return c_require(name)
    end
    while not loaded[name] do
        local other = loading[name]
        if not other then
            load_alone(name, task)
        elseif is_loop(other, task) then
            private.raise(format("loop loading module '%s'", name))
        else
            await(other, task)
        end
    end
    if loaded[name] == sentinel then
        private.raise(format("loop or previous error loading module '%s'", name))
    end
    return loaded[name]
end
