-- SPDX-License-Identifier: BSD-3-Clause
-- Waiting anywhere: inside pcall, metamethods, iterators, own coroutines, C callbacks.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- f(reading socket): lines "1", "2", ... come one by one, each only after the reader has waited.
local function with_lines(name, count, f)
    t.task(name, function()
        local a, b = sss.pair()
        local writer = sss.spawn(function()
            for i = 1, count do
                sss.yield()
                sss.yield()
                b:send(i .. "\n")
            end
        end)
        f(a)
        writer:join()
        link.close(a, b)
    end)
end

with_lines("inside pcall and xpcall", 3, function(a)
    t.eq(t.pack(pcall(a.receive, a)), { n = 2, true, "1\n" })
    t.eq(t.pack(xpcall(function() return a:receive() end, debug.traceback)), { n = 2, true, "2\n" })
    t.eq(select(2, pcall(pcall, a.receive, a)), true)
end)

with_lines("an error after a wait inside pcall", 1, function(a)
    local ok, err = pcall(function()
        error("after " .. a:receive("l"), 0)
    end)
    t.eq(ok, false)
    t.eq(err, "after 1")
end)

with_lines("inside metamethods", 7, function(a)
    local read = function() return tonumber(a:receive("l")) end
    local object = setmetatable({}, { __index = read, __add = read, __call = read, __unm = read,
        __concat = read, __eq = read, __lt = function() return read() > 0 end })
    local other = setmetatable({}, getmetatable(object))
    t.eq(object.field, 1)
    t.eq(object + 1, 2)
    t.eq(object(), 3)
    t.eq(-object, 4)
    t.eq(object .. "x", 5)
    t.eq(object == other, true)
    t.eq(object < other, true)
end)

with_lines("inside an iterator", 4, function(a)
    local sum, i = 0, 0
    for line in function() return a:receive("l") end do
        sum, i = sum + line, i + 1
        if i == 4 then break end
    end
    t.eq(sum, 10)
end)

with_lines("inside require", 1, function(a)
    package.preload["a module that waits"] = function() return { line = a:receive() } end
    local ok, module = pcall(require, "a module that waits")
    package.preload["a module that waits"] = nil
    package.loaded["a module that waits"] = nil
    -- in a task `require` is a C call: there it has to be an error that says so
    if ok then t.eq(module.line, "1\n") else t.eq(a:receive(), "1\n") end
end)

with_lines("a generator that reads from a socket", 5, function(a)
    local generate = coroutine.wrap(function(first)
        t.eq(first, "first")
        for i = 1, 5 do
            local back = coroutine.yield(a:receive("l"), i)
            t.eq(back, "back " .. i)
        end
        return "end"
    end)
    local line, i = generate("first")
    for n = 1, 5 do
        t.eq(line, tostring(n))
        t.eq(i, n)
        line, i = generate("back " .. n)
    end
    t.eq(line, "end")
end)

with_lines("coroutine.resume gives only the script's own values", 2, function(a)
    local co = coroutine.create(function(x)
        local y = coroutine.yield(a:receive("l"))
        return x, y, a:receive("l")
    end)
    t.eq(t.pack(coroutine.resume(co, "x")), { n = 2, true, "1" })
    t.eq(coroutine.status(co), "suspended")
    t.eq(t.pack(coroutine.resume(co, "y")), { n = 4, true, "x", "y", "2" })
    t.eq(coroutine.status(co), "dead")
    t.eq(coroutine.resume(co), false)
end)

with_lines("coroutines inside coroutines", 3, function(a)
    local outer = coroutine.wrap(function()
        local inner = coroutine.wrap(function()
            for _ = 1, 3 do coroutine.yield(a:receive("l")) end
        end)
        for _ = 1, 3 do coroutine.yield("outer " .. inner()) end
    end)
    for i = 1, 3 do t.eq(outer(), "outer " .. i) end
end)

with_lines("an error inside a coroutine after a wait", 1, function(a)
    local co = coroutine.create(function() error("after " .. a:receive("l"), 0) end)
    t.eq(t.pack(coroutine.resume(co)), { n = 2, false, "after 1" })
    t.eq(coroutine.status(co), "dead")
end)

