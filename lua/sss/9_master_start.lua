-- SPDX-License-Identifier: BSD-3-Clause
-- How a master starts workers.

local sss, private = ...

local process, master = private.process, private.master

local retry = 1      -- seconds until what could not be started is tried again
local head_start = 1 -- seconds that the first worker has for itself

-- In the child: nothing of the master's stays open but the channel.
local function leave_master(m, mine)
    m.is_worker = true
    mine:close()
    for _, w in pairs(m.workers) do
        w.channel:close()
    end
    for _, entry in pairs(m.listeners) do
        entry.socket:close()
    end
    function private.pid() -- what the master has inherited was for its workers
        return m.pid
    end
    private.worker_signals()
    for _, signal in ipairs(m.signals) do
        signal:close()
    end
    for name in pairs(master.forwarded) do
        process.disarm(name)
    end
    process.print_lines()
    process.unblock()
end

local function new_worker(m, slot, pid, channel)
    local w = {slot = slot, pid = pid, channel = channel, started = sss.now(), taken = {},
               listeners = 0, watches = {}, failures = slot.failures or 0,
               first = not slot.started, heard = sss.now()}
    m.workers[pid] = w
    slot.started = w.started
    if slot.worker then
        slot.next = w
    else
        slot.worker = w
    end
end

-- The process id of a new worker in SLOT; 0 and its channel in the worker; nil and why not.
local function fork(m, slot)
    local made, mine, theirs = pcall(sss.pair)
    if not made then
        return nil, mine
    end
    local ok, pid = pcall(process.fork)
    if ok and pid == 0 then
        leave_master(m, mine)
        return 0, theirs
    end
    theirs:close()
    if not ok then
        mine:close()
        return nil, pid
    end
    mine:settimeout {send = 0} -- who does not take answers does not hold the master up
    new_worker(m, slot, pid, mine)
    return pid
end

local function tell_start(slot, pid)
    if slot.death then
        master.say("%s; started again as pid %d", slot.death, pid)
        slot.death = nil
    end
end

-- Starts a worker in each of SLOTS. In the worker: its slot and its channel.
function master.start(m, slots)
    master.listen_to_none(m)
    for _, slot in ipairs(slots) do
        local pid, channel = fork(m, slot)
        if pid == 0 then
            return slot.index, channel
        elseif pid then
            tell_start(slot, pid)
        elseif not m.served then
            error(channel, 0)
        else
            master.say("worker %d cannot be started: %s", slot.index, tostring(channel))
            slot.due = sss.now() + retry
        end
    end
    master.listen_to_all(m)
end

-- What keeps a script from starting, the first worker tells once, before there are others.
local function is_first_alone(m)
    return not m.served and not m.buried and sss.now() < m.began + head_start
end

-- Shall there be another worker in SLOT, when its time has come?
local function is_wanted(m, slot)
    if not slot.worker then
        return slot.index == 1 or not is_first_alone(m)
    end
    return m.rolling == slot.index and not slot.next
end

-- The slots in which a worker is to be started now.
function master.due_slots(m)
    local due, now = {}, sss.now()
    for _, slot in ipairs(m.slots) do
        if is_wanted(m, slot) and now >= slot.due then
            due[#due + 1] = slot
        end
    end
    return due
end

-- When a worker may have to be started.
function master.next_start(m)
    local next_look = math.huge
    for _, slot in ipairs(m.stopping and {} or m.slots) do
        if is_wanted(m, slot) then
            next_look = math.min(next_look, slot.due)
        elseif not slot.worker then
            next_look = math.min(next_look, m.began + head_start)
        end
    end
    return next_look
end
