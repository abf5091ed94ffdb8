-- SPDX-License-Identifier: BSD-3-Clause
-- Programs that use up all their memory: an error that can be caught, and the program goes on; or a
-- message and exit status 1.

local t = require "harness"

-- KiB of address space; LuaJIT wants some of it in large pieces.
local limit = 200000

local head = [[
    local sss = require "sss"
    local link = {}
    -- A chain: no table that grows, which would be done outside of compiled code.
    local function fill()
        local all
        for i = 1, 1e9 do all = {all, i} end
    end
    local function fill_text()
        local parts = {}
        for i = 1, 1e9 do parts[i] = ("%d"):rep(10000, "x" .. i) end
    end
    -- Is ERR what it should be?
    local function is_memory(err)
        local text = tostring(err)
        return text:find("not enough memory") or text:find("Cannot allocate memory")
    end
    -- Calls f, which has to run out of memory.
    local function exhausts(f, ...)
        local ok, err = pcall(f, ...)
        collectgarbage() collectgarbage()
        assert(not ok, "no error")
        assert(is_memory(err), tostring(err))
    end
    -- Everything still works.
    local function alive()
        local listener = sss.listen("127.0.0.1:0")
        local client = sss.connect(listener:getsockname())
        local server = listener:accept()
        client:send("line\n")
        assert(server:receive("l") == "line")
        assert(sss.spawn(function() sss.sleep(0.001) return 5 end):join() == 5)
        client:close() server:close() listener:close()
        collectgarbage()
    end
    alive() -- and the C library has some memory: what LuaJIT frees is not at once there for it
]]

local function run(code)
    if t.sanitized then t.skip("a sanitizer has no room under a limit") end
    return t.child.run(head .. code, { before = ("ulimit -v %d; exec timeout 200"):format(limit) })
end

-- CODE has to end well, with "yes" as its output.
local function survives(name, code)
    t.test(name, function()
        local output, status = run(code .. "\nalive() print 'yes'")
        -- Before that LuaJIT may tell of a finalizer that has failed, or a server of its handler.
        t.eq(output:match("[^\n]*\n$"), "yes\n", output)
        t.ok(status == 0 or output:find("^sssrun: task"), status)
    end)
end

survives("in plain Lua", "jit.off() for _ = 1, 3 do exhausts(fill) end")
survives("in compiled code", "for _ = 1, 3 do exhausts(fill) end")
survives("with strings", "for _ = 1, 3 do exhausts(fill_text) end")
survives("with one string", "exhausts(string.rep, 'x', 1e9)")
survives("with a buffer", [[
    exhausts(function()
        local b = require("string.buffer").new()
        while true do b:put(("x"):rep(1e6)) end
    end)]])
survives("with memory of ffi", [[
    local ffi = require "ffi"
    exhausts(function()
        local all = {}
        for i = 1, 1e6 do all[i] = ffi.new("char[?]", 1e6) end
    end)]])
survives("in a coroutine", [[
    for _ = 1, 3 do
        local ok, err = coroutine.resume(coroutine.create(fill))
        assert(not ok and is_memory(err))
        collectgarbage()
    end]])
survives("in a message handler", [[
    local ok = xpcall(function() error("first") end, fill)
    assert(not ok)
    collectgarbage()]])
survives("in a finalizer", [[
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = fill
    proxy = nil
    pcall(collectgarbage)
    collectgarbage()]])
survives("with an endless recursion of C functions", [[
    local function down() return pcall(down), 1 end
    pcall(down)
    exhausts(function() local t = {} for i = 1, 1e9 do t[i] = coroutine.wrap(fill) end end)]])

survives("in a task", "for _ = 1, 3 do local task = sss.spawn(fill) exhausts(task.join, task) end")
survives("in two tasks at once", [[
    exhausts(sss.gather, fill, fill_text)
    collectgarbage()
    exhausts(sss.gather, fill, function() sss.sleep(0.01) fill() end)]])
survives("under a time limit", "exhausts(sss.timeout, 60, fill)")
survives("by tasks", [[
    local tasks = {}
    exhausts(function()
        for i = 1, 1e9 do tasks[i] = sss.spawn(function(...) sss.sleep(1000) end, i) end
    end)
    for _, task in ipairs(tasks) do task:cancel() end
    tasks = nil
    for _ = 1, 10 do -- they end in the next turns
        collectgarbage()
        pcall(sss.sleep, 0.01)
    end]])
survives("by a channel", [[
    local channel = sss.channel(1e9)
    exhausts(function() for i = 1, 1e9 do channel:send({i}) end end)
    channel = nil
    collectgarbage()]])
survives("by sockets", [[
    local all = {}
    local ok, err = pcall(function() for i = 1, 1e9 do all[i] = {sss.pair()} end end)
    assert(not ok and (is_memory(err) or err.code == "EMFILE"), tostring(err))
    for _, pair in ipairs(all) do pair[1]:close() pair[2]:close() end
    all = nil
    collectgarbage()]])

