-- SPDX-License-Identifier: BSD-3-Clause
-- The master of sss.workers(): starts workers, starts them again, replaces and stops them, and
-- keeps their listening sockets.
--
-- A worker has a slot, 1 to n, and a channel to the master, a unix socket pair. Over it a worker
-- asks for what it listens on. That stays open here, so that a connection that waits to be accepted
-- outlives the worker: the next one in the slot takes it over. (Closing a listening socket resets
-- those.) What comes over a channel may be anything: a script can write to descriptors that are not
-- its own.
--
-- This file is the master's life; what it does meanwhile is in 9_master_*.lua.

local sss, private = ...

local process, format = private.process, string.format
local exit = os.exit

local apart = 1 -- seconds between two orders to stop that are two, not one given twice

local master = {}
private.master = master

master.slack = 2 -- seconds beyond the grace until workers are killed

-- What USR1 and the like say is for the workers, whether they watch them or not; other signals are
-- when a worker watches them.
master.forwarded = {USR1 = true, USR2 = true, WINCH = true}

function master.say(text, ...)
    private.tell(format(text, ...))
end
local say = master.say

local function wake(m)
    m.news = true
    m.event:wake()
end
master.wake = wake

-- Kills W, for the REASON, a format; nil: without a word.
function master.kill(m, w, reason, ...)
    if w.killed or w.how then
        return
    end
    w.killed = true
    if reason then
        say("worker %d (pid %d) is killed%s", w.slot.index, w.pid, format(reason, ...))
    end
    process.kill(w.pid, "KILL")
    if m.stopping then
        m.status = 1
    end
end

-- Hearing -----------------------------------------------------------------------------------------

-- name of a signal -> what it means; they only leave notes
local heard = {}

function heard.HUP(m)
    m.replace_now = true
end

function heard.CHLD(m)
    m.child_ended = true
end

-- timeout(1) tells the program and then its whole group, as systemd and terminals may: that is one
-- order. A later one means at once.
function heard.TERM(m)
    local now = sss.now()
    m.kill_now = m.kill_now or m.told_to_stop and now >= m.told_to_stop + apart
    m.told_to_stop = m.told_to_stop or now
    m.stop_now = true
end
heard.INT = heard.TERM

local function forward(m, name)
    for _, w in pairs(m.workers) do
        if not w.how and (master.forwarded[name] or w.watches[name]) then
            process.kill(w.pid, name)
        end
    end
end

-- A task for each signal.
local function hear(m, signal)
    while not m.over do
        local name = signal:wait()
        local obey = heard[name] or forward
        obey(m, name)
        wake(m)
    end
end

-- From here on the signal NAME goes on to the workers that watch it.
function master.forward(m, name)
    if heard[name] or name == "PIPE" or m.hears[name] then
        return
    end
    local signal = sss.signal(name)
    m.hears[name] = true
    table.insert(m.signals, signal)
    if not m.deaf then
        table.insert(m.tasks, sss.spawn(hear, m, signal))
    end
end

-- A fork needs a process in which nothing waits. So before one the tasks that read the channels are
-- cancelled, which loses nothing, and made again after it.
function master.listen_to_all(m)
    m.tasks, m.deaf = {}, false
    private.expect_ends(m)
    for _, signal in ipairs(m.signals) do
        table.insert(m.tasks, sss.spawn(hear, m, signal))
    end
    for _, w in pairs(m.workers) do
        if not w.gone then
            table.insert(m.tasks, sss.spawn(master.read_requests, m, w))
        end
    end
end

function master.listen_to_none(m)
    m.deaf = true
    for _, task in ipairs(m.tasks) do
        task:cancel()
    end
    for _, task in ipairs(m.tasks) do
        pcall(task.join, task)
    end
end

-- Obeying -----------------------------------------------------------------------------------------

local function begin_stop(m)
    m.stopping = true
    private.notifier.stopping()
    for _, entry in pairs(m.listeners) do
        private.leave_to_workers(m, entry)
    end
    for _, w in pairs(m.workers) do
        master.stop_worker(m, w)
    end
end

local function kill_all(m)
    m.status = 1
    for _, w in pairs(m.workers) do
        master.kill(m, w, "")
    end
end

local function obey(m)
    if m.stop_now and not m.stopping then
        begin_stop(m)
    end
    if m.stopping and m.kill_now then
        m.kill_now = nil
        kill_all(m)
    end
    if m.replace_now and not m.stopping then
        m.replace_now = nil
        master.begin_roll(m)
        master.tell_reload(m)
    end
end

-- The master's life -------------------------------------------------------------------------------

-- Seconds until something may be due though nobody wakes the master; nil: nothing is.
local function patience(m)
    local next_look = math.min(master.next_end(m), master.next_start(m), master.next_answer(m),
        master.next_notice(m))
    return next_look < math.huge and math.max(0, next_look - sss.now()) or nil
end

local function look_after(m)
    master.bury_ended(m)
    private.reap_orphans(m)
    obey(m)
    master.kill_overdue(m)
    master.roll(m)
    master.settle_ready(m)
    master.release_held(m)
    master.notify(m)
end

local function live(m)
    while true do
        m.news = false
        look_after(m)
        local due = m.stopping and {} or master.due_slots(m)
        if #due > 0 then
            local index, channel = master.start(m, due)
            if index then
                return index, channel
            end
        elseif m.stopping and not next(m.workers) then
            exit(m.status, true)
        end
        if not m.news then
            m.event:wait(patience(m))
        end
    end
end

-- Reaps those that were killed, which takes a moment.
local function bury_killed(m)
    for _, w in pairs(m.workers) do
        w.channel:close()
        while not w.how and not process.reap(w.pid) do
            sss.sleep(0.01)
        end
    end
end

-- Something that a script may catch has ended the wait, such as the time limit around it.
local function give_up(m)
    m.over = true
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
    local m = {slots = {}, workers = {}, listeners = {}, bound = {}, granted = {}, tasks = {},
               signals = {}, hears = {}, status = 0, event = private.event(), grace = grace,
               pid = private.pid(), began = sss.now(), deaf = true,
               manager = private.notifier.here()}
    for i = 1, n do
        m.slots[i] = {index = i, due = 0}
    end
    for _, name in ipairs {"TERM", "INT", "HUP"} do
        table.insert(m.signals, sss.signal(name))
    end
    for name in pairs(master.forwarded) do
        master.forward(m, name)
    end
    local ok, index, channel = pcall(live, m)
    if ok then
        return index, channel
    end
    if not m.is_worker then
        give_up(m)
    end
    error(index, 0)
end
