-- SPDX-License-Identifier: BSD-3-Clause
-- Tasks and time, over the C functions.

local sss, private = ...

local waiting = private.waiting
local enter, leave = private.enter, private.leave

sss.sleep = waiting(sss.sleep)
jit.off(sss.sleep) -- compiled, it would enlarge the stack of every task that sleeps
sss.yield = waiting(sss.yield)
sss.resolve = waiting(sss.resolve)
sss.lookup = waiting(sss.lookup)
private.resolve_first = waiting(private.resolve_first)
private.resolve_rest = waiting(private.resolve_rest)

local task_methods = private.metatable_of("sss.task").methods
task_methods.join = private.waiting_for_all(task_methods.join)
private.classes.task = task_methods

local event_methods = private.methods_of("sss.event")
event_methods.wait = waiting(event_methods.wait)

local function left(limit, ok, ...)
    leave(limit)
    if ok then
        return ...
    end
    if (...) == limit then
        return nil, "timeout"
    end
    error((...), 0)
end

-- sss.timeout(seconds, f, ...)
function sss.timeout(seconds, f, ...)
    local expected = private.check.seconds(seconds)
    if expected then
        private.bad_argument(1, "timeout", string.format("%s expected, got %s", expected,
            type(seconds) == "number" and seconds or type(seconds)))
    end
    if type(f) ~= "function" then
        private.bad_argument(2, "timeout", "function expected, got " .. type(f))
    end
    local limit = enter(seconds)
    return left(limit, xpcall(f, private.keep_trace, ...))
end
