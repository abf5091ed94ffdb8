-- SPDX-License-Identifier: BSD-3-Clause
-- sss.connect: all the addresses of a name, raced (RFC 8305).

local sss, private = ...

local stagger = 0.25 -- seconds between the starts of two attempts; RFC 8305, section 8

local check = private.check
local keys = {timeout = check.seconds, localaddress = check.any, nodelay = check.boolean}

-- The local address VALUE for a connection of FAMILY, or nil: it is of another one.
local function local_address(value, family)
    local ok, at = pcall(private.address, value, family, "connect", 2)
    if ok and not at then -- a name
        return private.address_of(value, family, "connect", 2)
    end
    return ok and at or nil
end

-- Binds to it. A connection is named by both its ends, so that a port can be used once for each
-- destination: the system chooses it when that is known, and one that was asked for is shared.
local function bind(sock, address, value)
    local at = local_address(value, address.family)
    if not at or at.family ~= address.family then
        private.fail("connect", "EAFNOSUPPORT", address)
    end
    if at.family ~= sss.AF.unix then
        local option = at.port == 0 and "ip.bind_address_no_port" or "reuseaddr"
        pcall(sock.setsockopt, sock, option, true) -- an older system does without
    end
    sock:bind(at)
end

-- What is told of several failures: not that an address was no candidate, if others were.
local function worse(failure, other)
    local unfit = type(failure) == "table" and failure.code == "EAFNOSUPPORT"
    return (not failure or unfit) and other or failure
end

-- One attempt. The socket; or nil, "timeout"; or the failure raised. Never leaves a socket open.
local function attempt(address, options, deadline)
    local family = address.family
    local sock = sss.socket(family)
    local ok, done, why = pcall(function()
        if options.nodelay == false and family ~= sss.AF.unix then
            sock:setsockopt("tcp.nodelay", false)
        end
        if options.localaddress then
            bind(sock, address, options.localaddress)
        end
        if deadline then
            sock:settimeout {send = math.max(0, deadline - sss.now())}
        end
        return sock:connect(address)
    end)
    if ok and done then
        return sock:settimeout(nil)
    end
    sock:close()
    if not ok then
        error(done, 0)
    end
    return nil, why
end

-- The addresses of two lists taking turns, those of FIRST first.
local function take_turns(first, second)
    local mixed = {}
    for i = 1, math.max(#first, #second) do
        table.insert(mixed, first[i])
        table.insert(mixed, second[i])
    end
    return mixed
end

-- The addresses with the families taking turns, the resolver's first choice first.
local function interleave(addresses)
    local first, second = {}, {}
    for _, address in ipairs(addresses) do
        table.insert(address.family == addresses[1].family and first or second, address)
    end
    return take_turns(first, second)
end

-- Starts an attempt. RUN holds the state that the attempts share.
local function start(run, address, options, deadline)
    run.alive = run.alive + 1
    table.insert(run.tasks, sss.spawn(function()
        local ok, sock, why = pcall(attempt, address, options, deadline)
        run.alive = run.alive - 1
        if not ok then
            run.failure = worse(run.failure, sock)
        elseif not sock then
            run.why = why
        elseif run.winner or run.over then
            sock:close()
        else
            run.winner = sock
        end
        run.event:wake()
    end))
end

-- Waits for the addresses of the other family, which are the next to be tried.
local function await_rest(run, look_up)
    run.looking = true
    table.insert(run.tasks, sss.spawn(function()
        local ok, more = pcall(private.resolve_rest, look_up)
        run.looking = false
        if ok then
            run.queue = take_turns(more, run.queue)
        end
        run.event:wake()
    end))
end

-- Starts an attempt every `stagger` seconds, or at once when all before have failed, until one
-- wins.
local function start_all(run, options, deadline)
    local next_start
    while not run.winner do
        local now = sss.now()
        local limit = deadline
        if deadline and now >= deadline then
            break
        elseif run.queue[1] and (run.alive == 0 or now >= next_start) then
            start(run, table.remove(run.queue, 1), options, deadline)
            next_start = now + stagger
        elseif run.alive == 0 and not run.looking then
            return
        end
        if run.queue[1] and run.alive > 0 then
            limit = next_start
        end
        run.event:wait(limit and math.max(0, limit - sss.now()))
    end
    while not run.winner and run.alive > 0 do
        run.event:wait()
    end
end

local function race(addresses, look_up, options, deadline)
    local run = {event = private.event(), tasks = {}, alive = 0, queue = interleave(addresses)}
    if look_up then
        await_rest(run, look_up)
    end
    local ok, err = pcall(start_all, run, options, deadline)
    run.over = true
    for _, task in ipairs(run.tasks) do
        task:cancel()
    end
    if run.winner and not ok then
        run.winner:close()
    end
    if not ok then
        error(err, 0)
    end
    if run.winner then
        return run.winner
    end
    if run.why or not run.failure then
        return nil, "timeout"
    end
    error(run.failure, 0)
end

-- sss.connect(address [, {timeout=, localaddress=, nodelay=}])
function sss.connect(address, options)
    options = private.options(2, "connect", options, keys)
    local deadline
    if options.localaddress ~= nil then
        private.address(options.localaddress, 0, "connect", 2)
    end
    if options.timeout and options.timeout >= 0 then
        deadline = sss.now() + options.timeout
    end
    local single, host, port, family = private.address(address, 0, "connect", 1)
    if single then
        return attempt(single, options, deadline)
    end
    local found, look_up, why
    if deadline then
        found, look_up = sss.timeout(options.timeout, private.resolve_first, host, tostring(port),
            {family = family})
        why = found == nil and look_up
    else
        found, look_up = private.resolve_first(host, tostring(port), {family = family})
    end
    if not found then
        return nil, why
    end
    if #found == 1 and not look_up then
        return attempt(found[1], options, deadline)
    end
    return race(found, look_up, options, deadline)
end
