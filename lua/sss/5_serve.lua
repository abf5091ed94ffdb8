-- SPDX-License-Identifier: BSD-3-Clause
-- sss.listen and sss.serve.

local sss, private = ...

local check = private.check
local format, lower = string.format, string.lower

-- The number of a socket type by its word or number, or nil.
local function socket_type(value)
    local kind = type(value) == "string" and sss.SOCK[lower(value)] or value
    return not check.whole(1, 2 ^ 30)(kind) and kind or nil
end

local listen_keys = {
    type = function(value)
        return not socket_type(value) and "socket type" or nil
    end,
    backlog = check.whole(0, 2 ^ 30),
    reuseaddr = check.boolean,
    reuseport = check.boolean,
    v6only = check.boolean,
    mode = check.whole(0, 511), -- 0777
}

private.listen_keys = listen_keys

local connects = {[sss.SOCK.stream] = true, [sss.SOCK.seqpacket] = true}

-- With SO_REUSEADDR a stream server starts again at once, and still is alone at its address; datagram
-- sockets that have it share theirs (socket(7)), which only who asks for it can mean.
local function reuses(kind, options)
    if options.reuseaddr == nil then
        return connects[kind]
    end
    return options.reuseaddr
end

local function bind(sock, at, kind, options)
    local inet = at.family ~= sss.AF.unix
    if inet and reuses(kind, options) then
        sock:reuseaddr()
    end
    if options.reuseport then
        sock:setsockopt("reuseport", true)
    end
    if options.v6only ~= nil then
        sock:setsockopt("ipv6.v6only", options.v6only)
    end
    if not inet then
        private.unlink_stale(at, kind)
    end
    sock:bind(at)
    if options.mode then
        private.chmod(at, options.mode)
    end
end

-- A socket of KIND that is bound to the address object AT.
function private.bind_at(at, kind, options)
    local sock = sss.socket(at.family, kind)
    local ok, err = pcall(bind, sock, at, kind, options)
    if ok then
        return sock
    end
    sock:close()
    if type(err) == "table" then
        err.op = "listen"
    end
    error(err, 0)
end

local function listen_at(at, kind, options)
    local sock = private.bind_at(at, kind, options)
    if connects[kind] then
        local ok, err = pcall(sock.listen, sock, options.backlog)
        if not ok then
            sock:close()
            error(err, 0)
        end
    end
    return sock
end

-- The same, and listening if it can. In a worker process private.listen is another function. Of
-- several programs that begin with one path at once exactly one gets it: who looks whether the socket
-- there is in use has its folder locked until his own is.
function private.listen(at, kind, options)
    local lock = at.family == sss.AF.unix and private.lock_folder(at)
    local ok, sock = pcall(listen_at, at, kind, options)
    if lock then
        private.unlock_folder(lock)
    end
    if not ok then
        error(sock, 0)
    end
    return sock
end

private.listeners = setmetatable({}, {__mode = "k"}) -- set of all that may listen

-- sss.listen(address [, {type=, backlog=, reuseaddr=, reuseport=, v6only=, mode=}])
function sss.listen(address, options)
    options = private.options(2, "listen", options, listen_keys)
    local kind = socket_type(options.type or "stream")
    local listener = private.listen(private.address_of(address, 0, "listen", 1), kind, options)
    private.listeners[listener] = true
    return listener
end

private.servers = setmetatable({}, {__mode = "k"}) -- set of the states of all servers
local server_methods, server_meta = {}, {}
local new_server, server_of = private.new_class("server", server_methods, server_meta)
private.classes.server = server_methods

-- The system has no descriptor (or memory) for another client: the next try is worth it when a
-- client has gone, or a while later.
local exhausted = {EMFILE = true, ENFILE = true, ENOBUFS = true, ENOMEM = true}
local pause = 0.1 -- seconds, and ten times what the collection took that came before

-- What says that the listener itself is unfit. Anything else that accept(2) says befell one client,
-- or may pass: a rule of a firewall or of seccomp(2).
local unfit = {EBADF = true, EINVAL = true, ENOTSOCK = true, EFAULT = true, EBUSY = true}

local function until_next_try()
    return math.max(pause, 10 * private.reclaim_cost())
end

local function report(client, failure)
    local name = private.client_name(client)
    private.tell(format("client %s failed: %s", name ~= "" and name or "unix:", failure))
end

-- A peer that vanishes is worth a line, not a traceback.
local vanished = {ECONNRESET = true, EPIPE = true}

-- What the report says about ERR, which has ended TASK; nil for a client that was cancelled.
local function describe(err, task)
    local code = type(err) == "table" and rawget(err, "code")
    if code == "cancelled" then
        return nil
    end
    local ok, text = pcall(tostring, err)
    text = ok and text or format("(error object is a %s value)", type(err))
    return vanished[code] and text or private.traceback_of(task, text)
end

-- Waits until another client has gone, SECONDS at most.
local function wait_for_room(server, seconds)
    server.waiting = server.waiting + 1
    local ok, err = pcall(server.room.wait, server.room, seconds)
    server.waiting = server.waiting - 1
    if not ok then
        error(err, 0)
    end
end

-- The function that is told of ended clients is kept as long as there can be some.
local function retire(server)
    if server.on_end and not server.accepting and server.count == 0 then
        private.unref(server.on_end)
        server.on_end = nil
    end
end

-- Called when the task of client N has ended; once more when memory ran out in here.
local function end_client(server, n, task, failed, err)
    local client = server.clients[n]
    if type(client) == "number" then
        return retire(server)
    end
    server.clients[n], server.free = server.free, n
    server.count = server.count - 1
    local closed, why = pcall(client.close, client)
    if server.waiting > 0 then
        server.room:wake(true)
    end
    local failure = failed and describe(err, task)
    if failure then
        report(client, failure)
    elseif not failed and not closed then
        report(client, tostring(why))
    end
    retire(server)
