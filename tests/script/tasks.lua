-- SPDX-License-Identifier: BSD-3-Clause
-- Tasks: results, errors, order, the end of the program.

local sss = require "sss"
local t = require "harness"
local link = require "link"

t.task("spawn passes arguments, join gives results", function()
    local task = sss.spawn(function(...) return select("#", ...), ... end, 1, nil, "x", nil)
    t.eq(t.pack(task:join()), { n = 5, 4, 1, nil, "x", nil })
    t.eq(t.pack(task:join()), { n = 5, 4, 1, nil, "x", nil })
    t.eq(t.pack(sss.spawn(function() end):join()), { n = 0 })
end)

t.task("join waits", function()
    local task = sss.spawn(function()
        sss.sleep(0.01)
        return "done"
    end)
    t.eq(task:join(), "done")
end)

t.task("join raises the error of the task", function()
    local err = { "an error object" }
    local task = sss.spawn(function()
        sss.yield()
        error(err)
    end)
    local ok, got = pcall(task.join, task)
    t.ok(not ok and got == err, "the same error")
    t.raises("a text", function() sss.spawn(error, "a text"):join() end)
    local failed = sss.spawn(error, "x")
    pcall(failed.join, failed)
    t.eq(failed.status, "failed")
end)

t.task("many results", function()
    local task = sss.spawn(function()
        local list = {}
        for i = 1, 200 do list[i] = i end
        sss.yield()
        return unpack(list)
    end)
    t.eq(select("#", task:join()), 200)
    t.eq(select(200, task:join()), 200)
end)

t.task("several may join one task", function()
    local task = sss.spawn(function()
        sss.sleep(0.005)
        return 7
    end)
    local others = {}
    for i = 1, 5 do others[i] = sss.spawn(function() return task:join() end) end
    for i = 1, 5 do t.eq(others[i]:join(), 7) end
end)

