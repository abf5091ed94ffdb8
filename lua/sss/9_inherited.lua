-- SPDX-License-Identifier: BSD-3-Clause
-- sss.inherited: what systemd has handed over, as sd_listen_fds(3) says.

local sss, private = ...

local find, gmatch = string.find, string.gmatch
local first = 3 -- the number of the first descriptor, SD_LISTEN_FDS_START

-- The number in an environment variable, or nil for anything but plain digits.
local function number_in(variable)
    local text = os.getenv(variable)
    return text and #text <= 9 and find(text, "^[1-9]%d*$") and tonumber(text) or nil
end

-- How many there are; none when they are meant for another process.
local function count()
    return number_in("LISTEN_PID") == private.pid() and number_in("LISTEN_FDS") or 0
end

-- Their names in order; none when there is not exactly one for each of N.
local function names(n)
    local list = {}
    for name in gmatch((os.getenv("LISTEN_FDNAMES") or "") .. ":", "([^:]*):") do
        table.insert(list, name)
    end
    return #list == n and list or {}
end

-- Nothing is taken before all of them have been looked at.
local function take()
    local n, is_socket, found = count(), {}, {}
    for i = 1, n do
        is_socket[i] = private.is_socket(first + i - 1)
    end
    for i = 1, n do
        found[i] = is_socket[i] and sss.fromfd(first + i - 1) or first + i - 1
        if is_socket[i] then
            private.listeners[found[i]] = true
        end
    end
    for i, name in ipairs(names(n)) do
        if name ~= "" and found[name] == nil then
            found[name] = found[i]
        end
    end
    return found
end

local taken

-- sss.inherited() -> array of sockets, also by name
function sss.inherited()
    taken = taken or take()
    return taken
end