end

-- Starts the task of a client. Without memory for that the client is closed, and not counted.
local function begin_client(server, client, address)
    local n, clients = server.free, server.clients
    local next_free = clients[n] or n + 1
    local ok, why = pcall(rawset, clients, n, client)
    if ok then
        ok, why = pcall(private.spawn, server.on_end, n, server.handler, client, address)
        if ok then
            server.free, server.count = next_free, server.count + 1
            return
        end
        clients[n] = next_free
    end
    pcall(client.close, client)
    error(why, 0)
end

-- Says once that the server takes no clients, until it takes one again.
local function warn(server, failure)
    if not server.warned then
        server.warned = true
        private.tell(format("server %s: %s; it tries again", tostring(server.at), tostring(failure)))
    end
end

local function accept_one(server)
    local ok, client, address = pcall(server.accept, server.listener)
    if ok and client then
        server.warned = nil
        begin_client(server, client, address)
    elseif not private.is_open(server.listener) then
        server.stopped = true
    elseif not ok and type(client) == "table" and exhausted[client.code] then
        wait_for_room(server, until_next_try())
    elseif not ok and type(client) == "table" and client.errno ~= 0 and not unfit[client.code] then
        warn(server, client)
        wait_for_room(server, until_next_try())
    elseif not ok then
        error(client, 0)
    else -- the listener has a time limit of its own, which may be 0
        sss.wait(server.listener, "r")
    end
end

local function accept_all(server)
    while not server.stopped do
        if server.limit and server.count >= server.limit then
            wait_for_room(server)
        else
            accept_one(server)
        end
    end
end

-- Runs in a task of its own.
local function run_server(server)
    server.on_end = private.ref(function(n, task, failed, err)
        end_client(server, n, task, failed, err)
    end)
    local ok, err = pcall(accept_all, server)
    server.accepting = false
    retire(server)
    if not ok then
        error(err, 0)
    end
end

local getinfo = debug.getinfo

-- How to accept clients for HANDLER: without their addresses when it takes no second argument.
local function accept_for(handler)
    local takes = getinfo(handler, "u")
    if takes.isvararg or takes.nparams > 1 then
        return private.classes.socket.accept
    end
    return private.accept_client
end

local serve_keys = {limit = check.whole(1, 2 ^ 30)}
for key, kind in pairs(listen_keys) do
    serve_keys[key] = kind
end

local function listen_options(options)
    local chosen = {}
    for key in pairs(listen_keys) do
        chosen[key] = options[key]
    end
    return chosen
end

-- The socket WHERE, which has to be one that accepts connections.
local function check_listener(where)
    if not private.is_open(where) then
        private.raise("serve: closed socket")
    elseif not connects[where.type] then
        private.bad_argument(1, "serve", "a socket without connections has no clients to accept; "
            .. "read it with recvfrom()")
    elseif not where:getsockopt("acceptconn") then
        private.bad_argument(1, "serve", "the socket does not listen; call listen() first")
    end
    return where
end

local function listen_for(where, options)
    local kind = socket_type(options.type or "stream")
    if not connects[kind] then
        private.bad_argument(3, "serve", "option 'type': a socket without connections has no clients "
            .. "to accept; use listen() and recvfrom()")
    end
    return sss.listen(private.address_of(where, 0, "serve", 1), listen_options(options))
end

-- sss.serve(address_or_socket, handler [, {limit=, and those of sss.listen}]) -> server
function sss.serve(where, handler, options)
    options = private.options(3, "serve", options, serve_keys)
    if type(handler) ~= "function" then
        private.bad_argument(2, "serve", "function expected, got " .. type(handler))
    end
    local is_socket = getmetatable(where) == private.class_of("sss.socket")
    local listener = is_socket and check_listener(where) or listen_for(where, options)
    -- clients: number of a client -> its socket, or of a free place -> the number of the next one.
    local server = {
        listener = listener, handler = handler, limit = options.limit, count = 0, waiting = 0,
        accept = accept_for(handler), accepting = true, clients = {}, free = 1,
        room = private.event(), at = listener:getsockname(),
    }
    server.task = sss.spawn(run_server, server)
    private.servers[server] = true
    return new_server(server)
end

-- server:address()
function server_methods.address(object)
    return server_of(object, "address").at
end

-- Waits until at most LEAST clients are left, or until DEADLINE. True when so.
local function wait_for_clients(server, least, deadline)
    while server.count > least do
        local left = deadline and deadline - sss.now()
        if left and left <= 0 then
            return false
        end
        wait_for_room(server, left)
    end
    return true
end

-- Stops the server of this state: its clients have GRACE seconds to end.
function private.stop_server(server, grace)
    server.stopped = true
    server.listener:close()
    server.room:wake(true)
    local least = private.watched_by(server.on_end) and 1 or 0
    if not wait_for_clients(server, least, sss.now() + grace) then
        private.cancel_others(server.on_end)
        wait_for_clients(server, least)
    end
end

-- server:stop([grace = 0])
function server_methods.stop(object, grace)
    local server = server_of(object, "stop")
    local expected = grace ~= nil and check.seconds(grace)
    if expected then
        private.bad_argument(1, "stop", expected .. " expected, got " .. tostring(grace))
    end
    private.stop_server(server, grace or 0)
    return object
end

-- server:join()
function server_methods.join(object)
    local server = server_of(object, "join")
    server.task:join()
    wait_for_clients(server, 0)
    return object
end

function server_meta.__tostring(object)
    local server = server_of(object, "tostring")
    return format("server: %s (%d clients%s)", tostring(server.at), server.count,
        server.stopped and ", stopped" or "")
end
