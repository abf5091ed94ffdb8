-- SPDX-License-Identifier: BSD-3-Clause
-- sss.signal and sss.onsignal.

local sss = require "sss"
local t = require "harness"
local system = require "system"

local raise = system.raise

t.task("wait gives the name", function()
    for _, name in ipairs { "USR1", "usr1", "SIGUSR1", "sigUsr1" } do
        local s = sss.signal(name)
        raise "USR1"
        t.eq(t.pack(s:wait()), { n = 1, "USR1" })
        t.eq(s:close(), s)
    end
end)

t.task("wait waits, and others go on", function()
    local s, ran = sss.signal("USR1"), false
    sss.spawn(function()
        sss.sleep(0.02)
        ran = true
        raise "USR1"
    end)
    t.eq(s:wait(), "USR1")
    t.ok(ran)
    s:close()
end)

t.task("a signal of another process", function()
    local s = sss.signal("USR2")
    os.execute(("(sleep 0.1; kill -USR2 %d) &"):format(system.pid))
    t.eq(s:wait(), "USR2")
    s:close()
end)

t.task("signals that came before count as one", function()
    local s = sss.signal("USR1")
    for _ = 1, 5 do raise "USR1" end
    t.eq(s:wait(), "USR1")
    t.eq(t.pack(sss.timeout(0.02, s.wait, s)), { n = 2, nil, "timeout" })
    raise "USR1"
    t.eq(s:wait(), "USR1")
    s:close()
end)

t.task("one that came before the object was made does not count", function()
    local first = sss.signal("USR1")
    raise "USR1"
    local second = sss.signal("USR1")
    t.eq(sss.timeout(0.02, second.wait, second), nil)
    t.eq(first:wait(), "USR1")
    first:close()
    second:close()
end)

t.task("each object sees it, and each task that waits", function()
    local one, two = sss.signal("USR1"), sss.signal("USR1")
    local tasks = {}
    for i = 1, 4 do
        local s = i <= 2 and one or two
        tasks[i] = sss.spawn(function() return s:wait() end)
    end
    sss.yield()
    raise "USR1"
    for i = 1, 4 do t.eq(tasks[i]:join(), "USR1") end
    one:close()
    two:close()
end)

t.task("signals do not mix", function()
    local one, two = sss.signal("USR1"), sss.signal("USR2")
    raise "USR2"
    t.eq(sss.timeout(0.02, one.wait, one), nil)
    t.eq(two:wait(), "USR2")
    one:close()
    two:close()
end)

t.task("a wait that is cancelled or too late takes no signal", function()
    local s = sss.signal("USR1")
    local task = sss.spawn(function() s:wait() end)
    sss.yield()
    task:cancel()
    raise "USR1"
    t.raises("cancelled", task.join, task)
    t.eq(s:wait(), "USR1")
    t.eq(sss.timeout(0.01, s.wait, s), nil)
    raise "USR1"
    t.eq(s:wait(), "USR1")
    s:close()
end)

t.task("close ends the waits on it", function()
    local s = sss.signal("USR1")
    local tasks = {}
    for i = 1, 2 do
        tasks[i] = sss.spawn(function() return s:wait() end)
    end
    sss.yield()
    s:close()
    for i = 1, 2 do t.eq(t.pack(tasks[i]:join()), { n = 2, nil, "closed" }) end
    t.raises("wait: closed signal", s.wait, s)
    t.eq(s:close(), s)
end)

t.test("tostring", function()
    local s = sss.signal("sigterm")
    t.eq(tostring(s), "signal: TERM")
    t.eq(tostring(s:close()), "signal: TERM (closed)")
    t.eq(tostring(sss.signal("cld"):close()), "signal: CHLD (closed)")
end)

t.test("bad arguments", function()
    for _, name in ipairs { "KILL", "STOP", "SIGKILL", "SEGV", "BUS", "FPE", "ILL", "", "SIG", "15",
        "TERMINATE", "TERM\0", "RTMIN" } do
        t.raises("bad argument #1 to 'signal' %('.*' is no signal that can be waited for%)", sss.signal,
            name)
        t.raises("bad argument #1 to 'onsignal'", sss.onsignal, name, print)
    end
    for _, value in ipairs { 15, true, {}, print } do
        t.raises("bad argument #1 to 'signal' %(name of a signal expected, got", sss.signal, value)
    end
    t.raises("got no value", sss.signal)
    t.raises("bad argument #2 to 'signal'", sss.signal, "TERM", 1)
    t.raises("bad argument #2 to 'onsignal' %(function or nil expected, got no value%)",
        sss.onsignal, "TERM")
    for _, value in ipairs { 15, true, {}, "x" } do
        t.raises("bad argument #2 to 'onsignal'", sss.onsignal, "TERM", value)
    end
    local s = sss.signal("USR1")
    t.raises("bad argument #1 to 'wait'", s.wait, s, 1)
    t.raises("bad self", s.wait, {})
    t.raises("bad self", s.close, io.stdout)
    s:close()
end)

