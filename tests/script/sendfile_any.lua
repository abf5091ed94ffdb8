-- SPDX-License-Identifier: BSD-3-Clause
-- sendfile() sends whatever can be read, and never keeps the other tasks.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- Sends by f(socket) and closes: what came; it is as much as the result says.
local function sent_by(here, there, f)
    local sending = sss.spawn(function()
        local sent = f(here)
        here:close()
        return sent
    end)
    local came = there:settimeout(t.patience):receive("a")
    t.eq(sending:join(), #came)
    there:close()
    return came
end

local function over_all(name, f)
    for kind, make in pairs(link.streams) do
        t.task(name .. " (" .. kind .. ")", function()
            f(function(...)
                local here, there = make()
                local args = t.pack(...)
                return sent_by(here, there, function(s) return s:sendfile(unpack(args, 1, args.n)) end)
            end)
        end)
    end
end

over_all("files of /proc", function(send)
    t.match(send("/proc/self/status"), "Name:.*VmRSS:")
    t.match(send(io.open("/proc/self/status")), "Threads:")
    t.eq(send("/proc/self/status", 1, 4), "ame:")
    t.eq(send("/proc/self/status", 2 ^ 20), "")
    t.eq(send("/proc/self/status", 0, 0), "")
end)

over_all("devices", function(send)
    t.eq(send("/dev/zero", 0, 200000), ("\0"):rep(200000))
    t.eq(send("/dev/null"), "")
end)

over_all("pipes", function(send)
    t.eq(send(io.popen("printf 'out of a pipe'")), "out of a pipe")
    t.eq(send(io.popen("printf 'out of a pipe'"), 0, 6), "out of")
    t.eq(#send(io.popen("head -c 300000 /dev/zero")), 300000)
    t.eq(send(io.popen("printf a; sleep 0.1; printf b")), "ab")
end)

over_all("regular files as before", function(send)
    local path = t.write_file("0123456789")
    t.eq(send(path, 3, 4), "3456")
    t.eq(send(io.open(path)), "0123456789")
end)

t.test("a named pipe waits for who writes", function()
    local path = t.tempname()
    assert(os.execute("mkfifo " .. path))
    assert(os.execute(("(sleep 0.1; echo late >%s) &"):format(path)))
    local here, there = sss.pair()
    t.eq(sent_by(here, there, function(s) return s:sendfile(path) end), "late\n")
end)

t.task("others run while a pipe has nothing", function()
    local here, there = sss.pair()
    local pipe = io.popen("sleep 0.3; echo x")
    local turns = 0
    local counting = sss.spawn(function()
        while turns < 10 do
            turns = turns + 1
            sss.sleep(0.01)
        end
    end)
    t.eq(here:sendfile(pipe), 2)
    t.eq(turns, 10)
    counting:join()
    here:close() there:close()
end)

t.task("time limits, a cancel and a close while a pipe has nothing", function()
    local here, there = sss.pair()
    local pipe = io.popen("printf first; exec sleep 2")
    here:settimeout(0.2)
    t.eq({ here:sendfile(pipe) }, { nil, "timeout", 5 })
    t.eq(there:receive(5), "first")
    here:settimeout(nil)
    t.eq({ sss.timeout(0.05, here.sendfile, here, pipe) }, { nil, "timeout" })
    local task = sss.spawn(here.sendfile, here, pipe)
    sss.sleep(0.02)
    task:cancel()
    t.raises("cancelled", task.join, task)
    here:close() there:close()
end)

t.task("what cannot be read is an error object", function()
    local here, there = sss.pair()
    t.raises("EISDIR", here.sendfile, here, "/proc")
    local err = t.raises("ESPIPE", here.sendfile, here, io.popen("echo x"), 1)
    t.eq(err.op, "sendfile")
    here:send("still fine\n")
    t.eq(there:receive("l"), "still fine")
    here:close() there:close()
end)

t.run()
