-- SPDX-License-Identifier: BSD-3-Clause
-- sss.workers and -w: workers that cannot begin, at the first start and later.

local sss = require "sss"
local t = require "harness"
local crew = require "crew"
local proc = require "proc"

-- An address that another socket has until the test is over, and what the system says.
local function taken(kind, address, options)
    local holder = sss.listen(address, options)
    t.after(function() holder:close() end)
    return tostring(holder:getsockname()), kind
end

-- name -> function: an address that cannot be listened on, and what the system says.
local places = {
    ["a TCP port in use"] = function()
        return taken("Address already in use", "127.0.0.1:0")
    end,
    ["a TCP port of IPv6 in use"] = function()
        return taken("Address already in use", "[::1]:0")
    end,
    ["a port of another with SO_REUSEPORT"] = function()
        return taken("Address already in use", "127.0.0.1:0", { reuseport = true })
    end,
    ["a unix socket in use"] = function()
        return taken("Address already in use", "unix:" .. t.tempname())
    end,
    ["an abstract name in use"] = function()
        return taken("Address already in use", "unix:@workers_begin" .. sss.now())
    end,
    ["a folder that is not there"] = function()
        return "unix:" .. t.tempname() .. "/no/socket", "No such file or directory"
    end,
    ["a file in the way"] = function()
        return "unix:" .. t.write_file "text", "Address already in use"
    end,
    ["an address of others"] = function()
        return "203.0.113.77:4040", "Cannot assign requested address|address not available"
    end,
    ["a name that is not known"] = function()
        return "no.such.name.invalid:80", "not known|not found|no such|does not"
    end,
}

local function count(text, words)
    local n = 0
    for word in words:gmatch("[^|]+") do
        n = n + select(2, text:lower():gsub(word:lower(), ""))
    end
    return n
end

-- The program ended with 1, and told once why.
local function ends_once(it, address, reason)
    local output, status = it:finish()
    t.eq(status, 1, output)
    t.eq(count(output, reason), 1, "how often the reason is told: " .. output)
    t.ok(output:find(address, 1, true), output)
    t.ok(not output:find("started again"), output)
end

local serve = "sss.serve(arg[1], function() end)"
local ways = {
    ["at once"] = serve,
    ["by a listener"] = "local listener = sss.listen(arg[1]) listener:accept()",
    ["after a while"] = "sss.sleep(0.05) " .. serve,
    ["in a task"] = "sss.spawn(function() " .. serve .. " end)",
    ["in a task, later"] = "sss.spawn(function() sss.sleep(0.05) " .. serve .. " end)",
    ["as the second"] = "sss.listen '127.0.0.1:0' " .. serve,
    ["as the second, after a while"] = "sss.listen '127.0.0.1:0' sss.sleep(0.05) " .. serve,
    ["caught"] = [[local ok, err = pcall(sss.serve, arg[1], function() end)
        io.stderr:write(tostring(err), "\n") os.exit(4)]],
    ["caught, after a while"] = [[sss.sleep(0.02) local ok, err = pcall(sss.listen, arg[1])
        io.stderr:write(tostring(err), "\n") os.exit(4)]],
}

for name, place in pairs(places) do
    t.test("the program ends: " .. name, function()
        local address, reason = place()
        local args = t.child.quote(address)
        for _, code in pairs { ways["at once"], ways["after a while"] } do
            ends_once(crew.start(code, { flags = "-w 2", args = args }), address, reason)
        end
        ends_once(crew.start(serve, { args = args }), address, reason)
        ends_once(crew.start("sss.workers(1) " .. serve, { plain = true, args = args }), address, reason)
    end)
end

for name, code in pairs(ways) do
    t.test("the program ends when it cannot listen " .. name, function()
        local address, reason = places["a TCP port in use"]()
        ends_once(crew.start(code, { flags = "-w 3", args = address }), address, reason)
    end)
end

t.test("the program ends when no worker can bind a socket of its own", function()
    local address, reason = places["a TCP port in use"]()
    ends_once(crew.start([[
        local socket = sss.socket()
        socket:bind(arg[1])]], { flags = "-w 3", args = address }), address, reason)
end)

