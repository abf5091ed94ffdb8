-- SPDX-License-Identifier: BSD-3-Clause
-- How workers end, by themselves or because their master replaces or stops them.

local sss, private = ...

local process, master = private.process, private.master
local say, format = master.say, string.format

local apart = 1          -- seconds between two starts in a slot, doubled for each that failed early
local apart_most = 32    -- up to this
local begins_within = 60 -- seconds in which the program has begun
local blames_within = 5  -- seconds in which a worker ends because it cannot listen
local ready_within = 60  -- seconds a replacement has to come to its first wait
local listen_within = 30 -- seconds it then has to ask for what the one before it listened on
local settles_in = 2     -- seconds between the end of a process and that of its channel

-- Deaths ------------------------------------------------------------------------------------------

-- Where W could not listen a moment ago, which is why it has ended.
local function refused_place(w)
    return w.refused and sss.now() < w.refused_at + blames_within and w.refused or nil
end

-- Why there is no sense in starting it again: that of a program that cannot begin; or nil.
local function why_hopeless(m, w)
    local place = refused_place(w)
    if w.killed or w.how == "ended with status" and w.number == 0 then
        return nil
    elseif place and w.first and not m.granted[place] and sss.now() < m.began + begins_within then
        return ": it cannot listen on " .. place
    elseif not m.served and not w.came then
        return " before any worker was ready"
    end
end

local function note_death(m, w)
    local slot = w.slot
    slot.death = format("worker %d (pid %d) %s %d", slot.index, w.pid, w.how, w.number)
    slot.failures = (not w.came or refused_place(w)) and w.failures + 1 or 0
    local wait = math.min(apart * 2 ^ math.max(0, slot.failures - 1), apart_most)
    slot.due = slot.started + wait
    local why = why_hopeless(m, w)
    if why then
        say("%s%s", slot.death, why)
        m.status = 1
        m.stop_now, m.failed = true, true
        m.told_to_stop = m.told_to_stop or sss.now()
    end
end

local function note_failed_replacement(m, w)
    local slot, place = w.slot, refused_place(w)
    slot.next = nil
    slot.due = slot.started + apart
    say("worker %d cannot be replaced: its replacement (pid %d) %s %d%s", slot.index, w.pid, w.how,
        w.number, place and ", as it cannot listen on " .. place or "")
    m.rolling, m.roll_again = nil, nil
end

-- W has ended.
local function bury(m, w)
    local slot = w.slot
    w.channel:close()
    m.workers[w.pid], m.buried = nil, true
    if slot.next == w then
        note_failed_replacement(m, w)
    elseif slot.worker == w then
        slot.worker, slot.next = slot.next, nil
        if not m.stopping and not w.kill_at then
            note_death(m, w)
        end
    end
    if slot.worker and slot.worker.settled then
        private.drop_unused(m, slot)
    end
end

-- Takes note when the process of W has ended. Somebody else may have reaped it: a library that the
-- script called before.
local function look_at(w)
    local known, how, number = pcall(process.reap, w.pid)
    if not known then
        how, number = "ended with unknown status", -1
    end
    if how then
        w.how, w.number, w.ended = how, number, sss.now()
    end
end

-- Those that have ended, when all that they have said is heard. A channel may be open elsewhere for
-- ever: in a child of the worker.
function master.bury_ended(m)
    local look, now = m.child_ended, sss.now()
    m.child_ended = false
    for _, w in pairs(m.workers) do
        if not w.how and (look or w.gone) then
            look_at(w)
        end
        if w.how and (w.gone or now >= w.ended + settles_in) then
            bury(m, w)
        elseif not w.how and w.gone and now >= w.gone + settles_in then
            master.kill(m, w, ": it has closed its channel to the master")
        end
    end
end

-- Stopping ----------------------------------------------------------------------------------------

-- One whose question is held back has not begun, and would only tell once more why not.
function master.stop_worker(m, w)
    if m.failed and w.held then
        w.kill_at = sss.now()
        master.kill(m, w)
        m.status = 1
    elseif not w.kill_at then
        w.kill_at = sss.now() + m.grace + master.slack
        process.kill(w.pid, "TERM")
    end
end

function master.kill_overdue(m)
    local now = sss.now()
    for _, w in pairs(m.workers) do
        if w.kill_at and now >= w.kill_at then
            master.kill(m, w, ": it has not ended %g seconds after it was told to",
                m.grace + master.slack)
        end
    end
end

-- When the end of a worker may have to be seen to.
function master.next_end(m)
    local next_look = math.huge
    for _, w in pairs(m.workers) do
        if w.how then
            next_look = math.min(next_look, w.ended + settles_in)
        elseif not w.killed then
            next_look = math.min(next_look, w.kill_at or math.huge,
                w.gone and w.gone + settles_in or math.huge,
                w.slot.next and sss.now() + 1 or math.huge)
        end
    end
    return next_look
end

-- Replacing ---------------------------------------------------------------------------------------

local function is_ready(w)
    if not w.came then
        return false
    end
    return not w.slot.listens or next(w.taken) ~= nil or sss.now() > w.came + listen_within
end

function master.settle_ready(m)
    for _, w in pairs(m.workers) do
        if not w.settled and is_ready(w) and w.slot.worker == w then
            w.settled, m.served = true, true
            private.drop_unused(m, w.slot)
        end
    end
end

-- HUP: from the first to the last; once more from the first when it comes meanwhile.
function master.begin_roll(m)
    if m.rolling then
        m.roll_again = 1
    else
        m.rolling = 1
    end
end

-- The replacement in the slot whose turn it is takes over when it is ready.
function master.roll(m)
    local slot = m.rolling and m.slots[m.rolling]
    local w = slot and slot.next
    if w and is_ready(w) then
        if slot.worker then
            master.stop_worker(m, slot.worker)
        end
        slot.worker, slot.next = w, nil
        m.rolling = m.rolling + 1
    elseif w and sss.now() > w.started + ready_within then
        master.kill(m, w, ": it is to replace another, and not ready after %d seconds",
            ready_within)
    end
    if m.rolling and m.rolling > #m.slots then
        m.rolling, m.roll_again = m.roll_again, nil
    end
end
