-- SPDX-License-Identifier: BSD-3-Clause
-- sss.workers, and what is different in a worker: it asks its master for listening sockets, and
-- ends gracefully.

local sss, private = ...

local process, check = private.process, private.check
local exit = os.exit
local format, gmatch, match, sub = string.format, string.gmatch, string.match, string.sub

local most = 1024      -- workers
local last_words = 0.5 -- seconds that tasks have to end when they are cancelled

local worker -- in a worker: {number=, channel=, grace=, taken=, asking=, event=, stopping=}

-- Listening in a worker ---------------------------------------------------------------------------

-- A task, as who has something to tell need not wait: there it could be cancelled, or be where
-- nobody can.
local function tell_master(fields)
    while worker.asking do
        worker.event:wait()
    end
    pcall(worker.channel.send, worker.channel, private.pack_fields(fields))
end

-- One question at a time.
local function exchange(request)
    while worker.asking do
        worker.event:wait()
    end
    worker.asking = true
    local reply
    local ok, socket = pcall(function()
        worker.channel:send(private.pack_request(request))
        reply = private.unpack_fields(worker.channel:receive("l") or "error ECONNRESET")
        return reply[1] == "ok" and worker.channel:recvfd()
    end)
    worker.asking = false
    worker.event:wake(true)
    if ok then
        return reply, socket
    end
    local err = socket
    if reply and reply[1] == "ok" then -- no descriptor could be had for it
        tell_master({"close", reply[2]})
        if type(err) == "table" then
            err.op = "listen"
        end
    end
    error(err, 0)
end

-- Those who ask begin tasks as well, later ones: the address can be asked for again at once.
local function note_closed(socket)
    local id = worker.taken[socket]
    worker.taken[socket] = nil
    if id and not worker.stopping then
        sss.spawn(tell_master, {"close", id})
    end
end

-- A task, as the one who could not look the name up may be cancelled meanwhile.
local function tell_refused(where)
    while worker.asking do
        worker.event:wait()
    end
    worker.asking = true
    pcall(function()
        worker.channel:send(private.pack_fields({"refused", where}))
        worker.channel:receive("l")
    end)
    worker.asking = false
    worker.event:wake(true)
end

-- A task, so that a master's answer is taken also when the one who asked is cancelled meanwhile.
local function ask(request)
    local reply, socket = exchange(request)
    if socket then
        worker.taken[socket] = reply[2]
        request.socket = socket
        if request.abandoned then
            socket:close()
        end
    else -- ECONNRESET: the master is gone
        request.code, request.message = reply[2], reply[3]
    end
end

-- The first name of this address, with a number behind it, that is not in use here.
local function free_key(at, kind, options)
    local name, used = format("%s %d", tostring(at), kind), {}
    for _, id in pairs(worker.taken) do
        used[match(id, "^(.*)@%d+$") or id] = true
    end
    local n = 1
    while used[name .. " " .. n] or worker.asked[name .. " " .. n] do
        n = n + 1
    end
    if n > 1 and at.port ~= 0 and not options.reuseport then
        private.fail("listen", "EADDRINUSE", at)
    end
    return name .. " " .. n
end

local function listen(at, kind, options)
    local request = {at = at, kind = kind, options = options, key = free_key(at, kind, options)}
    worker.asked[request.key] = true
    local task = sss.spawn(function()
        local ok, err = pcall(ask, request)
        worker.asked[request.key] = nil
        if not ok then
            error(err, 0)
        end
    end)
    local ok, err = pcall(task.join, task)
    if not ok then
        request.abandoned = true
        if request.socket then
            request.socket:close()
        end
        error(err, 0)
    end
    if request.code == "" then
        private.raise(request.message)
    elseif request.code then
        private.fail("listen", request.code, at)
    end
    return request.socket
end

-- What F returns, or its error. Meanwhile the main script may wait, but is not ready.
local function while_listening(f, ...)
    worker.listening = worker.listening + 1
    local ok, result = pcall(f, ...)
    worker.listening = worker.listening - 1
    worker.event:wake(true)
    if not ok then
        error(result, 0)
    end
    return result
end

local address_of = private.address_of

-- Where a name is to be listened on that is not known, the master is told: it does not start others
-- that could not listen either.
local function address_to_listen(where, ...)
    local ok, at = pcall(address_of, where, ...)
    if not ok and type(at) == "table" then
        local text = type(where) == "table" and tostring(where.host) .. ":" .. tostring(where.port)
            or tostring(where)
        pcall(function()
            sss.spawn(tell_refused, sub(text, 1, 300)):join()
        end)
    end
    if not ok then
        error(at, 0)
    end
    return at
end

-- The end of a worker -----------------------------------------------------------------------------

-- Lets those who accept on LISTENER take the connections that wait there already.
local function drain(listener, deadline)
    while listener.fd ~= 0 and sss.now() < deadline and process.pending(listener) do
        sss.sleep(0.002)
    end
end

local function stop_server(server, deadline)
    drain(server.listener, deadline)
    private.stop_server(server, math.max(0, deadline - sss.now()))
end

-- For a script that accepts by itself: accept() then gives nil, "closed".
local function stop_listener(socket, deadline)
    drain(socket, deadline)
    socket:close()
end

local function is_listener(socket)
    return socket.fd ~= 0 and socket:getsockopt("acceptconn")
end

