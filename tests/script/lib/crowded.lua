-- SPDX-License-Identifier: BSD-3-Clause
-- A collection that leaves a finalizer out.

-- LuaJIT calls a finalizer on the stack of whoever runs. Where that cannot grow, the finalizer is
-- left out, and the object's memory is freed all the same. Want of memory does that at any place;
-- here a recursion goes down to where a stack may not be larger, which is the same each time. The
-- first finalizer that is called there, that of the newest object, makes the stack a bit larger.

local crowded = {}

-- So many tables as make the collector go through its cycle. Nothing is called: there is no place.
local function collect(tables)
  for _ = 1, tables do
    local _ = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
      25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48 }
  end
end

local function down(levels, tables)
  if levels > 0 then return (down(levels - 1, tables)) end
  if tables then collect(tables) end
end
jit.off(collect)
jit.off(down)

local function go_down(levels, tables)
  return (coroutine.resume(coroutine.create(down), levels, tables))
end

-- With so many levels there is no place any more.
local function find_end()
  local low, high = 0, 70000
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if go_down(middle) then low = middle else high = middle end
  end
  return high
end

local function enough()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count") * 12
end

-- Is a finalizer left out so many levels down, and everything else goes well?
local function leaves_out(levels)
  local tables, count = enough(), 0
  for _ = 1, 10 do
    getmetatable(newproxy(true)).__gc = function() count = count + 1 end
  end
  return go_down(levels, tables) and count == 9
end

local found

local function find_level()
  local last = find_end()
  for levels = last, last - 20, -1 do
    if leaves_out(levels) then return levels end
  end
  error("there is no place where a finalizer is left out")
end

-- make() makes garbage, the newest object of which is freed without its finalizer.
function crowded.collect(make)
  found = found or find_level()
  local tables = enough()
  make()
  assert(go_down(found, tables))
  collectgarbage()
  collectgarbage()
end

return crowded
