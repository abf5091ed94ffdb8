-- SPDX-License-Identifier: BSD-3-Clause
-- What workers listen on: the lines between a worker and its master, and the sockets that the
-- master makes and keeps.

local sss, private = ...

local process = private.process
local byte, format, gmatch = string.byte, string.format, string.gmatch
local gsub, match = string.gsub, string.match

-- Lines between worker and master -----------------------------------------------------------------

-- Fields as one line: they are escaped, and so a field may hold any byte.
local function pack(fields)
    local packed = {}
    for i, field in ipairs(fields) do
        packed[i] = gsub(tostring(field), "[%%%s%z]", function(c)
            return format("%%%02x", byte(c))
        end)
    end
    return table.concat(packed, " ") .. "\n"
end
private.pack_fields = pack

function private.unpack_fields(line)
    local fields = {}
    for field in gmatch(match(line, "^[^\n]*") .. " ", "(.-) ") do
        fields[#fields + 1] = gsub(field, "%%(%x%x)", function(hex)
            return string.char(tonumber(hex, 16))
        end)
    end
    return fields
end

-- What a worker asks for: address, type, options, and which of several with that address.
function private.pack_request(request)
    local fields = {"listen", request.key, tostring(request.at), request.kind}
    for key, value in pairs(request.options) do
        fields[#fields + 1] = key .. "=" .. tostring(value)
    end
    return pack(fields)
end

local words = {["true"] = true, ["false"] = false}

local function unpack_request(fields)
    local kind, options = tonumber(fields[4]), {}
    for i = 5, #fields do
        local key, value = match(fields[i], "^(.-)=(.*)$")
        if words[value] ~= nil then
            options[key] = words[value]
        else
            options[key] = tonumber(value)
        end
    end
    local at = private.address(fields[3], 0, "listen", 1)
    return {key = fields[2], at = at, kind = kind, options = options}
end

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
local function listener_for(m, w, request)
    local id = request.key
    if request.at.family ~= sss.AF.unix then
        id = id .. "@" .. w.slot.index
    end
    local entry = m.listeners[id] or make_listener(m, request, id, w.slot)
    w.taken[id] = true
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

-- What workers ask for ----------------------------------------------------------------------------

-- The reader of a channel may be cancelled meanwhile: that must not lose an answer.
local function answer(w, method, ...)
    local channel = w.channel
    local ok, err = pcall(channel[method], channel, ...)
    if not ok and type(err) == "table" and err.code == "cancelled" then
        w.paused = true
        pcall(channel[method], channel, ...)
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

local requests = {}

function requests.ready(_, w)
    w.came = w.came or sss.now()
end

function requests.listen(m, w, fields)
    local request = unpack_request(fields)
    local ok, entry = pcall(listener_for, m, w, request)
    if not ok then
        answer(w, "send", pack({"error", entry.code or "", tostring(entry)}))
        return
    end
    answer(w, "sendfd", entry.socket, pack({"ok", entry.id}))
    if m.stopping then
        private.leave_to_workers(m, entry)
    end
end

function requests.close(m, w, fields)
    local entry = m.listeners[fields[2]]
    w.taken[fields[2]] = nil
    if entry and not w.stopping and not is_taken(m, entry) then
        drop(m, entry)
    end
end

-- A line from worker W.
function private.answer_request(m, w, line)
    local fields = private.unpack_fields(line)
    requests[fields[1]](m, w, fields)
end
