-- SPDX-License-Identifier: BSD-3-Clause
-- Cancelling is exact: what was cancelled or timed out has happened, or it has not.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local timed_out = { n = 2, nil, "timeout" }

local function settle()
  for _ = 1, 40 do sss.yield() end
end

local function ends_cancelled(task)
  local err = t.raises("cancelled", task.join, task)
  t.eq(task.status, "cancelled")
  return err
end

-- Tasks ------------------------------------------------------------------------------------------

t.task("the error is raised where the task waits", function()
  local a, b = sss.pair()
  local channel = sss.channel()
  local sleeper = sss.spawn(function() end)
  sleeper:join()
  local waits = {
    sleep = function() sss.sleep(100) end,
    receive = function() a:receive() end,
    channel = function() channel:receive() end,
    join = function() sss.spawn(function() end):join() end,
    gather = function() sss.gather(function() sss.sleep(100) end) end,
  }
  for name, wait in pairs(waits) do
    local caught, after
    local task = sss.spawn(function()
      local _, err = pcall(function()
        wait()
        if name == "join" then sss.yield() end
      end)
      caught = err
      sss.yield() -- the cancel has been told: this one waits as usual
      after = true
      error(err, 0)
    end)
    sss.yield()
    sss.yield()
    task:cancel()
    ends_cancelled(task)
    t.eq(caught.code, "cancelled", name)
    t.eq(after, true, name)
  end
  link.close(a, b)
end)

t.task("a finished task", function()
  local done, failed = sss.spawn(function() return 1 end), sss.spawn(error, "x")
  t.eq(done:join(), 1)
  pcall(failed.join, failed)
  for _ = 1, 2 do
    t.eq(done:cancel(), done)
    t.eq(failed:cancel(), failed)
  end
  t.eq({ done.status, done:join() }, { "done", 1 })
  t.eq(failed.status, "failed")
  t.raises("^x$", failed.join, failed)
end)

t.task("a task that has not begun never does", function()
  local ran = false
  local task = sss.spawn(function() ran = true end)
  t.eq(task:cancel():cancel(), task)
  ends_cancelled(task)
  t.eq(ran, false)
end)

t.test("oneself", function()
  local task, after
  task = sss.spawn(function()
    local _, err = pcall(function() task:cancel() end)
    sss.yield() -- it has been told
    after = err.code
    task:cancel()
  end)
  ends_cancelled(task)
  t.eq(after, "cancelled")
end)

t.test("joining oneself", function()
  local task
  task = sss.spawn(function() return select(2, pcall(task.join, task)) end)
  t.match(task:join(), "a task cannot join itself")
  task = sss.spawn(function()
    return select(2, pcall(sss.timeout, 0, function() task:join() end))
  end)
  t.match(task:join(), "a task cannot join itself")
end)

t.task("tasks that join each other", function()
  local first, second
  first = sss.spawn(function() return second:join() end)
  second = sss.spawn(function() return first:join() end)
  settle()
  first:cancel()
  ends_cancelled(first)
  ends_cancelled(second) -- the error of the one it joined
end)

t.task("one who joins is cancelled, not the one who is joined", function()
  local slow = sss.spawn(function()
    sss.sleep(0.005)
    return "whole"
  end)
  local joiner = sss.spawn(function() return slow:join() end)
  settle()
  joiner:cancel()
  ends_cancelled(joiner)
  t.eq(slow.status, "waiting")
  t.eq(slow:join(), "whole")
end)

t.task("a task that catches it and goes on", function()
  local codes = {}
  local task = sss.spawn(function()
    for i = 1, 3 do
      local _, err = pcall(sss.sleep, 100)
      codes[i] = err.code
    end
    return "went on"
  end)
  for _ = 1, 3 do
    settle()
    task:cancel()
  end
  t.eq(task:join(), "went on")
  t.eq(codes, { "cancelled", "cancelled", "cancelled" })
end)

t.task("several cancels at the same moment are one", function()
  local told = 0
  local task = sss.spawn(function()
    for _ = 1, 3 do
      if not pcall(sss.sleep, 0.001) then told = told + 1 end
    end
  end)
  settle()
  task:cancel():cancel():cancel()
  task:join()
  t.eq(told, 1)
end)

t.task("a result that is there already is delivered, and the cancel told at the next wait", function()
  local channel, got = sss.channel(), nil
  local waits = {
    sleep = function() sss.yield() return "slept" end,
    join = function() return sss.spawn(function() return "slept" end):join() end,
    send = function() return channel:send(1) and "slept" end,
  }
  for name, wait in pairs(waits) do
    local task, code
    task = sss.spawn(function()
      got = wait()
      local _, err = pcall(sss.sleep, 100)
      code = err.code
    end)
    sss.yield()
    if name == "send" then channel:receive() end
    if name == "join" then sss.yield() end
    task:cancel()
    task:join()
    t.eq({ got, code }, { "slept", "cancelled" }, name)
  end
end)

