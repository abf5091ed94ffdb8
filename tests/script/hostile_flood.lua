-- SPDX-License-Identifier: BSD-3-Clause
-- Too many connections, too few descriptors, too many datagrams, and half of a conversation.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local served = require "served"

t.test("three hundred connections at a server with a limit of ten", function()
    local server = served.start([[
        now = now + 1
        most = math.max(most, now)
        local ok, line = pcall(sss.timeout, 1, client.receive, client, "l")
        line = ok and line
        if line == "most" then client:send(most .. "\n") elseif line then client:send(line) end
        now = now - 1]], { setup = "now, most = 0, 0", options = "limit = 10" })
    local fds, clients, answered = server:descriptors(), {}, 0
    for i = 1, 300 do
        clients[i] = i % 10 == 1 and server:resetting() or server:connect()
        if i % 10 == 1 then clients[i]:close() -- vanishes
        elseif i % 10 ~= 2 then clients[i]:send(i .. "\n") end -- 2: is silent
    end
    for i = 1, 300 do
        if i % 10 ~= 1 and clients[i]:receive("a") == tostring(i) then answered = answered + 1 end
        clients[i]:close()
    end
    t.eq(answered, 240)
    local client = server:connect()
    client:send("most\n")
    t.eq(client:receive("l"), "10")
    client:close()
    t.eq(server:settle(fds), fds, "descriptors")
end)

