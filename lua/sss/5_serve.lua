-- SPDX-License-Identifier: BSD-3-Clause
-- sss.listen and sss.serve.

local sss, private = ...

local listen_keys = {
    type = "any", backlog = "number", reuseaddr = "boolean", reuseport = "boolean",
    v6only = "boolean", mode = "number",
}

local function socket_type(value)
    local kind = type(value) == "string" and sss.SOCK[value:lower()] or value or sss.SOCK.stream
    if type(kind) ~= "number" then
        private.bad_argument(2, "listen", "option 'type': unknown socket type '"
            .. tostring(value) .. "'")
    end
    return kind
end

local function bind_and_listen(sock, at, kind, options)
    local inet = at.family ~= sss.AF.unix
    if inet and options.reuseaddr ~= false then
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
    if kind == sss.SOCK.stream or kind == sss.SOCK.seqpacket then
        sock:listen(options.backlog)
    end
end

-- sss.listen(address [, {type=, backlog=, reuseaddr=, reuseport=, v6only=, mode=}])
function sss.listen(address, options)
    options = private.options(2, "listen", options, listen_keys)
    local kind = socket_type(options.type)
    local at = private.address_of(address, 0, "listen", 1)
    local sock = sss.socket(at.family, kind)
    local ok, err = pcall(bind_and_listen, sock, at, kind, options)
    if not ok then
        sock:close()
        error(err, 0)
    end
    return sock
end

local server_methods = {}
local server_meta = {__index = server_methods, __name = "sss.server"}
private.classes.server = server_methods

-- The system has no descriptor (or memory) for another client: the next try is worth it when a
-- client has gone, or a while later.
local exhausted = {EMFILE = true, ENFILE = true, ENOBUFS = true, ENOMEM = true}
local pause = 0.1 -- seconds

local function report(address, err, trace)
    io.stdout:flush()
    io.stderr:write(("sssrun: client %s failed: %s\n%s\n"):format(
        tostring(address), tostring(err), trace))
end

-- Runs in a task of its own, one per client.
local function run_client(server, client, address)
    local trace
    local ok, err = xpcall(server.handler, function(e)
        trace = private.traceback()
        return e
    end, client, address)
    if not ok and type(err) == "table" and err.code == "cancelled" then
        ok = true
    end
    local closed, failure = pcall(client.close, client)
    server.count = server.count - 1
    server.room:wake(true)
    if not ok then
        report(address, err, trace)
    elseif not closed then
        report(address, failure, "")
    end
end

local function accept_one(server)
    local ok, client, address = pcall(server.listener.accept, server.listener)
    if ok and client then
        server.count = server.count + 1
        server.clients[sss.spawn(run_client, server, client, address)] = true
    elseif not ok and type(client) == "table" and exhausted[client.code] then
        server.room:wait(pause)
    elseif not ok then
        error(client, 0)
    elseif address == "closed" then
        server.stopped = true
    end
end

local function accept_all(server)
    while not server.stopped do
        if server.limit and server.count >= server.limit then
            server.room:wait()
        else
            accept_one(server)
        end
    end
end

local serve_keys = {limit = "number"}
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

-- sss.serve(address_or_socket, handler [, {limit=, and those of sss.listen}]) -> server
function sss.serve(where, handler, options)
    options = private.options(3, "serve", options, serve_keys)
    if type(handler) ~= "function" then
        private.bad_argument(2, "serve", "function expected, got " .. type(handler))
    end
    if options.limit and options.limit < 1 then
        private.bad_argument(3, "serve", "option 'limit': at least 1 client")
    end
    local listener = where
    if getmetatable(where) ~= private.metatable_of("sss.socket") then
        listener = sss.listen(where, listen_options(options))
    end
    local server = setmetatable({
        listener = listener, handler = handler, limit = options.limit, count = 0,
        clients = setmetatable({}, {__mode = "k"}), room = private.event(),
        at = listener:getsockname(),
    }, server_meta)
    server.task = sss.spawn(accept_all, server)
    return server
end

-- server:address()
function server_methods:address()
    return self.at
end

-- Waits until at most LEAST clients are left, or until DEADLINE. True when so.
local function wait_for_clients(server, least, deadline)
    while server.count > least do
        local left = deadline and deadline - sss.now()
        if left and left <= 0 then
            return false
        end
        server.room:wait(left)
    end
    return true
end

-- server:stop([grace = 0])
function server_methods:stop(grace)
    if grace ~= nil and (type(grace) ~= "number" or grace ~= grace) then
        private.bad_argument(1, "stop", "number of seconds expected, got " .. type(grace))
    end
    self.stopped = true
    self.listener:close()
    self.room:wake(true)
    local mine = private.current()
    local least = mine and self.clients[mine] and 1 or 0
    if wait_for_clients(self, least, sss.now() + (grace or 0)) then
        return self
    end
    for task in pairs(self.clients) do
        if task ~= mine then
            task:cancel()
        end
    end
    wait_for_clients(self, least)
    return self
end

-- server:join()
function server_methods:join()
    self.task:join()
    wait_for_clients(self, 0)
    return self
end

function server_meta:__tostring()
    return ("server: %s (%d clients%s)"):format(tostring(self.at), self.count,
        self.stopped and ", stopped" or "")
end
