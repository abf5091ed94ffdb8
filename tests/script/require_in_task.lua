-- SPDX-License-Identifier: BSD-3-Clause
-- require() of modules that wait while they load.

local sss = require "sss"
local t = require "harness"

-- A folder of modules, by name and text, that package.path finds.
local function modules(texts)
    local folder = t.tempdir()
    for name, text in pairs(texts) do
        t.write_file(text, folder .. "/" .. name .. ".lua")
        t.after(function() package.loaded[name] = nil end)
    end
    local before = package.path
    package.path = folder .. "/?.lua;" .. before
    t.after(function() package.path = before end)
end

t.task("a module may wait while it loads", function()
    modules { waits = [[require "sss".sleep(0.001) return {name = ...}]] }
    local module = require "waits"
    t.eq(module.name, "waits")
    t.ok(require "waits" == module, "the same module again")
    t.ok(package.loaded.waits == module, "package.loaded")
end)

t.test("tasks that ask for the same module share one load", function()
    modules { shared = [[
        loads = (loads or 0) + 1
        require "sss".sleep(0.005)
        return {}]] }
    local tasks = {}
    for i = 1, 5 do tasks[i] = sss.spawn(require, "shared") end
    local first = tasks[1]:join()
    for i = 2, 5 do t.ok(tasks[i]:join() == first, "the module of task " .. i) end
    t.eq(loads, 1)
    loads = nil
end)

t.test("a module that fails fails for everybody, and can be asked for again", function()
    modules { fails = [[require "sss".sleep(0.001) error("no luck")]] }
    local tasks = {}
    for i = 1, 3 do tasks[i] = sss.spawn(require, "fails") end
    for i = 1, 3 do t.raises("no luck", tasks[i].join, tasks[i]) end
end)

t.task("modules that are not there, loops, wrong names", function()
    modules { loop_a = [[return require "loop_b"]], loop_b = [[return require "loop_a"]],
        nothing = "", no = "return false" }
    t.raises("module 'not_there' not found:", require, "not_there")
    t.raises("loop", require, "loop_a")
    t.raises("bad argument #1 to 'require'", require)
    t.eq(require "nothing", true)
    package.preload.preloaded = function(name) return "by " .. name end
    t.eq(require "preloaded", "by preloaded")
    package.preload.preloaded, package.loaded.preloaded = nil, nil
end)

t.task("what is wrong with a module is told whole, at the place that asks", function()
    modules { wrong = "x = = 1" }
    local function message(name)
        local ok, err = pcall(function() require(name) end)
        t.eq(ok, false)
        return err
    end
    local here = debug.getinfo(1, "S").short_src .. ":%d+: "
    here = here:gsub("^[^%%]*", function(file) return (file:gsub("%W", "%%%0")) end)
    local before = package.path
    package.path = before .. (";./a-place-with-a-long-name/?.lua"):rep(30)
    local missing = message "not_there"
    package.path = before
    t.match(missing, "^" .. here .. "module 'not_there' not found:\n")
    t.eq(select(2, missing:gsub("a%-place%-with", "")), 30)
    t.match(missing, "no built%-in module 'not_there'$")
    t.match(message "wrong", "^error loading module 'wrong' from file '[^\n]*/wrong.lua':\n[^\n]*"
        .. "wrong.lua:1: unexpected symbol near '='$")
end)

t.test("a module that the main script is loading is a loop for a task", function()
    modules { outer = [[
        local sss = require "sss"
        local task = sss.spawn(require, "outer")
        return {pcall(task.join, task)}]] }
    local result = require "outer"
    t.eq(result[1], false)
    t.match(tostring(result[2]), "loop")
end)

t.test("the main script shares the load of a task", function()
    modules { shared_with_main = [[
        loads = (loads or 0) + 1
        require "sss".sleep(0.005)
        return {}]] }
    local task = sss.spawn(require, "shared_with_main")
    sss.yield()
    local module = require "shared_with_main"
    t.ok(task:join() == module, "the task's module")
    t.eq(loads, 1)
    loads = nil
end)

-- Each waits for what the other loads: one of them is told, and the other goes on.
t.test("tasks that load modules which need each other", function()
    local text = [[
        require "sss".yield()
        return {other = select(2, pcall(require, "%s"))}]]
    modules { needs_b = text:format "needs_a", needs_a = text:format "needs_b" }
    local one, other = sss.spawn(require, "needs_a"), sss.spawn(require, "needs_b")
    local a, b = one:join(), other:join()
    t.ok(a.other == b or b.other == a, "one has the other")
    local told = a.other == b and b.other or a.other
    t.match(told, "loop loading module 'needs_[ab]'")
    t.ok(require "needs_a" == a and require "needs_b" == b, "the same modules again")
end)

t.test("a task that is cancelled while it waits for a module waits no more", function()
    local gate = sss.channel()
    package.loaded.gate = gate
    t.after(function()
        package.loaded.gate = nil
        gate:close()
    end)
    modules { slow_a = [[require "gate":receive() return {}]],
        slow_b = [[
        pcall(require, "slow_a") -- cancelled
        require "sss".sleep(0.005)
        return {}]],
        slow_c = [[return require "slow_b"]] }
    local a = sss.spawn(function()
        require "slow_a"
        return require "slow_c"
    end)
    local b = sss.spawn(require, "slow_b")
    sss.yield()
    sss.yield()
    b:cancel()
    gate:close()
    t.ok(a:join() == b:join(), "the same module")
end)

t.run()
