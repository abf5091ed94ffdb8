-- SPDX-License-Identifier: BSD-3-Clause
-- Measures one row: two servers alive, loaded in turn, slice by slice.

local child = require "child"
local machine = require "machine"
local statistics = require "statistics"
local subjects = require "subjects"

local LOAD = "build/bench/load"
local WARM_UP = 300 -- milliseconds

local measure = {}

local function joined(...)
    local list = {}
    for _, words in ipairs { ... } do
        for _, word in ipairs(words) do list[#list + 1] = word end
    end
    return list
end

-- A server and the load generator that is connected to it. With kind "hello" there is no server:
-- the load generator starts the program itself, on the server's CPU.
local function open(kind, subject, load, cpus)
    local command = subjects[subject](kind)
    if kind == "hello" then
        local loader = child.start(joined({ LOAD }, load, { "--" }, command), cpus.server)
        assert(loader:line() == "ready")
        return { loader = loader }
    end
    local server = child.start(command, cpus.server)
    local port = tonumber(server:line()) or error(subject .. " gave no port", 0)
    local before = measure.user_memory(server.pid)
    local words = joined({ LOAD }, load, { "port=" .. port, "pid=" .. server.pid })
    local loader = child.start(words, cpus.load)
    assert(loader:line() == "ready")
    return { loader = loader, server = server, memory_before = before }
end

measure.open = open

function measure.close(side)
    side.loader:stop()
    if side.server then side.server:stop() end
end

-- Bytes of memory that a process has touched itself: proc(5).
function measure.user_memory(pid)
    local status = machine.read("/proc/" .. pid .. "/status") or ""
    return (tonumber(status:match("RssAnon:%s*(%d+)")) or 0) * 1024
end

local FIELDS = { "operations", "seconds", "cpu", "lost", "p50", "p90", "p99", "max" }

measure.NO_ANSWER = "no answer within a slice"

-- Loads one side for some milliseconds: a table with FIELDS, or the error NO_ANSWER.
function measure.slice(side, milliseconds)
    local line, slice, n = side.loader:ask(tostring(milliseconds)), {}, 0
    for word in line:gmatch("%S+") do
        n = n + 1
        slice[FIELDS[n]] = tonumber(word)
    end
    if n ~= #FIELDS or slice.operations < 1 then error(measure.NO_ANSWER, 0) end
    return slice
end

-- Both sides of a row; when one cannot be opened, none stays.
local function open_both(row, subject, cpus)
    local itself = row.against == "itself"
    local a = open(row.kind, subject, row.load, cpus)
    local b = open(row.kind, itself and subject or "reference", row.base_load or row.load, cpus)
    return a, b
end

-- Rates in turn: all slices, in order. plan: { blocks=, milliseconds=, cpus= }.
function measure.compare(row, subject, plan)
    local slices = {}
    local a, b = open_both(row, subject, plan.cpus)
    local sides = { a = a, b = b }
    measure.slice(a, WARM_UP)
    measure.slice(b, WARM_UP)
    for i = 1, plan.blocks * statistics.BLOCK do
        local turn = statistics.turn(i)
        slices[i] = measure.slice(sides[turn], plan.milliseconds)
        slices[i].side = turn
    end
    measure.close(a)
    measure.close(b)
    return slices
end

-- Bytes of user memory that each of the row's idle connections costs the server.
function measure.idle_memory(row, subject, cpus)
    local side = open(row.kind, subject, row.load, cpus)
    local bytes = measure.user_memory(side.server.pid) - side.memory_before
    measure.close(side)
    return bytes / row.idle
end

return measure