-- Sockets ----------------------------------------------------------------------------------------

t.task("a cancelled accept drops no client", function()
  local listener, address = link.listen()
  for round = 1, 10 do
    local acceptor = sss.spawn(function()
      local client = listener:accept()
      client:close()
      return "accepted"
    end)
    settle()
    local client = sss.connect(address)
    if round % 2 == 0 then settle() end
    acceptor:cancel()
    local ok, result = pcall(acceptor.join, acceptor)
    if ok then
      t.eq(result, "accepted")
    else
      t.eq(result.code, "cancelled")
      local accepted = listener:accept()
      accepted:send("still there\n")
      t.eq(client:receive("l"), "still there")
      accepted:close()
    end
    client:close()
  end
  link.close(listener)
end)

t.task("a race of accepts drops no client", function()
  local one, to_one = link.listen()
  local other, to_other = link.listen()
  local client, second = sss.connect(to_one), sss.connect(to_other)
  local which, accepted = sss.race(function() return (one:accept()) end,
    function() return (other:accept()) end)
  local rest = which == 1 and other or one
  link.close(accepted, client, second, (rest:accept()), one, other)
end)

t.task("a cancelled connect leaks nothing", function()
  local listener, address, fillers = link.deaf()
  for _ = 1, 5 do
    local own = sss.socket()
    local first = sss.spawn(sss.connect, address)
    local second = sss.spawn(own.connect, own, address)
    settle()
    t.eq({ first.status, second.status }, { "waiting", "waiting" })
    first:cancel()
    second:cancel()
    ends_cancelled(first)
    ends_cancelled(second)
    t.eq(t.pack(sss.timeout(0.001, sss.connect, address)), timed_out)
    own:close()
  end
  local probe = sss.socket("unix")
  t.ok(probe.fd < fillers[#fillers].fd + 12, "descriptor " .. probe.fd)
  link.close(listener, probe, unpack(fillers))
end)

t.task("a cancelled connect to a name leaks nothing", function()
  local listener, address = link.listen()
  for round = 1, 8 do
    local task = sss.spawn(function()
      local socket = sss.connect("localhost:" .. address.port)
      socket:close()
    end)
    for _ = 1, round do sss.sleep(0.0002) end
    task:cancel()
    pcall(task.join, task)
  end
  link.close(listener)
end)

t.task("a cancelled receive leaves the bytes", function()
  local a, b = sss.pair()
  for _ = 1, 5 do
    local reader = sss.spawn(a.receive, a, 10)
    settle()
    b:send("12345")
    settle() -- half of it has come
    reader:cancel()
    ends_cancelled(reader)
    b:send("67890")
    t.eq(a:receive(10), "1234567890")
  end
  local reader = sss.spawn(a.receive, a, "l")
  settle()
  b:send("line\n")
  reader:cancel() -- before it could read
  ends_cancelled(reader)
  t.eq(a:receive("l"), "line")
  link.close(a, b)
end)

t.task("a cancelled send has sent a beginning", function()
  local a, b = sss.pair()
  local data = ("0123456789"):rep(100000)
  local sender = sss.spawn(function() a:send(data) end)
  settle()
  sender:cancel()
  local err = ends_cancelled(sender)
  a:close()
  local got = b:receive("a")
  t.ok(#got > 0 and #got < #data, "bytes: " .. #got)
  t.ok(got == data:sub(1, #got), "the beginning")
  t.eq(err.sent, #got)
  link.close(b)
end)

-- Channels ---------------------------------------------------------------------------------------

t.task("a cancelled send to a channel duplicates nothing", function()
  for capacity = 0, 2 do
    local channel, acknowledged = sss.channel(capacity), {}
    for i = 1, 30 do
      local task = sss.spawn(function()
        channel:send(i)
        acknowledged[#acknowledged + 1] = i
      end)
      sss.yield()
      local taken
      if i % 3 == 0 then taken = channel:receive() end
      task:cancel()
      local ok = pcall(task.join, task)
      t.eq(ok, acknowledged[#acknowledged] == i)
      if taken then t.eq(taken, table.remove(acknowledged, 1)) end
    end
    channel:close()
    for value in channel do t.eq(value, table.remove(acknowledged, 1)) end
    t.eq(acknowledged, {})
  end
end)

t.task("a cancelled receive leaves the value to the next in the row", function()
  local channel, receivers = sss.channel(), {}
  for i = 1, 4 do
    receivers[i] = sss.spawn(channel.receive, channel)
    sss.yield()
  end
  channel:send("first") -- for the first receiver, who has not run yet
  channel:send("second")
  receivers[1]:cancel()
  ends_cancelled(receivers[1])
  t.eq(receivers[2]:join(), "first")
  t.eq(receivers[3]:join(), "second")
  t.eq(receivers[4].status, "waiting")
  receivers[4]:cancel()
  ends_cancelled(receivers[4])
  t.eq(#channel, 0)
end)

t.task("a race that is cancelled when it is won keeps what it won", function()
  local channel, results = sss.channel(), {}
  for order = 1, 2 do
    local task, code
    task = sss.spawn(function()
      local _, value = sss.race(function() return channel:receive() end)
      results[order] = value
      local _, err = pcall(sss.sleep, 100)
      code = err.code
    end)
    settle()
    if order == 1 then channel:send("value") end
    task:cancel()
    if order == 2 then channel:send("value") end
    local ok = pcall(task.join, task)
    if not ok then results[order] = channel:receive() end
    t.ok(not ok or code == "cancelled", "the cancel is told")
  end
  t.eq(results, { "value", "value" })
  t.eq(#channel, 0)
end)

-- Timeouts ---------------------------------------------------------------------------------------

t.task("inside and around each other, in any order", function()
  for _, times in ipairs { { 0.002, 100 }, { 100, 0.002 }, { 0.002, 0.004 }, { 0.004, 0.002 },
    { 0.002, 0.002 }, { 0, 100 }, { 100, 0 }, { 0, 0 }, { 1e300, 0.002 }, { 0.002, 1 / 0 } } do
    local outer, inner = times[1], times[2]
    local inner_result
    local result = t.pack(sss.timeout(outer, function()
      inner_result = t.pack(sss.timeout(inner, function()
        sss.sleep(200)
        return "never"
      end))
      return "the inner one"
    end))
    if inner < outer then
      t.eq(inner_result, timed_out)
      t.eq(result, { n = 1, "the inner one" })
    else
      t.eq(inner_result, nil)
      t.eq(result, timed_out)
    end
  end
end)

t.task("three deep, the one in the middle", function()
  local log = {}
  local result = sss.timeout(50, function()
    local middle = t.pack(sss.timeout(0.003, function()
      sss.timeout(60, sss.sleep, 70)
      log[#log + 1] = "not here"
    end))
    t.eq(middle, timed_out)
    sss.sleep(0.001)
    return "outer"
  end)
  t.eq(result, "outer")
  t.eq(log, {})
end)

t.task("cancel inside timeout inside gather", function()
  local codes = {}
  local function part(i)
    return function()
      return sss.timeout(100, function()
        local _, err = pcall(sss.sleep, 100)
        codes[i] = err.code
        error(err, 0)
      end)
    end
  end
  local task = sss.spawn(function()
    return sss.timeout(100, sss.gather, part(1), part(2), function()
      return sss.race(part(3), part(4))
    end)
  end)
  settle()
  task:cancel()
  ends_cancelled(task)
  t.eq(codes, { "cancelled", "cancelled", "cancelled", "cancelled" })
end)

t.task("enormous times", function()
  for _, seconds in ipairs { 1e9, 2 ^ 53, 1e300, 1 / 0 } do
    local task = sss.spawn(function() sss.sleep(seconds) end)
    settle()
    t.eq(task.status, "waiting")
    task:cancel()
    ends_cancelled(task)
    t.eq(sss.timeout(seconds, function() return "in time" end), "in time")
  end
  for _, seconds in ipairs { -1, -1 / 0, 0 / 0 } do
    t.raises("bad argument #1 to 'timeout'", sss.timeout, seconds, print)
  end
end)

t.task("a time in the past ends the first wait", function()
  local ran = false
  t.eq(sss.timeout(0, function()
    ran = true
    return "no wait"
  end), "no wait")
  t.eq(ran, true)
  t.eq(t.pack(sss.timeout(0, sss.yield)), timed_out)
  local channel = sss.channel(1)
  t.eq(t.pack(sss.timeout(0, channel.send, channel, 1)), timed_out)
  t.eq(#channel, 0)
end)

t.task("a script that catches the end of a time hears it again", function()
  local heard = 0
  t.eq(t.pack(sss.timeout(0.002, function()
    for _ = 1, 3 do
      if not pcall(sss.sleep, 100) then heard = heard + 1 end
    end
    sss.sleep(100)
  end)), timed_out)
  t.eq(heard, 3)
end)

t.task("a cancel and the end of a time in the same moment", function()
  local task = sss.spawn(function()
    local result = t.pack(sss.timeout(0.002, sss.sleep, 100))
    local _, err = pcall(sss.sleep, 100)
    return result, err.code
  end)
  sss.yield()
  local finish = sss.now() + 0.004
  while sss.now() < finish do end -- nobody else runs: its time is over, but nobody has seen it
  task:cancel()
  local ok, result, code = pcall(task.join, task)
  if ok then
    t.eq(result, timed_out)
    t.eq(code, "cancelled")
  else
    t.eq(result.code, "cancelled")
  end
end)

t.run()
