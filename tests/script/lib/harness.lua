-- SPDX-License-Identifier: BSD-3-Clause
-- The harness of the behaviour tests.

-- A file says t.test(name, f) or t.task(name, f) for each test and t.run() at its end. A test runs
-- in the main script; one of t.task() inside a task as well. It fails when it raises, and when it
-- leaves a task, an open socket, a pending operation or a new global behind.

local child = require "child"
local files = require "files"
local leftovers = require "leftovers"

local t = { child = child }
local tests, cleanups = {}, {}
local skip_mark = {}

function t.test(name, f)
    tests[#tests + 1] = { name = name, f = f }
end

function t.task(name, f)
    t.test(name, f)
    tests[#tests + 1] = { name = name .. ", in a task", f = f, in_task = true }
end

-- Ends the running test as one that cannot be done here.
function t.skip(reason)
    error({ mark = skip_mark, reason = reason }, 0)
end

-- Something to be done after the running test, whatever becomes of it.
function t.after(f)
    cleanups[#cleanups + 1] = f
end

-- Assertions -------------------------------------------------------------------------------------

local function show(value)
    if type(value) == "string" then
        local text = #value > 200 and value:sub(1, 200) or value
        text = ("%q"):format(text):gsub("\\\n", "\\n")
        return text .. (#value > 200 and ("... (%d bytes)"):format(#value) or "")
    end
    if type(value) ~= "table" or getmetatable(value) then return tostring(value) end
    local parts = {}
    for k, v in pairs(value) do parts[#parts + 1] = tostring(k) .. "=" .. show(v) end
    table.sort(parts)
    return "{" .. table.concat(parts, ", ") .. "}"
end

local function equal(a, b)
    if a == b then return true end
    if type(a) ~= "table" or type(b) ~= "table" then return false end
    for k, v in pairs(a) do
        if not equal(v, b[k]) then return false end
    end
    for k in pairs(b) do
        if a[k] == nil then return false end
    end
    return true
end

function t.eq(got, wanted, what)
    if equal(got, wanted) then return got end
    error(("%s is %s, not %s"):format(what or "the value", show(got), show(wanted)), 2)
end

function t.ok(value, what)
    if value then return value end
    error((what or "the value") .. " is " .. show(value), 2)
end

function t.match(text, pattern, what)
    if tostring(text):find(pattern) then return text end
    error(("%s is %s and does not match %s"):format(what or "the text", show(text), show(pattern)), 2)
end

-- Calls f(...), which has to raise; WANTED is an error's code ("EADDRINUSE") or a pattern of its
-- text. Returns the error.
function t.raises(wanted, f, ...)
    local results = { pcall(f, ...) }
    if results[1] then error("no error, but " .. show(results[2]), 2) end
    local err = results[2]
    if type(err) ~= "string" and type(err) ~= "cdata" and err.code == wanted then return err end
    if not wanted:find("^E[A-Z0-9_]+$") and tostring(err):find(wanted) then return err end
    error(("the error is %s, not %s"):format(show(tostring(err)), show(wanted)), 2)
end

-- What f(...) returns, as a table with n.
function t.pack(...)
    return { n = select("#", ...), ... }
end

-- Places -----------------------------------------------------------------------------------------

-- A name in the temporary folder that does not exist yet; removed after the test.
function t.tempname()
    local path = os.tmpname()
    os.remove(path)
    t.after(function() os.remove(path) end)
    return path
end

function t.tempdir()
    local path = t.tempname()
    assert(os.execute("mkdir " .. path))
    t.after(function() os.execute("rm -rf " .. path) end)
    return path
end

t.read_file, t.output_of = files.read, files.output

-- The name of a file that holds TEXT; one that is given none is removed after the test.
function t.write_file(text, path)
    return files.write(path or t.tempname(), text)
end

-- A field of /proc/self/status in kB.
function t.status_kb(field)
    return tonumber(t.read_file("/proc/self/status"):match("\n" .. field .. ":%s*(%d+) kB"))
end

-- A sanitizer reserves terabytes of address space.
t.sanitized = t.status_kb("VmSize") > 1024 * 1024 * 1024

-- Does an emulator (qemu-user) run this program, because the machine is another one?
local machines = { x64 = "x86_64", arm64 = "aarch64" }
t.emulated = t.output_of("uname -m") ~= machines[jit.arch] .. "\n"

-- A task that has waited for its turn that many seconds, since the machine was busy, may be overtaken by
-- what comes meanwhile: ten milliseconds by the system's coarse clock, which may be two steps behind.
function t.slice()
    local ffi = require "ffi"
    pcall(ffi.cdef, "struct harness_time { long s, ns; }; int clock_getres(int, struct harness_time *);")
    local step, CLOCK_MONOTONIC_COARSE = ffi.new "struct harness_time", 6
    t.eq(ffi.C.clock_getres(CLOCK_MONOTONIC_COARSE, step), 0)
    return math.max(0.01 - 2 * tonumber(step.ns) / 1e9, 0)
end

-- Ends the running test when the program is emulated, for a REASON that lies in the emulator.
function t.not_emulated(reason)
    if t.emulated then t.skip("under qemu-user: " .. reason) end
end

-- How much of a random test to do: seconds; TEST_SECONDS overrides the default.
function t.budget(seconds)
    return tonumber(os.getenv("TEST_SECONDS")) or seconds
end

-- Is there a command of this name?
function t.has(command)
    return t.output_of("command -v " .. command .. " >/dev/null 2>&1 && echo yes") == "yes\n"
end

-- Waiting ----------------------------------------------------------------------------------------

-- Seconds after which something does not happen any more, however slow and busy the machine is.
t.patience = t.emulated and 180 or 60

-- Calls f again and again, while other tasks run, until it gives something; an error when it has
-- given nothing for so many seconds.
function t.await(what, f, seconds)
    local sss = require "sss"
    local deadline = sss.now() + (seconds or t.patience)
    while true do
        local result = f()
        if result then return result end
        if sss.now() > deadline then error(what .. " does not happen", 2) end
        sss.sleep(0.01)
    end
end

-- Running ----------------------------------------------------------------------------------------

local function say(...)
    io.write(...)
    io.write("\n")
    io.flush()
end

local function with_trace(err)
    if type(err) == "table" and err.mark == skip_mark then return err end
    return debug.traceback(tostring(err), 2)
end

local function call(test)
    if not test.in_task then return xpcall(test.f, with_trace) end
    local sss = require "sss"
    local results
    sss.spawn(function() results = { xpcall(test.f, with_trace) } end):join()
    return unpack(results, 1, 2)
end

local function clean_up()
    while #cleanups > 0 do table.remove(cleanups)() end
end

local function first_line(text)
    return (text:match("^[^\n]*"):gsub("^[^:]*/([^/:]+:%d+:)", "%1"))
end

-- One test: "ok", "not ok" or "skip", and why.
local function run_one(test)
    local before = leftovers.take()
    local passed, problem = call(test)
    clean_up()
    local left = leftovers.settle(before)
    if passed and not left then return "ok" end
    if passed then return "not ok", left end
    if type(problem) == "table" then return "skip", problem.reason end
    say(problem)
    return "not ok", first_line(problem)
end

-- Runs all tests (or those whose name contains TEST_ONLY) and ends the program.
function t.run()
    local failed, only = 0, os.getenv("TEST_ONLY") or ""
    require "sss"
    for _, test in ipairs(tests) do
        if test.name:find(only, 1, true) then
            say("# run ", test.name)
            local outcome, reason = run_one(test)
            say(outcome, " ", test.name, reason and " (" .. reason .. ")" or "")
            if outcome == "not ok" then failed = failed + 1 end
        end
    end
    os.exit(failed == 0 and 0 or 1, true)
end

return t