t.task("status and name", function()
    local a, b = sss.pair()
    local task = sss.spawn(function() return a:receive() end)
    sss.yield()
    t.eq(task.status, "waiting")
    t.ok(#task.name > 0, "the name")
    t.match(tostring(task), "task")
    b:send("x\n")
    task:join()
    t.eq(task.status, "done")
    t.raises("", function() task.status = "x" end)
    link.close(a, b)
end)

t.task("a task's name can be set, and is in messages", function()
    local a, b = sss.pair()
    local task = sss.spawn(function() return a:receive() end)
    sss.yield()
    for _, name in ipairs { "mine", "", ("long "):rep(100) } do
        task.name = name
        t.eq(task.name, name)
        t.ok(tostring(t.raises("EBUSY", a.receive, a)):find(name, 1, true), name)
    end
    task.name = "the last"
    for _, value in ipairs { 5, true, {}, print } do
        t.raises("a task's name is a string, not a " .. type(value), function() task.name = value end)
    end
    t.raises("a task's name is a string", function() task.name = nil end)
    t.eq(task.name, "the last")
    t.match(tostring(task), "the last")
    b:send("x\n")
    task:join()
    t.eq(task.name, "the last")
    link.close(a, b)
end)

-- Tasks that sleep for the SECONDS of the list: each wakes neither early nor before one whose time
-- is over before its own, unless the machine is so busy that it is late itself. Its time is known up to
-- the moment when the next one goes to sleep.
local function sleepers(list)
    local from, latest, tasks, order = {}, 0, {}, {}
    for i, seconds in ipairs(list) do
        tasks[i] = sss.spawn(function()
            from[i] = sss.now()
            sss.sleep(seconds)
            t.ok(sss.now() >= from[i] + seconds - 1e-6, "woken too early")
            local late = sss.now() - from[i] - seconds
            t.ok(latest <= from[i + 1] + seconds or late > t.slice(), "woken out of order")
            latest = math.max(latest, from[i] + seconds)
            order[#order + 1] = i
        end)
    end
    sss.yield()
    from[#list + 1] = sss.now()
    for _, task in ipairs(tasks) do task:join() end
    return order
end

t.task("sleepers wake in the order of their times", function()
    t.eq(#sleepers { 0.03, 0.01, 0.02, 0, 0.01 }, 5)
    local order = sleepers { 0.001, 0.001, 0.001, 0.001 }
    t.eq(order, { 1, 2, 3, 4 }) -- who began first is due first
end)

t.task("many sleepers wake in time and in order", function()
    local rng, list = require("random").new(), {}
    for i = 1, 500 do list[i] = rng:int(0, 50000) / 1e6 end
    t.eq(#sleepers(list), 500)
end)

t.task("sleep takes its time", function()
    local begin = sss.now()
    sss.sleep(0.02)
    local took = sss.now() - begin
    t.ok(took >= 0.0199 and took < t.patience, "slept " .. took)
    for _, value in ipairs { "x", 0 / 0, {} } do
        t.raises("bad argument #1 to 'sleep'", sss.sleep, value)
    end
    t.raises("bad argument #1 to 'sleep'", sss.sleep)
end)

t.task("tasks run when the one who spawned them waits", function()
    local ran = false
    local task = sss.spawn(function() ran = true end)
    t.eq(ran, false)
    sss.yield()
    t.eq(ran, true)
    task:join()
end)

t.task("yield lets the others run in turn", function()
    local order, tasks = {}, {}
    for i = 1, 3 do
        tasks[i] = sss.spawn(function()
            for _ = 1, 3 do
                order[#order + 1] = i
                sss.yield()
            end
        end)
    end
    for _, task in ipairs(tasks) do task:join() end
    t.eq(order, { 1, 2, 3, 1, 2, 3, 1, 2, 3 })
end)

t.task("a task that yields for ever does not keep input waiting", function()
    local a, b = sss.pair()
    local stop = false
    local busy = sss.spawn(function()
        while not stop do sss.yield() end
    end)
    local answer = sss.spawn(function() b:send(b:receive()) end)
    a:send("ping\n")
    t.eq(a:receive(), "ping\n")
    stop = true
    busy:join()
    answer:join()
    link.close(a, b)
end)

t.task("a socket that always has data does not keep others waiting", function()
    local a, b = sss.pair()
    local stop = false
    local busy = sss.spawn(function()
        while not stop do
            b:send("x\n")
            a:receive()
        end
    end)
    sss.sleep(0.01) -- would not end
    stop = true
    busy:join()
    link.close(a, b)
end)

t.task("a second reader is an error that names the first", function()
    local a, b = sss.pair()
    local first = sss.spawn(function() return a:receive() end)
    sss.yield()
    local err = t.raises("", a.receive, a)
    t.ok(tostring(err):find(first.name, 1, true), "the name in: " .. tostring(err))
    t.raises("", a.recv, a)
    b:send("for the first\n")
    t.eq(first:join(), "for the first\n")
    link.close(a, b)
end)

t.task("one may read while another writes", function()
    local a, b = sss.pair()
    local data = ("x"):rep(2 ^ 21)
    local writer = sss.spawn(function() return a:send(data) end)
    local reader = sss.spawn(function() return a:receive() end)
    b:send("hello\n")
    t.eq(reader:join(), "hello\n")
    t.ok(b:receive(#data) == data, "what was written")
    writer:join()
    link.close(a, b)
end)

t.task("close wakes all who wait", function()
    local a, b = sss.pair()
    local listener = link.listen()
    local waits = {
        sss.spawn(function() return a:receive() end),
        sss.spawn(function() return a:send(("x"):rep(2 ^ 22)) end),
        sss.spawn(function() return listener:accept() end),
    }
    sss.yield()
    a:close()
    listener:close()
    for i, task in ipairs(waits) do
        local first, second = task:join()
        t.eq(first, nil, "result of wait " .. i)
        t.eq(second, "closed", "reason of wait " .. i)
    end
    b:close()
end)

t.task("joining oneself is an error", function()
    local task
    task = sss.spawn(function()
        sss.yield()
        task:join()
    end)
    t.raises("", task.join, task)
end)

t.task("spawn refuses bad arguments", function()
    t.raises("bad argument #1 to 'spawn'", sss.spawn)
    t.raises("bad argument #1 to 'spawn'", sss.spawn, "x")
    t.raises("bad argument #1 to 'spawn'", sss.spawn, {})
end)

t.task("ten thousand tasks", function()
    local sum, tasks = 0, {}
    for i = 1, 10000 do
        tasks[i] = sss.spawn(function(n)
            sss.yield()
            sum = sum + n
        end, i)
    end
    for _, task in ipairs(tasks) do task:join() end
    t.eq(sum, 50005000)
end)

t.test("a task that fails and is not joined: report, traceback, status 1", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local function culprit() error("the failure") end
        sss.spawn(function() culprit() end)
        sss.spawn(function() sss.sleep(0.01) print("the others go on") end)]])
    t.eq(status, 1)
    t.match(output, "the failure")
    t.match(output, "stack traceback")
    t.match(output, "culprit")
    t.match(output, "the others go on")
end)

t.task("errors of all kinds are raised by join", function()
    for _, err in ipairs { "text", 5, { "table" }, true, print } do
        local task = sss.spawn(error, err, 0)
        local ok, got = pcall(task.join, task)
        t.ok(not ok and got == err, tostring(err))
    end
    local task = sss.spawn(error)
    t.eq(t.pack(pcall(task.join, task)), { n = 2, false, nil })
end)

t.test("errors of all kinds are reported", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        sss.spawn(error)
        sss.spawn(error, { "a table" })
        sss.spawn(error, setmetatable({}, { __tostring = function() return "own text" end }))
        sss.spawn(error, setmetatable({}, { __tostring = function() error("in tostring") end }))
        sss.spawn(error, setmetatable({}, { __tostring = function() return 5 end }))
        sss.spawn(error, 42)
        sss.spawn(error, "with a\0NUL")
        sss.sleep(0.01)
        print("still here")]])
    t.eq(status, 1)
    t.match(output, "own text")
    t.match(output, "42")
    t.match(output, "still here")
end)

t.test("a task that overflows its stack fails alone", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local function deep() return 1 + deep() end
        sss.spawn(deep)
        sss.spawn(function() sss.sleep(0.01) print("still here") end)]])
    t.eq(status, 1)
    t.match(output, "stack overflow")
    t.match(output, "still here")
