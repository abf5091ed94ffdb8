-- SPDX-License-Identifier: BSD-3-Clause
-- Thousands of random programs over tasks, channels, timeouts, cancels and sockets.

-- SEED=n repeats a run; RANDOM_PROGRAMS=n says how many programs (default: for a few seconds).

local sss = require "sss"
local t = require "harness"
local leftovers = require "leftovers"
local random_program = require "random_program"
local program_run = require "program_run"

local function check(program, number, before)
    local problems = program_run.run(program)
    for name, value in pairs(leftovers.counts_and_descriptor()) do
        if value ~= before[name] then
            table.insert(problems, ("%s: %d instead of %d"):format(name, value, before[name]))
        end
    end
    if #problems > 0 then
        error(("program %d\n%s\n%s"):format(number, random_program.text(program),
            table.concat(problems, "\n")), 0)
    end
end

local function run_programs()
    local rng = require("random").new()
    local wanted = tonumber(os.getenv("RANDOM_PROGRAMS"))
    local finish = sss.now() + t.budget(4)
    local before, number = leftovers.counts_and_descriptor(), 0
    while number < (wanted or math.huge) and (wanted or sss.now() < finish) do
        number = number + 1
        check(random_program.make(rng), number, before)
    end
    print("note " .. number .. " random programs")
    t.ok(number >= (wanted or 20), "the number of programs")
end

t.test("random programs agree with the model", run_programs)

t.run()
