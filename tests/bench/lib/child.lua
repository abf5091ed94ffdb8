-- SPDX-License-Identifier: BSD-3-Clause
-- Processes that the benchmark starts: pinned to a CPU, spoken to by lines, and sure to end.

local ffi = require "ffi"
local sss = require "sss"

ffi.cdef [[
int fork(void);
int getpid(void);
int getppid(void);
int setpgid(int, int);
int prctl(int, ...);
int dup2(int, int);
int fcntl(int, int, ...);
int execvp(const char *, const char **);
int kill(int, int);
int waitpid(int, int *, int);
int sched_setaffinity(int, unsigned long, const void *);
int sigprocmask(int, const void *, void *);
void *signal(int, void *);
void _exit(int);
]]

local C = ffi.C
local F_SETFL, PR_SET_PDEATHSIG, SIG_SETMASK = 4, 1, 2
local SIGKILL, SIGPIPE = 9, 13

local child = {}
child.__index = child

local alive = {}

-- Pins process PID (0: this one) to one CPU, counted from 0.
function child.pin(pid, cpu)
    local mask = ffi.new("uint8_t[128]")
    mask[math.floor(cpu / 8)] = 2 ^ (cpu % 8)
    if C.sched_setaffinity(pid, 128, mask) ~= 0 then
        error("cannot pin a process to CPU " .. cpu, 0)
    end
end

local function argument_list(argv)
    local list = ffi.new("const char *[?]", #argv + 1)
    for i, word in ipairs(argv) do list[i - 1] = word end
    return list
end

-- In the new process, until it is another program. It has its own process group, so an interrupt
-- at the terminal reaches the benchmark alone; when the benchmark dies, the system kills it.
local function become(list, fd, cpu, parent)
    C.setpgid(0, 0)
    C.prctl(PR_SET_PDEATHSIG, ffi.cast("unsigned long", SIGKILL))
    if C.getppid() ~= parent then C._exit(127) end
    C.dup2(fd, 0)
    C.dup2(fd, 1)
    C.fcntl(0, F_SETFL, ffi.cast("int", 0)) -- the socket is non-blocking, a program expects it not
    C.sigprocmask(SIG_SETMASK, ffi.new("uint8_t[128]"), nil)
    C.signal(SIGPIPE, nil)
    if cpu then child.pin(0, cpu) end
    C.execvp(list[0], list)
end

-- Starts a program, on a CPU if one is given; its standard input and output are `talk`, a socket.
function child.start(argv, cpu)
    local ours, theirs = sss.pair()
    local list, fd, parent = argument_list(argv), theirs.fd, C.getpid()
    local pid = C.fork()
    if pid == 0 then
        pcall(become, list, fd, cpu, parent)
        io.stderr:write("cannot run ", argv[1], "\n")
        C._exit(127)
    end
    theirs:close()
    if pid < 0 then error("cannot fork", 0) end
    ours:settimeout(90)
    local self = setmetatable({ pid = pid, talk = ours, name = argv[1] }, child)
    alive[pid] = self
    return self
end

-- The next line that the program writes; an error when it ends or stays silent.
function child:line()
    local line, why = self.talk:receive("l")
    if line then return line end
    error(("%s %s"):format(self.name, why == "timeout" and "says nothing" or "ended"), 0)
end

function child:ask(line)
    self.talk:send(line .. "\n")
    return self:line()
end

-- Waits until the program has ended: its exit status, or the number of its signal plus 128.
function child:wait()
    local status = ffi.new("int[1]")
    while self.talk:recv(4096) do end
    C.waitpid(self.pid, status, 0)
    alive[self.pid] = nil
    self.talk:close()
    local signal = bit.band(status[0], 127)
    return signal > 0 and 128 + signal or bit.rshift(status[0], 8)
end

function child:signal(number)
    C.kill(self.pid, number)
end

function child:stop()
    if not alive[self.pid] then return end
    alive[self.pid] = nil
    C.kill(self.pid, SIGKILL)
    C.waitpid(self.pid, nil, 0)
    self.talk:close()
end

function child.stop_all()
    for _, process in pairs(alive) do process:stop() end
end

return child
