-- SPDX-License-Identifier: BSD-3-Clause
-- The machine: its CPUs, what keeps it busy, its limits; and what program this is.

local ffi = require "ffi"
local sss = require "sss"

ffi.cdef [[
int getrlimit(int, uint64_t *);
long sysconf(int);
int open(const char *, int, ...);
long write(int, const void *, unsigned long);
]]

local RLIMIT_NOFILE, SC_CLK_TCK, O_WRONLY = 7, 2, 1
local BUSY = 0.15 -- of one CPU: more than this is not a quiet machine

local machine = {}

local function read(path)
    local file = io.open(path, "rb")
    if not file then return nil end
    local text = file:read("*a")
    file:close()
    return text
end

machine.read = read

-- The CPUs that this process may use, counted from 0.
local function allowed()
    local cpus = {}
    local list = read("/proc/self/status"):match("Cpus_allowed_list:%s*(%S+)")
    for first, last in list:gmatch("(%d+)%-?(%d*)") do
        for cpu = tonumber(first), tonumber(last) or tonumber(first) do cpus[#cpus + 1] = cpu end
    end
    return cpus
end

-- The core that a CPU is a part of.
local function core(cpu)
    local topology = "/sys/devices/system/cpu/cpu" .. cpu .. "/topology/thread_siblings_list"
    return read(topology) or tostring(cpu)
end

-- A CPU for the server and one for the load, on two cores if there are two; nil with one CPU.
function machine.cpus()
    local cpus = allowed()
    local load = cpus[1]
    for i = #cpus, 2, -1 do
        if core(cpus[i]) ~= core(load) then return cpus[i], load end
    end
    if cpus[2] then return cpus[2], load end
end

-- The program that runs this script, and whether it is the static release: all other builds ask
-- for a dynamic linker, which a program header of type PT_INTERP names (elf(5)).
function machine.program()
    local path = ffi.new("char[4096]")
    ffi.cdef "long readlink(const char *, char *, unsigned long);"
    local n = ffi.C.readlink("/proc/self/exe", path, 4096)
    return ffi.string(path, n)
end

local function number(text, offset, size)
    local value = 0
    for i = size, 1, -1 do value = value * 256 + text:byte(offset + i) end
    return value
end

function machine.is_static(path)
    local file = assert(io.open(path, "rb"))
    local elf = file:read(4096)
    file:close()
    local at, size, count = number(elf, 32, 8), number(elf, 54, 2), number(elf, 56, 2)
    for i = 0, count - 1 do
        if number(elf, at + i * size, 4) == 3 then return false end
    end
    return true
end

function machine.descriptors()
    local limit = ffi.new("uint64_t[2]")
    ffi.C.getrlimit(RLIMIT_NOFILE, limit)
    return tonumber(limit[1])
end

-- Clock ticks in which any CPU was not idle, stolen ones included: proc(5).
local function busy_ticks()
    local user, nice, system, idle, wait, irq, softirq, steal = read("/proc/stat"):match(
        "^cpu +(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)")
    return user + nice + system + irq + softirq + steal, tonumber(steal)
end

-- Name and clock ticks so far of every process.
local function processes()
    local found = {}
    local list = io.popen("ls /proc")
    for pid in list:lines() do
        local stat = pid:match("^%d+$") and read("/proc/" .. pid .. "/stat")
        if stat then
            local name, rest = stat:match("%((.*)%) %S (.*)")
            local n, ticks = 0, 0
            for field in rest:gmatch("%S+") do
                n = n + 1
                if n == 11 or n == 12 then ticks = ticks + tonumber(field) end
            end
            found[pid] = { name = name, pid = pid, ticks = ticks }
        end
    end
    list:close()
    return found
end

-- The processes that used most CPU between two looks, as text.
local function top(before, after, per_second)
    local list = {}
    for pid, process in pairs(after) do
        local used = process.ticks - (before[pid] and before[pid].ticks or process.ticks)
        if used > 0 then list[#list + 1] = { used = used, process = process } end
    end
    table.sort(list, function(a, b) return a.used > b.used end)
    for i, entry in ipairs(list) do
        list[i] = ("%s (process %s) %.0f %%"):format(entry.process.name, entry.process.pid,
            entry.used / per_second * 100)
    end
    return table.concat(list, ", ", 1, math.min(#list, 5))
end

-- Looks for one second: nil when the machine is quiet, or what keeps it busy.
function machine.busy()
    local per_second = tonumber(ffi.C.sysconf(SC_CLK_TCK))
    local before, ticks, stolen = processes(), busy_ticks()
    sss.sleep(1)
    local ticks_after, stolen_after = busy_ticks()
    local used = (ticks_after - ticks) / per_second
    if used <= BUSY then return nil end
    local what = top(before, processes(), per_second)
    if stolen_after > stolen then
        what = ("%s; other guests of this host %.0f %%"):format(what,
            (stolen_after - stolen) / per_second * 100)
    end
    return ("%.0f %% of a CPU were in use over one second (load average %s): %s"):format(used * 100,
        read("/proc/loadavg"):match("^(%S+ %S+ %S+)"), what)
end

-- Keeps idle CPUs from sleeping, until this program ends: a virtual CPU that sleeps takes its host's
-- time to wake, which is as long as some requests. False where the system does not allow it.
function machine.stay_awake()
    -- At most 0 microseconds to wake, as a number of 4 bytes; it counts while the file is open.
    local fd = ffi.C.open("/dev/cpu_dma_latency", O_WRONLY)
    return fd >= 0 and ffi.C.write(fd, "\0\0\0\0", 4) == 4
end

local function command(line)
    local pipe = io.popen(line .. " 2>/dev/null")
    local text = pipe:read("*l")
    pipe:close()
    return text ~= "" and text or nil
end

-- One line each: the machine and the state of this folder.
function machine.describe()
    local model = read("/proc/cpuinfo"):match("model name%s*:%s*([^\n]+)") or "unknown processor"
    local commit = command("git describe --always --dirty") or "not under git"
    return ("%s, %d CPUs, Linux %s"):format(model, #allowed(), command("uname -r")), commit
end

return machine
