-- SPDX-License-Identifier: BSD-3-Clause
-- Very many tasks: what they cost, the order in which they wake, and that nothing of them stays.

local sss = require "sss"
local t = require "harness"

local asleep = (t.sanitized or t.emulated) and 5000 or 100000
local rounds = t.sanitized and 20 or 1000 -- of 1000 tasks each
local bytes_per_task = 1024
local growth_kb = 2048 -- of the process, however many tasks have come and gone

local function collect()
  collectgarbage()
  collectgarbage()
end

local function memory_kb()
  collect()
  return t.status_kb("VmRSS")
end

-- 1..n in random order.
local function shuffled(n)
  local rng, list = require("random").new(), {}
  for i = 1, n do list[i] = i end
  for i = n, 2, -1 do
    local j = rng:int(1, i)
    list[i], list[j] = list[j], list[i]
  end
  return list
end

-- How far `order` (numbers of 1..n) is from sorted: the largest step back, and how many there are.
local function disorder(order)
  local most, count, furthest = 0, 0, 0
  for _, number in ipairs(order) do
    if number < furthest then
      most, count = math.max(most, furthest - number), count + 1
    end
    furthest = math.max(furthest, number)
  end
  return most, count
end

t.test(asleep .. " sleeping tasks are small and wake in the order of their times", function()
  local numbers, order, tasks, begin = shuffled(asleep), {}, {}, nil
  for i = 1, asleep do tasks[i] = false end
  local spacing = 1 / asleep -- all wake within a second
  local function sleeper(number)
    sss.sleep(begin + number * spacing - sss.now())
    order[#order + 1] = number
  end
  local before = memory_kb()
  begin = sss.now() + (t.sanitized and 2 or 5)
  for i = 1, asleep do tasks[i] = sss.spawn(sleeper, numbers[i]) end
  sss.yield()
  sss.yield()
  local cost = (memory_kb() - before) * 1024 / asleep
  t.ok(sss.now() < begin, "time enough")
  t.eq(#order, 0)
  print(("note %.0f bytes for a sleeping task"):format(cost))
  t.ok(t.sanitized or cost < bytes_per_task, "bytes for a task: " .. cost)
  for i = 1, asleep do tasks[i]:join() end
  t.eq(#order, asleep)
  -- A task may be interrupted between looking at the clock and going to sleep.
  local most, count = disorder(order)
  t.ok(most * spacing < 0.02, ("%d places out of order"):format(most))
  t.ok(count < asleep / 50, ("%d are out of order"):format(count))
end)

t.test(asleep .. " tasks are cancelled at once", function()
  local before = memory_kb() and collectgarbage("count")
  local tasks, cancelled = {}, 0
  for i = 1, asleep do tasks[i] = sss.spawn(sss.sleep, 1000) end
  sss.yield()
  for i = 1, asleep do tasks[i]:cancel() end
  for i = 1, asleep do
    if not pcall(tasks[i].join, tasks[i]) and tasks[i].status == "cancelled" then
      cancelled = cancelled + 1
    end
  end
  t.eq(cancelled, asleep)
  tasks = nil
  collect()
  t.ok(collectgarbage("count") - before < growth_kb, "kB of Lua's memory stay")
end)

t.test(rounds * 1000 .. " tasks come and go at a steady memory", function()
  local ended = 0
  local function body(a, b) ended = ended + a + b end
  local function round()
    for i = 1, 1000 do sss.spawn(body, i % 2, 1 - i % 2) end
    sss.yield()
  end
  for _ = 1, rounds / 10 do round() end
  local before, begin = memory_kb(), sss.now()
  for _ = 1, rounds - rounds / 10 do round() end
  local took, grown = sss.now() - begin, memory_kb() - before
  t.eq(ended, rounds * 1000)
  print(("note %.2f us for a task that comes and goes; %d kB more memory"):format(
    took / (rounds * 900) * 1e6, grown))
  t.ok(t.sanitized or grown < growth_kb, "kB of memory stay: " .. grown)
end)

t.test("tasks that spawn each other, one after the other", function()
  local count, finish = 0, t.sanitized and 5000 or 100000
  local function body()
    count = count + 1
    if count < finish then return sss.spawn(body) end
  end
  local before = memory_kb()
  local task = sss.spawn(body)
  while task do task = task:join() end
  t.eq(count, finish)
  t.ok(t.sanitized or memory_kb() - before < growth_kb, "kB of memory stay")
end)

t.test("many wait for one", function()
  local n, woken = t.sanitized and 1000 or 20000, {}
  local one = sss.spawn(function()
    sss.sleep(0.01)
    return "done"
  end)
  for i = 1, n do
    sss.spawn(function()
      if one:join() == "done" then woken[#woken + 1] = i end
    end)
  end
  one:join()
  while #woken < n do sss.yield() end
  t.eq(disorder(woken), 0)
end)

t.run()
