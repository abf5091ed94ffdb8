-- SPDX-License-Identifier: BSD-3-Clause
-- What the system tells of a process: memory, CPU time, descriptors.

local files = require "files"

local proc = {}

local function read(pid, name)
    return files.read(("/proc/%s/%s"):format(pid, name))
end

-- A field of its status in kB: "VmRSS", "VmHWM" (the most there ever was), "RssAnon".
function proc.kb(pid, field)
    local text = read(pid, "status")
    return text and tonumber(text:match("\n" .. field .. ":%s*(%d+) kB"))
end

-- The CPU seconds it has used; the system counts in hundredths.
function proc.cpu(pid)
    local text = read(pid, "stat")
    if not text then return nil end
    local fields = {}
    for field in text:match("^.*%) (.*)$"):gmatch("%S+") do fields[#fields + 1] = field end
    return (tonumber(fields[12]) + tonumber(fields[13])) / 100
end

-- `ls -l` of our own descriptors. The shell waits for a line: until io.popen() is back it has some
-- open that are none of ours, and which of them a listing shows would be chance.
local function own_listing()
    local path = os.tmpname()
    local shell = assert(io.popen(("read go; ls -l /proc/%s/fd >%s"):format(
        read("self", "stat"):match("^%d+"), path), "w"))
    shell:write("go\n")
    shell:close()
    local listing = files.read(path)
    os.remove(path)
    return listing
end

-- Its descriptors: number -> what it is ("socket:[123]").
function proc.files(pid)
    local listing = pid == "self" and own_listing()
        or files.output(("ls -l /proc/%s/fd 2>/dev/null"):format(pid))
    local found = {}
    for line in listing:gmatch("[^\n]+") do
        local fd, what = line:match(" (%d+) %-> (.*)$")
        if fd then found[tonumber(fd)] = what end
    end
    return found
end

-- The number of descriptors it has open; only those below LIMIT, only those that are a WHAT.
function proc.descriptors(pid, limit, what)
    local count = 0
    for fd, is in pairs(proc.files(pid)) do
        if fd < (limit or math.huge) and is:find(what or "", 1, true) then count = count + 1 end
    end
    return count
end

return proc
