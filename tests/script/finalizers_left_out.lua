-- SPDX-License-Identifier: BSD-3-Clause
-- Objects whose memory the collector frees without calling their finalizer leave nothing behind that
-- points to it: everything is used afterwards.

local sss = require "sss"
local t = require "harness"
local crowded = require "crowded"

-- Calls f(...), with an error after COUNT instructions: perhaps between a wait that has begun and its
-- end.
local function interrupt(count, f, ...)
  local function raise()
    debug.sethook()
    error("interrupted", 0)
  end
  local function call(...)
    debug.sethook(raise, "", count)
    pcall(f, ...)
    debug.sethook()
  end
  pcall(call, ...)
end

-- Calls f(...) so for many counts, and each time leaves out the finalizer of the newest object.
local function interrupt_all(f, ...)
  local arguments = t.pack(...)
  for count = 6, 30 do
    crowded.collect(function() interrupt(count, f, unpack(arguments, 1, arguments.n)) end)
    sss.sleep(0)
  end
end

t.task("an event with a waiter whose wait came to no end", function()
  local make = debug.getregistry()["sss.private"].event
  interrupt_all(function()
    local event = make()
    event:wait(0.001)
  end)
  local event = make()
  local task = sss.spawn(function() return event:wait() end)
  sss.yield()
  t.ok(event:wake(false, "came"))
  t.eq(task:join(), "came")
end)

t.task("a look-up whose wait came to no end", function()
  interrupt_all(sss.resolve, "127.0.0.1", "80")
  t.ok(#sss.resolve("127.0.0.1", "80") > 0, "the addresses")
end)

t.test("a signal that nobody has any more", function()
  local output, status = t.child.run([[
    package.path = arg[1] .. ";" .. package.path
    local sss, crowded = require "sss", require "crowded"
    local ffi = require "ffi"
    ffi.cdef "int getpid(void); int kill(int, int);"
    for _ = 1, 3 do
      crowded.collect(function() sss.signal("USR1") end)
      local signal = sss.signal("USR1")
      ffi.C.kill(ffi.C.getpid(), 10)
      assert(signal:wait() == "USR1")
      signal:close()
    end
    crowded.collect(function()
      local signal = sss.signal("USR1")
      sss.timeout(0.001, signal.wait, signal)
    end)
    sss.sleep(0.001)
    print "yes"]], { args = ("'%s'"):format(package.path) })
  t.match(output, "yes\n$")
  t.eq(status, 0)
end)

t.test("a task that has failed and that nobody can join is told of", function()
  local output, status = t.child.run([[
    package.path = arg[1] .. ";" .. package.path
    local sss, crowded = require "sss", require "crowded"
    for i = 1, 3 do
      crowded.collect(function()
        sss.spawn(error, "failure " .. i, 0)
        sss.yield()
      end)
      sss.sleep(0.001)
      local ok = pcall(function()
        local task = sss.spawn(error, "joined", 0)
        task:join()
      end)
      assert(not ok)
    end
    print "yes"]], { args = ("'%s'"):format(package.path) })
  t.match(output, "yes\n")
  for i = 1, 3 do
    t.eq(select(2, output:gsub("failed: failure " .. i .. "\n", "")), 1, output)
  end
  t.ok(not output:find("joined"), output)
  t.eq(status, 1)
end)

t.task("a task that has ended, and a limit that is over", function()
  local before = sss.stats().tasks
  for _ = 1, 3 do
    crowded.collect(function() sss.spawn(sss.sleep, 0):join() end)
    crowded.collect(function() sss.timeout(0.001, sss.sleep, 1) end)
    local a, b = sss.pair()
    a:send("line\n")
    t.eq(b:receive("l"), "line")
    a:close() b:close()
  end
  t.eq(sss.stats().tasks, before)
end)

t.run()
