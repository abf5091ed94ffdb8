-- SPDX-License-Identifier: BSD-3-Clause
-- A program with workers, run by the program under test, and clients that count what happens.

local sss = require "sss"
local t = require "harness"

local crew = {}
crew.__index = crew

-- A handler that answers a line with the worker's number, its process and the line itself.
crew.echo = [[
    local function pid()
        local file = io.open("/proc/self/stat")
        local id = file:read("*n")
        file:close()
        return id
    end
    local me = number .. " " .. pid() .. " "
    local server = sss.serve(arg[1], function(client)
        local line = client:receive("l")
        if line then
            sss.sleep(math.random() * 0.003)
            client:send(me .. line .. "\n")
        end
    end)
    print("at", server:address())
    io.stdout:flush()
]]

-- crew.start(code [, {flags=, args=, plain=, before=}]) -> a running program. With `flags` ("-w 2")
-- these come before the script, otherwise it calls sss.workers(2) first, unless `plain`. `before`
-- is a command to run it by. Its output, both kinds, is in the file .path: waiting for a line of it
-- lets other tasks run.
function crew.start(code, options)
    options = options or {}
    local head = 'local sss = require "sss" '
    if not options.plain then
        head = head .. (options.flags and "local number = 0 " or "local number = sss.workers(2) ")
    end
    local self = setmetatable({ path = t.write_file "", script = t.tempname(), head = head }, crew)
    self:rewrite(code)
    self.child = t.child.command(("exec %s %s %s %s %s >%s 2>&1"):format(options.before or "",
        t.child.quote(t.child.program), options.flags or "", self.script,
        options.args or "127.0.0.1:0", self.path))
    self.pid = self.child.pid
    t.after(function() self:wreck() end)
    return self
end

function crew:rewrite(code)
    t.write_file(self.head .. code, self.script)
end

function crew:output()
    return t.read_file(self.path)
end

-- Waits until the output has the pattern COUNT times; what the last one captured.
function crew:sees(pattern, count)
    local wanted = count or 1
    local ok, found = pcall(t.await, "", function()
        local n, last = 0, nil
        for capture in self:output():gmatch(pattern) do n, last = n + 1, capture end
        return n >= wanted and last
    end)
    if not ok then error(("no '%s' in the output: %s"):format(pattern, self:output()), 2) end
    return found
end

-- Calls f(program) and gives the program.
function crew:tap(f)
    f(self)
    return self
end

-- The address that both workers listen on, when they do.
function crew:address()
    return self:sees("at\t(%S+)\n", 2)
end

-- From proc(5): a minimal system has no ps. One that has ended (Z) does not count, though its
-- parent may not have noticed.
local function children_of(pid)
    local found = {}
    local list = io.popen("cat /proc/[0-9]*/stat 2>/dev/null")
    for line in list:lines() do
        local child, parent = line:match("^(%d+) %(.*%) [^Z] (%d+) ")
        if tonumber(parent) == pid then found[#found + 1] = tonumber(child) end
    end
    list:close()
    return found
end

-- The process ids of its workers.
function crew:workers()
    local pids = {}
    for _, pid in ipairs(children_of(self.pid)) do pids[#pids + 1] = pid end
    table.sort(pids)
    return pids
end

function crew.kill(pid, signal)
    os.execute(("kill -%s %d 2>/dev/null"):format(signal, pid))
end

function crew:signal(name)
    crew.kill(self.pid, name)
end

-- Is there a process PID that has not ended?
function crew.is_alive(pid)
    local state = (t.read_file(("/proc/%d/stat"):format(pid)) or ""):match("^.*%) (%a)")
    return state ~= nil and state ~= "Z"
end

function crew.await_gone(pids)
    for _, pid in ipairs(pids) do
        t.await("the end of process " .. pid, function() return not crew.is_alive(pid) end)
    end
end

-- Waits for its end: output, exit status. No worker of PIDS is left.
function crew:finish(pids)
    t.await("the end of the master", function() return not crew.is_alive(self.pid) end)
    local _, status = self.child:rest()
    self.child = nil
    crew.await_gone(pids or {})
    return self:output(), status
end

-- Whatever happened before, nothing stays behind.
function crew:wreck()
    if not self.child then return end
    local pids = self:workers()
    self:signal("KILL")
    for _, pid in ipairs(pids) do crew.kill(pid, "KILL") end
    self.child:rest()
end

-- Load -------------------------------------------------------------------------------------------

local function connection(load, n)
    local connected, client = pcall(sss.connect, load.address, { timeout = t.patience })
    if not connected or not client then
        local code = connected and "timeout" or client.code
        load.refused[#load.refused + 1] = code
        return
    end
    client:settimeout(t.patience)
    local ok, line = pcall(function()
        client:send(n .. "\n")
        return client:receive("l")
    end)
    client:close()
    local number, pid, echo = (ok and line or ""):match("^(%d+) (%d+) (%d+)$")
    if echo == tostring(n) then
        load.answered = load.answered + 1
        load.numbers[number] = true
        load.pids[tonumber(pid)] = true
    else
        load.cut[#load.cut + 1] = tostring(line)
    end
end

-- crew.load(address [, clients = 8]) -> {answered=, refused={codes}, cut={reasons}, pids=} under
-- way: many short connections, until load:stop(). load.forget() empties pids when the connections
-- that are under way have ended.
function crew.load(address, clients)
    local load = { address = address, answered = 0, refused = {}, cut = {}, pids = {}, numbers = {},
                                  tasks = {}, ended = {} }
    for i = 1, clients or 8 do
        load.ended[i] = 0
        load.tasks[i] = sss.spawn(function()
            local n = i * 1000000
            while not load.over do
                n = n + 1
                connection(load, n)
                load.ended[i] = load.ended[i] + 1
                sss.sleep(0.001)
            end
        end)
    end
    function load.forget()
        local before = { unpack(load.ended) }
        t.await("the end of what is under way", function()
            for i, count in ipairs(before) do
                if load.ended[i] == count then return false end
            end
            return true
        end)
        load.pids = {}
    end
    function load.stop()
        load.over = true
        for _, task in ipairs(load.tasks) do task:join() end
        return load
    end
    t.after(load.stop)
    return load
end

-- One connection: its answer.
function crew.ask(address, text)
    local client = sss.connect(address, { timeout = t.patience })
    client:settimeout(t.patience)
    client:send((text or "1") .. "\n")
    local line, why = client:receive("l")
    client:close()
    return line, why
end

-- Asks with TEXT until nobody listens at ADDRESS; the last answers may be cut off.
function crew.await_refusal(address, text)
    t.await("a refusal", function()
        local ok, err = pcall(crew.ask, address, text)
        return not ok and err.code == "ECONNREFUSED"
    end)
end

return crew
