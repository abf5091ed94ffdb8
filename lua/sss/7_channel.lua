-- SPDX-License-Identifier: BSD-3-Clause
-- sss.channel and sss.semaphore.
--
-- A channel's queue holds what was sent and not yet taken. Whoever finds nothing to take waits; a
-- send then wakes him and puts the value in the queue, where it is promised to him: there are
-- always as many values in the queue as receivers that were woken and have not run yet, or more.
-- Nothing leaves the queue before its receiver runs: one who was cancelled meanwhile leaves his
-- value to the next. So nothing is lost, and values are taken in the order in which they were sent.

local sss, private = ...

local format = string.format
local yield, cancelled = sss.yield, private.cancelled
local spent, pause = private.spent, private.waiting(private.pause)
local wait_to_send = private.waiting(private.waiter("send"))
local wait_to_receive = private.waiting(private.waiter("receive"))
local wait_to_acquire = private.waiting(private.waiter("acquire"))

-- What an operation begins with, also one that need not wait: it tells a cancel or the end of a
-- time, and lets the others run now and then.
local function begin()
    if spent() then
        pause()
        spent()
    end
end

local function check_whole(n, name, low, value)
    local expected = private.check.whole(low, 2 ^ 31 - 1)(value)
    if expected then
        private.bad_argument(n, name, format("%s expected, got %s", expected,
            type(value) == "number" and tostring(value) or type(value)))
    end
end

-- Channels ---------------------------------------------------------------------------------------

local channel, channel_meta = {}, {}
local new_channel, channel_of = private.new_class("channel", channel, channel_meta)
private.classes.channel = channel

-- sss.channel([capacity = 0])
function sss.channel(capacity)
    if capacity == nil then
        capacity = 0
    end
    check_whole(1, "channel", 0, capacity)
    return new_channel {
        capacity = capacity, closed = false,
        senders = private.event(), receivers = private.event(),
        count = 0, -- values in the queue
        promised = 0, -- the first of them, for receivers that were woken
        coming = {}, last = 0, -- the queue's end is coming[last]
        going = {}, first = 1, -- its beginning is going[first], or coming[1] when that is nil
    }
end

local function append(self, value)
    local last = self.last + 1
    self.coming[last] = value
    self.last = last
    self.count = self.count + 1
end

local function take(self)
    local first = self.first
    local value = self.going[first]
    if value == nil then
        self.going, self.coming = self.coming, self.going
        self.last, first = 0, 1
        value = self.going[1]
    end
    self.going[first] = nil
    self.first = first + 1
    self.count = self.count - 1
    return value
end

-- Wakes a receiver for a value that is nobody's. True when there was one.
local function promise(self)
    local woken = self.receivers:wake()
    if woken then
        self.promised = self.promised + 1
    end
    return woken
end

-- The first of the waiting senders goes on; his value is in the queue.
local function admit(self)
    local woken, value = self.senders:wake()
    if woken then
        append(self, value)
    end
end

local function fail_closed()
    local _, err = pcall(private.fail, "send", "EPIPE")
    err.message = "closed channel"
    error(err, 0)
end

-- channel:send(value)
function channel.send(object, value)
    local self = channel_of(object, "send")
    if value == nil then
        private.bad_argument(1, "send", "any value but nil expected")
    end
    begin()
    if self.closed then
        fail_closed()
    elseif promise(self) or self.count - self.promised < self.capacity then
        append(self, value)
    elseif wait_to_send(self.senders, nil, value) == channel then
        fail_closed()
    end
    return object
end

-- The next value that is nobody's, or nil.
local function take_free(self)
    if self.count <= self.promised then
        admit(self) -- only without capacity somebody waits then
        if self.count <= self.promised then
            return nil
        end
        return take(self)
    end
    local value = take(self)
    if self.count - self.promised < self.capacity then
        admit(self)
    end
    return value
end

-- For a receiver that was woken.
local function take_promised(self)
    self.promised = self.promised - 1
    if cancelled() then
        promise(self)
        begin() -- raises it
    end
    return take(self)
end

-- channel:receive() -> value, or nil, "closed"
function channel.receive(object)
    local self = channel_of(object, "receive")
    while true do
        begin()
        local value = take_free(self)
        if value ~= nil then
            return value
        elseif not self.closed then
            if wait_to_receive(self.receivers) ~= channel then
                return take_promised(self)
            end
        elseif self.count == 0 then
            return nil, "closed"
        else
            yield() -- those who were promised the rest take it now, or leave it
        end
    end
end

-- channel:close()
function channel.close(object)
    local self = channel_of(object, "close")
    self.closed = true
    self.senders:wake(true, channel)
    self.receivers:wake(true, channel)
    return object
end

-- for value in channel do
channel_meta.__call = channel.receive

-- The values that a receive would get at once.
local function length(self)
    return self.count - self.promised
end

-- #channel
function channel_meta.__len(object)
    return length(channel_of(object, "#"))
end

function channel_meta.__tostring(object)
    local self = channel_of(object, "tostring")
    return format("channel: %d of %d%s", length(self), self.capacity,
        self.closed and ", closed" or "")
end

-- Semaphores -------------------------------------------------------------------------------------

local semaphore, semaphore_meta = {}, {}
local new_semaphore, semaphore_of = private.new_class("semaphore", semaphore, semaphore_meta)
private.classes.semaphore = semaphore

-- sss.semaphore(n)
function sss.semaphore(n)
    check_whole(1, "semaphore", 1, n)
    return new_semaphore {limit = n, taken = 0, waiters = private.event()}
end

-- Somebody waits for what is given back: it is his.
local function give_back(self)
    if not self.waiters:wake() then
        self.taken = self.taken - 1
    end
end

local function acquire(self)
    begin()
    if self.taken < self.limit then
        self.taken = self.taken + 1
        return
    end
    wait_to_acquire(self.waiters)
    if cancelled() then
        give_back(self)
        begin() -- raises it
    end
end

local function release(self)
    if self.taken == 0 then
        private.raise("release: the semaphore is not taken")
    end
    give_back(self)
end

-- semaphore:acquire()
function semaphore.acquire(object)
    acquire(semaphore_of(object, "acquire"))
    return object
end

-- semaphore:release()
function semaphore.release(object)
    release(semaphore_of(object, "release"))
    return object
end

local function leave(self, ok, ...)
    release(self)
    if not ok then
        error((...), 0)
    end
    return ...
end

-- semaphore:with(f, ...)
function semaphore.with(object, f, ...)
    local self = semaphore_of(object, "with")
    if type(f) ~= "function" then
        private.bad_argument(1, "with", "function expected, got " .. type(f))
    end
    acquire(self)
    return leave(self, xpcall(f, private.keep_trace, ...))
end

function semaphore_meta.__tostring(object)
    local self = semaphore_of(object, "tostring")
    return format("semaphore: %d of %d taken", self.taken, self.limit)
end
