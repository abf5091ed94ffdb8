-- SPDX-License-Identifier: BSD-3-Clause
-- sss.notify, and what is told to a service manager by itself: sd_notify(3).

local sss, private = ...

local notifier = private.notifier
local find, format = string.find, string.format

local settles_in = 1   -- seconds after the first wait, for a program that listens on nothing
local look_every = 0.05 -- seconds, until it is ready

-- STATE, which says when the program reloads if it says that it does.
local function complete(state)
    if find("\n" .. state .. "\n", "\nRELOADING=1\n", 1, true)
        and not find("\n" .. state, "\nMONOTONIC_USEC=", 1, true) then
        return state .. format("\nMONOTONIC_USEC=%.0f", sss.now() * 1e6)
    end
    return state
end

function private.notify(state)
    return notifier.send(complete(state))
end

function private.check_state(state)
    if type(state) ~= "string" or state == "" or #state > 4096 then
        private.bad_argument(1, "notify", "string of 1 to 4096 bytes expected, got "
            .. (type(state) == "string" and #state .. " bytes" or type(state)))
    end
end

local told = false -- that it is ready

-- sss.notify(state) -> boolean
function sss.notify(state)
    private.check_state(state)
    told = told or find("\n" .. state .. "\n", "\nREADY=1\n", 1, true) ~= nil
    return private.notify(state)
end

-- A program without workers -----------------------------------------------------------------------

-- For a master as well, and for workers that it looks after.
private.watchdog = notifier.watchdog()
local watchdog = private.watchdog
local first_wait

local function listens()
    return next(private.listeners) ~= nil or next(private.servers) ~= nil
end

local function ping()
    notifier.send("WATCHDOG=1")
end

local function look()
    first_wait = first_wait or sss.now()
    if not told and not listens() and sss.now() < first_wait + settles_in then
        return
    end
    if not told then
        told = true
        private.notify("READY=1")
    end
    notifier.beat()
    if watchdog then
        notifier.beat(watchdog / 2, ping)
    end
end

-- Begins to tell; and no longer, as a master does it otherwise, and a worker not at all.
function private.begin_notifying()
    if notifier.here() then
        notifier.beat(math.min(look_every, watchdog and watchdog / 2 or look_every), look)
    end
end

function private.end_notifying()
    notifier.beat()
end

private.begin_notifying()
