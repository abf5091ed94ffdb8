-- SPDX-License-Identifier: BSD-3-Clause
-- sss.workers and -w: signals that the master hands on.

local sss = require "sss"
local t = require "harness"
local crew = require "crew"

local function stop(it)
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    return output
end

-- Sends NAME to the master until each of N workers has said that it came; it may be early.
local function reaches(it, name, n)
    for worker = 1, n do
        t.await(name .. " in worker " .. worker, function()
            it:signal(name)
            sss.sleep(0.05)
            return it:output():find(("told %d %s\n"):format(worker, name), 1, true)
        end)
    end
end

local always = { "USR1", "USR2", "WINCH" }
local watched = { "QUIT", "ALRM", "VTALRM", "PROF", "PWR", "IO", "URG", "CONT", "TTIN", "TTOU",
                                    "TSTP", "XCPU", "ABRT", "SYS" }

local handler = [[
    sss.onsignal("%s", function(name) print("told " .. number .. " " .. name) end)
    print "ready"
    sss.sleep(1000)]]

for _, name in ipairs(always) do
    t.test(name .. " reaches each worker that watches it, from its first line on", function()
        for _, options in ipairs { {}, { flags = "-w 2" } } do
            local it = crew.start(handler:format(name), options)
            it:sees("read(y)\n", 2)
            it:signal(name)
            it:sees("tol(d) %d " .. name, 2)
            it:signal(name)
            it:sees("tol(d) %d " .. name, 4)
            t.ok(crew.is_alive(it.pid))
        end
    end)
end

t.test("other signals reach workers that watch them", function()
    local lines = {}
    for _, name in ipairs(watched) do lines[#lines + 1] = handler:match("^[^\n]*"):format(name) end
    local it = crew.start(table.concat(lines, "\n") .. "\nprint 'ready' sss.serve(arg[1], print)")
    it:sees("read(y)\n", 2)
    local pids = it:workers()
    sss.sleep(0.2) -- the master has been told
    for _, name in ipairs(watched) do reaches(it, name, 2) end
    t.eq(it:workers(), pids)
    stop(it)
end)

t.test("an object of sss.signal() counts, whatever way its name is written", function()
    local it = crew.start([[
        for _, name in ipairs { "sigusr1", "SIGPWR", "poll" } do
            sss.spawn(function()
                local signal = sss.signal(name)
                while true do print("told " .. number .. " " .. signal:wait()) end
            end)
        end
        local server = sss.serve(arg[1], print)
        sss.spawn(function() server:join() os.exit(0) end)
        print "ready"]])
    it:sees("read(y)\n", 2)
    sss.sleep(0.2)
    for _, name in ipairs { "USR1", "PWR", "IO" } do reaches(it, name, 2) end
    stop(it)
end)

t.test("where no worker watches it, or only one, nobody dies", function()
    for _, code in ipairs { "", "if number == 1 then sss.onsignal(NAME, function() end) end",
                                                    "sss.onsignal(NAME, function() end) sss.onsignal(NAME, nil)",
                                                    "local s = sss.signal(NAME) sss.sleep(0.01) s:close()" } do
        for _, name in ipairs(always) do
            local it = crew.start(("local NAME = '%s' %s"):format(name, code) .. [[
                sss.serve(arg[1], function(client) client:send "fine\n" end)
                print "ready"]])
            it:sees("read(y)\n", 2)
            local pids = it:workers()
            for _ = 1, 3 do
                it:signal(name)
                for _, pid in ipairs(pids) do crew.kill(pid, name) end
                sss.sleep(0.02)
            end
            t.eq(it:workers(), pids)
            t.ok(not stop(it):find("sssrun:"))
        end
    end
end)

t.test("a signal that no worker watches does what it does to any program", function()
    for name, number in pairs { ALRM = 14, QUIT = 3, PWR = 30 } do
        local it = crew.start("sss.serve(arg[1], print) print 'ready'")
        it:sees("read(y)\n", 2)
        local pids = it:workers()
        it:signal(name)
        local _, status = it:finish(pids)
        t.eq(status, 128 + number)
    end
end)

t.test("new workers are told as well: after HUP, and after a death", function()
    local it = crew.start([[
        sss.onsignal("USR1", function(name) print("told " .. number .. " " .. name) end)
        sss.serve(arg[1], print)
        print "ready"]])
    it:sees("read(y)\n", 2)
    local old = it:workers()
    it:signal("HUP")
    it:sees("read(y)\n", 4)
    crew.await_gone(old)
    it:signal("USR1")
    it:sees("tol(d)", 2)
    crew.kill(it:workers()[1], "KILL")
    it:sees("read(y)\n", 5)
    it:signal("USR1")
    it:sees("tol(d)", 4)
    stop(it)
end)

t.test("a flood of signals", function()
    local it = crew.start([[
        local seen = 0
        sss.onsignal("USR1", function() seen = seen + 1 end)
        sss.onsignal("USR2", function() print("told " .. number .. " USR2") end)
        sss.serve(arg[1], function(client) client:send "fine\n" end)
        print "ready"]])
    it:sees("read(y)\n", 2)
    os.execute(("for i in $(seq 300); do kill -USR1 %d; done"):format(it.pid))
    reaches(it, "USR2", 2)
    stop(it)
end)

t.test("programs that a worker starts have the default actions", function()
    local it = crew.start([[
        local pipe = io.popen "sh -c 'kill -USR1 $$; echo alive'; sh -c 'kill -USR2 $$; echo alive'; \
            echo end"
        print("children: " .. pipe:read("*a"):gsub("\n", " "))
        sss.serve(arg[1], print)
        print "ready"]])
    it:sees("read(y)\n", 2)
    local output = stop(it)
    t.eq(select(2, output:gsub("children: end", "")), 2, output)
end)

t.run()
