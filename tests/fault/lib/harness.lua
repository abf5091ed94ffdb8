-- SPDX-License-Identifier: BSD-3-Clause
-- Stands for the harness of the script tests: runs each test again and again with a fault in it.

-- In the environment: REAL_HARNESS, its file; FAULT_SECONDS for the whole file; FAULT_KIND, which
-- faults (lib/plan.lua); FAULT_ONLY, a request, the only one; FAULT_SEED for the order; FAULT_DONE, a
-- file with the cases of earlier runs (lines "TEST<TAB>REQUEST"), which are not done again. It writes
-- "case TEST<TAB>REQUEST" before each, and behind it "same", "other", "waits", "bad REASON", or
-- "unmet" when the call was not made there this time; for each test "place TEST<TAB>PLACE<TAB>COUNT",
-- its errors, "lethal TEST<TAB>PLACE" for one that is left out, or "possible
-- TEST<TAB>CALL<TAB>COUNT", calls by errors, and "open TEST" when there was no time for all of them.

local calls = require "calls"
local plan = require "plan"
local tidy = require "tidy"
local faults = dofile(os.getenv("FAULT_TABLE"))

local t = dofile(os.getenv("REAL_HARNESS"))
package.loaded.harness = t

local sss -- opened by t.run()

local most_seconds = 2 -- that a case may wait
local alarm_limit = 60 -- seconds until it counts as a hang
local kind = os.getenv("FAULT_KIND") or "places"
local only = os.getenv("FAULT_ONLY")
local seed = tonumber(os.getenv("FAULT_SEED")) or 1
local tests, cleanups = {}, {}

