-- SPDX-License-Identifier: BSD-3-Clause
-- When no descriptor is left, sockets that nobody holds any more are collected before a call fails.

local t = require "harness"

local head = [[
local sss = require "sss"
local file = io.open(arg[0])
local path = os.tmpname() -- opens it
os.remove(path)
local listener = sss.listen("127.0.0.1:0")
local where = listener:getsockname()
local here, there = sss.pair()
local dgram, dgram6 = sss.socket("inet", "dgram"), sss.socket("inet6", "dgram")
-- Uses up all descriptors, which are then of sockets that nobody holds.
local function use_up()
  local kept, ok = {}
  repeat
    ok, kept[#kept + 1] = pcall(sss.socket)
  until not ok
  assert(kept[#kept].code == "EMFILE", tostring(kept[#kept]))
  assert(#kept > 5)
end
local function run()
  %s
end
if %s then sss.spawn(run):join() else run() end
print "well"
]]

-- glibc does not say that it had no descriptor to ask for an interface, musl does.
local untold = t.sanitized

-- CODE, which follows a call of use_up(), goes well.
local function goes_on(what, code)
    for _, in_task in ipairs { "false", "true" } do
        t.test(what .. (in_task == "true" and ", in a task" or ""), function()
            if untold and what:find("interface") then t.skip("another libc") end
            if code:find("ip.add_membership", 1, true) then
                t.not_emulated("it takes struct ip_mreqn for 16 bytes long, and does not pass on the interface")
            end
            local output, status = t.child.run(head:format("use_up() " .. code, in_task),
                { before = t.child.leaking .. "ulimit -n 32; exec" })
            t.eq({ output, status }, { "well\n", 0 })
        end)
    end
end

goes_on("socket", "sss.socket()")
goes_on("pair", "sss.pair()")
goes_on("connect", "local sock = sss.connect(where) assert(sock.fd > 0)")
goes_on("listen", [[sss.listen("127.0.0.1:0")]])
goes_on("listen at a path whose owner is gone", [[
    sss.socket("unix"):bind("unix:" .. path):close()
    use_up()
    sss.listen("unix:" .. path)
    os.remove(path)]])
goes_on("accept", [[
    local client = sss.connect(where)
    use_up()
    assert(listener:accept().fd > 0)]])
goes_on("accept that has waited", [[
    local client = sss.socket():settimeout(5)
    local accepting = sss.spawn(listener.accept, listener)
    sss.yield()
    use_up()
    client:connect(where)
    assert(accepting:join().fd > 0)]])
goes_on("accept of a client that comes and goes", [[
    for i = 1, 60 do
        local client, served = sss.connect(where), nil
        served = listener:accept()
    end]])
goes_on("a server", [[
    local server = sss.serve("127.0.0.1:0", function(client) client:send("served\n") end)
    local client = sss.socket():settimeout(20)
    use_up()
    client:connect(server:address())
    local began = sss.now()
    assert(client:receive("l") == "served")
    server:stop()]])
goes_on("sendfile by name", [[
    assert(here:sendfile(arg[0], 0, 5) == 5 and there:receive(5) == "local")]])
goes_on("sendfile of an open file", "assert(here:sendfile(file, 0, 5) == 5)")
goes_on("sendfd", "here:sendfd(dgram) here:sendfd(1)")
goes_on("wait for a descriptor", [[sss.wait(file, "r")]])
goes_on("the name of a service", [[
    assert(sss.tocaddress("127.0.0.1:https").port == 443)]])
goes_on("the name of a protocol", [[sss.socket("inet", "dgram", "udp")]])
goes_on("the name of an interface in an address", [[
    assert(sss.tocaddress("[fe80::1%lo]:80").scope)]])
goes_on("the name of an interface in an option of IPv6", [[
    dgram6:setsockopt("ipv6.add_membership", {group = "ff02::fb", interface = "lo"})]])
goes_on("the name of an interface in an option", [[
    dgram:setsockopt("ip.add_membership", {group = "224.0.0.251", interface = "lo"})]])
goes_on("functions that a time limit has ended", [[
    local function wait_in_vain()
        local sock = sss.connect(where)
        return sock:receive("l")
    end
    listener:settimeout(0.05) -- on a slow machine not all have come that far
    for _ = 1, 60 do
        assert(select(2, sss.timeout(0.001, wait_in_vain)) == "timeout")
        local served = listener:accept()
    end]])
goes_on("a finalizer of the script's that uses sockets", [[
    local held = sss.socket()
    local function drop()
        getmetatable(newproxy(true)).__gc = function() held:close() sss.socket() end
    end
    drop()
    use_up()
    assert(sss.socket().fd > 0 and held.fd == 0)]])
goes_on("a script that has stopped the collector", [[
    collectgarbage("stop")
    for _ = 1, 100 do sss.socket() end
    local before = collectgarbage("count")
    local last = {}
    for i = 1, 10000 do last[1] = ("x"):rep(1000) .. i end
    assert(collectgarbage("count") > before + 10000, "the collector runs again")]])

t.test("what is held is not closed", function()
    local output, status = t.child.run(head:format([[
        local held = {}
        while #held < 100 do
            local ok, sock = pcall(sss.socket)
            if not ok then break end
            held[#held + 1] = sock
        end
        for _, call in ipairs {sss.socket, sss.pair, function() return sss.connect(where) end,
                                                      function() return here:sendfile(arg[0]) end,
                                                      function() return sss.wait(file, "r") end} do
            local ok, problem = pcall(call)
            assert(not ok and problem.code == "EMFILE", tostring(problem))
        end
        for _, sock in ipairs(held) do assert(sock.fd > 0) sock:reuseaddr() end
        held = nil
        sss.socket()]], "false"), { before = t.child.leaking .. "ulimit -n 32; exec" })
    t.eq({ output, status }, { "well\n", 0 })
end)

t.run()
