-- SPDX-License-Identifier: BSD-3-Clause
-- Runs a program on a terminal of its own: terminal.lua INPUT PROGRAM [ARGUMENTS]. Types the lines of
-- INPUT, one whenever a "?" has come, and prints what was shown; status 1 when a "?" fails to come
-- for ten seconds.
local ffi = require "ffi"
local C = ffi.C
ffi.cdef [[
int posix_openpt(int); int grantpt(int); int unlockpt(int); char *ptsname(int);
int fork(void); int setsid(void); int open(const char *, int, ...); int dup2(int, int); int close(int);
int execv(const char *, char *const *); void _exit(int); int kill(int, int);
int waitpid(int, int *, int);
long read(int, void *, size_t); long write(int, const void *, size_t);
struct pollfd { int fd; short events, revents; };
int poll(struct pollfd *, unsigned long, int);
]]
local O_RDWR, O_NOCTTY, POLLIN, SIGKILL = 2, 256, 1, 9

local master = C.posix_openpt(O_RDWR + O_NOCTTY)
assert(master >= 0 and C.grantpt(master) == 0 and C.unlockpt(master) == 0, "no terminal")
local name = ffi.string(C.ptsname(master))

local program = ffi.new("const char *[?]", #arg)
for i = 2, #arg do program[i - 2] = arg[i] end
local child = C.fork()
if child == 0 then
    C.setsid()
    local slave = C.open(name, O_RDWR)
    for fd = 0, 2 do C.dup2(slave, fd) end
    C.close(master)
    C.close(slave)
    C.execv(arg[2], ffi.cast("char *const *", program))
    C._exit(127)
end

local shown, buffer = "", ffi.new("char[?]", 4096)
local wait = ffi.new("struct pollfd[1]", {{master, POLLIN, 0}})

-- Reads until the text has come, or the program has ended.
local function await(text, from)
    while not shown:find(text, from, true) do
        if C.poll(wait, 1, 10000) <= 0 then return false end
        local n = tonumber(C.read(master, buffer, 4096))
        if n <= 0 then return false end
        shown = shown .. ffi.string(buffer, n)
    end
    return true
end

local from, missing = 1, false
for line in arg[1]:gmatch "[^|]+" do
    missing = missing or not await("?", from)
    if missing then break end
    from = select(2, shown:find("?", from, true)) + 1
    C.write(master, line .. "\n", #line + 1)
end
if not missing then await("\0", from) end
C.kill(child, SIGKILL)
C.waitpid(child, nil, 0)
io.write((shown:gsub("\r", "")))
os.exit(missing and 1 or 0)
