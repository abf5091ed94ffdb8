-- SPDX-License-Identifier: BSD-3-Clause
-- sss.gather and sss.race: several functions at once, as one call.

local sss, private = ...

local outlast = private.waiting(private.outlast)
local keep_trace, timeout_class = private.keep_trace, private.class_of("sss.timeout")
local waits = { -- by name of the function
    gather = private.waiting(private.waiter("gather")),
    race = private.waiting(private.waiter("race")),
}

local function check_functions(name, ...)
    for i = 1, select("#", ...) do
        local f = select(i, ...)
        if type(f) ~= "function" then
            private.bad_argument(i, name, "function expected, got " .. type(f))
        end
    end
end

-- Cancels all tasks of RUN but the one of function SELF. This happens in the moment of the
-- decision, before any other of them runs: what they wait for stays where it is.
local function decide(run, self)
    run.decided = true
    for i, task in ipairs(run.tasks) do
        if i ~= self then
            task:cancel()
        end
    end
    run.event:wake()
end

-- What is outside of the script's own function fails when memory runs out: nobody may have cancelled
-- the others, or told the caller.
local function play(run, body, i, f)
    local ok, problem = pcall(body, run, i, f)
    if ok then
        return
    end
    if not run.decided then
        run.failed, run.failure = true, problem
    end
    run.decided, run.half_told = true, true
    run.event:wake()
end

local function start(run, body, ...)
    local wait = waits[run.name]
    for i = 1, select("#", ...) do
        run.tasks[i] = sss.spawn(play, run, body, i, (select(i, ...)))
    end
    while not run.decided do
        wait(run.event)
    end
end

-- All tasks have ended when it returns; only where nobody can wait they end later.
local function outlast_all(run)
    for _, task in ipairs(run.tasks) do
        while not outlast(task) do
            decide(run) -- cancelled again, in the meantime: so are they
        end
    end
end

-- The wait of the caller has failed with ERR. When it is a cancel, or the end of a time, and came
-- after the decision, then that stands, and he is told at his next wait.
local function comes_too_late(run, err)
    local is_cancel = type(err) == "table" and err.code == "cancelled"
    local is_timeout = getmetatable(err) == timeout_class
    if not run.decided or not (is_cancel or is_timeout) then
        return false
    end
    if is_cancel then
        private.tell_again()
    end
    return true
end

-- Runs BODY(run, i, f) in a task for each of the functions, until one of them has decided.
local function run_all(run, body, ...)
    run.tasks, run.event, run.decided = {}, private.event(), run.left == 0
    run.failed, run.failure, run.half_told = false, false, false -- no memory is needed for it then
    local ok, err = pcall(start, run, body, ...)
    ok = ok or comes_too_late(run, err)
    if not run.decided or run.half_told then
        decide(run)
    end
    local _, problem = pcall(outlast_all, run)
    if not ok or problem then
        error(not ok and err or problem, 0)
    elseif run.failed then
        error(run.failure, 0)
    end
    return run
end

-- The function F is the Ith of sss.gather().
local function take_part(run, i, f)
    local ok, value = xpcall(f, keep_trace)
    if run.decided then
        return
    end
    run.left = run.left - 1
    if ok then
        run.results[i] = value
    else
        run.failed, run.failure = true, value
    end
    if run.failed or run.left == 0 then
        decide(run, i)
    end
end

-- sss.gather(f1, f2, ...)
function sss.gather(...)
    check_functions("gather", ...)
    local n = select("#", ...)
    local run = run_all({name = "gather", left = n, results = {}}, take_part, ...)
    return unpack(run.results, 1, n)
end

-- The function F is the Ith of sss.race().
local function compete(run, i, f)
    local results = {n = 0}
    local function keep(ok, ...)
        results = {n = select("#", ...), ...}
        return ok
    end
    local ok = keep(xpcall(f, keep_trace))
    if run.decided then
        return
    end
    run.winner, run.results = i, results
    run.failed, run.failure = not ok, results[1]
    decide(run, i)
end

-- sss.race(f1, f2, ...)
function sss.race(...)
    check_functions("race", ...)
    if select("#", ...) == 0 then
        private.bad_argument(1, "race", "function expected, got no value")
    end
    local run = run_all({name = "race"}, compete, ...)
    return run.winner, unpack(run.results, 1, run.results.n)
end
