-- SPDX-License-Identifier: BSD-3-Clause
-- The master of sss.workers(): starts workers, starts them again, replaces and stops them, and
-- keeps their listening sockets.
--
-- A worker has a slot, 1 to n, and a channel to the master, a unix socket pair, whose end tells
-- that it died. Over it a worker asks for what it listens on. That stays open here, so that a
-- connection that waits to be accepted outlives the worker: the next one in the slot takes it over.
-- (Closing a listening socket resets those.)
--
-- A fork needs a process in which nothing waits. So before one the tasks that read the channels are
-- cancelled, which loses nothing, and made again after it.

local sss, private = ...

local process, format = private.process, string.format
local exit = os.exit

local apart = 1          -- seconds between two starts in a slot, doubled for each that failed early
local apart_most = 32    -- up to this
local ready_within = 60  -- seconds a replacement has to come to its first wait
local listen_within = 30 -- seconds it then has to ask for what the one before it listened on
local slack = 2          -- seconds beyond the grace until workers are killed

local function say(message, ...)
    private.tell(format(message, ...))
end

local function wake(m)
    m.news = true
    m.event:wake()
end

-- Hearing -----------------------------------------------------------------------------------------

-- A task for each worker.
local function read_requests(m, w)
    while not w.paused do
        local ok, line = pcall(w.channel.receive, w.channel, "l")
        if ok and line then
            private.answer_request(m, w, line)
        elseif not ok and type(line) == "table" and line.code == "cancelled" then
            return
        else
            w.gone = sss.now()
            wake(m)
            return
        end
        wake(m)
    end
end

-- A task for each signal; it only leaves a note. The second to stop means at once.
local function hear(m, signal)
    while true do
        local name = signal:wait()
        if name == "HUP" then
            m.replace_now = true
        elseif name ~= "CHLD" then
            m.kill_now = m.stop_now
            m.stop_now = true
        end
        wake(m)
    end
end

local function listen_to_all(m)
    m.tasks = {}
    private.expect_orphans(m)
    for _, signal in ipairs(m.signals) do
        table.insert(m.tasks, sss.spawn(hear, m, signal))
    end
    for _, w in pairs(m.workers) do
        w.paused = false
        if not w.gone then
            table.insert(m.tasks, sss.spawn(read_requests, m, w))
        end
    end
end

local function listen_to_none(m)
    for _, w in pairs(m.workers) do
        w.paused = true
    end
    for _, task in ipairs(m.tasks) do
        task:cancel()
    end
    for _, task in ipairs(m.tasks) do
        pcall(task.join, task)
    end
end

-- Starting ----------------------------------------------------------------------------------------

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
    process.print_lines()
    process.unblock()
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
    local w = {slot = slot, pid = pid, channel = mine, started = sss.now(), taken = {}}
    m.workers[pid] = w
    slot.started = w.started
    if slot.worker then
        slot.next = w
    else
        slot.worker = w
    end
    return pid
end

local function tell_start(slot, pid)
    if slot.death then
        say("%s; started again as pid %d", slot.death, pid)
        slot.death = nil
    end
end

-- Starts a worker in each of SLOTS. In the worker: its slot and its channel.
local function start(m, slots)
    listen_to_none(m)
    for _, slot in ipairs(slots) do
        local pid, channel = fork(m, slot)
        if pid == 0 then
            return slot.index, channel
        elseif pid then
            tell_start(slot, pid)
        elseif not m.served then
            error(channel, 0)
        else
            say("worker %d cannot be started: %s", slot.index, tostring(channel))
            slot.due = sss.now() + apart
        end
    end
    listen_to_all(m)
end

