-- SPDX-License-Identifier: BSD-3-Clause
-- How a task waits inside any coroutine.
--
-- A C function that has to wait in a task returns the mark `park`, a number that names the wait,
-- and perhaps a value to be kept alive. The Lua code around it yields; when the task is resumed,
-- finish() gives the results, or raises. It gets the arguments once more, which thereby stay alive.
-- A coroutine that the script made itself passes the mark on to the task.

local sss, private = ...

local park, finish, abandon = private.park, private.finish, private.abandon
local yield, isyieldable = coroutine.yield, coroutine.isyieldable
local create, resume, status = coroutine.create, coroutine.resume, coroutine.status
local is_task, format = private.is_task, string.format
local public = _G.coroutine -- what scripts call
-- A coroutine of the script's own -> does a task wait in it? The entry is made before it runs: when
-- it has begun to wait there may be no memory for one. One that has an entry is no task's.
local parked = setmetatable({}, {__mode = "k"})
-- .depth: in how many coroutines of the script's own, one in the other, the running code is
local nesting = {depth = 0}
private.nesting = nesting

-- F, which takes at most four arguments, as a function that waits. It has up to three results, the
-- last of which is not nil. Without varargs, which are dear, and with a small frame: a task that
-- waits in here shall do with the stack that a coroutine begins with.
function private.waiting(f)
    return function(a, b, c, d)
        local x, y, z = f(a, b, c, d)
        if x == park then
            yield(park)
            return finish(a, b, c, d, z, y)
        elseif z ~= nil then
            return x, y, z
        elseif y ~= nil then
            return x, y
        elseif x ~= nil then
            return x
        end
    end
end

local function settle(a, ...)
    if (...) ~= park then
        return ...
    end
    yield(park)
    local _, serial, kept = ...
    return finish(a, kept, serial)
end

-- The same for a function of one argument with any number of results.
function private.waiting_for_all(f)
    return function(a)
        return settle(a, f(a))
    end
end

-- The same for a method that returns its object, or nil and why not.
function private.chaining(f)
    f = private.waiting(f)
    return function(self, b, c, d)
        local _, why = f(self, b, c, d)
        if why then
            return nil, why
        end
        return self
    end
end

-- What resume() gave: results, or the mark of a wait that the task has to do.
local function pass(co, ok, ...)
    nesting.depth = nesting.depth - 1
    if (...) ~= park then
        return ok, ...
    end
    if isyieldable() then
        parked[co] = true
        yield(park)
        parked[co] = false
    else
        abandon()
    end
    nesting.depth = nesting.depth + 1
    return pass(co, resume(co))
end

-- Only what it waits for can wake a coroutine that waits.
local function is_waiting(co)
    local waits = parked[co]
    if waits == false or type(co) ~= "thread" or status(co) ~= "suspended" then
        return false
    end
    return waits or is_task(co)
end

function public.status(co)
    return is_waiting(co) and "normal" or status(co)
end

function public.resume(co, ...)
    if is_waiting(co) then
        return false, "cannot resume a coroutine that waits"
    end
    if parked[co] == nil and type(co) == "thread" and status(co) == "suspended" then
        parked[co] = false
    end
    nesting.depth = nesting.depth + 1
    return pass(co, resume(co, ...))
end

local function unwrap(ok, ...)
    if ok then
        return ...
    end
    error((...), 2)
end

function public.wrap(f)
    if type(f) ~= "function" then
        error("bad argument #1 to 'wrap' (function expected, got " .. type(f) .. ")", 2)
    end
    local co = create(f)
    parked[co] = false
    return function(...)
        if parked[co] then
            error("cannot resume a coroutine that waits", 2)
        end
        nesting.depth = nesting.depth + 1
        return unwrap(pass(co, resume(co, ...)))
    end
end

-- Arguments: raises "bad argument #n to 'name' (message)".
function private.bad_argument(n, name, message)
    private.raise(format("bad argument #%d to '%s' (%s)", n, name, message))
end

-- The table of options that is argument N of NAME, {} for nil; KEYS: option -> check(value), which
-- returns what was expected when the value is wrong.
function private.options(n, name, options, keys)
    if options == nil then
        return {}
    end
    if type(options) ~= "table" then
        private.bad_argument(n, name, "table of options expected, got " .. type(options))
    end
    for key, value in pairs(options) do
        local check = keys[key]
        if not check then
            private.bad_argument(n, name, "unknown option '" .. tostring(key) .. "'")
        end
        local expected = check(value)
        if expected then
            private.bad_argument(n, name, format("option '%s': %s expected, got %s",
                key, expected, type(value) == "number" and tostring(value) or type(value)))
        end
    end
    return options
end

-- Checks of option values.
local check = {}
private.check = check

function check.boolean(value)
    return type(value) ~= "boolean" and "boolean" or nil
end

function check.seconds(value)
    return not (type(value) == "number" and value >= 0) and "0 or more seconds" or nil
end

function check.any()
    return nil
end

-- A whole number from LOW to HIGH.
function check.whole(low, high)
    return function(value)
        if type(value) ~= "number" or value ~= math.floor(value) or value < low or value > high then
            return format("whole number from %d to %d", low, high)
        end
    end
end

private.classes = {} -- name -> table of methods, for the check of the documentation
