-- SPDX-License-Identifier: BSD-3-Clause
-- A time limit that was entered in a coroutine of the script's own rests while that is suspended.

local sss = require "sss"
local t = require "harness"

-- A generator that yields from inside sss.timeout(), then waits for longer than the limit.
local function generator(seconds)
  return coroutine.wrap(function()
    coroutine.yield("inside")
    coroutine.yield(t.pack(sss.timeout(seconds, function()
      coroutine.yield("limited")
      sss.sleep(30)
    end)))
  end)
end

t.task("a suspended limit does not end the waits of others", function()
  local step = generator(0.02)
  t.eq(step(), "inside")
  t.eq(step(), "limited")
  local begin = sss.now()
  sss.sleep(0.05)
  t.ok(sss.now() - begin >= 0.05, "the sleep outside of the generator")
  t.eq(step(), { n = 2, nil, "timeout" })
end)

t.task("an outer limit reaches into a generator", function()
  local begin = sss.now()
  local step = coroutine.wrap(function() sss.sleep(30) end)
  t.eq(t.pack(sss.timeout(0.02, step)), { n = 2, nil, "timeout" })
  t.ok(sss.now() - begin < 20, "the time it took")
end)

t.task("a generator that is dropped inside its limit leaves nothing behind", function()
  for _ = 1, 100 do
    local step = generator(0.001)
    step()
    step()
  end
  collectgarbage()
  collectgarbage()
  sss.sleep(0.01)
end)

t.run()