t.test("datagrams: an address in use", function()
    local address, reason = taken("Address already in use", "127.0.0.1:0", { type = "dgram", reuseaddr = false })
    ends_once(crew.start("sss.listen(arg[1], { type = 'dgram' })", { flags = "-w 2", args = address }),
        address, reason)
end)

t.test("an error of the script is told once", function()
    for _, code in ipairs { "error('no way')", "this is no Lua" } do
        local it = crew.start(code, { flags = "-w 4" })
        local output, status = it:finish()
        t.eq(status, 1, output)
        t.eq(select(2, output:gsub("sssrun: [^\n]+:1: ", "")), 1, output)
    end
end)

t.test("a script that takes another address instead goes on", function()
    local address = places["a TCP port in use"]()
    local it = crew.start([[
        local ok = pcall(sss.listen, arg[1])
        local server = sss.serve("127.0.0.1:0", function(client) client:send(tostring(ok) .. "\n") end)
        print("at", server:address())]], { flags = "-w 3", args = address })
    t.eq(crew.ask(it:sees("at\t(%S+)\n", 3)), "false")
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

local answering = [[
    local server = sss.serve(arg[1], function(client)
        client:send("fine\n")
    end)
    print("at", server:address())]]

t.test("HUP: a new script that cannot listen leaves the old workers", function()
    for _, place in ipairs { "a TCP port in use", "a folder that is not there",
                                                      "a name that is not known" } do
        local bad, reason = places[place]()
        local it = crew.start(answering, { flags = "-w 2" })
        local address, old = it:address(), it:workers()
        for i, before in ipairs { "", "sss.sleep(0.02) " } do
            it:rewrite(before .. ("sss.serve(%q, print)"):format(bad))
            it:signal("HUP")
            it:sees("sssrun: worker 1 cannot be replaced: its replacement %(pid (%d+)%) ended with status 1, "
                .. "as it cannot listen on " .. bad:gsub("%W", "%%%0"), i)
            t.eq(it:workers(), old)
            t.eq(crew.ask(address), "fine")
        end
        t.eq(count(it:output(), reason), 2, it:output())
        it:signal("TERM")
        local output, status = it:finish(old)
        t.eq(status, 0, output)
    end
end)

t.test("a worker that cannot begin again is tried less and less often, and others go on", function()
    local bad = places["a TCP port in use"]()
    for _, broken in ipairs { ("sss.serve(%q, print)"):format(bad), "error 'broken'",
                                                        ("sss.sleep(0.01) sss.serve(%q, print)"):format(bad) } do
        local it = crew.start(answering, { flags = "-w 2" })
        it:address()
        it:rewrite(broken)
        local victim, other = unpack(it:workers())
        crew.kill(victim, "KILL")
        -- The first start follows the end, the next ones a start: after 1, 2 and 4 seconds.
        it:sees("started again as pid (%d+)\n", 1)
        local first = sss.now()
        it:sees("started again as pid (%d+)\n", 2)
        local second = sss.now()
        it:sees("started again as pid (%d+)\n", 3)
        t.ok(second - first > 0.9, "the second start came after " .. second - first)
        t.ok(sss.now() - second > 1.9, "the third start came after " .. sss.now() - second)
        t.ok(crew.is_alive(other), "the other one")
        it:rewrite(answering)
        it:sees("at\t(%S+)\n", 3)
        t.eq(#it:workers(), 2)
        it:signal("TERM")
        local output, status = it:finish(it:workers())
        t.eq(status, 0, output)
    end
end)

t.test("when no process can be made, nothing is left open", function()
    local private = debug.getregistry()["sss.private"]
    if not private or not private.process then t.skip("the function is out of reach") end
    local fork = private.process.fork
    t.after(function() private.process.fork = fork end)
    function private.process.fork() error("no process", 0) end
    collectgarbage()
    collectgarbage("stop")
    t.after(function() collectgarbage("restart") end)
    local before = proc.descriptors("self", nil, "socket:")
    for _ = 1, 5 do
        t.raises("no process", sss.workers, 2)
        t.await("the end of the master's tasks", function() return private.counts().tasks == 0 end)
    end
    t.eq(proc.descriptors("self", nil, "socket:"), before)
end)

t.run()
