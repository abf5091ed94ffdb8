-- SPDX-License-Identifier: BSD-3-Clause
-- What happens when a call of the system fails: run by build/fault/sssrun only.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local calls = dofile(arg[0]:match("^(.*)/[^/]*$") .. "/../lib/calls.lua")

-- Calls f(...) with a fault: what pcall() gives. The fault has come, unless it may be missing.
local function with(request, f, ...)
    calls.arm(request)
    local results = t.pack(pcall(f, ...))
    t.ok(calls.disarm() > 0, "the number of faults " .. request)
    return unpack(results, 1, results.n)
end

local function fails(code, request, f, ...)
    local ok, err = with(request, f, ...)
    t.eq(ok, false, request)
    t.eq(type(err) == "table" and err.code or tostring(err), code)
end

-- A program with a fault from its beginning: output, exit status.
local function child(request, code)
    return t.child.run(code, { before = ("export SSS_FAULT=%s; exec"):format(request) })
end

t.test("opening sss again after it failed", function()
    local code = [[
        print(pcall(require, "sss"))
        package.loaded.sss = nil
        local sss = require "sss"
        collectgarbage() collectgarbage()
        local a, b = sss.pair()
        a:send("line\n")
        print(b:receive("l"), sss.spawn(function() sss.sleep(0.01) return "slept" end):join())]]
    for request, text in pairs {
        ["epoll_create1:1:EMFILE"] = "Too many open files", ["eventfd:1:ENFILE"] = "Too many",
        ["epoll_ctl:1:ENOSPC"] = "No space",
    } do
        local output, status = child(request, code)
        t.match(output, "^false\tsss: " .. text, request)
        t.match(output, "\nline\tslept%s*$", request)
        t.eq(status, 0, request)
    end
end)

t.test("opening sss without memory", function()
    local code = [[
        local ok, err = pcall(require, "sss")
        if ok then print("opened") else print(err) end]]
    for nth = 1000, 3400, 97 do
        local output, status = child("realloc:" .. nth .. ":ENOMEM", code)
        t.ok(output:find("not enough memory") or output == "opened", nth .. ": " .. output)
        t.ok(status == 0 or status == 1, status)
    end
end)

-- The harness looks for descriptors that are left, and the program's end for memory.
t.test("a MoonScript module that there is no memory for leaves nothing", function()
    local name = t.tempname():match("[^/]*$")
    local path = "/tmp/" .. name .. ".moon"
    local old = package.path
    package.path = "/tmp/?.lua"
    jit.off() -- a trace that there is no memory for is given up, and nothing is wrong then
    t.after(function()
        jit.on()
        package.path = old
        os.remove(path)
    end)
    local function write(number) -- another text each time: LuaJIT has no string of it yet
        local file = assert(io.open(path, "w"))
        file:write(("x = 1\n"):rep(1000), number, "\n")
        file:close()
        package.loaded[name] = nil
    end
    write(12)
    t.eq(require(name), 12) -- the compiler is loaded now
    for nth = 1, 40 do
        write(nth)
        calls.arm("realloc:" .. nth .. ":ENOMEM")
        local ok, err = pcall(require, name)
        calls.disarm()
        t.ok(not ok and tostring(err):find("not enough memory"), tostring(err))
    end
end)

t.task("a client that vanished is not the listener's error", function()
    local listener, address = link.listen()
    for what in ([[ECONNABORTED EPROTO ENETDOWN ENOPROTOOPT EHOSTDOWN ENONET EHOSTUNREACH ENETUNREACH
            EINTR]]):gmatch("%S+") do
        local client = sss.connect(address)
        local ok, server = with("accept4:1:" .. what .. ":3", listener.accept, listener)
        t.ok(ok, server)
        link.close(client, server)
    end
    listener:close()
end)

t.task("an accept without descriptors or memory is an error and loses nobody", function()
    local listener, address = link.listen()
    local client = sss.connect(address)
    for what in ("EMFILE ENFILE ENOBUFS ENOMEM"):gmatch("%S+") do
        -- without a descriptor it is called once more, after a collection
        local count = what:find("FILE") and ":2" or ""
        fails(what, "accept4:1:" .. what .. count, listener.accept, listener)
    end
    link.close(listener:accept(), client, listener)
end)

t.task("a server goes on after accepts that fail", function()
    local server = sss.serve("127.0.0.1:0", function(client) client:send("hello\n") end)
    calls.arm("accept4:1:EMFILE:3")
    local client = sss.connect(server:address())
    t.eq(client:receive("l"), "hello")
    t.eq(calls.disarm(), 3)
    client:close()
    server:stop(1)
end)

t.task("a server counts no client that it had no memory for", function()
    for nth = 1, 40 do
        local server = sss.serve("127.0.0.1:0", function(client) client:send("hello") end)
        sss.yield()
        local client = sss.socket()
        calls.arm("realloc:" .. nth .. ":ENOMEM")
        pcall(client.connect, client, server:address())
        pcall(sss.timeout, 0.2, client.receive, client, "a")
        calls.disarm()
        client:close()
        server:stop()
        t.ok(sss.timeout(t.patience, function() return t.pack(pcall(server.join, server)) end), nth)
    end
end)

