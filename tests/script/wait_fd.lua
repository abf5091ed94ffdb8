-- SPDX-License-Identifier: BSD-3-Clause
-- sss.wait: descriptors that are not ours, and sockets.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local system = require "system"

local timed_out = { n = 2, nil, "timeout" }
local closed = { n = 2, nil, "closed" }
local ready = { n = 1, true }

local function wait(...)
    return t.pack(sss.wait(...))
end

-- t.task() of a test that has to leave as many descriptors as there were.
local function test(name, f)
    t.task(name, function()
        local before = system.descriptors()
        f()
        t.eq(system.descriptors(), before, "the number of descriptors")
    end)
end

-- A pipe that takes no more.
local function full_pipe()
    local input, output = system.pipe()
    while system.write(output, ("x"):rep(4096)) do end
    return input, output
end

local function drain(input)
    while system.read(input, 65536) do end
end

test("a pipe is readable when something was written", function()
    local input, output = system.pipe()
    t.eq(wait(input, "r", 0), timed_out)
    t.eq(wait(input, "r", 0.01), timed_out)
    t.eq(wait(output, "w"), ready)
    sss.spawn(function()
        sss.sleep(0.02)
        system.write(output, "x")
    end)
    t.eq(wait(input, "r"), ready)
    t.eq(wait(input, "r", 0), ready) -- nothing was taken
    t.eq(system.read(input, 10), "x")
    t.eq(wait(input, "r", 0), timed_out)
    system.close(input, output)
end)

test("a full pipe is not writable", function()
    local input, output = full_pipe()
    t.eq(wait(output, "w", 0.01), timed_out)
    local task = sss.spawn(wait, output, "w", 10)
    sss.yield()
    drain(input)
    t.eq(task:join(), ready)
    system.close(input, output)
end)

test("an end and an error are ready", function()
    local input, output = system.pipe()
    local reader = sss.spawn(wait, input, "r", 10)
    sss.yield()
    system.close(output)
    t.eq(reader:join(), ready)
    t.eq(system.read(input, 10), "")
    system.close(input)
    input, output = full_pipe()
    local writer = sss.spawn(wait, output, "w", 10)
    sss.yield()
    system.close(input)
    t.eq(writer:join(), ready)
    system.close(output)
end)

test("many tasks wait for one descriptor", function()
    local input, output = system.pipe()
    local tasks = {}
    for i = 1, 20 do tasks[i] = sss.spawn(wait, input, "r", 10) end
    local late = sss.spawn(wait, input, "r", 0.01)
    local cancelled = sss.spawn(wait, input, "r")
    sss.yield()
    cancelled:cancel()
    t.eq(late:join(), timed_out)
    t.raises("cancelled", cancelled.join, cancelled)
    system.write(output, "x")
    for i = 1, 20 do t.eq(tasks[i]:join(), ready) end
    system.close(input, output)
end)

test("one reads and one writes the same descriptor", function()
    local a, b = sss.pair()
    local junk = ("x"):rep(65536)
    a:settimeout(0)
    while a:send(junk) do end
    local reader, writer = sss.spawn(wait, a.fd, "r", 10), sss.spawn(wait, a.fd, "w", 10)
    sss.sleep(0.01)
    t.eq({ reader.status, writer.status }, { "waiting", "waiting" })
    b:send("x")
    t.eq(reader:join(), ready)
    t.eq(writer.status, "waiting")
    b:settimeout(0.01)
    while b:recv(65536) do end
    t.eq(writer:join(), ready)
    link.close(a, b)
end)

test("a file, a folder and a device are always ready", function()
    local file = assert(io.tmpfile())
    for _, path in ipairs { "/dev/null", "/proc/self/status", "/" } do
        local other = assert(io.open(path))
        t.eq(wait(other, "r"), ready)
        other:close()
    end
    for _ = 1, 250 do -- others get their turn meanwhile
        t.eq(wait(file, "r"), ready)
        t.eq(wait(file, "w", 0), ready)
    end
    file:close()
end)

test("one who waits for what is always ready lets others run", function()
    local file, turns, over = assert(io.tmpfile()), 0, false
    local other = sss.spawn(function()
        while not over do
            turns = turns + 1
            sss.yield()
        end
    end)
    for _ = 1, 1000 do sss.wait(file, "w") end
    over = true
    other:join()
    t.ok(turns >= 5, turns)
    file:close()
end)

test("a Lua file", function()
    local gate = t.write_file ""
    local pipe = io.popen(("while [ -e %s ]; do sleep 0.01; done; echo text"):format(gate))
    t.eq(wait(pipe, "r", 0), timed_out)
    os.remove(gate)
    t.eq(wait(pipe, "r"), ready)
    t.eq(pipe:read("*l"), "text")
    pipe:close()
    t.raises("bad argument #1 to 'wait' %(closed file%)", sss.wait, pipe, "r")
end)

test("a socket", function()
    local a, b = sss.pair()
    t.eq(wait(a, "r", 0), timed_out)
    t.eq(wait(a, "r", 0.01), timed_out)
    t.eq(wait(a, "w"), ready)
    local task = sss.spawn(wait, a, "r")
    sss.yield()
    b:send("one\ntwo\n")
    t.eq(task:join(), ready)
    t.eq(a:receive(), "one\n")
    t.eq(wait(a, "r", 0), ready) -- unread in its buffer
    t.eq(wait(a.fd, "r", 0), timed_out) -- which its number does not know of
    t.eq(a:receive(), "two\n")
    t.eq(wait(a, "r", 0), timed_out)
    b:close()
    t.eq(wait(a, "r"), ready)
    t.eq(a:recv(), nil)
    t.eq(wait(a, "r"), ready)
    a:close()
end)

