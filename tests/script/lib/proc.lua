-- SPDX-License-Identifier: BSD-3-Clause
-- What the system tells of a process: memory, CPU time, descriptors.

local proc = {}

local function read(pid, name)
  local file = io.open(("/proc/%s/%s"):format(pid, name))
  local text = file and file:read("*a")
  if file then file:close() end
  return text
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

-- The number of descriptors it has open. The shell below is another "self".
function proc.descriptors(pid)
  if pid == "self" then pid = read(pid, "stat"):match("^%d+") end
  local list = assert(io.popen(("ls /proc/%s/fd 2>/dev/null | wc -l"):format(pid)))
  local count = list:read("*n")
  list:close()
  return count
end

return proc
