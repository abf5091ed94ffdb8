-- SPDX-License-Identifier: BSD-3-Clause
-- sss.inherited: sockets handed over as sd_listen_fds(3) says.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- What a launcher does: runs SCRIPT with the descriptors FDS from 3 on and the environment ENV, in
-- which "PID" means the process itself. It is the beginning of every launched program here.
local launcher = [[
local sss = require "sss"
local ffi = require "ffi"
ffi.cdef "int dup2(int, int); int fcntl(int, int, ...); int getpid(void);"
ffi.cdef "int setenv(const char *, const char *, int); int execv(const char *, char *const *);"
ffi.cdef "int pipe(int *); int close(int);"
local function launch(fds, env)
  for i, fd in ipairs(fds) do fds[i] = ffi.C.fcntl(fd, 0, ffi.cast("int", 100)) end -- F_DUPFD
  for i, fd in ipairs(fds) do
    assert(ffi.C.dup2(fd, 2 + i) == 2 + i)
    ffi.C.close(fd)
  end
  for name, value in pairs(env) do
    local text = tostring(value):gsub("PID", tostring(ffi.C.getpid()))
    ffi.C.setenv(name, text, 1)
  end
  local words = {arg[-1], arg[1]}
  ffi.C.execv(words[1], ffi.new("char *[3]", {
    ffi.cast("char *", words[1]), ffi.cast("char *", words[2]), nil}))
  error "not executed"
end
]]

-- Starts CODE in a process that was launched by the Lua expressions FDS and ENV.
local function start(fds, env, code)
    local path = t.write_file('local sss = require "sss" io.stdout:setvbuf("no")\n' .. code)
    return t.child.start(launcher .. ("launch(%s, %s)"):format(fds, env), { args = path })
end

local function run(fds, env, code)
    return { start(fds, env, code):rest() }
end

local two = [[{sss.listen("127.0.0.1:0").fd, sss.listen("127.0.0.1:0").fd}]]

