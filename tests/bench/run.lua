-- SPDX-License-Identifier: BSD-3-Clause
-- The benchmark: sssrun tests/bench/run.lua [rows=] [peers=] [blocks=] [ms=] [awake=] [out=].

package.path = (arg[0]:match("^(.*)/") or ".") .. "/lib/?.lua;" .. package.path

local child = require "child"
local machine = require "machine"
local measure = require "measure"
local report = require "report"
local results = require "results"
local rows = require "rows"
local sss = require "sss"
local statistics = require "statistics"
local subjects = require "subjects"

local PEER_BLOCKS = 16 -- at most, to keep a run with all peers to some minutes

-- Ends the benchmark with a message, as every refusal does.
local function refuse(...)
    io.stderr:write("bench: ", table.concat({ ... }, "\n       "), "\n")
    child.stop_all()
    os.exit(2)
end

local function check_number(name, text, default, low, high)
    local value = text == "" and default or tonumber(text)
    if not value or value < low or value > high or value % 1 ~= 0 then
        refuse(("%s is a number from %d to %d"):format(name, low, high))
    end
    return value
end

local function options()
    local given = { rows = "", peers = "", blocks = "", ms = "", awake = "", out = "build/bench" }
    for _, word in ipairs(arg) do
        local name, value = word:match("^(%w+)=(.*)$")
        if not name or not given[name] then refuse("unknown argument '" .. word .. "'") end
        given[name] = value
    end
    given.blocks = check_number("blocks", given.blocks, 50, 1, 10000)
    given.milliseconds = check_number("ms", given.ms, 50, 10, 10000)
    return given
end

-- The machine has to be fit for measuring; what is against it, and why it is run all the same.
local function check_machine(chosen)
    local program = machine.program()
    if not machine.is_static(program) then
        refuse(program .. " is not the static release: a debug or sanitizer build measures itself",
            "build ./sssrun with `make` and run that")
    end
    local need, have = rows.descriptors(chosen), machine.descriptors()
    if have < need then
        refuse(("a process may have %d descriptors here, %d are needed"):format(have, need),
            ("raise the limit with `ulimit -Hn %d` as root, or leave out the rows idle, idlec and "
                .. "memory with ROWS="):format(need))
    end
    local server, load = machine.cpus()
    if not server then refuse("two CPUs are needed, one for the server and one for the load") end
    local busy = machine.busy() and machine.busy() -- a second look: something may just have ended
    if busy and os.getenv("BENCH_ANYWAY") ~= "1" then
        refuse("the machine is busy: " .. busy, "BENCH_ANYWAY=1 measures all the same")
    end
    return { server = server, load = load }, busy
end

-- One row of one subject, as a summary; what goes wrong is one too.
local function measure_row(row, subject, plan, raw)
    local ok, slices = pcall(function()
        if row.name == "memory" then
            return { { side = "a", bytes = measure.idle_memory(row, subject, plan.cpus) } }
        end
        return measure.compare(row, subject, plan)
    end)
    child.stop_all()
    if not ok then return { failed = tostring(slices) } end
    results.append(raw, row, subject, slices)
    return results.summary(row, slices)
end

local function measure_subject(chosen, subject, plan, raw)
    local sums = {}
    for _, row in ipairs(chosen) do
        if not subjects.lacks(subject, row) then
            io.stderr:write(("  %-9s %-9s"):format(subject, row.name))
            local sum = measure_row(row, subject, plan, raw)
            sums[row.name] = sum
            io.stderr:write(sum.failed and (" failed: " .. sum.failed) or
                (" %.3f (spread %.1f %%)"):format(sum.median, sum.spread), "\n")
        end
    end
    return sums
end

local function heading(given, busy)
    local model, commit = machine.describe()
    local lines = { "sssrun at commit " .. commit .. ", " .. os.date("%Y-%m-%d"), model,
        ("%d blocks of %d slices of %d ms for a row"):format(given.blocks, statistics.BLOCK,
            given.milliseconds) }
    if busy then lines[4] = "THE MACHINE WAS BUSY: " .. busy end
    return lines
end

local function main()
    local given = options()
    local chosen = rows.chosen(given.rows)
    local peers, missing = subjects.peers(given.peers)
    if given.peers ~= "" and missing[1] then
        io.stderr:write("bench: not installed: ", table.concat(missing, " "),
            " (`make bench-setup` installs what Debian has)\n")
    end
    local cpus, busy = check_machine(chosen)
    local title = heading(given, busy)
    if given.awake == "1" then
        title[#title + 1] = machine.stay_awake() and "idle CPUs were kept from sleeping" or
            "idle CPUs slept: /dev/cpu_dma_latency is for root only"
    end
    child.pin(0, cpus.load)
    local raw = results.create(given.out .. "/raw.tsv", table.concat(title, "; "))
    local plan = { blocks = given.blocks, milliseconds = given.milliseconds, cpus = cpus }
    local sums = { sssrun = measure_subject(chosen, "sssrun", plan, raw) }
    plan.blocks = math.min(plan.blocks, PEER_BLOCKS)
    for _, name in ipairs(peers) do sums[name] = measure_subject(chosen, name, plan, raw) end
    raw:close()
    local text = table.concat(title, "\n") .. "\n\n" .. report.main(chosen, sums.sssrun)
    if peers[1] then
        table.insert(peers, 1, "sssrun")
        text = text .. "\n" .. report.peers(chosen, peers, sums)
    end
    local file = assert(io.open(given.out .. "/table.txt", "w"))
    file:write(text)
    file:close()
    io.write(text)
end

for name, number in pairs { INT = 2, TERM = 15, HUP = 1 } do
    sss.onsignal(name, function()
        child.stop_all()
        io.stderr:write("\nbench: interrupted\n")
        os.exit(128 + number)
    end)
end

local ok, err = pcall(main)
child.stop_all()
if not ok then refuse(tostring(err)) end
os.exit(0)