t.test("no descriptors left: a loop of one's own around accept", function()
    local process = t.child.start([[
        local sss = require "sss"
        local listener = sss.listen("127.0.0.1:0")
        print(listener:getsockname())
        io.stdout:flush()
        local kept, err = {}
        repeat
            local ok, socket = pcall(listener.accept, listener)
            kept[#kept + 1], err = ok and socket or nil, not ok and socket
        until err
        print(err.code, #kept > 5)
        for _ = 1, 3 do print(select(2, pcall(listener.accept, listener)).code) end
        table.remove(kept):close()
        local another = listener:accept()
        print(another)
        print(select(2, pcall(listener.accept, listener)).code)
        another:close()
        local count = #kept + 2
        for _, socket in ipairs(kept) do socket:close() end
        while count < 30 do listener:accept():close() count = count + 1 end
        listener:settimeout(0)
        print(listener:accept())]], { before = "ulimit -n 26; exec" })
    local address, clients = process:line(), {}
    for i = 1, 30 do clients[i] = sss.connect(address) end
    local output, status = process:rest()
    link.close(unpack(clients))
    t.eq(status, 0, output)
    t.match(output,
        "^EMFILE\ttrue\nEMFILE\nEMFILE\nEMFILE\nsocket: [^\n]*\nEMFILE\nnil\ttimeout")
end)

-- A server of which every client takes an answer; COUNT clients come at once.
local function rush(server, count)
    local tasks = {}
    for i = 1, count do
        tasks[i] = sss.spawn(function()
            local client = server:connect()
            client:send(i .. "\n")
            t.eq(client:receive("a"), i .. "\n")
            client:close()
        end)
    end
    for i = 1, count do tasks[i]:join() end
end

t.test("a rush with few descriptors: all are served in turn", function()
    local server = served.start("client:send(client:receive())", { before = "ulimit -n 24; exec" })
    local fds = server:descriptors()
    rush(server, 200)
    t.eq(server:settle(fds), fds, "descriptors")
    t.ok(server:idle_cpu(0.3) < 0.1, "CPU seconds")
end)

t.task("half-open: what the peer has shut is over, the other way goes on", function()
    local a, b = link.tcp()
    a:send("question\n")
    a:shutdown("write")
    t.eq(b:receive("a"), "question\n")
    for i = 1, 100 do b:send(("answer %d\n"):format(i)) end
    for i = 1, 100 do t.eq(a:receive("l"), "answer " .. i) end
    b:close()
    t.eq(a:receive("a"), "")
    a:close()
end)

t.test("clients that have shut their side and stay cost no CPU time", function()
    local server = served.start([[
        client:receive("a")
        client:settimeout(30)
        sss.wait(client, "w")
        waiting:receive()]], { setup = "local waiting = sss.channel()" })
    local clients = {}
    for i = 1, 50 do clients[i] = server:connect():shutdown("write") end
    t.ok(server:idle_cpu(0.3) < 0.1, "CPU seconds")
    link.close(unpack(clients))
end)

-- Datagrams --------------------------------------------------------------------------------------

local counting = [[
local sss = require "sss"
local udp = sss.listen("127.0.0.1:0", { type = "dgram" })
print(udp:getsockname())
io.stdout:flush()
local count, bytes = 0, 0
while true do
  local data, from = udp:recvfrom(%s)
  if data == "stop" then break end
  local question = data:match("^count (%%d+)$")
  if question then
    udp:sendto(("%%s %%d %%d"):format(question, count, bytes), from)
  else
    count, bytes = count + 1, bytes + #data
  end
end]]

-- A counter of datagrams, and a socket that is connected to it.
local function counter(n)
    local process = t.child.start(counting:format(n or ""))
    t.after(function() process:kill() end)
    local udp = sss.socket("inet", "dgram"):connect(process:line())
    return process, udp
end

local asked = 0

-- What it has counted; the question is asked again, for the flood may drown it.
local function count_of(udp)
    asked = asked + 1
    udp:settimeout(0.5)
    for _ = 1, 100 do
        udp:send("count " .. asked)
        repeat
            local question, count, bytes = (udp:recv(100) or ""):match("^(%d+) (%d+) (%d+)$")
            if tonumber(question) == asked then return tonumber(count), tonumber(bytes) end
        until not question
    end
end

t.test("a flood of datagrams: bounded memory, and an answer afterwards", function()
    local process, udp = counter()
    local proc = require "proc"
    t.eq(count_of(udp), 0)
    local before, sent = proc.kb(process.pid, "VmHWM"), 0
    local payload = ("x"):rep(1400)
    for i = 1, 50000 do
        udp:send(i % 100 == 0 and "" or payload)
        sent = sent + 1
    end
    local count = count_of(udp)
    t.ok(count > 0 and count <= sent, "counted " .. count)
    local grown = proc.kb(process.pid, "VmHWM") - before
    t.ok(t.sanitized or grown < 4096, "kB grown: " .. grown)
    udp:send("stop")
    local output, status = process:rest()
    t.eq(status, 0, output)
    udp:close()
end)

t.test("datagrams that are longer than asked are cut off, one by one", function()
    local process, udp = counter(10)
    for i = 1, 100 do
        udp:send(("x"):rep(i * 600))
        local count, bytes = count_of(udp)
        t.eq(count, i)
        t.eq(bytes, 10 * i)
    end
    udp:send("stop")
    local output, status = process:rest()
    t.eq(status, 0, output)
    udp:close()
end)

t.task("datagrams of all sizes, whole", function()
    local a = sss.listen("127.0.0.1:0", { type = "dgram" })
    local b = sss.socket("inet", "dgram"):connect(a:getsockname())
    for _, size in ipairs { 0, 1, 1471, 1472, 1473, 8192, 32768, 65506, 65507 } do
        b:send(("x"):rep(size))
        t.eq(#a:recvfrom(), size)
    end
    t.raises("EMSGSIZE", b.send, b, ("x"):rep(65508))
    link.close(a, b)
end)

t.task("a flood does not stop the other tasks", function()
    local a = sss.listen("127.0.0.1:0", { type = "dgram" })
    local b = sss.socket("inet", "dgram"):connect(a:getsockname())
    local stop, got, turns = false, 0, 0
    local reader = sss.spawn(function()
        while a:recv(100) ~= "stop" do got = got + 1 end
    end)
    local writer = sss.spawn(function()
        while not stop do b:send("x") end
        for _ = 1, 1000 do
            if reader.status == "done" then break end
            b:send("stop")
            sss.yield()
        end
    end)
    for _ = 1, 50 do
        sss.sleep(0.001)
        turns = turns + 1
    end
    stop = true
    writer:join()
    reader:join()
    t.ok(got > 0, "datagrams")
    link.close(a, b)
end)

t.run()
