-- SPDX-License-Identifier: BSD-3-Clause
-- Stands for the harness of the script tests: runs each test again and again with a fault in it.

-- In the environment: REAL_HARNESS, its file; FAULT_SECONDS for the whole file; FAULT_CASES, the most
-- for each test, which are always the same ones (of a FAULT_SEED); FAULT_DONE, a file with the cases
-- of earlier runs (lines "TEST<TAB>REQUEST"), which are not done again. It writes
-- "case TEST<TAB>REQUEST" before each, and behind it "same", "other", "waits" or "bad REASON"; for
-- each test "possible TEST<TAB>CALL<TAB>COUNT", calls by errors, and "open TEST" when there was no
-- time for all of them.

local calls = require "calls"
local plan = require "plan"
local tidy = require "tidy"
local faults = dofile(os.getenv("FAULT_TABLE"))

local t = dofile(os.getenv("REAL_HARNESS"))
package.loaded.harness = t

local case_limit = 2 -- seconds that a case may wait
local alarm_limit = 60 -- seconds until it counts as a hang
local most_cases = tonumber(os.getenv("FAULT_CASES")) or math.huge -- of a test
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
local command = t.child.command
function t.child.command(text)
  local made = command(text)
  t.after(function()
    if io.type(made.pipe) ~= "file" then return end
    made:kill()
    made.pipe:close()
  end)
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

-- true; or false and the error; or nil: it was still waiting.
local function call(test)
  local sss = require "sss"
  if test.in_task then
    local task = sss.spawn(function() return pcall(test.f) end)
    local ok, err = sss.timeout(case_limit, task.join, task)
    if task.status == "waiting" then return nil, "timeout" end
    return ok, err
  end
  local finished, ok, err = sss.timeout(case_limit, function() return true, pcall(test.f) end)
  if not finished then return nil, "timeout" end
  if not ok and tostring(err) == "timeout" then return nil, "timeout" end
  return ok, err
end

local before -- what there was when the test began

-- Runs TEST with REQUEST, or without one: true when it passed, false, nil; and the error, and what
-- was left behind.
local function run(test, request)
  calls.alarm(alarm_limit)
  if request then calls.arm(request) else calls.restart() end
  local ran, passed, err = pcall(call, test)
  local came = calls.disarm()
  local counts = calls.counts()
  if not ran then passed, err = false, passed end
  tidy.reset()
  clean_up()
  tidy.cancel_tasks()
  local left = tidy.left(calls, before)
  if left then before = tidy.counts(calls) end
  calls.alarm(0)
  return { passed = passed, err = err, left = left, counts = counts, came = came }
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
  if outcome.passed then return "same" end
  if not case.unseen or outcome.came == 0 then return outcome.passed == nil and "waits" or "other" end
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

-- Its cases until the DEADLINE, without those that are DONE.
local function run_cases(test, list, deadline, done)
  local sss = require "sss"
  local count = 0
  for case in plan.cases(list) do
    count = count + 1
    if count > most_cases then return end
    local id = test.name .. "\t" .. case.request
    if not done[id] then
      if sss.now() > deadline then return say("open ", test.name) end
      say("case ", id)
      say((judge(test, case, run(test, case.request)):gsub("\n", " ")))
    end
  end
end

local function run_test(test, deadline, done)
  before = tidy.counts(calls)
  run(test) -- warms up: modules are loaded, the resolver has its threads
  before = tidy.counts(calls)
  local plain = run(test)
  if not plain.passed then
    say("note ", test.name, " fails without a fault: ", tostring(plain.err))
    return
  end
  local list, possible = plan.of(plain.counts, faults, seed .. test.name)
  for name, count in pairs(possible) do say("possible ", test.name, "\t", name, "\t", count) end
  run_cases(test, list, deadline, done)
  if calls.leaks() then say("bad lost memory in ", test.name) end
end

-- Every test gets a like share of the time that is left.
function t.run()
  local sss = require "sss"
  local only = os.getenv("TEST_ONLY") or ""
  local deadline = sss.now() + tonumber(os.getenv("FAULT_SECONDS") or "10")
  local done = cases_done()
  for i, test in ipairs(tests) do
    local share = (deadline - sss.now()) / (#tests - i + 1)
    if test.name:find(only, 1, true) and share > 0 then
      run_test(test, sss.now() + share, done)
    end
  end
  say("end")
  os.exit(0, true)
end

return t