t.task("a close that is interrupted has closed", function()
    local a, b = sss.pair()
    t.ok(with("close:1:EINTR", a.close, a))
    t.eq(t.pack(b:receive()), { n = 2, nil, "closed" })
    b:close()
end)

t.task("a close that fails has closed", function()
    local a, b = sss.pair()
    fails("EIO", "close:1:EIO", a.close, a)
    t.eq(a.fd, 0)
    t.eq(t.pack(b:receive()), { n = 2, nil, "closed" })
    b:close()
end)

t.task("a connect that is interrupted goes on", function()
    local listener, address = link.listen()
    local client = sss.socket()
    t.ok(with("connect:1:EINTR", client.connect, client, address))
    local server = listener:accept()
    client:send("x\n")
    t.eq(server:receive(), "x\n")
    link.close(client, server, listener)
end)

t.task("fromfd without memory leaves the descriptor to the script", function()
    local ffi = require "ffi"
    ffi.cdef "int dup(int fd); int close(int fd);"
    local a, b = sss.pair()
    local copy = ffi.C.dup(a.fd)
    fails("ENOMEM", "calloc:1:ENOMEM", sss.fromfd, copy)
    t.eq(ffi.C.close(copy), 0)
    link.close(a, b)
end)

t.task("a pair without memory leaves nothing", function()
    local before = calls.descriptors()
    fails("ENOMEM", "calloc:1:ENOMEM", sss.pair)
    fails("ENOMEM", "calloc:2:ENOMEM", sss.pair)
    collectgarbage()
    t.eq(calls.descriptors(), before)
end)

t.task("recvfd without memory loses neither data nor descriptor", function()
    local a, b = sss.pair()
    local passed, other = sss.pair()
    a:sendfd(passed, "with it")
    passed:close()
    fails("ENOMEM", "calloc:2:ENOMEM", b.recvfd, b) -- the first is for the list of descriptors
    local got, data = b:recvfd()
    t.eq(data, "with it")
    got:send("x\n")
    t.eq(other:receive(), "x\n")
    link.close(a, b, got, other)
end)

t.task("recvfd says when a descriptor could not be kept, and the data is there", function()
    local a, b = sss.pair()
    a:sendfd(a, "with it")
    fails("ENOMEM", "calloc:1:ENOMEM", b.recvfd, b)
    t.eq(b:recv(), "with it")
    a:send("more\n")
    t.eq(b:receive(), "more\n")
    link.close(a, b)
end)

-- A name server that never answers, for the program that CODE runs in.
local function with_silent_server(code, request)
    local server = sss.listen("127.0.0.1:0", { type = "dgram" })
    local before = ("export SSS_RESOLVERS=%s %s; exec"):format(tostring(server:getsockname()),
        request and "SSS_FAULT=" .. request or "")
    local output, status = t.child.run(code, { before = before })
    server:close()
    return output, status
end