end)

t.test("a task that fails and is joined is not reported", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local task = sss.spawn(error, "the failure")
        print(pcall(task.join, task))]])
    t.eq(status, 0)
    t.match(output, "^false\t[^\n]*the failure\n?$")
end)

t.test("an error object that was not caught is told by its text", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        sss.spawn(function() sss.connect("unix:/nonexistent/x") end)]])
    t.eq(status, 1)
    t.match(output, "connect unix:/nonexistent/x: No such file or directory")
end)

t.test("the program ends when no task is left", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        for i = 1, 3 do sss.spawn(function() sss.sleep(i / 100) print(i) end) end
        print("main has ended")]])
    t.eq(status, 0)
    t.match(output, "^main has ended\n1\n2\n3\n?$")
end)

t.test("os.exit ends the program at once, from a task too", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        sss.spawn(function() sss.sleep(1000) end)
        sss.spawn(function() print("exit") os.exit(7) end)
        sss.sleep(1000)]], { before = t.child.leaking .. "exec" })
    t.eq(status, 7)
    t.match(output, "^exit\n?$")
end)

t.test("a wait that nothing can end is told, or waits", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local a, b
        a = sss.spawn(function() sss.yield() b:join() end)
        b = sss.spawn(function() a:join() end)
        a:join()]], { before = "exec timeout 2" })
    t.ok(status ~= 0, "exit status " .. tostring(status))
    t.ok(status == 124 or #output > 0, "a message")
end)

t.run()
