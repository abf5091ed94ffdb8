-- SPDX-License-Identifier: BSD-3-Clause
-- sss.workers and -w: arguments, places, what a worker listens on.

local sss = require "sss"
local t = require "harness"
local crew = require "crew"

-- What happens without any worker --------------------------------------------------------------

t.task("bad arguments", function()
    for _, n in ipairs { 0, -1, 1.5, 1025, 0 / 0, math.huge, "x", "2", true, {} } do
        t.raises("bad argument #1 to 'workers' %(whole number from 1 to 1024 or \"auto\" expected",
            sss.workers, n)
    end
    t.raises("bad argument #1 to 'workers' .*got no value", sss.workers)
    t.raises("bad argument #2 to 'workers'", sss.workers, 2, 10)
    t.raises("bad argument #2 to 'workers' .*unknown option 'graze'", sss.workers, 2, { graze = 1 })
    for _, grace in ipairs { -1, 0 / 0, "1" } do
        t.raises("bad argument #2 to 'workers' .*grace", sss.workers, 2, { grace = grace })
    end
end)

t.test("a task cannot start workers", function()
    local task = sss.spawn(sss.workers, 2)
    t.raises("workers: a task cannot start workers", task.join, task)
end)

t.test("workers come before tasks and handlers of signals", function()
    local task = sss.spawn(sss.sleep, 60)
    t.raises("workers: there are tasks already", sss.workers, 2)
    task:cancel()
    t.raises("cancelled", task.join, task)
    sss.onsignal("USR1", print)
    t.raises("workers: something waits already", sss.workers, 2)
    sss.onsignal("USR1", nil)
end)

t.test("wrong values of -w are wrong usage", function()
    local program = t.child.quote(t.child.program)
    for _, line in ipairs { "-w 0 x", "-w -1 x", "-w 1.5 x", "-w 1025 x", "-w x x", "-w",
                                                    "-w99999999999999999999 x", "-w '' x", "-w2x x", "-w 2", "-w 2 -",
                                                    "-w auto - x", "-w 2 -v", "-w 2 -l sss", "-w 2 -b x y" } do
        local output, status = t.child.command(("exec %s %s </dev/null"):format(program, line)):rest()
        t.eq(status, 2, line)
        t.match(output, "^sssrun: [^\n]*%-[wb][^\n]*\n?$", line)
    end
    -- The largest number is a right one: it is standard input that workers cannot read.
    local output = t.child.command("exec " .. program .. " -w 1024 - </dev/null"):rest()
    t.match(output, "^sssrun: %-w needs a script that every worker can read")
    output = t.child.command("exec " .. program .. " --help"):rest()
    t.match(output, "%-w N")
end)

-- Becoming a worker ------------------------------------------------------------------------------