t.test("a look-up without memory or descriptors is an error, the next one works", function()
    local code = [[
        local sss = require "sss"
        local ok, why, reason = pcall(sss.timeout, 0.3, sss.resolve, "some.invalid")
        print(ok and reason or why.code or why)
        print(#sss.resolve("localhost"))
        print(pcall(sss.timeout, 0.1, sss.resolve, "other.invalid"))]]
    for _, what in ipairs { "EMFILE", "ENFILE" } do
        for times, first in pairs { [2] = "timeout", [100] = what } do -- it is tried again
            local output, status = with_silent_server(code, ("socket:1:%s:%d"):format(what, times))
            t.match(output, "^" .. first .. "\n%d\n", what .. " " .. times)
            t.eq(status, 0)
        end
    end
    for nth = 1, 60 do
        for _, call in ipairs { "malloc", "calloc", "realloc" } do
            local output, status = with_silent_server(code, ("%s:%d:ENOMEM"):format(call, nth))
            t.ok(status == 0 or status == 1, call .. " " .. nth .. ": " .. output)
        end
    end
end)

t.test("the program ends though a look-up hangs", function()
    local code = [[
        local sss = require "sss"
        local task = sss.spawn(sss.resolve, "some.invalid")
        sss.sleep(0.1)
        %s]]
    for _, ending in ipairs {
        "os.exit(0, true)", "os.exit(0)", "task:cancel() print(pcall(task.join, task))",
        "print(sss.timeout(0.1, sss.resolve, 'other.invalid')) task:cancel() pcall(task.join, task)",
    } do
        local began = sss.now()
        local output, status = with_silent_server(code:format(ending))
        t.eq(status, 0, ending .. " " .. output)
        t.ok(sss.now() - began < t.patience, "not before it: " .. ending)
    end
end)

t.test("workers that cannot be started end the program with a message", function()
    local code = [[
        local sss = require "sss"
        sss.workers(2)
        sss.sleep(0.1)
        os.exit(0)]]
    local output, status = child("fork:1:EAGAIN", code)
    t.match(output, "Resource temporarily unavailable")
    t.eq(status, 1)
end)

t.task("race and gather without memory cancel those that still run", function()
    for _, name in ipairs { "race", "gather" } do
        for nth = 1, 90 do
            local slept = false
            local function loser() slept = pcall(sss.sleep, 3) end
            local function first()
                sss.sleep(0.001)
                return name == "race" and "won" or error("lost", 0)
            end
            calls.arm("realloc:" .. nth .. ":ENOMEM")
            local ok, err = pcall(sss[name], loser, first)
            calls.disarm()
            t.ok(not slept, name .. ": nobody cancelled it, at the place " .. nth)
            t.ok(ok or err == "not enough memory" or err == "lost", tostring(err))
        end
    end
end)

-- The functions of LuaJIT's assembly do not say how high the stack is; see vendor/luajit_mend.sh.
t.test("no memory for the string of a number, or for a part of one, deep in other functions", function()
    local text = ("x"):rep(1000)
    local function deep(n, value)
        if n > 0 then
            local made = deep(n - 1, value)
            return made, n
        end
        return type(value) == "number" and tostring(value) or text:sub(value.from)
    end
    jit.off(deep)
    local failures = 0
    for i = 1, 40 do
        for _, value in ipairs { i + 0.5, { from = i + 1 } } do
            calls.arm("realloc:1:ENOMEM")
            local ok, err = pcall(deep, i, value)
            calls.disarm()
            if not ok then
                t.eq(err, "not enough memory", i)
                failures = failures + 1
            end
        end
    end
    t.ok(failures > 40, failures)
end)

t.test("no memory for what is said of a dead coroutine", function()
    local dead = coroutine.create(function() end)
    coroutine.resume(dead)
    local failures = 0
    for _ = 1, 5 do
        collectgarbage() -- the string of the message, too
        calls.arm("realloc:1:ENOMEM")
        local ok, err = pcall(coroutine.resume, dead)
        calls.disarm()
        if not ok then
            t.eq(err, "not enough memory")
            failures = failures + 1
        end
    end
    t.ok(failures > 0, failures)
end)

-- Bytes ------------------------------------------------------------------------------------------

-- Lines of many lengths, and what they are together.
local function lines_of(count)
    local lines = {}
    for i = 1, count do lines[i] = ("%d:%s\n"):format(i, ("x"):rep(i * 7 % 900)) end
    return lines, table.concat(lines)
end

-- Sends lines in several ways over one kind of stream: all of it comes in order.
local function transfer(make)
    local a, b = make()
    local lines, text = lines_of(120)
    local writer = sss.spawn(function()
        for i, line in ipairs(lines) do
            if i % 3 == 0 then a:send({ line:sub(1, 1), line:sub(2) }) else a:send(line) end
        end
        a:send(text)
        a:shutdown("write")
    end)
    for _, line in ipairs(lines) do t.eq(b:receive(), line) end
    t.eq(b:receive(#text - 10), text:sub(1, -11))
    t.eq(b:receive("a"), text:sub(-10))
    writer:join()
    link.close(a, b)
end

-- Their sockets are collected with them, or the harness finds something left behind.
t.test("coroutines inside coroutines are collected when they had no memory to wait", function()
    local function wait_inside()
        local a, b = sss.pair()
        sss.spawn(function()
            sss.yield()
            b:send("line\n")
            b:close()
        end)
        return coroutine.wrap(function()
            return coroutine.wrap(function() return a:receive("l") end)()
        end)()
    end
    local function run() sss.spawn(pcall, wait_inside):join() end
    for nth = 1, 60 do
        calls.arm("realloc:" .. nth .. ":ENOMEM")
        pcall(run)
        calls.disarm()
        for _ = 1, 3 do sss.yield() end
    end
    collectgarbage()
    collectgarbage()
end)

for kind, make in pairs(link.streams) do
    t.task("no byte is lost (" .. kind .. ")", function()
        local receive = kind:find("tcp") and "recv" or "recvmsg"
        for _, request in ipairs {
            receive .. ":1:short:1000000", receive .. ":3:EINTR:20", receive .. ":2:EAGAIN:7",
            "send:1:short:1000000", "sendmsg:1:short:1000000", "send:1:EINTR:50", "sendmsg:1:EINTR:50",
            "send:2:EAGAIN:5", "sendmsg:2:EAGAIN:5",
        } do
            t.ok(with(request, transfer, make))
        end
        for nth = 1, 12 do -- without a count of faults: not every transfer waits so often
            calls.arm("syscall:" .. nth .. ":EINTR")
            transfer(make)
            calls.disarm()
        end
    end)
end

t.task("no byte of a file is lost", function()
    local path = t.tempname()
    local _, text = lines_of(300)
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    for _, what in ipairs { "short:100000", "EINTR:5", "EAGAIN:3" } do
        local a, b = link.tcp()
        local writer = sss.spawn(function()
            a:sendfile(path)
            a:close()
        end)
        calls.arm("sendfile:1:" .. what)
        t.eq(b:receive("a"), text)
        t.ok(calls.disarm() > 0)
        writer:join()
        b:close()
    end
end)

t.run()
