-- SPDX-License-Identifier: BSD-3-Clause
-- What workers ask their master for, and tell it.

local sss, private = ...

local master = private.master
local pack, byte = private.pack_fields, string.byte

local listeners_most = 4096 -- that one worker may have
local first_says = 1        -- seconds that the first that is refused has to end

-- The line is none that a worker sends: its script has got hold of a descriptor that is not its
-- own. What else comes over this channel, or has gone, nobody knows.
local function distrust(m, w, why)
    w.gone = w.gone or sss.now()
    master.kill(m, w, ": %s", why)
end

-- Answers -----------------------------------------------------------------------------------------

-- One that does not go out at once is one that nobody waits for. The task that answers may be
-- cancelled meanwhile: that must not lose an answer. The error, if any.
local function answer(m, w, method, ...)
    local channel = w.channel
    local ok, sent, why = pcall(channel[method], channel, ...)
    if not ok and type(sent) == "table" and sent.code == "cancelled" then
        w.paused = true
        ok, sent, why = pcall(channel[method], channel, ...)
    end
    if ok and why == "timeout" then
        distrust(m, w, "it asks, but takes no answer")
    end
    return not ok and sent or nil
end

-- The error reply REPLY to W, which cannot listen on PLACE. Of several that are refused, as in a
-- program that just begins, the first one comes first: if it ends it has told why, once, and the
-- program ends.
local function refuse(m, w, place, reply)
    local now = sss.now()
    w.refused, w.refused_at = place, now
    if m.failed then
        w.held = reply
        master.kill(m, w)
    elseif m.accused and m.workers[m.accused.pid] == m.accused and m.accused ~= w
        and now < m.accused_until then
        w.held = reply
    else
        m.accused, m.accused_until = w, now + first_says
        answer(m, w, "send", reply)
    end
end

-- The first one has not ended.
function master.release_held(m)
    local first = m.accused
    if not first or m.failed or m.workers[first.pid] == first and sss.now() < m.accused_until then
        return
    end
    m.accused = nil
    for _, w in pairs(m.workers) do
        if w.held then
            w.refused_at = sss.now()
            answer(m, w, "send", w.held)
            w.held = nil
        end
    end
end

-- When an answer that is held may be due.
function master.next_answer(m)
    return m.accused and not m.failed and m.accused_until or math.huge
end

-- Requests ----------------------------------------------------------------------------------------

-- word -> function(m, w, fields); false: that is no request of a worker
local requests = {}

function requests.ready(_, w)
    w.came = w.came or sss.now()
end

function requests.listen(m, w, fields)
    local request = private.unpack_request(fields)
    if not request then
        return false
    end
    local place = tostring(request.at)
    if w.listeners >= listeners_most then
        answer(m, w, "send", pack {"error", "EMFILE", "too many listeners of one worker"})
        return
    end
    local ok, entry = pcall(private.listener_for, m, w, request)
    if not ok then
        local code = type(entry) == "table" and entry.code or ""
        refuse(m, w, place, pack {"error", code, tostring(entry)})
        return
    end
    m.granted[place] = true
    w.refused = nil
    local err = answer(m, w, "sendfd", entry.socket, pack {"ok", entry.id})
    if err then -- of the system: too many descriptors are on their way, say
        private.give_up_listener(m, w, entry.id)
        answer(m, w, "send", pack {"error", err.code or "", tostring(err)})
    end
    if m.stopping then
        private.leave_to_workers(m, entry)
    end
end

-- It could not listen on a place that it has not even asked for: a name that is not known, say.
function requests.refused(m, w, fields)
    if #fields ~= 2 then
        return false
    end
    refuse(m, w, fields[2], pack {"ok"})
end

function requests.close(m, w, fields)
    if not fields[2] or not w.taken[fields[2]] then
        return false
    end
    private.give_up_listener(m, w, fields[2])
end

function requests.watch(m, w, fields)
    local ok = pcall(master.forward, m, fields[2])
    if not ok then
        return false
    end
    w.watches[fields[2]] = true
end

-- It is not stuck: the line itself says it.
function requests.alive()
end

function requests.notify(_, _, fields)
    if not fields[2] then
        return false
    end
    private.notifier.send(fields[2])
end

-- Reading -----------------------------------------------------------------------------------------

local function obey(m, w, line)
    local fields = private.unpack_fields(line)
    w.heard = sss.now()
    local request = requests[fields[1]]
    if not request or request(m, w, fields) == false then
        distrust(m, w, "it has written to its master what is no request")
    end
end

-- Takes note that nothing more comes from W.
local function end_channel(m, w, err)
    if type(err) == "table" and err.code == "EMSGSIZE" then
        distrust(m, w, "it has written to its master what is no request")
    end
    w.gone = w.gone or sss.now()
    master.wake(m)
end

-- A task for each worker. The end of the stream may have cut a line off, which counts for nothing.
function master.read_requests(m, w)
    w.paused = false
    while not w.paused and not w.gone do
        local ok, line = pcall(w.channel.receive, w.channel, "L", private.line_most)
        if not ok and type(line) == "table" and line.code == "cancelled" then
            return
        elseif not ok or not line or byte(line, -1) ~= 10 then
            end_channel(m, w, not ok and line)
            return
        end
        obey(m, w, line)
        master.wake(m)
    end
end
