-- SPDX-License-Identifier: BSD-3-Clause
-- Faults that were found by reading the code as an attacker would: each test names what held wrong.

local t = require "harness"
local ffi = require "ffi"

ffi.cdef [[
  void *memchr(const void *, int, size_t);
  size_t strnlen(const char *, size_t);
  void *mmap(void *, size_t, int, int, int, long);
  int munmap(void *, size_t);
  int mprotect(void *, size_t, int);
]]

-- SIZE bytes of 'A' behind which no memory is; released after the test.
local function room_at_the_edge(size)
  local PAGE, READ_WRITE, PRIVATE_ANONYMOUS = 65536, 3, 0x22 -- a page of any machine
  local room = ffi.cast("char *", ffi.C.mmap(nil, 2 * PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0))
  t.eq(ffi.C.mprotect(room + PAGE, PAGE, 0), 0)
  t.after(function() ffi.C.munmap(room, 2 * PAGE) end)
  ffi.fill(room + PAGE - size, size, ("A"):byte())
  return room + PAGE - size
end

t.test("looking for a string's end does not read behind it", function()
  local room = room_at_the_edge(64)
  room[63] = 0
  for from = 0, 63 do -- printf's "%s" asks for 2^31 - 1 bytes at most
    t.eq(tonumber(ffi.C.strnlen(room + from, 2 ^ 31 - 1)), 63 - from)
    t.eq(ffi.C.memchr(room + from, 0, -1ULL), room + 63)
  end
end)

t.test("memchr finds what a plain loop finds", function()
  local room = room_at_the_edge(80)
  for from = 0, 40 do
    for count = 0, 40 do
      for at = 0, 79 do
        room[at] = ("B"):byte()
        local wanted = at >= from and at < from + count and room + at or nil
        t.eq(ffi.C.memchr(room + from, ("B"):byte(), count), wanted)
        room[at] = ("A"):byte()
      end
    end
  end
end)

t.run()
