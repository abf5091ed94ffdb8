-- SPDX-License-Identifier: BSD-3-Clause
-- What workers listen on: the sockets that the master makes and keeps.

local sss, private = ...

local process = private.process

-- The sockets that the master keeps ---------------------------------------------------------------

-- Is anybody else than a free slot using ENTRY?
local function is_taken(m, entry)
    for _, w in pairs(m.workers) do
        if w.taken[entry.id] then
            return true
        end
    end
    return false
end

local function drop(m, entry)
    m.listeners[entry.id] = nil
    entry.socket:close()
    for _, other in pairs(m.listeners) do
        if other.key == entry.key then
            return
        end
    end
    m.bound[entry.key] = nil
end

-- Somebody else's listener would let ours in when both have SO_REUSEPORT: the first one of an
-- address makes sure that it is alone.
local function make_sure(m, request)
    if request.options.reuseport or m.bound[request.key] or request.at.port == 0 then
        return
    end
    private.bind_at(request.at, request.kind, request.options):close()
end

local function make_listener(m, request, id, slot)
    local inet = request.at.family ~= sss.AF.unix
    if inet then
        make_sure(m, request)
        request.options.reuseport = true
    end
    local at = m.bound[request.key] or request.at
    local socket = private.listen(at, request.kind, request.options)
    m.bound[request.key] = socket:getsockname()
    local entry = {id = id, key = request.key, socket = socket, slot = inet and slot or nil,
                   refusable = inet and request.kind == sss.SOCK.stream}
    m.listeners[id] = entry
    return entry
end

-- A worker's share of an address: a socket of its slot, or, as unix sockets have no SO_REUSEPORT,
-- the one of all.
function private.listener_for(m, w, request)
    local id = request.key
    if request.at.family ~= sss.AF.unix then
        id = id .. "@" .. w.slot.index
    end
    local entry = m.listeners[id] or make_listener(m, request, id, w.slot)
    if not w.taken[id] then
        w.taken[id] = true
        w.listeners = w.listeners + 1
    end
    w.slot.listens = true
    return entry
end

-- Nobody accepts any more on what the worker in SLOT, now ready, has not asked for; or, on what
-- all share, when every slot has such a worker.
function private.drop_unused(m, slot)
    local all_settled = true
    for _, each in ipairs(m.slots) do
        all_settled = all_settled and each.worker ~= nil and each.worker.settled
    end
    for _, entry in pairs(m.listeners) do
        if (entry.slot == slot or not entry.slot and all_settled) and not is_taken(m, entry) then
            drop(m, entry)
        end
    end
end

-- No further connection gets in; those that wait to be accepted are the workers' to answer.
function private.leave_to_workers(m, entry)
    m.listeners[entry.id] = nil
    if entry.refusable then
        process.refuse(entry.socket)
    end
    entry.socket:close()
end

-- W listens no longer on what has this ID.
function private.give_up_listener(m, w, id)
    local entry = m.listeners[id]
    w.taken[id] = nil
    w.listeners = w.listeners - 1
    if entry and not w.kill_at and not is_taken(m, entry) then
        drop(m, entry)
    end
end
