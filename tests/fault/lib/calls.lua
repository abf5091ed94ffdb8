-- SPDX-License-Identifier: BSD-3-Clause
-- The functions of tests/fault/fault.h.

local ffi = require "ffi"

ffi.cdef [[
int fault_arm(const char *request);
long fault_disarm(void);
const char *fault_call(int i);
long fault_count(int i);
void fault_restart(void);
void fault_pause(bool paused);
struct fault_place {
  int call;
  unsigned id;
  long count, first;
  int frames;
  uintptr_t callers[32];
};
const struct fault_place *fault_place(int *at);
const char *fault_place_name(const struct fault_place *place);
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

calls.pause = ffi.C.fault_pause

-- {call = how often}, of those that were made.
function calls.counts()
    local found = {}
    for i, name in pairs(calls.names) do
        local count = tonumber(ffi.C.fault_count(i))
        if count > 0 then found[name] = count end
    end
    return found
end

-- What the text of a place is in a request, and in words.
local function place_of(place)
    local call = calls.names[place.call]
    return {
        call = call, key = ("%s@%x"):format(call, place.id), count = tonumber(place.count),
        first = tonumber(place.first), name = ffi.string(ffi.C.fault_place_name(place)),
    }
end

-- An array of {call=, key= "CALL@PLACE", count=, first=, name= the functions}, in the order of the
-- first calls: the places of the calls since calls.restart().
function calls.places()
    local found, at = {}, ffi.new "int[1]"
    while true do
        local place = ffi.C.fault_place(at)
        if place == nil then break end
        found[#found + 1] = place_of(place)
    end
    table.sort(found, function(a, b)
        if a.call ~= b.call then return a.call < b.call end
        return a.first < b.first
    end)
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
