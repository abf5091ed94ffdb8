-- SPDX-License-Identifier: BSD-3-Clause
-- Ends what a test left behind that was cut off in the middle.

local tidy = {}

local function private()
  return debug.getregistry()["sss.private"]
end

-- The table of coroutine -> task that the scheduler keeps of the tasks that live.
local function living()
  for _, value in pairs(debug.getregistry()) do
    if type(value) == "table" then
      local co, task = next(value)
      if type(co) == "thread" and type(task) == "userdata" then return value end
    end
  end
  return {}
end

function tidy.cancel_tasks()
  local sss = require "sss"
  local tasks = {}
  for _, task in pairs(living()) do tasks[#tasks + 1] = task end
  for _, task in ipairs(tasks) do pcall(task.cancel, task) end
  for _, task in ipairs(tasks) do pcall(sss.timeout, 1, task.join, task) end
end

-- What a test may have set.
function tidy.reset()
  local sss = require "sss"
  for _, name in ipairs { "HUP", "INT", "TERM", "USR1", "USR2", "CHLD", "WINCH" } do
    pcall(sss.onsignal, name, nil)
  end
  debug.sethook()
  collectgarbage("restart")
  io.output(io.stdout)
  io.input(io.stdin)
end

function tidy.counts(calls)
  collectgarbage()
  collectgarbage()
  local counts = private() and private().counts and private().counts() or {}
  counts.descriptors = calls.descriptors()
  return counts
end

-- What there is beyond `before`, also after a second: a text or nil.
function tidy.left(calls, before)
  local sss = require "sss"
  local text
  for _ = 1, 50 do
    text = nil
    for kind, count in pairs(tidy.counts(calls)) do
      if count > (before[kind] or 0) then
        text = (text and text .. ", " or "") .. (count - (before[kind] or 0)) .. " " .. kind
      end
    end
    if not text then return nil end
    tidy.cancel_tasks()
    sss.sleep(0.02)
  end
  return text
end

return tidy