-- Stops what was not told to stop yet.
local function stop_all(deadline)
    local told = worker.told
    for server in pairs(private.servers) do
        told[server.listener] = told[server.listener] or not server.stopped
            and sss.spawn(stop_server, server, deadline) or true
    end
    for socket in pairs(private.listeners) do
        told[socket] = told[socket]
            or is_listener(socket) and sss.spawn(stop_listener, socket, deadline) or true
    end
end

-- Is anybody left but the task that asks?
local function is_busy()
    return private.counts().tasks > 1 or process.main_waits()
end

-- True when so; false when the time is over. What listens meanwhile is stopped as well.
local function wait_until_idle(deadline)
    stop_all(deadline)
    while is_busy() and sss.now() < deadline do
        stop_all(deadline)
        sss.sleep(math.min(0.02, math.max(0, deadline - sss.now())))
    end
    return not is_busy()
end

-- Without a master nobody else takes what comes now.
local function refuse_all()
    for socket in pairs(worker.taken) do
        if socket.type == sss.SOCK.stream and socket.domain ~= sss.AF.unix then
            process.refuse(socket)
        end
    end
end

local function stop()
    if worker.stopping then
        return
    end
    worker.stopping = true
    if process.parent() ~= worker.master then
        refuse_all()
    end
    local deadline = sss.now() + worker.grace
    if wait_until_idle(deadline) then
        return
    end
    private.cancel_others()
    wait_until_idle(sss.now() + last_words)
    exit(0, true)
end

-- Ctrl-C and a terminal that hangs up reach the whole group: they are the master's to obey.
function private.worker_signals()
    sss.onsignal("TERM", stop)
    sss.onsignal("INT", function() end)
    sss.onsignal("HUP", function() end)
end

-- Signals -----------------------------------------------------------------------------------------

-- Signals that a master does not hand on: they have a meaning of its own there.
local own = {TERM = true, INT = true, HUP = true, CHLD = true, PIPE = true}

-- F(name of a signal, ...), the master told before: such signals are handed on to this worker, in
-- which they do nothing when nobody watches them any more.
local function watching(f)
    return function(name, ...)
        local known = type(name) == "string" and process.disarm(name)
        if known and not own[known] and not worker.watches[known] then
            worker.watches[known] = true
            pcall(sss.spawn, tell_master, {"watch", known})
        end
        return f(name, ...)
    end
end

-- A service manager ---------------------------------------------------------------------------------

-- What is the master's to say, as it speaks for all.
local masters = {READY = true, RELOADING = true, STOPPING = true, MONOTONIC_USEC = true,
                 WATCHDOG = true, MAINPID = true}

-- sss.notify(state) in a worker
local function notify(state)
    private.check_state(state)
    local lines = {}
    for line in gmatch(state, "[^\n]+") do
        if not masters[match(line, "^([^=]*)")] then
            lines[#lines + 1] = line
        end
    end
    if worker.manager and #lines > 0 then
        sss.spawn(tell_master, {"notify", table.concat(lines, "\n")})
    end
    return worker.manager
end

local function tell_alive()
    tell_master({"alive"})
end

-- Becoming a worker -------------------------------------------------------------------------------

-- A task runs when the main script waits the first time, or has ended.
local function tell_ready()
    while worker.asking or worker.listening > 0 do
        worker.event:wait()
    end
    worker.channel:send(private.pack_fields({"ready"}))
end

local function become_worker(number, channel, grace, manager)
    worker = {number = number, channel = channel, grace = grace, event = private.event(),
              taken = {}, asked = {}, told = {}, watches = {}, listening = 0, manager = manager,
              master = private.pid()}
    function private.listen(...)
        return while_listening(listen, ...)
    end
    function private.address_of(where, passive, op, ...)
        if op ~= "listen" and op ~= "serve" then
            return address_of(where, passive, op, ...)
        end
        return while_listening(address_to_listen, where, passive, op, ...)
    end
    sss.notify = notify
    if private.watchdog then
        private.notifier.beat(private.watchdog / 4, tell_alive)
    end
    sss.signal, sss.onsignal = watching(sss.signal), watching(sss.onsignal)
    local methods = private.classes.socket
    local close = methods.close
    function methods.close(self, ...)
        close(self, ...)
        note_closed(self)
        return self
    end
    sss.spawn(tell_ready)
end

local function check_place()
    if worker then
        private.raise("workers: this process is a worker already")
    elseif private.current() then
        private.raise("workers: a task cannot start workers, only the main script can")
    elseif private.counts().tasks > 0 then
        private.raise("workers: there are tasks already; workers come first")
    elseif private.counts().ops > 0 then
        private.raise("workers: something waits already (sss.onsignal()?); workers come first")
    end
end

-- sss.workers(n [, {grace=}]) -> number of the worker
function sss.workers(n, options)
    local expected = n ~= "auto" and check.whole(1, most)(n)
    if expected then
        private.bad_argument(1, "workers", format('%s or "auto" expected, got %s', expected,
            type(n) == "number" and tostring(n) or n == nil and "no value" or type(n)))
    end
    options = private.options(2, "workers", options, {grace = check.seconds})
    private.end_notifying() -- it is in the way of a fork, and the master's from here on
    local fits, why = pcall(check_place)
    if not fits then
        private.begin_notifying()
        error(why, 0)
    end
    local manager = private.notifier.here()
    local grace = options.grace or 10
    local number, channel = private.supervise(n == "auto" and math.min(process.cores(), most) or n,
        grace)
    become_worker(number, channel, grace, manager)
    return number
end
