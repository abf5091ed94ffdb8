-- SPDX-License-Identifier: BSD-3-Clause
-- Debug hooks are not called in the program's own Lua code: one that waits there would let others
-- run between a look at what there is and the wait for more.

local sss, private = ...

local public = _G.debug -- what scripts call
local sethook, gethook, getinfo = debug.sethook, debug.gethook, debug.getinfo
local own = getinfo(1, "S").short_src
-- The function that is set -> that of the script.
local scripts = setmetatable({}, {__mode = "k"})

-- Is the function at LEVEL, as its caller counts, ours, or a C function that ours has called?
local function is_ours(level)
    local info = getinfo(level + 1, "S")
    if info and info.what == "C" then
        info = getinfo(level + 2, "S")
    end
    return info and info.short_src == own
end

local function around(f)
    local function hook(event, line)
        if not is_ours(2) then
            return f(event, line)
        end
    end
    scripts[hook] = f
    return hook
end

function public.sethook(a, b, ...)
    if type(a) == "function" then
        return sethook(around(a), b, ...)
    elseif type(a) == "thread" and type(b) == "function" then
        return sethook(a, around(b), ...)
    end
    return sethook(a, b, ...)
end

local function unwrapped(hook, ...)
    return scripts[hook] or hook, ...
end

function public.gethook(...)
    return unwrapped(gethook(...))
end

local present, mask, count = gethook()
if type(present) == "function" then
    sethook(around(present), mask, count)
end