function t.test(name, f)
    tests[#tests + 1] = { name = name, f = f }
end

function t.task(name, f)
    t.test(name, f)
    tests[#tests + 1] = { name = name .. ", in a task", f = f, in_task = true }
end

function t.after(f)
    cleanups[#cleanups + 1] = f
end

-- A program of a test that was cut off is killed: it may wait for us, as its pipe's end does for it.
-- There is no fault between its start and when it is known.
local command = t.child.command
function t.child.command(text)
    calls.pause(true)
    local made = command(text)
    t.after(function()
        if io.type(made.pipe) ~= "file" then return end
        made:kill()
        made.pipe:close()
    end)
    calls.pause(false)
    return made
end

local function say(...)
    io.stdout:write(...)
    io.stdout:write("\n")
    io.stdout:flush()
end

local function clean_up()
    while #cleanups > 0 do pcall(table.remove(cleanups)) end
end

-- true; or false and the error; or nil: after SECONDS it was still waiting.
local function call(test, seconds)
    if test.in_task then
        local task = sss.spawn(function() return pcall(test.f) end)
        local ok, err = sss.timeout(seconds, task.join, task)
        if task.status == "waiting" then return nil, "timeout" end
        return ok, err
    end
    local finished, ok, err = sss.timeout(seconds, function() return true, pcall(test.f) end)
    if not finished then return nil, "timeout" end
    if not ok and tostring(err) == "timeout" then return nil, "timeout" end
    return ok, err
end

local before -- what there was when the test began

-- Runs TEST with REQUEST, or without one, for SECONDS at most -> {passed= true, false, or nil when it
-- was still waiting, err=, left= what was left behind, came= how often the fault came, ...}.
local function run(test, request, seconds)
    local began = sss.now()
    if kind ~= "spread" then -- else a run would not go the ways of the one before
        jit.flush()
        collectgarbage()
    end
    calls.alarm(alarm_limit)
    if request then calls.arm(request) else calls.restart() end
    local ran, passed, err = pcall(call, test, seconds or most_seconds)
    local came = calls.disarm()
    local counts, places = calls.counts(), not request and calls.places()
    if not ran then passed, err = false, passed end
    local took = sss.now() - began
    tidy.reset()
    clean_up()
    tidy.cancel_tasks()
    local left = tidy.left(calls, before)
    if left then before = tidy.counts(calls) end
    calls.alarm(alarm_limit)
    return {
        passed = passed, err = err, left = left, counts = counts, places = places, came = came,
        seconds = took,
    }
end

-- Does TEST pass with REQUEST when it is tried again, or not even pass without it? Time plays a part
-- in many tests.
local function passes_again(test, request)
    for _ = 1, 3 do
        if not run(test).passed or run(test, request).passed then return true end
    end
    return false
end

-- What one case came to.
local function judge(test, case, outcome)
    if outcome.left then return "bad left behind: " .. outcome.left end
    if outcome.came == 0 then return "unmet" end
    if outcome.passed then return "same" end
    if not case.unseen then return outcome.passed == nil and "waits" or "other" end
    if faults.expected(test.name, case.request) then return "other" end
    if passes_again(test, case.request) then return "same" end
    return "bad not as without it: " .. tostring(outcome.err)
end

local function cases_done()
    local set = {}
    local path = os.getenv("FAULT_DONE")
    local file = path and io.open(path)
    for line in file and file:lines() or function() end do set[line] = true end
    if file then file:close() end
    return set
end

-- What it came to. Where an error may show nobody waits long for what will not come any more.
local function run_case(test, case)
    local seconds = not case.unseen and math.min(0.3 + 3 * test.seconds, most_seconds)
    say("case ", test.name, "\t", case.request)
    local result = judge(test, case, run(test, case.request, seconds)):gsub("\n", " ")
    say(result)
    if result:find("^bad ") and case.name then say("at ", case.name) end
    return result
end

-- A place that was not met is tried again, and at last by its number among all calls.
local function try_case(test, case)
    for _ = 1, 3 do
        if run_case(test, case) ~= "unmet" or not case.instead then return end
    end
    run_case(test, { request = case.instead, unseen = case.unseen, name = case.name })
end

-- The cases until the DEADLINE, without those that are DONE: was there one?
local function run_cases(test, cases, deadline, done)
    local any = false
    for case in cases do
        if not done[test.name .. "\t" .. case.request] then
            if sss.now() > deadline then
                say("open ", test.name)
                break
            end
            try_case(test, case)
            any = true
        end
    end
    return any
end

-- PLACES without those where nothing is to be had from a failure, or not always (table.lua).
local function survived(test, places)
    local list = {}
    for _, place in ipairs(places) do
        if faults.lethal(place.name) then
            say("lethal ", test.name, "\t", place.key)
        elseif kind ~= "quick" or not faults.by_chance(place.name) then
            list[#list + 1] = place
        end
    end
    return list
end

local function cases_of(test, plain)
    if only then return plan.single(only, faults) end
    local test_seed = seed .. test.name
    if kind == "spread" then
        local list, possible = plan.of(plain.counts, faults, test_seed)
        for call, count in pairs(possible) do
            say("possible ", test.name, "\t", call, "\t", count)
        end
        return plan.cases(list)
    end
    local quick = kind == "quick"
    local places = survived(test, quick and plan.new(plain.places) or plain.places)
    for _, place in ipairs(places) do
        say("place ", test.name, "\t", place.key, "\t", quick and 1 or #faults.of(place.call))
    end
    return plan.each(quick and plan.some(places, faults) or plan.all(places, faults, test_seed))
end

local function run_test(test, deadline, done)
    before = tidy.counts(calls)
    run(test) -- warms up: modules are loaded, the files of the resolver are read
    before = tidy.counts(calls)
    local plain = run(test)
    if not plain.passed then
        say("note ", test.name, " fails without a fault: ", tostring(plain.err))
        return
    end
    test.seconds = plain.seconds
    if run_cases(test, cases_of(test, plain), deadline, done) and calls.leaks() then
        say("bad lost memory in ", test.name)
    end
end

-- TEST_ONLY is a part of the name, or all of it together with FAULT_ONLY.
local function is_wanted(test)
    local name = os.getenv("TEST_ONLY") or ""
    if only and name ~= "" then return test.name == name end
    return test.name:find(name, 1, true) ~= nil
end

-- Every test gets a like share of the time that is left.
function t.run()
    sss = require "sss"
    local deadline = sss.now() + tonumber(os.getenv("FAULT_SECONDS") or "10")
    local done = cases_done()
    for i, test in ipairs(tests) do
        local share = (deadline - sss.now()) / (#tests - i + 1)
        if is_wanted(test) and share > 0 then
            calls.alarm(alarm_limit)
            run_test(test, sss.now() + share, done)
        end
    end
    say("end")
    os.exit(0, true)
end

return t