test("a listening socket", function()
    local listener = sss.listen("127.0.0.1:0")
    t.eq(wait(listener, "r", 0.01), timed_out)
    local client = sss.connect(listener:getsockname())
    t.eq(wait(listener, "r"), ready)
    link.close(listener:accept(), client, listener)
end)

test("the number of a socket", function()
    local a, b = sss.pair()
    local tasks = {}
    for i = 1, 3 do tasks[i] = sss.spawn(wait, a.fd, "r", 10) end
    local line = sss.spawn(a.receive, a, "l")
    sss.yield()
    b:send("line\n")
    t.eq(line:join(), "line")
    b:send("x")
    for i = 1, 3 do t.eq(tasks[i]:join(), ready) end
    t.eq(wait(a.fd, "r"), ready)
    t.eq(a:recv(), "x")
    link.close(a, b)
end)

test("one reader and one writer per socket", function()
    local a, b = sss.pair()
    local first = sss.spawn(wait, a, "r")
    sss.yield()
    t.raises("EBUSY", sss.wait, a, "r")
    t.raises("EBUSY", a.recv, a)
    t.eq(wait(a, "w"), ready)
    b:send("x")
    t.eq(first:join(), ready)
    link.close(a, b)
end)

test("closing the socket ends the wait", function()
    local a, b = sss.pair()
    local task = sss.spawn(wait, a, "r")
    sss.yield()
    a:close()
    t.eq(task:join(), closed)
    t.raises("wait: closed socket", sss.wait, a, "r")
    b:close()
end)

test("closing a descriptor meanwhile harms nobody", function()
    local input, output = system.pipe()
    local task = sss.spawn(wait, input, "r", 0.2)
    sss.yield()
    system.close(input)
    local a, b = sss.pair() -- one of them has the number now
    t.ok(a.fd == input or b.fd == input)
    local line = sss.spawn(a.receive, a, "l")
    sss.yield()
    b:send("line\n")
    t.eq(line:join(), "line")
    t.eq(task:join(), timed_out)
    b:send("another\n")
    t.eq(a:receive("l"), "another")
    link.close(a, b)
    system.close(output)
end)

test("time limits around it", function()
    local input, output = system.pipe()
    t.eq(t.pack(sss.timeout(0.01, sss.wait, input, "r")), timed_out)
    t.eq(t.pack(sss.timeout(0.01, wait, input, "r", 10)), timed_out) -- the outer one
    t.eq(sss.timeout(10, wait, input, "r", 0.01), timed_out) -- the inner one
    t.eq(wait(input, "r", 1e300 * 0), timed_out)
    local task = sss.spawn(wait, input, "r", math.huge)
    sss.yield()
    system.write(output, "x")
    t.eq(task:join(), ready)
    system.close(input, output)
end)

test("where no task can wait", function()
    local input, output = system.pipe()
    local function sort()
        table.sort({ 1, 2, 3 }, function() sss.wait(input, "r") end)
    end
    local task = sss.spawn(sort)
    t.raises("ECANNOTWAIT", task.join, task)
    local co = coroutine.wrap(function() coroutine.yield(sss.wait(input, "r")) end)
    system.write(output, "x")
    t.eq(co(), true)
    system.close(input, output)
end)

test("bad arguments", function()
    local input, output = system.pipe()
    for _, value in ipairs { "0", true, {}, print } do
        t.raises("bad argument #1 to 'wait' %(socket, file or descriptor number expected", sss.wait,
            value, "r")
    end
    t.raises("bad argument #1 to 'wait'", sss.wait)
    for _, fd in ipairs { -1, 0.5, 2 ^ 31, 0 / 0, math.huge } do
        t.raises("bad argument #1 to 'wait'", sss.wait, fd, "r")
    end
    for _, way in ipairs { "", "rw", "R", "read", "r\0", 1 } do
        t.raises("bad argument #2 to 'wait'", sss.wait, input, way)
    end
    t.raises("bad argument #2 to 'wait'", sss.wait, input)
    for _, seconds in ipairs { -1, 0 / 0, "1", {} } do
        t.raises("bad argument #3 to 'wait'", sss.wait, input, "r", seconds)
    end
    t.raises("bad argument #4 to 'wait'", sss.wait, input, "r", 1, 2)
    system.close(input, output)
end)

test("a descriptor that is not open", function()
    local input, output = system.pipe()
    system.close(input, output)
    for _, fd in ipairs { input, 2 ^ 30 } do
        local err = t.raises("EBADF", sss.wait, fd, "r")
        t.eq(tostring(err), "wait: Bad file descriptor")
    end
end)

t.test("without descriptors left", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local files = {}
        repeat
            local file = io.open("/dev/null")
            files[#files + 1] = file
        until not file
        local ok, problem = pcall(sss.wait, 0, "r", 0)
        print(ok, problem.code)
        files[1]:close()
        print(sss.wait(files[2], "r"))]], { before = "ulimit -n 30; exec" })
    t.eq({ output, status }, { "false\tEMFILE\ntrue\n", 0 })
end)

t.test("the program's end leaves nothing of those who have waited", function()
    local output = t.child.run([[
        local late = newproxy(true) -- older than sss: its finalizer comes after the loop's end
        getmetatable(late).__gc = function() print(pcall(sss.spawn, print)) end
        sss = require "sss"
        print(sss.wait(0, "r"))]])
    t.match(output, "^true\nfalse.*spawn: the program has ended\n$")
end)

t.test("the program ends while tasks wait", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local pipe = io.popen("sleep 0.1")
        for _ = 1, 3 do sss.spawn(sss.wait, pipe, "r") end
        sss.sleep(0.01)
        os.exit(7, true)]])
    t.eq({ output, status }, { "", 7 })
end)

t.run()