t.test("each has its number; a worker has no workers", function()
    -- It waits for a signal that counts from before it has printed something.
    local it = crew.start([[
        local stop = sss.signal("TERM")
        print("number", number, tostring(select(2, pcall(sss.workers, 2))))
        io.stdout:flush()
        stop:wait()]], { flags = "-w 3" })
    t.match(it:sees("number\t([^\n]*)\n", 3), "0\t.*workers: this process is a worker already")
    t.eq(#it:workers(), 3)
    it:signal("TERM")
    it:finish(it:workers())
    it = crew.start([[
        local stop = sss.signal("TERM")
        print("number", number)
        io.stdout:flush()
        stop:wait()]])
    it:sees("number\t1\n()")
    it:sees("number\t2\n()")
    t.eq(#it:workers(), 2)
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.test("what is printed before is printed once; -w auto", function()
    local it = crew.start([[
        io.write("once ")
        sss.workers("auto")
        local stop = sss.signal("TERM")
        print("a worker")
        io.stdout:flush()
        stop:wait()]], { plain = true })
    it:sees("a worke(r)\n")
    it:signal("INT")
    local output, status = it:finish()
    t.eq(status, 0, output)
    t.eq(select(2, output:gsub("once", "")), 1)
    it = crew.start([[
        local stop = sss.signal("TERM")
        print("a worker")
        io.stdout:flush()
        stop:wait()]], { flags = "-w auto" })
    it:sees("a worke(r)\n")
    it:signal("TERM")
    output, status = it:finish()
    t.eq(status, 0, output)
end)

t.test("-e runs in every worker", function()
    local it = crew.start("", { flags = [[-w 2 -e 'local stop = require("sss").signal("TERM")
        print("here") io.stdout:flush() stop:wait()']] })
    it:sees("her(e)\n", 2)
    it:signal("TERM")
    t.eq(select(2, it:finish()), 0)
end)

-- Listening --------------------------------------------------------------------------------------

-- Workers that do CODE, print what `say` gets, and wait; each sorted line of output once, and how
-- often it came.
local function gather(code, args)
    local it = crew.start(([[
        local function say(...)
            print("say", ...)
        end
        local stop = sss.signal("TERM")
        %s
        print("end")
        io.stdout:flush()
        stop:wait()]]):format(code), { args = args })
    it:sees("en(d)\n", 2)
    it:signal("TERM")
    local output, status = it:finish()
    t.eq(status, 0, output)
    local lines = {}
    for line in output:gmatch("say\t([^\n]*)") do lines[line] = (lines[line] or 0) + 1 end
    return lines
end

local function only(lines)
    local line, count = next(lines)
    t.ok(line, "a line")
    t.eq(next(lines, line), nil, "another line")
    return line, count
end

t.test("port 0 is the same port for the same call in all", function()
    local line, count = only(gather([[
        local a, b = sss.listen("127.0.0.1:0"), sss.listen("127.0.0.1:0")
        local u = sss.listen("127.0.0.1:0", { type = "dgram" })
        say(a:getsockname().port, b:getsockname().port, u:getsockname().port)]]))
    t.eq(count, 2)
    local a, b, u = line:match("^(%d+)\t(%d+)\t(%d+)$")
    t.ok(a and a ~= b and a ~= "0" and b ~= "0" and u ~= "0", line)
end)

t.test("an address that is in use is an error, also twice in one worker", function()
    local taken = sss.listen("127.0.0.1:0", { reuseport = true })
    t.eq(only(gather([[
        local ok, err = pcall(sss.listen, arg[1])
        local a = sss.listen("127.0.0.1:0")
        local _, twice = pcall(sss.listen, a:getsockname())
        say(ok, err.code, err.op, tostring(err) == "listen " .. arg[1] .. ": Address already in use",
            twice.code)]], tostring(taken:getsockname()))), "false\tEADDRINUSE\tlisten\ttrue\tEADDRINUSE")
    taken:close()
end)

t.test("a listener that is closed can be made again", function()
    t.eq(only(gather([[
        local a = sss.listen("127.0.0.1:0")
        local at = a:getsockname()
        a:close():close()
        local b = sss.listen("127.0.0.1:0")
        b:close()
        local path = sss.listen("unix:@" .. at.port .. "-" .. number)
        local address = path:getsockname()
        path:close()
        path = sss.listen(address)
        say(path:getsockname() == address, a.fd, b.fd)]])), "true\t0\t0")
end)

t.test("options reach the listener; wrong ones are told as usual", function()
    local path = t.tempname()
    t.eq(only(gather([[
        local a = sss.listen("127.0.0.1:0", { type = "dgram", reuseaddr = false })
        local b = sss.listen("unix:" .. arg[1], { mode = tonumber("600", 8), backlog = 3 })
        local ls = io.popen("ls -l " .. arg[1]):read("*a")
        local _, bad = pcall(sss.listen, "127.0.0.1:0", { backlok = 3 })
        local _, port = pcall(sss.listen, "127.0.0.1:70000")
        say(a.type == sss.SOCK.dgram, a:getsockopt("reuseaddr"), a:getsockopt("reuseport"),
            ls:match("^srw%-%-%-%-%-%-%-") ~= nil, bad:match("unknown option 'backlok'"),
            port:match("bad argument #1 to 'listen'"))]], path)),
        "true\tfalse\ttrue\ttrue\tunknown option 'backlok'\tbad argument #1 to 'listen'")
end)

t.test("odd bytes in the path of a socket", function()
    t.eq(only(gather([[
        local path = "\0a b\nc%41\0" .. number .. arg[1]
        local l = sss.listen { path = path }
        say(l:getsockname().path == path)]], tostring(sss.now()))), "true")
end)

t.test("tasks listen at the same time; one is cancelled meanwhile", function()
    t.eq(only(gather([[
        local tasks = {}
        for i = 1, 20 do
            tasks[i] = sss.spawn(function() return sss.listen("127.0.0.1:0"):getsockname().port end)
        end
        local gone = sss.spawn(sss.listen, "127.0.0.1:0")
        sss.yield()
        gone:cancel()
        local ports, n = {}, 0
        for i = 1, 20 do ports[tasks[i]:join()] = true end
        for _ in pairs(ports) do n = n + 1 end
        local _, err = pcall(gone.join, gone)
        local _, place = pcall(table.sort, { 1, 2 }, function() return sss.listen("127.0.0.1:0") end)
        say(n, err.code)]])), "20\tcancelled")
end)

t.test("a server that stops gives its port up, when all have stopped", function()
    local it = crew.start([[
        local server
        server = sss.serve("127.0.0.1:0", function(client)
            client:send(number .. "\n")
            if client:receive("l") == "stop" then server:stop() end
        end)
        local stop = sss.signal("TERM")
        print("at", server:address())
        io.stdout:flush()
        stop:wait()]])
    crew.await_refusal(it:address(), "stop")
    it:signal("TERM")
    t.eq(select(2, it:finish(it:workers())), 0)
end)

t.test("close in a worker waits for nothing, and gives the port up in any case", function()
    local it = crew.start([[
        sss.workers(1)
        local listener, stop = sss.listen("127.0.0.1:0"), sss.signal("TERM")
        print("at", listener:getsockname())
        sss.timeout(0, listener.close, listener)
        print("descriptor", listener.fd)
        io.stdout:flush()
        stop:wait()]], { plain = true })
    local address = it:sees("at\t(%S+)\n")
    t.eq(it:sees("descriptor\t(%d+)\n"), "0")
    crew.await_refusal(address)
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.test("close in a worker is done wholly, with a cancel or the end of a time to come", function()
    local it = crew.start([[
        sss.workers(1)
        local stop = sss.signal("TERM")
        local function wholly(name, f)
            local listener = sss.listen("127.0.0.1:0")
            print(name .. " at", listener:getsockname())
            print(name, f(function() return listener:close() == listener and listener.fd == 0 end))
        end
        wholly("cancel", function(close)
            local closed, code
            local task = sss.spawn(function()
                sss.yield()
                closed = close()
                code = select(2, pcall(sss.sleep, 1000)).code
            end)
            sss.yield() -- it has yielded, and its turn comes again before the cancel is told
            pcall(task.join, task:cancel())
            return closed, code
        end)
        wholly("time", function(close)
            local closed
            local result, why = sss.timeout(0.001, function()
                local over = sss.now() + 0.01
                while sss.now() < over do end
                closed = close()
                sss.sleep(1000)
            end)
            return closed, why
        end)
        io.stdout:flush()
        stop:wait()]], { plain = true })
    for name, how in pairs { cancel = "cancelled", time = "timeout" } do
        t.eq(it:sees(name .. "\t([^\n]*)\n"), "true\t" .. how)
        crew.await_refusal(it:sees(name .. " at\t(%S+)\n"))
    end
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.test("without a descriptor for it, nobody listens", function()
    local it = crew.start([[
        sss.workers(1)
        local before, stop = sss.listen("127.0.0.1:0"), sss.signal("TERM")
        local address = before:getsockname()
        before:close()
        local sockets = {}
        repeat
            local made, socket = pcall(sss.socket)
            sockets[#sockets + 1] = made and socket or nil
        until not made
        local ok, err = pcall(sss.listen, address)
        for _, socket in ipairs(sockets) do socket:close() end
        print("listens", ok, err.code, err.op)
        print("at", address)
        io.stdout:flush()
        stop:wait()]], { plain = true, before = [[sh -c 'ulimit -n 64; exec "$@"' sh]] })
    local address = it:sees("at\t(%S+)\n")
    t.eq(it:sees("listens\t([^\n]*)\n"), "false\tEMFILE\tlisten")
    crew.await_refusal(address)
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.run()
