-- SPDX-License-Identifier: BSD-3-Clause
-- sss.notify, and what a program tells a service manager by itself; the manager is this test.

local sss = require "sss"
local t = require "harness"
local crew = require "crew"
local proc = require "proc"

-- A program that runs CODE; its manager listens at `name` (NOTIFY_SOCKET) and notes what it is told.
-- `more` goes into its environment.
local function start(code, options)
    options = options or {}
    local path = options.name or t.tempname()
    local manager = sss.socket("unix", "dgram")
    manager:bind("unix:" .. path)
    local told, beats = {}, 0
    local task = sss.spawn(function()
        while true do
            local text = manager:recvfrom()
            if not text then return end
            if text == "WATCHDOG=1" then beats = beats + 1 else told[#told + 1] = text end
        end
    end)
    t.after(function()
        manager:close()
        task:join()
    end)
    local it = crew.start(code, { flags = options.flags, plain = true,
        before = ("env NOTIFY_SOCKET=%s %s"):format(t.child.quote(path), options.more or "") })
    it.told, it.manager = told, manager
    function it.beats() return beats end
    return it
end

-- Waits for the Nth message.
local function hears(it, n, pattern)
    t.await("message " .. n, function() return it.told[n] end)
    return t.match(it.told[n], pattern)
end

local function ends(it, signal, status)
    it:signal(signal or "TERM")
    local output, got = it:finish(it:workers())
    t.eq(got, status, output)
    sss.sleep(0.02)
end

local server = [[
    local server = sss.serve("127.0.0.1:0", function(client) client:send "fine\n" end)
    sss.onsignal("TERM", function() server:stop() end)]]

for _, name in ipairs { "a path", "an abstract name" } do
    t.test("a program without workers: ready when it listens, stopping at TERM, by " .. name, function()
        local it = start(server, { name = name == "an abstract name" and "@notify" .. sss.now() or nil })
        hears(it, 1, "^READY=1$")
        ends(it, "TERM", 0)
        t.eq(it.told, { "READY=1", "STOPPING=1" })
    end)
end

t.test("it is ready when it listens, and not before", function()
    local it = start([[
        sss.sleep(0.3)
        sss.notify("STATUS=listens soon")
        local server = sss.serve("127.0.0.1:0", print)]])
    hears(it, 1, "^STATUS=listens soon$")
    hears(it, 2, "^READY=1$")
    ends(it, "TERM", 143)
    t.eq(it.told[3], "STOPPING=1")
    t.eq(#it.told, 3)
end)

t.test("one that listens on nothing is ready a second after its first wait", function()
    local it = start("sss.sleep(1000)")
    hears(it, 1, "^READY=1$")
    ends(it, "TERM", 143)
end)

t.test("a program that ends by itself says so, too; one that was never ready does not", function()
    local it = start([[sss.serve("127.0.0.1:0", print) sss.sleep(0.3) os.exit(0)]])
    hears(it, 2, "^STOPPING=1$")
    it:finish()
    it = start("print 'over'")
    it:finish()
    sss.sleep(0.05)
    t.eq(it.told, {})
end)

t.test("what the script says is told, and is not told again", function()
    local it = start([[
        print(sss.notify("STATUS=one\nREADY=1"))
        print(sss.notify("RELOADING=1"))
        print(sss.notify("RELOADING=1\nMONOTONIC_USEC=7"))
        sss.notify("STOPPING=1")
        sss.serve("127.0.0.1:0", print)
        sss.sleep(1.5)
        os.exit(0)]])
    local output = it:finish()
    t.eq(output, "true\ntrue\ntrue\n")
    sss.sleep(0.02)
    t.match(it.told[2], "^RELOADING=1\nMONOTONIC_USEC=%d+$")
    it.told[2] = "reloads"
    t.eq(it.told, { "STATUS=one\nREADY=1", "reloads", "RELOADING=1\nMONOTONIC_USEC=7", "STOPPING=1" })
end)

t.test("without a manager, nothing happens", function()
    t.eq(sss.notify("READY=1"), false)
    for _, bad in ipairs { "", 1, true, ("x"):rep(5000) } do
        t.raises("bad argument #1 to 'notify'", sss.notify, bad)
    end
    t.raises("bad argument #1 to 'notify'", sss.notify)
    for _, name in ipairs { "/no/such/socket", "relative", "@", ("/x"):rep(100), "vsock:1:2", "''" } do
        local it = crew.start("print(sss.notify('READY=1')) sss.sleep(0.01)", {
            before = "env WATCHDOG_USEC=20000 NOTIFY_SOCKET=" .. name, flags = " " })
        local output, status = it:finish()
        t.eq({ output, status }, { "false\n", 0 }, name)
    end
end)

t.test("programs that it starts do not speak in its name", function()
    for _, flags in ipairs { "", "-w 2" } do
        local it = start([[
            local pipe = io.popen "echo begin $NOTIFY_SOCKET$WATCHDOG_USEC$WATCHDOG_PID end"
            print(pipe:read("*a"))
            io.stdout:flush()
            sss.serve("127.0.0.1:0", print)]], { flags = flags, more = "WATCHDOG_USEC=60000000" })
        it:sees("begin (e)nd\n")
        it:signal("TERM")
        it:finish(it:workers())
    end
end)

-- Workers ----------------------------------------------------------------------------------------

local listens = [[sss.serve("127.0.0.1:0", function() end)]]

t.test("workers: ready when all are, reloading at HUP, stopping at TERM", function()
    for _, code in ipairs { listens, "sss.sleep(0.2) " .. listens } do
        local it = start(code, { flags = "-w 3" })
        hears(it, 1, "^READY=1$")
        local old = it:workers()
        t.eq(#old, 3)
        local before = sss.now() * 1e6
        it:signal("HUP")
        t.ok(tonumber(hears(it, 2, "^RELOADING=1\nMONOTONIC_USEC=%d+$"):match("USEC=(%d+)")) >= before)
        hears(it, 3, "^READY=1$")
        crew.await_gone(old)
        ends(it, "TERM", 0)
        t.eq(it.told[4], "STOPPING=1")
        t.eq(#it.told, 4)
    end
end)

t.test("a reload that fails is over, too", function()
    local it = start(listens, { flags = "-w 2" })
    hears(it, 1, "^READY=1$")
    it:rewrite("error 'broken'")
    it:signal("HUP")
    hears(it, 2, "^RELOADING=1\n")
    hears(it, 3, "^READY=1$")
    ends(it, "INT", 0)
    t.eq(it.told[4], "STOPPING=1")
end)

t.test("workers that cannot begin are never ready", function()
    local it = start("error 'broken'", { flags = "-w 2" })
    t.eq(select(2, it:finish()), 1)
    sss.sleep(0.02)
    t.eq(it.told, {})
end)

t.test("a worker's words go through its master, but not what is for that to say", function()
    local it = start([[
        print(sss.notify("READY=1\nSTATUS=worker\nMAINPID=1"))
        sss.notify("STOPPING=1")
        sss.sleep(0.3) ]] .. listens, { flags = "-w 1" })
    hears(it, 2, ".")
    table.sort(it.told) -- a slow machine is called ready before it has listened
    t.eq(it.told, { "READY=1", "STATUS=worker" })
    ends(it, "TERM", 0)
    t.match(it:output(), "^true\n")
    t.eq(#it.told, 3)
end)

-- The watchdog -----------------------------------------------------------------------------------

t.test("an idle program tells at half the interval that it is not stuck, and does not spin", function()
    for _, flags in ipairs { "", "-w 2" } do
        local it = start(listens, { flags = flags, more = "WATCHDOG_USEC=400000" })
        hears(it, 1, "^READY=1$")
        local before, began, cpu = it.beats(), sss.now(), proc.cpu(it.pid)
        t.await("ten beats", function() return it.beats() >= before + 10 end)
        t.ok(sss.now() - began > 1.5, "ten beats took " .. sss.now() - began)
        t.ok(proc.cpu(it.pid) - cpu < 0.5, "CPU seconds")
        it:signal("TERM")
        it:finish(it:workers())
    end
end)

t.test("one that is stuck tells nothing", function()
    local it = start(listens .. " sss.sleep(0.3) print 'stuck' io.stdout:flush() while true do end",
        { more = "WATCHDOG_USEC=100000" })
    it:sees("stuc(k)\n")
    sss.sleep(0.05)
    local before = it.beats()
    t.ok(before > 0)
    sss.sleep(0.4)
    t.eq(it.beats(), before)
    it:signal("KILL")
    it:finish()
end)

t.test("a watchdog of another process is not ours", function()
    local it = start(listens, { more = "WATCHDOG_USEC=10000 WATCHDOG_PID=1" })
    hears(it, 1, "^READY=1$")
    sss.sleep(0.2)
    t.eq(it.beats(), 0)
    ends(it, "TERM", 143)
end)

t.test("a stuck worker is killed by its master, and started again", function()
    local it = start(listens .. [[
        local mark = io.open(arg[0] .. ".stuck")
        if not mark then
            io.open(arg[0] .. ".stuck", "w"):close()
            sss.sleep(0.1)
            while true do end
        end]], { flags = "-w 1", more = "WATCHDOG_USEC=1000000" })
    t.after(function() os.remove(it.script .. ".stuck") end)
    it:sees("sssrun: worker 1 %(pid %d+%) is killed: nothing was heard of it for 1 second(s)")
    it:sees("started again as pid (%d+)\n")
    sss.sleep(1.5) -- and this one is heard
    local output = it:output()
    t.eq(select(2, output:gsub("is killed", "")), 1, output)
    ends(it, "TERM", 0)
end)

t.run()
