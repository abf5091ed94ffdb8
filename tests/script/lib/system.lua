-- SPDX-License-Identifier: BSD-3-Clause
-- A few calls of the system, for what the program itself does not offer.

local ffi = require "ffi"

local system = {}

ffi.cdef [[
    int getpid(void);
    int kill(int, int);
    int pipe2(int *, int);
    ptrdiff_t read(int, void *, size_t);
    ptrdiff_t write(int, const void *, size_t);
    int close(int);
    int fcntl(int, int, ...);
]]

local numbers = { INT = 2, USR1 = 10, USR2 = 12, TERM = 15, WINCH = 28 } -- signal(7)
local nonblock = 2048 -- O_NONBLOCK

system.pid = ffi.C.getpid()

-- Sends a signal to this process.
function system.raise(name)
    assert(ffi.C.kill(system.pid, numbers[name]) == 0)
end

-- The descriptors of a new pipe: to read from, to write to.
function system.pipe()
    local fds = ffi.new("int[2]")
    assert(ffi.C.pipe2(fds, nonblock) == 0)
    return fds[0], fds[1]
end

-- The bytes written, or nil when there is no room.
function system.write(fd, text)
    local sent = tonumber(ffi.C.write(fd, text, #text))
    return sent >= 0 and sent or nil
end

-- What there is, at most N bytes; nil when there is nothing yet.
function system.read(fd, n)
    local buffer = ffi.new("char[?]", n)
    local got = tonumber(ffi.C.read(fd, buffer, n))
    return got >= 0 and ffi.string(buffer, got) or nil
end

function system.close(...)
    for _, fd in ipairs { ... } do assert(ffi.C.close(fd) == 0) end
end

-- How many descriptors this process has open, of the first thousand.
function system.descriptors()
    local count, get_flags = 0, 1 -- F_GETFD
    collectgarbage()
    collectgarbage()
    for fd = 0, 999 do
        if ffi.C.fcntl(fd, get_flags) >= 0 then count = count + 1 end
    end
    return count
end

return system