t.task("a timeout inside a coroutine", function()
    local a, b = sss.pair()
    a:settimeout(0.01)
    local co = coroutine.wrap(function() return a:receive() end)
    t.eq(t.pack(co()), { n = 2, nil, "timeout" })
    link.close(a, b)
end)

with_lines("a generator that is handed from task to task", 6, function(a)
    local generate = coroutine.wrap(function()
        for _ = 1, 6 do coroutine.yield(a:receive("l")) end
    end)
    for i = 1, 6, 2 do
        t.eq(generate(), tostring(i))
        t.eq(sss.spawn(generate):join(), tostring(i + 1))
    end
end)

t.task("sss.timeout ends a wait inside a coroutine", function()
    local a, b = sss.pair()
    t.eq(t.pack(sss.timeout(0.01, function()
        local co = coroutine.wrap(function() return a:receive() end)
        return co()
    end)), { n = 2, nil, "timeout" })
    b:send("later\n")
    t.eq(a:receive(), "later\n")
    link.close(a, b)
end)

t.task("sss.timeout ends a wait inside pcall, and the next one", function()
    local a, b = sss.pair()
    local waits = 0
    t.eq(t.pack(sss.timeout(0.01, function()
        pcall(a.receive, a)
        waits = waits + 1
        a:receive()
        waits = waits + 1
    end)), { n = 2, nil, "timeout" })
    t.eq(waits, 1)
    link.close(a, b)
end)

t.test("a task that yields by itself does not hang", function()
    local task = sss.spawn(function()
        coroutine.yield("to nobody")
        return "went on"
    end)
    local results = t.pack(sss.timeout(t.patience, pcall, task.join, task))
    t.ok(results[2] ~= "timeout", "what became of it")
end)

t.task("sleep, join and timeout inside a coroutine", function()
    local co = coroutine.wrap(function()
        sss.sleep(0.001)
        coroutine.yield(sss.spawn(function() return "joined" end):join())
        coroutine.yield(sss.timeout(0.01, function() sss.sleep(100) end))
        return sss.timeout(t.patience, function() sss.sleep(0.001) return "in time" end)
    end)
    t.eq(co(), "joined")
    t.eq(t.pack(co()), { n = 2, nil, "timeout" })
    t.eq(co(), "in time")
end)

t.task("coroutine functions are what they were", function()
    t.eq(t.pack(coroutine.resume(coroutine.create(function(...) return ... end), 1, nil, 3)),
        { n = 4, true, 1, nil, 3 })
    t.raises("", coroutine.resume, 5)
    t.raises("", coroutine.wrap, 5)
    t.raises("text", coroutine.wrap(function() error("text") end))
    local dead = coroutine.wrap(function() end)
    dead()
    t.raises("dead", dead)
end)

-- The places from which a task cannot park: C functions that call back.
local callbacks = {
    ["table.sort"] = function(wait)
        table.sort({ 3, 1, 2 }, function(x, y)
            wait()
            return x < y
        end)
    end,
    ["string.gsub"] = function(wait)
        return (("x"):gsub("x", wait))
    end,
}

for name, call in pairs(callbacks) do
    t.test("inside " .. name .. " the main script waits", function()
        local a, b = sss.pair()
        local writer = sss.spawn(function()
            sss.sleep(0.005)
            b:send("line\n")
        end)
        local line
        call(function() line = line or a:receive() end)
        t.eq(line, "line\n")
        writer:join()
        link.close(a, b)
    end)

    t.test("inside " .. name .. " a task gets a clear error, and nothing is pending", function()
        local a, b = sss.pair()
        local task = sss.spawn(function()
            local err = t.raises("wait", call, function() a:receive() end)
            t.raises("wait", call, function() sss.sleep(1000) end)
            return tostring(err)
        end)
        t.match(task:join(), "wait")
        local reader = sss.spawn(function() return a:receive() end)
        sss.yield()
        b:send("for the reader\n")
        t.eq(reader:join(), "for the reader\n")
        link.close(a, b)
    end)

    t.task("inside " .. name .. " what is ready needs no wait", function()
        local a, b = sss.pair()
        b:send("1\n2\n3\n4\n5\n6\n7\n8\n")
        t.eq(a:receive(), "1\n")
        call(function() a:receive() end)
        link.close(a, b)
    end)
end

t.run()
