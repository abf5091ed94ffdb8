-- SPDX-License-Identifier: BSD-3-Clause
-- A program that was stopped (Ctrl-Z, SIGSTOP) is given what came before its time was over.

local t = require "harness"

-- A program that waits for half a second; it is stopped, is sent something by another process, and
-- goes on when the time is over. SOCKET: what sends, in the other one; WAIT: how it is waited for.
local function program(socket, wait, in_task)
    return ([[
    local sss = require "sss"
    local pid = require("system").pid
    local udp = sss.listen("127.0.0.1:0", {type = "dgram"})
    local listener = sss.listen("127.0.0.1:0")
    local address = {udp = tostring(udp:getsockname()), tcp = tostring(listener:getsockname())}
    local other = (PROGRAM .. [=[ -e '
        local sss = require "sss"
        local sock = SOCKET
        sss.sleep(0.7)
        os.execute("kill -CONT PID")']=]):gsub("PID", pid):gsub("AT_(%w+)", address)
    local function run()
        os.execute(("(sleep 0.15; kill -STOP %d; sleep 0.1; %s) &"):format(pid, other))
        WAIT
    end
    if IN_TASK then sss.spawn(run):join() else run() end]]):gsub("[A-Z_]+", {
        PROGRAM = ("%q"):format(t.child.quote(t.child.program)), SOCKET = socket, WAIT = wait,
        IN_TASK = tostring(in_task),
    })
end

local datagram = [[sss.socket("inet", "dgram") sock:sendto("came", "AT_udp")]]

local waits = {
    ["recvfrom"] = { datagram, "print((udp:settimeout(0.5):recvfrom()))" },
    ["recv within sss.timeout"] = { datagram, "print((sss.timeout(0.5, udp.recv, udp)))" },
    ["sss.wait"] = { datagram, [[print(sss.wait(udp, "r", 0.5) and udp:recv())]] },
    ["accept"] = { [[sss.connect("AT_tcp")]],
        [[print(listener:settimeout(0.5):accept() and "came")]] },
}

for what, how in pairs(waits) do
    for _, in_task in ipairs { false, true } do
        t.test(what .. (in_task and " in a task" or ""), function()
            local output, status = t.child.run((program(how[1], how[2], in_task)))
            t.eq({ output, status }, { "came\n", 0 })
        end)
    end
end

t.run()