-- Prints what there is: "3 tcp, 4 tcp; web 1, other 2".
local describe = [[
    local found, list, named = sss.inherited(), {}, {}
    for i, s in ipairs(found) do list[i] = tostring(type(s) == "number" and "number " .. s
        or s.fd .. " " .. tostring(s):match("socket: ([%w ]-) [%d%[u]")) end
    for name, s in pairs(found) do
        for i = 1, #found do
            if type(name) == "string" and found[i] == s then named[#named + 1] = name .. " " .. i end
        end
    end
    table.sort(named)
    print(table.concat(list, ", ") .. "; " .. table.concat(named, ", "))
]]

t.test("nothing is inherited here", function()
    t.eq(sss.inherited(), {})
    t.ok(sss.inherited() == sss.inherited())
end)

t.test("sockets, by number and by name", function()
    t.eq(run(two, [[{LISTEN_PID = "PID", LISTEN_FDS = 2, LISTEN_FDNAMES = "web:other"}]], describe),
        { "3 tcp, 4 tcp; other 2, web 1\n", 0 })
    t.eq(run(two, [[{LISTEN_PID = "PID", LISTEN_FDS = 1, LISTEN_FDNAMES = "web"}]], describe),
        { "3 tcp; web 1\n", 0 })
end)

t.test("of several with one name, the first", function()
    t.eq(run(two, [[{LISTEN_PID = "PID", LISTEN_FDS = 2, LISTEN_FDNAMES = "web:web"}]], describe),
        { "3 tcp, 4 tcp; web 1\n", 0 })
end)

t.test("without a name for each there are none", function()
    for _, names in ipairs { "", [[LISTEN_FDNAMES = "web"]], [[LISTEN_FDNAMES = ""]],
        [[LISTEN_FDNAMES = "a:b:c"]], [[LISTEN_FDNAMES = ":"]] } do
        t.eq(run(two, ([[{LISTEN_PID = "PID", LISTEN_FDS = 2, %s}]]):format(names), describe),
            { "3 tcp, 4 tcp; \n", 0 })
    end
    t.eq(run(two, [[{LISTEN_PID = "PID", LISTEN_FDS = 2, LISTEN_FDNAMES = ":1"}]], describe),
        { "3 tcp, 4 tcp; 1 2\n", 0 }) -- an empty name is none
end)

t.test("a socket that listens, a datagram socket, a unix socket, a connection", function()
    t.eq(run([[(function()
            local a = sss.pair()
            return {sss.listen("127.0.0.1:0").fd, sss.listen("127.0.0.1:0", {type = "dgram"}).fd,
                sss.listen("unix:@sss-inherited-" .. ffi.C.getpid()).fd, a.fd}
        end)()]], [[{LISTEN_PID = "PID", LISTEN_FDS = 4}]], describe),
        { "3 tcp, 4 udp, 5 unix stream, 6 unix stream; \n", 0 })
end)

t.test("what is no socket is a number", function()
    t.eq(run([[(function()
            local fds = ffi.new("int[2]")
            ffi.C.pipe(fds)
            return {fds[0], sss.listen("127.0.0.1:0").fd}
        end)()]], [[{LISTEN_PID = "PID", LISTEN_FDS = 2, LISTEN_FDNAMES = "fifo:web"}]], describe),
        { "number 3, 4 tcp; fifo 1, web 2\n", 0 })
end)

t.test("what is meant for another process, and bad numbers", function()
    for _, env in ipairs {
        [[LISTEN_FDS = 2]], [[LISTEN_PID = "PID"]], [[LISTEN_PID = 1, LISTEN_FDS = 2]],
        [[LISTEN_PID = "0PID", LISTEN_FDS = 2]], [[LISTEN_PID = " PID", LISTEN_FDS = 2]],
        [[LISTEN_PID = "PID ", LISTEN_FDS = 2]], [[LISTEN_PID = "PID.0", LISTEN_FDS = 2]],
        [[LISTEN_PID = "+PID", LISTEN_FDS = 2]], [[LISTEN_PID = "", LISTEN_FDS = 2]],
        [[LISTEN_PID = "PID", LISTEN_FDS = ""]], [[LISTEN_PID = "PID", LISTEN_FDS = 0]],
        [[LISTEN_PID = "PID", LISTEN_FDS = -1]], [[LISTEN_PID = "PID", LISTEN_FDS = "x"]],
        [[LISTEN_PID = "PID", LISTEN_FDS = "2x"]], [[LISTEN_PID = "PID", LISTEN_FDS = "0x2"]],
        [[LISTEN_PID = "PID", LISTEN_FDS = "2.0"]], [[LISTEN_PID = "PID", LISTEN_FDS = "1e0"]],
        [[LISTEN_PID = "PID", LISTEN_FDS = " 2"]], [[LISTEN_PID = "PID", LISTEN_FDS = "02"]],
        [[LISTEN_PID = "PID", LISTEN_FDS = "4294967298"]],
    } do
        local got = run(two, ([[{%s, LISTEN_FDNAMES = "a:b"}]]):format(env), describe)
        t.eq(got, { "; \n", 0 }, env)
    end
end)

t.test("one that is not open: an error, and none is taken", function()
    local got = run(two, [[{LISTEN_PID = "PID", LISTEN_FDS = "999999"}]], [[
        for _ = 1, 2 do
            local ok, problem = pcall(sss.inherited)
            print(ok, problem.op, problem.code)
        end
        collectgarbage() collectgarbage()
        print(sss.fromfd(3).fd, sss.fromfd(4).fd)]])
    t.eq(got, { "false\tinherited\tEBADF\nfalse\tinherited\tEBADF\n3\t4\n", 0 })
end)

t.test("every call gives the same, which lives on", function()
    t.eq(run(two, [[{LISTEN_PID = "PID", LISTEN_FDS = 2}]], [[
        local address = tostring(sss.inherited()[1]:getsockname())
        collectgarbage() collectgarbage()
        print(sss.inherited() == sss.inherited(),
            tostring(sss.inherited()[1]:getsockname()) == address)]]), { "true\ttrue\n", 0 })
end)

t.test("programs that the script starts do not have them", function()
    t.eq(run(two, [[{LISTEN_PID = "PID", LISTEN_FDS = 2}]], [[
        sss.inherited()
        local pipe = io.popen("ls -l /proc/self/fd | grep -c socket:")
        print(pipe:read("*n"))
        pipe:close()]]), { "0\n", 0 })
end)

local serve = [[
    local server = sss.serve(sss.inherited().web, function(client)
        client:send(client:receive("l"):upper())
    end)
    sss.onsignal("TERM", function() server:stop(60) print "stopped" end)
    print(server:address())]]

local function ask(address)
    local sock = sss.connect(address, { timeout = t.patience })
    sock:send("hello\n")
    local answer = sock:receive("a")
    sock:close()
    return answer
end

t.test("a server on an inherited listener", function()
    local server = start(two, [[{LISTEN_PID = "PID", LISTEN_FDS = 2, LISTEN_FDNAMES = "web:x"}]],
        serve)
    local address = server:line()
    for _ = 1, 3 do t.eq(ask(address), "HELLO") end
    server:kill "TERM"
    t.eq({ server:rest() }, { "stopped\n", 0 })
end)

t.test("a worker that is told to stop accepts no more on an inherited listener", function()
    local program = start(two, [[{LISTEN_PID = "PID", LISTEN_FDS = 2}]], [[
        sss.workers(1, { grace = 30 })
        local listener = sss.inherited()[1]
        print(listener:getsockname())
        repeat
            local client, why = listener:accept()
            print(client and "accepted" or why)
        until not client]])
    local client = sss.connect(program:line(), { timeout = t.patience })
    t.ok(client:getpeername(), "connected")
    client:close()
    t.eq(program:line(), "accepted")
    program:kill "TERM"
    t.eq({ program:rest() }, { "closed\n", 0 })
end)

t.test("under systemd-socket-activate", function()
    if not t.has "systemd-socket-activate" then t.skip "systemd-socket-activate is not installed" end
    local path = t.tempname()
    local script = t.write_file('local sss = require "sss" io.stdout:setvbuf("no")\n' .. serve)
    local server = t.child.command(("exec systemd-socket-activate -l %s --fdname=web %s %s"):format(
        path, t.child.quote(t.child.program), script))
    t.match(server:line(), "Listening on ")
    t.eq(ask("unix:" .. path), "HELLO") -- it starts the program for the first client
    t.eq(ask("unix:" .. path), "HELLO")
    server:kill "TERM"
    local output, status = server:rest()
    t.match(output, "unix:" .. path .. "\nstopped\n")
    t.eq(status, 0)
end)

t.run()