t.task("in a coroutine, and where no task can wait", function()
    local s = sss.signal("USR1")
    local co = coroutine.wrap(function()
        coroutine.yield(s:wait())
        coroutine.yield(s:wait())
    end)
    raise "USR1"
    t.eq(co(), "USR1")
    sss.spawn(function() raise "USR1" end)
    t.eq(co(), "USR1")
    local task = sss.spawn(function()
        table.sort({ 1, 2, 3 }, function() s:wait() end)
    end)
    t.raises("ECANNOTWAIT", task.join, task)
    raise "USR1"
    t.eq(s:wait(), "USR1")
    s:close()
end)

t.task("onsignal starts a task each time", function()
    local seen, finished, gate = {}, 0, sss.channel()
    sss.onsignal("usr1", function(...)
        seen[#seen + 1] = t.pack(...)
        gate:receive()
        finished = finished + 1
    end)
    for i = 1, 3 do -- the handlers before are not done yet
        raise "USR1"
        t.await("a handler", function() return #seen == i end)
        t.eq(seen[i], { n = 1, "USR1" })
    end
    t.eq(finished, 0)
    gate:close()
    t.await("the end of the handlers", function() return finished == 3 end)
    sss.onsignal("SIGUSR1", nil)
end)

t.task("onsignal replaces, and nil removes", function()
    local seen = {}
    local function handler(mark)
        return function() seen[#seen + 1] = mark end
    end
    local function sees(...)
        local wanted = { ... }
        t.await("the last handler", function() return #seen >= #wanted end)
        t.eq(seen, wanted)
    end
    local keep = sss.signal("USR1")
    sss.onsignal("USR1", nil)
    sss.onsignal("USR1", handler "first")
    sss.onsignal("USR1", handler "second")
    raise "USR1"
    sees "second"
    raise "USR1"
    sss.onsignal("USR1", nil)
    sss.sleep(0.01)
    sees "second"
    sss.onsignal("USR1", handler "third")
    sss.sleep(0.01)
    sees "second"
    raise "USR1"
    sees("second", "third")
    sss.onsignal("USR1", nil)
    keep:close()
end)

t.task("a handler can remove itself, and wait for the next signal", function()
    local s, place, done = sss.signal("USR1"), 0, nil
    sss.onsignal("USR1", function(name)
        sss.onsignal(name, nil)
        s:wait() -- the one that has started this
        place = place + 1
        done = s:wait()
    end)
    raise "USR1"
    t.await("the handler", function() return place > 0 end)
    raise "USR1"
    t.eq(t.await("its end", function() return done end), "USR1")
    t.eq(place, 1)
    s:close()
end)

t.task("a storm of signals", function()
    local s, handled = sss.signal("USR1"), 0
    sss.onsignal("USR1", function() handled = handled + 1 end)
    for i = 1, 2000 do
        raise "USR1"
        if i % 100 == 0 then sss.sleep(0) end
    end
    t.eq(s:wait(), "USR1")
    t.await("a handler", function() return handled >= 1 end)
    t.ok(handled <= 2000, handled)
    sss.onsignal("USR1", nil)
    s:close()
end)

t.test("reading a file is not interrupted", function()
    local s = sss.signal("USR1")
    local pipe = io.popen(("kill -USR1 %d; sleep 0.1; echo read"):format(system.pid))
    t.eq(pipe:read("*l"), "read")
    pipe:close()
    t.eq(s:wait(), "USR1")
    s:close()
end)

t.task("CHLD tells that a child has ended", function()
    local s = sss.signal("CHLD")
    local pipe = io.popen("sleep 0.05")
    t.eq(s:wait(), "CHLD")
    s:close()
    pipe:close()
end)

t.test("other programs start without handlers and with nothing blocked", function()
    local s = sss.signal("USR1")
    sss.onsignal("TERM", print)
    local text = t.output_of("exec 2>/dev/null; cat /proc/self/status | grep -E 'SigBlk|SigCgt';"
        .. "sh -c 'kill -TERM $$; echo alive'; sh -c 'kill -USR1 $$; echo alive'; echo end")
    t.match(text, "^SigBlk:%s*0+\nSigCgt:%s*0+\n")
    t.ok(not text:find("alive"), text)
    t.match(text, "end\n$")
    sss.onsignal("TERM", nil)
    s:close()
end)

-- How programs end -------------------------------------------------------------------------------

local head = [[
local sss = require "sss"
io.stdout:setvbuf("no")
]]

-- Starts CODE and waits until it has printed "ready".
local function start(code)
    local made = t.child.start(head .. code)
    t.eq(made:line(), "ready")
    return made
end

local function ends(made, output, status)
    t.eq({ made:rest() }, { output, status })
end

t.test("onsignal alone keeps no program going", function()
    ends(t.child.start(head .. [[sss.onsignal("TERM", print) print "main ends"]]), "main ends\n", 0)
end)

t.test("a task that waits for a signal does", function()
    local made = start [[
        local s = sss.signal("TERM")
        sss.spawn(function() print(s:wait()) sss.sleep(0.01) print "tidied up" end)
        print "ready"]]
    made:kill "TERM"
    ends(made, "TERM\ntidied up\n", 0)
end)

t.test("a task that onsignal has started does", function()
    local made = start [[
        local sleeper = sss.spawn(function() print "ready" sss.sleep(20) end)
        sss.onsignal("TERM", function(name) sleeper:cancel() sss.sleep(0.05) print(name) end)]]
    made:kill "TERM"
    ends(made, "TERM\n", 0)
end)

t.test("without them INT and TERM end the program", function()
    for _, before in ipairs { "", "sss.signal('TERM'):close() sss.signal('INT'):close()",
        "for _, n in ipairs{'TERM', 'INT'} do sss.onsignal(n, print) sss.onsignal(n, nil) end",
        "sss.signal('TERM') sss.signal('INT') collectgarbage() collectgarbage()" } do
        local made = start(before .. " print 'ready' sss.sleep(20)")
        made:kill "TERM"
        t.eq(select(2, made:rest()), 128 + 15, before)
        made = start(before .. " print 'ready' sss.sleep(20)")
        made:kill "INT"
        ends(made, "sssrun: interrupted\n", 130)
    end
end)

t.test("INT is handled instead of interrupting", function()
    local made = start [[
        sss.onsignal("INT", print)
        local s = sss.signal("INT")
        print "ready"
        s:wait() s:wait() s:close()
        sss.sleep(0)
        sss.onsignal("INT", nil)
        print "no longer"
        sss.sleep(20)]]
    made:kill "INT"
    t.eq(made:line(), "INT")
    made:kill "INT"
    t.eq(made:line(), "INT")
    t.eq(made:line(), "no longer")
    made:kill "INT"
    ends(made, "sssrun: interrupted\n", 130)
end)

t.test("a script that catches an interrupt can go on with a signal", function()
    local made = start [[
        print(pcall(function() print "ready" sss.sleep(20) end))
        local s = sss.signal("INT")
        print "again"
        print(s:wait())
        s:close()]]
    made:kill "INT"
    t.eq(made:line(), "false\tinterrupted")
    t.eq(made:line(), "again")
    made:kill "INT"
    ends(made, "INT\n", 0)
end)

t.test("the program's end does not trip over what is watched still", function()
    ends(t.child.start(head .. [[
        KEEP = {sss.signal("INT"), sss.signal("TERM"), sss.signal("HUP")}
        sss.onsignal("INT", print)
        sss.onsignal("USR1", print)
        os.execute("kill -USR1 $PPID; kill -HUP $PPID")
        print "end"]]), "end\n", 0)
end)

t.test("finalizers, also at the very end", function()
    local output, status = t.child.run(head .. [[
        local function finalized(f)
            local proxy = newproxy(true)
            getmetatable(proxy).__gc = function() print(pcall(f)) end
            return proxy
        end
        local s = sss.signal("USR1")
        finalized(function() return s:wait() end)
        finalized(function() return sss.wait(0, "r") end)
        collectgarbage() collectgarbage()
        KEEP = {finalized(function() sss.onsignal("HUP", print) sss.onsignal("HUP", nil) end),
            finalized(function() return sss.signal("TERM"):close() end), finalized(function() s:close() end)}
        sss.onsignal("USR2", print)]])
    t.eq(status, 0)
    t.eq(select(2, output:gsub("false[^\n]*wait: [^\n]*\n", "")), 2, output)
    t.match(output, "true\tsignal: TERM %(closed%)\n")
end)

t.test("a handler that fails is reported", function()
    local output, status = t.child.run(head .. [[
        local s = sss.signal("USR1")
        sss.onsignal("USR1", function() error "in the handler" end)
        os.execute("kill -USR1 $PPID")
        s:wait()
        sss.sleep(0.01)
        print "goes on"]])
    t.match(output, "goes on\n")
    t.match(output, "sssrun: .*in the handler")
    t.eq(status, 1)
end)

t.test("waiting for what a handler may do is no deadlock", function()
    local made = start [[
        local channel = sss.channel()
        sss.onsignal("USR1", function(name) channel:send(name) end)
        print "ready"
        print(channel:receive())]]
    made:kill "USR1"
    ends(made, "USR1\n", 0)
end)

t.test("a signal that nobody waits for ends no deadlock", function()
    local output, status = t.child.run(head .. [[
        local s = sss.signal("USR1")
        print(pcall(sss.channel().receive, sss.channel()))
        print(s)]])
    t.match(output, "^false\t.*deadlock")
    t.eq(status, 0)
end)

t.run()