-- A peer that sends for ever.
local flood = [[
    local a, b = sss.pair()
    local sender = sss.spawn(function()
        local block = ("x"):rep(100000)
        while true do a:send(block) end
    end)
    %s
    sender:cancel() pcall(sender.join, sender)
    a:close() b:close() collectgarbage() collectgarbage()]]

survives("receiving everything", flood:format("exhausts(b.receive, b, 'a')"))
survives("receiving very much", flood:format("exhausts(b.receive, b, 1e9)"))
survives("receiving a very long line", flood:format("exhausts(b.receive, b, 'L', 1e10)"))
survives("receiving until what never comes", flood:format(
    "exhausts(b.receiveuntil, b, 'never', {limit = 1e10})"))
survives("receiving everything, in a task", flood:format([[
    local reader = sss.spawn(function() return b:receive("a") end)
    exhausts(reader.join, reader)]]))

survives("what came is not lost", [[
    local a, b = sss.pair()
    a:settimeout(0)
    local sent = 0
    local piece = ("0123456789"):rep(1000)
    while true do
        local n, why, part = a:send(piece)
        sent = sent + (n or part)
        if not n then break end
    end
    local chain
    pcall(function() for i = 1, 1e9 do chain = {chain, i} end end)
    a:close()
    local ok, got = pcall(b.receive, b, "a")
    chain = nil
    collectgarbage() collectgarbage()
    if not ok then -- in pieces: what LuaJIT has freed is not at once there for a large buffer
        local pieces = {}
        for data in function() return (b:recv(10000)) end do pieces[#pieces + 1] = data end
        got = table.concat(pieces)
    end
    assert(#got == sent and got == piece:rep(sent / #piece + 1):sub(1, sent))
    b:close()]])

-- READ(socket) gives 60,000 bytes, which are sent with TAIL behind them. Without memory for them it
-- raises, and gives them when there is memory again: at once as well as after a wait.
local kept = [[
    local function read(s) %s end
    local parts = {} -- the whole is no string yet: an equal one would need no memory
    for i = 1, 60 do parts[i] = ("%%05d,"):format(i):rep(1000 / 6 + 1):sub(1, 1000) end
    parts[61] = %q
    local function is_whole(got)
        return #got == 60000 and got .. parts[61] == table.concat(parts)
    end
    local full = {}
    local function fill(size)
        for i = 1, 1e9 do full[1] = {full[1], ("x"):rep(size / 8, i)} end
    end
    -- What is garbage by then is filled, too; and there will be no more of it.
    local function use_up()
        for _ = 1, 3 do
            collectgarbage() collectgarbage()
            pcall(fill, 100000)
            pcall(fill, 5000)
        end
        collectgarbage("stop")
    end
    local function lacks_memory(ok, err)
        full[1] = nil
        collectgarbage("restart")
        collectgarbage() collectgarbage()
        assert(not ok, "no error")
        assert(is_memory(err), tostring(err))
    end
    local a, b = sss.pair()
    for _ = 1, 200 do -- until it is compiled
        b:send(parts)
        assert(is_whole(read(a)))
    end
    for _ = 1, 3 do
        b:send(parts)
        use_up()
        lacks_memory(pcall(read, a))
        assert(is_whole(read(a)))
        local task = sss.spawn(read, a)
        sss.yield()
        b:send(parts)
        use_up()
        lacks_memory(pcall(task.join, task))
        assert(is_whole(read(a)))
    end
    a:close() b:close()]]

for name, form in pairs {
    recv = { "return s:recv(60000)", "" }, ["so many bytes"] = { "return s:receive(60000)", "" },
    ["a line"] = { "return s:receive('l')", "\n" },
    ["up to a delimiter"] = { "return s:receiveuntil('--')", "--" },
    lines = { "for line in s:lines('l') do return line end", "\n" },
} do
    survives("what came is not lost by " .. name, kept:format(unpack(form)))
end

t.test("a script that does not catch it ends with a message", function()
    for _, code in ipairs { "fill()", "fill_text()", "sss.spawn(fill):join()", "sss.spawn(fill)" } do
        local output, status = run(code)
        t.match(output, "sssrun: .*memory", code)
        t.eq(status, 1, code)
    end
end)

t.test("too little memory to begin with", function()
    if t.sanitized then t.skip("a sanitizer has no room under a limit") end
    for _, kib in ipairs { 1500, 2000, 3000, 4000, 6000, 9000, 12000 } do
        local output, status = t.child.run("require 'sss' print 'yes'",
            { before = ("ulimit -v %d; exec"):format(kib) })
        if status == 0 then
            t.eq(output, "yes\n")
        elseif status == 1 then
            t.match(output, "memory")
        else
            t.ok(status == 137 or status == 139, kib .. " KiB: status " .. status .. " " .. output)
        end
    end
end)

t.run()
