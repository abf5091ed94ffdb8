-- SPDX-License-Identifier: BSD-3-Clause
-- What accept(2) says of one client ends neither a server nor the accept() of the others.

local sss = require "sss"
local t = require "harness"

-- The system calls of a program, of which some shall fail: by strace(1), which may be missing, or
-- not be allowed.
local function traced(inject, code)
    if t.sanitized then t.skip("a sanitizer does not run under strace(1)") end
    t.not_emulated("strace(1) would see the emulator's calls")
    if t.output_of("strace -qq -o /dev/null echo yes 2>/dev/null") ~= "yes\n" then
        t.skip("no strace(1) that works")
    end
    return t.child.run(code, { before = "exec timeout 50 strace -qq -o /dev/null -e inject=" .. inject })
end

local server = [[
    local sss = require "sss"
    local where = %s
    local server = sss.serve(where, function(client) client:send("served\n") end)
    local served = 0
    for _ = 1, 4 do -- one of which the failing accept may have cost
        local client = sss.connect(server:address(), {timeout = 5})
        local ok, line = pcall(client.receive, client:settimeout(5), "l")
        served = served + (ok and line == "served" and 1 or 0)
        client:close()
    end
    server:stop()
    print(served >= 3)]]

local script = [[
    local sss = require "sss"
    local listener = sss.listen(%s):settimeout(5)
    for _ = 1, 3 do
        local client = sss.connect(listener:getsockname())
        local served = listener:accept()
        served:send("x")
        print(client:recv())
    end]]

local errors = { "ECONNABORTED", "EPERM", "EACCES", "ETIMEDOUT", "EOPNOTSUPP", "ENOSR", "EPROTO",
    "ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "ENETUNREACH", "ECONNRESET" }

for i, code in ipairs(errors) do
    local where = ({ [["127.0.0.1:0"]], [["unix:@" .. os.tmpname()]] })[i % 2 + 1]
    t.test("a server goes on after " .. code, function()
        local output, status = traced(("accept4:error=%s:when=2"):format(code), server:format(where))
        t.eq({ output, status }, { "true\n", 0 })
    end)
    t.test("accept goes on after " .. code, function()
        local output, status = traced(("accept4:error=%s:when=1..4"):format(code), script:format(where))
        t.eq({ output, status }, { "x\nx\nx\n", 0 })
    end)
end

t.test("a rule that lets nobody in for a while is told once, and the server goes on", function()
    local output, status = traced("accept4:error=EPERM:when=1..30", server:format [["127.0.0.1:0"]])
    t.eq(status, 0, output)
    t.match(output, "^sssrun: server 127.0.0.1:%d+: accept: Operation not permitted; it tries again\n"
        .. "true\n$")
end)

t.test("a rule that lets nobody in is an error of accept", function()
    local output, status = traced("accept4:error=EPERM", [[
        local sss = require "sss"
        local listener = sss.listen("127.0.0.1:0")
        local client = sss.connect(listener:getsockname())
        print(select(2, pcall(listener.accept, listener)).code)]])
    t.eq({ output, status }, { "EPERM\n", 0 })
end)

-- What cannot accept ------------------------------------------------------------------------------

local function handler() end

t.task("a server of datagrams is a wrong argument", function()
    for _, where in ipairs { "127.0.0.1:0", "*:0", "unix:@" .. t.tempname() } do
        for _, kind in ipairs { "dgram", sss.SOCK.dgram, "raw" } do
            t.raises("bad argument #3 to 'serve' %(option 'type': a socket without connections",
                sss.serve, where, handler, { type = kind })
        end
        local sock = sss.listen(where, { type = "dgram" })
        t.raises("bad argument #1 to 'serve' %(a socket without connections", sss.serve, sock, handler)
        sock:close()
    end
end)

t.task("a server over a socket that does not listen is a wrong argument", function()
    local a, b = sss.pair()
    for _, sock in ipairs { sss.socket(), sss.socket():bind("127.0.0.1:0"), sss.socket("unix"), a,
                                                    sss.socket("unix", "seqpacket") } do
        t.raises("bad argument #1 to 'serve' %(the socket does not listen", sss.serve, sock, handler)
        t.ok(sock.fd > 0, "the socket's descriptor") -- stays the script's
        sock:close()
        t.raises("serve: closed socket", sss.serve, sock, handler)
    end
    b:close()
end)

t.task("a server over what listens", function()
    for _, kind in ipairs { "stream", "seqpacket" } do
        local server = sss.serve("unix:@" .. t.tempname(), function(c) c:send("x") end, { type = kind })
        local client = sss.socket("unix", kind):connect(server:address())
        t.eq(client:recv(), "x")
        client:close()
        server:stop()
        server = sss.serve(sss.listen("unix:@" .. t.tempname(), { type = kind }), handler)
        server:stop()
    end
    local sock = sss.socket():bind("127.0.0.1:0"):listen()
    sss.serve(sock, handler):stop()
end)

t.run()
