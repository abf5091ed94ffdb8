-- SPDX-License-Identifier: BSD-3-Clause
-- Conversations with real programs: nc, socat, curl, python3.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local function need(command)
    if not t.has(command) then t.skip("no " .. command .. " here") end
end

-- Serves with `handler` while `command` runs; %s in it is the port. Its output and exit status.
local function talk(handler, command, host)
    local listener, address = link.listen(host)
    local child = t.child.command(command:gsub("PORT", tostring(address.port)))
    listener:settimeout(t.patience)
    local client = t.ok(listener:accept(), "a connection")
    handler(client)
    client:close()
    listener:close()
    return child:rest()
end

local function echo(client)
    for line in client:lines("L") do client:send("you said " .. line) end
end

t.task("nc as a client", function()
    need "nc"
    local output = talk(echo, "printf 'hello\\nworld\\n' | timeout 100 nc -N 127.0.0.1 PORT")
    t.eq(output, "you said hello\nyou said world\n")
end)

t.task("socat as a client", function()
    need "socat"
    local output, status = talk(echo,
        "printf 'hello\\nworld' | timeout 100 socat -t 60 - TCP:127.0.0.1:PORT")
    t.eq(output, "you said hello\nyou said world")
    t.eq(status, 0)
end)

t.task("socat over IPv6", function()
    need "socat"
    link.need_ipv6()
    local output = talk(echo, "echo six | timeout 100 socat -t 60 - 'TCP6:[::1]:PORT'", "[::1]")
    t.eq(output, "you said six\n")
end)

t.task("socat over a unix socket", function()
    need "socat"
    local path = t.tempname()
    local listener = sss.listen({ path = path })
    local child = t.child.command("echo unix | timeout 100 socat -t 60 - UNIX-CONNECT:" .. path)
    local client = listener:accept()
    echo(client)
    link.close(client, listener)
    t.eq(child:rest(), "you said unix\n")
end)

t.task("socat over an abstract name", function()
    need "socat"
    local name = t.tempname()
    local listener = sss.listen("unix:@" .. name)
    local child = t.child.command("echo abstract | timeout 100 socat -t 60 - ABSTRACT-CONNECT:"
        .. name)
    local client = listener:accept()
    echo(client)
    link.close(client, listener)
    t.eq(child:rest(), "you said abstract\n")
end)

t.task("a datagram from socat", function()
    need "socat"
    local here = sss.listen("127.0.0.1:0", { type = "dgram" })
    -- It goes on after the end of its input, for there might come more.
    local child = t.child.command(("exec timeout 100 socat -t 100 - UDP:127.0.0.1:%d <%s")
        :format(here:getsockname().port, t.write_file "datagram\n"))
    here:settimeout(t.patience)
    local data, from = here:recvfrom()
    t.eq(data, "datagram\n")
    here:sendto("answer\n", from)
    here:close()
    t.eq(child:line(), "answer")
    child:kill "TERM"
    child:rest()
end)

t.task("socat as a server", function()
    need "socat"
    local path = t.tempname()
    -- it says when it listens, on its standard error
    local child = t.child.command("timeout 100 socat -d -d UNIX-LISTEN:" .. path .. " EXEC:cat")
    local line
    repeat line = child:line() until not line or line:find("listening")
    local s = sss.connect({ path = path })
    s:send("through cat\n")
    t.eq(s:receive(), "through cat\n")
    s:shutdown("write")
    t.eq(s:receive("a"), "")
    s:close()
    local _, status = child:rest()
    t.eq(status, 0)
end)

t.task("curl asks for a page", function()
    need "curl"
    local output, status = talk(function(client)
        t.match(client:receive("l"), "^GET /page HTTP/1")
        repeat until client:receive("l") == ""
        client:send { "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "hello" }
    end, "curl -s --max-time 100 http://127.0.0.1:PORT/page")
    t.eq(output, "hello")
    t.eq(status, 0)
end)

t.task("curl fetches a large file", function()
    need "curl"
    local lines = {}
    for i = 1, 100000 do lines[i] = ("line %6d\n"):format(i) end
    local path = t.write_file(table.concat(lines))
    local output = talk(function(client)
        t.ok(client:receiveuntil("\r\n\r\n"), "the request")
        client:send("HTTP/1.0 200 OK\r\nContent-Length: 1200000\r\n\r\n")
        t.eq(client:sendfile(path), 1200000)
    end, "curl -s --max-time 100 http://127.0.0.1:PORT/ | cmp - " .. path .. " && echo the same")
    t.eq(output, "the same\n")
end)

t.task("curl sends a large file", function()
    need "curl"
    local path = t.write_file(("0123456789abcdef"):rep(50000))
    local body
    local output = talk(function(client)
        local head = client:receiveuntil("\r\n\r\n")
        body = client:receive(tonumber(head:match("Content%-Length: (%d+)")))
        client:send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
    end, "curl -s --max-time 100 -H Expect: -T " .. path .. " http://127.0.0.1:PORT/up")
    t.eq(output, "ok")
    t.ok(body == ("0123456789abcdef"):rep(50000), "what was sent")
end)

local python = [[
import socket, sys
s = socket.create_connection(("127.0.0.1", PORT), 100)
f = s.makefile("rwb")
for i in range(100):
    f.write(b"line %d\n" % i)
f.flush()
s.shutdown(socket.SHUT_WR)
print(sum(len(line) for line in f))
]]

t.task("python3 as a client", function()
    need "python3"
    local path = t.tempname()
    local output = talk(function(client)
        for line in client:lines("l") do client:sendln(line) end
    end, "cat >" .. path .. " <<'END'\n" .. python .. "END\ntimeout 100 python3 " .. path)
    t.eq(output, "890\n")
end)

local python_server = [[
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(5)
print(s.getsockname()[1], flush=True)
c, a = s.accept()
while True:
    data = c.recv(1000)
    if not data: break
    c.sendall(data.upper())
c.close()
]]

t.task("python3 as a server", function()
    need "python3"
    local child = t.child.command("timeout 100 python3 " .. t.write_file(python_server))
    local s = sss.connect("127.0.0.1:" .. child:line())
    s:send("hello\n")
    t.eq(s:receive(), "HELLO\n")
    s:shutdown("write")
    t.eq(s:receive("a"), "")
    s:close()
    child:rest()
end)

t.run()
