-- SPDX-License-Identifier: BSD-3-Clause
-- Which faults a test gets, and in which order.

-- Every call, every error of its man page, at each of its places in the test: 1st, 2nd, ... The
-- first places of all come first, then those in the middle of what is still far apart, and so on:
-- whenever the time is over, what was done is spread evenly.

local plan = {}

-- The same for the same SEED, a text.
local function shuffle(list, seed)
  local number = 0
  for i = 1, #seed do number = (number * 31 + seed:byte(i)) % 2 ^ 31 end
  math.randomseed(number)
  for i = #list, 2, -1 do
    local j = math.random(i)
    list[i], list[j] = list[j], list[i]
  end
end

-- plan.of(counts, faults, seed): COUNTS are {call = how often}, FAULTS is table.lua -> an array of
-- {call=, what=, unseen=, count=}, in an order that is SEED's; and {call = how many cases that makes}.
function plan.of(counts, faults, seed)
  local list, possible = {}, {}
  for call, count in pairs(counts) do
    for _, fault in ipairs(faults.of(call)) do
      list[#list + 1] = { call = call, what = fault.what, unseen = fault.unseen, count = count }
      possible[call] = (possible[call] or 0) + count
    end
  end
  table.sort(list, function(a, b) return a.call .. ":" .. a.what < b.call .. ":" .. b.what end)
  shuffle(list, seed)
  return list, possible
end

-- The bits of NUMBER, SIZE is the next power of two, in reverse order.
local function reversed(number, size)
  local result = 0
  while size > 1 do
    size = size / 2
    if number % 2 == 1 then result = result + size end
    number = math.floor(number / 2)
  end
  return result
end

-- The smallest power of two that is not below NUMBER.
local function power_above(number)
  local size = 1
  while size < number do size = size * 2 end
  return size
end

-- The next place of ONE, nil behind its last.
local function next_place(one)
  one.size, one.at = one.size or power_above(one.count), one.at or 0
  while one.at < one.size do
    local place = reversed(one.at, one.size) + 1
    one.at = one.at + 1
    if place <= one.count then return place end
  end
end

-- for case in plan.cases(list): {request=, unseen=}; each of the list gives a place in turn.
function plan.cases(list)
  local i = 0
  return function()
    while #list > 0 do
      i = i % #list + 1
      local one = list[i]
      local place = next_place(one)
      if place then
        return { request = ("%s:%d:%s"):format(one.call, place, one.what), unseen = one.unseen }
      end
      local last = #list
      list[i] = list[last] -- which may be itself
      list[last] = nil
      i = i - 1
    end
  end
end

return plan