-- The slots in which a worker is to be started now.
local function due_slots(m)
    local due, now = {}, sss.now()
    for _, slot in ipairs(m.slots) do
        local replaced = m.rolling == slot.index and slot.worker and not slot.next
        if (replaced or not slot.worker) and now >= slot.due then
            due[#due + 1] = slot
        end
    end
    return due
end

-- Ends --------------------------------------------------------------------------------------------

local function has_failed_early(m, w, how, number)
    return not m.served and (how ~= "ended with status" or number ~= 0) and not w.came
end

local function note_death(m, w, how, number)
    local slot = w.slot
    slot.death = format("worker %d (pid %d) %s %d", slot.index, w.pid, how, number)
    slot.early = w.came and 0 or (slot.early or 0) + 1
    local wait = math.min(apart * 2 ^ math.max(0, slot.early - 1), apart_most)
    slot.due = slot.started + wait
    if has_failed_early(m, w, how, number) then
        say("%s before any worker was ready", slot.death)
        m.status = 1
        m.stop_now = true
    end
end

-- W has ended.
local function bury(m, w, how, number)
    local slot = w.slot
    w.channel:close()
    m.workers[w.pid] = nil
    if slot.next == w then
        slot.next = nil
        m.rolling, m.roll_again = nil, nil
        slot.due = slot.started + apart
        say("worker %d cannot be replaced: its replacement (pid %d) %s %d", slot.index, w.pid, how,
            number)
    elseif slot.worker == w then
        slot.worker, slot.next = slot.next, nil
        if not m.stopping and not w.stopping then
            note_death(m, w, how, number)
        end
    end
    if slot.worker and slot.worker.settled then
        private.drop_unused(m, slot)
    end
end

-- Its channel has ended: so has the process, or it is about to.
local function bury_all(m)
    for _, w in pairs(m.workers) do
        local how, number
        if w.gone then
            how, number = process.reap(w.pid)
        end
        if how then
            bury(m, w, how, number)
        elseif w.gone and sss.now() > w.gone + 1 then
            process.kill(w.pid, "KILL")
        end
    end
end

-- Replacing and stopping --------------------------------------------------------------------------

local function is_ready(w)
    if not w.came then
        return false
    end
    return not w.slot.listens or next(w.taken) ~= nil or sss.now() > w.came + listen_within
end

local function stop_worker(w)
    if not w.stopping then
        w.stopping = true
        process.kill(w.pid, "TERM")
    end
end

-- The replacement in the slot whose turn it is takes over when it is ready.
local function roll(m)
    local slot = m.rolling and m.slots[m.rolling]
    local w = slot and slot.next
    if w and is_ready(w) then
        if slot.worker then
            stop_worker(slot.worker)
        end
        slot.worker, slot.next = w, nil
        m.rolling = m.rolling + 1
    elseif w and sss.now() > w.started + ready_within then
        say("worker %d cannot be replaced: pid %d is not ready after %d seconds", slot.index, w.pid,
            ready_within)
        process.kill(w.pid, "KILL")
    end
    if m.rolling and m.rolling > #m.slots then
        m.rolling, m.roll_again = m.roll_again, nil
    end
end

local function settle_ready(m)
    for _, w in pairs(m.workers) do
        if not w.settled and is_ready(w) and w.slot.worker == w then
            w.settled, m.served = true, true
            w.slot.early = 0
            private.drop_unused(m, w.slot)
        end
    end
end

local function begin_stop(m)
    m.stopping = sss.now() + m.grace + slack
    for _, entry in pairs(m.listeners) do
        private.leave_to_workers(m, entry)
    end
    for _, w in pairs(m.workers) do
        stop_worker(w)
    end
end

local function kill_all(m)
    for _, w in pairs(m.workers) do
        say("worker %d (pid %d) is killed", w.slot.index, w.pid)
        process.kill(w.pid, "KILL")
    end
    m.status, m.stopping = 1, math.huge
end

local function obey(m)
    if m.stop_now and not m.stopping then
        begin_stop(m)
    end
    if m.stopping and (m.kill_now or sss.now() >= m.stopping) then
        m.kill_now = nil
        kill_all(m)
    end
    if m.replace_now and not m.stopping then
        m.replace_now = nil
        if m.rolling then
            m.roll_again = 1
        else
            m.rolling = 1
        end
    end
end

-- The master's life -------------------------------------------------------------------------------

-- Seconds until something may be due though nobody wakes the master.
local function patience(m)
    local now, next_look = sss.now(), m.stopping or math.huge
    for _, slot in ipairs(m.slots) do
        if not m.stopping and (not slot.worker or m.rolling == slot.index and not slot.next) then
            next_look = math.min(next_look, slot.due)
        end
        if slot.next then
            next_look = math.min(next_look, now + 1)
        end
    end
    for _, w in pairs(m.workers) do
        if w.gone then
            next_look = math.min(next_look, now + 0.01)
        end
    end
    return math.max(0, next_look - now)
end

local function live(m)
    while true do
        m.news = false
        bury_all(m)
        private.reap_orphans(m)
        obey(m)
        settle_ready(m)
        roll(m)
        local due = m.stopping and {} or due_slots(m)
        if #due > 0 then
            local index, channel = start(m, due)
            if index then
                return index, channel
            end
        elseif m.stopping and not next(m.workers) then
            exit(m.status, true)
        end
        if not m.news then
            local seconds = patience(m)
            m.event:wait(seconds < math.huge and seconds or nil)
        end
    end
end

-- Reaps those that were killed, which takes a moment.
local function bury_killed(m)
    for _, w in pairs(m.workers) do
        w.channel:close()
        while not process.reap(w.pid) do
            sss.sleep(0.01)
        end
    end
end

-- Something that a script may catch has ended the wait, such as the time limit around it.
local function give_up(m)
    kill_all(m)
    sss.spawn(bury_killed, m)
    for _, task in ipairs(m.tasks) do
        task:cancel()
    end
    for _, signal in ipairs(m.signals) do
        signal:close()
    end
    for _, entry in pairs(m.listeners) do
        entry.socket:close()
    end
end

-- Starts N workers. Returns in a worker only: its number and its channel.
function private.supervise(n, grace)
    local m = {slots = {}, workers = {}, listeners = {}, bound = {}, tasks = {}, status = 0,
               event = private.event(), grace = grace, pid = private.pid()}
    for i = 1, n do
        m.slots[i] = {index = i, due = 0}
    end
    m.signals = {sss.signal("TERM"), sss.signal("INT"), sss.signal("HUP")}
    local ok, index, channel = pcall(live, m)
    if ok then
        return index, channel
    end
    if not m.is_worker then
        give_up(m)
    end
    error(index, 0)
end
