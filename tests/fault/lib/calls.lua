-- SPDX-License-Identifier: BSD-3-Clause
-- The functions of tests/fault/fault.h.

local ffi = require "ffi"

ffi.cdef [[
int fault_arm(const char *request);
long fault_disarm(void);
const char *fault_call(int i);
long fault_count(int i);
void fault_restart(void);
int fault_descriptors(void);
int fault_leaks(void);
int dup2(int from, int to);
unsigned alarm(unsigned seconds);
]]

local calls = { names = {} }
for i = 0, 1000 do
  local name = ffi.C.fault_call(i)
  if name == nil then break end
  calls.names[i] = ffi.string(name)
end

function calls.arm(request)
  if ffi.C.fault_arm(request) ~= 0 then error("no request: " .. request, 2) end
end

-- How many faults there were.
function calls.disarm()
  return tonumber(ffi.C.fault_disarm())
end

calls.restart = ffi.C.fault_restart

-- {call = how often}, of those that were made.
function calls.counts()
  local found = {}
  for i, name in pairs(calls.names) do
    local count = tonumber(ffi.C.fault_count(i))
    if count > 0 then found[name] = count end
  end
  return found
end

function calls.descriptors()
  return ffi.C.fault_descriptors()
end

-- Is there lost memory? The sanitizer tells where it came from.
function calls.leaks()
  return ffi.C.fault_leaks() ~= 0
end

-- The process is killed by SIGALRM after so many seconds; 0: no longer.
calls.alarm = ffi.C.alarm

return calls
