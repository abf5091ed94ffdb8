-- SPDX-License-Identifier: BSD-3-Clause
-- What a master tells a service manager, sd_notify(3): that all its workers are ready, that it
-- replaces or stops them, and that it is not stuck. Whether a worker is, it looks after itself.

local sss, private = ...

local master, notifier = private.master, private.notifier

local listens_within = 1 -- seconds after its first wait; then it is ready without

local function is_up(w)
    return w and w.settled and (next(w.taken) ~= nil or sss.now() >= w.came + listens_within)
end

local function all_are_up(m)
    for _, slot in ipairs(m.slots) do
        if not is_up(slot.worker) then
            return false
        end
    end
    return true
end

-- A HUP has come: workers are replaced.
function master.tell_reload(m)
    m.reloads = true
    private.notify("RELOADING=1")
end

local function tell_state(m)
    if not m.told and all_are_up(m) or m.reloads and not m.rolling then
        m.told, m.reloads = true, false
        notifier.send("READY=1")
    end
end

-- A worker that is stuck is killed by the same measure as the program would be, but not because the
-- master has not run.
local function look_for_stuck(m, seconds, now)
    local was_away = now > (m.looked or now) + seconds
    m.looked = now
    for _, w in pairs(m.workers) do
        if was_away or not w.came then
            w.heard = now
        elseif not w.kill_at and now >= w.heard + seconds then
            master.kill(m, w, ": nothing was heard of it for %g seconds", seconds)
        end
    end
end

function master.notify(m)
    local now, seconds = sss.now(), private.watchdog
    if m.manager and not m.stopping then
        tell_state(m)
    end
    if seconds and now >= (m.next_ping or 0) then
        m.next_ping = now + seconds / 2
        notifier.send("WATCHDOG=1")
        look_for_stuck(m, seconds, now)
    end
end

-- When there may be something to tell.
function master.next_notice(m)
    local next_look = m.next_ping or math.huge
    for _, w in pairs(m.manager and not m.told and m.workers or {}) do
        if w.settled and not next(w.taken) then
            next_look = math.min(next_look, w.came + listens_within)
        end
    end
    return next_look
end
