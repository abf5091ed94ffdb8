-- SPDX-License-Identifier: BSD-3-Clause
-- MoonScript: what programs in it do, modules in tasks, large files.

local sss = require "sss"
local t = require "harness"

-- A folder with FILES {name = content}, at the front of package.path.
local function folder_with(files)
    local folder = t.tempdir()
    for name, content in pairs(files) do
        t.write_file(content, folder .. "/" .. name)
        package.loaded[name:match("^[^.]*")] = nil
    end
    local before = package.path
    package.path = folder .. "/?.lua;" .. before
    t.after(function() package.path = before end)
    return folder
end

-- What CODE, a module, returns.
local function load_moon(code)
    folder_with { ["moon_module.moon"] = code }
    return require "moon_module"
end

t.task("classes, inheritance, super", function()
    local list = load_moon [[
class Animal
  @count: 0
  new: (@name, @sound="...") =>
    @@count += 1
  speak: => "#{@name} says #{@sound}"
  __tostring: => "<#{@name}>"
class Dog extends Animal
  new: (name) => super name, "woof"
  speak: => super! .. "!"
  each: (...) => [x for x in *{...}]
dog = Dog "rex"
{dog\speak!, tostring(Animal "cat"), Animal.count, dog.__class.__name, dog\each(1, 2, 3)}]]
    t.eq(list, { "rex says woof!", "<cat>", 1, "Dog", { 1, 2, 3 } })
end)

t.test("comprehensions, interpolation, destructuring, varargs, switch, unicode", function()
    local got = load_moon [=[
import concat, insert from table
{:a, b: {c, d}} = {a: 1, b: {2, 3}}
squares = [x * x for x in *{1, 2, 3, 4} when x % 2 == 0]
turned = {v, k for k, v in pairs {x: "y"}}
four = {1, 2, 3, 4}
last = [x for x in *four[2,3]]
count = (...) -> select "#", ...
kind = switch a
  when 1, 2 then "small"
  else "large"
word = if b then "b" else "no b"
list = for i = 1, 3 do i * 10
insert squares, 99
fat = (n) => @x + n
{concat(squares, ","), turned.y, concat(last, ","), "#{a}#{c}#{d} \"ä€\" #{"in" .. 'ner'}",
 count(nil, nil), kind, word, list[3], fat({x: 1}, 2), #"€"}]=]
    t.eq(got, { "4,16,99", "x", "2,3", '123 "ä€" inner', 2, "small", "no b", 30, 3, 3 })
end)

t.test("loops with continue and break, with, unless, update", function()
    local got = load_moon [[
out = {}
for i = 1, 10
  continue if i % 2 == 1
  break if i > 6
  out[#out + 1] = i
i = 0
while true
  i += 1
  continue unless i > 3
  break
box = with {n: 1}
  .n += 1
  .f = (x) => @n + x
{out, i, box\f 3}]]
    t.eq(got, { { 2, 4, 6 }, 4, 5 })
end)

t.test("a module leaves no global behind, and export makes one", function()
    load_moon "x = 1\ny = -> x\nnil"
    load_moon "export moon_exported = 3"
    t.eq(moon_exported, 3)
    rawset(_G, "moon_exported", nil)
end)

t.test("a module that waits while it loads, from two tasks", function()
    folder_with { ["moon_slow.moon"] = [[
sss = require "sss"
sss.sleep 0.01
inner = require "moon_inner"
{:inner}]], ["moon_inner.moon"] = "require('sss').yield!\n{name: 'inner'}" }
    local a, b = sss.spawn(require, "moon_slow"), sss.spawn(require, "moon_slow")
    local value = a:join()
    t.eq(value.inner.name, "inner")
    t.ok(value == b:join(), "the same module")
    package.loaded.moon_slow, package.loaded.moon_inner = nil, nil
end)

t.task("a module that does not compile, or fails", function()
    local folder = folder_with { ["moon_bad.moon"] = "x = 1\ny = = 2\n",
        ["moon_fails.moon"] = "x = 1\n\nf = ->\n  x.y.z = 1\n  nil\nf!\n" }
    t.raises("^error loading module 'moon_bad' from file '.*/moon_bad.moon':\n\t.*/moon_bad.moon:2: cannot parse: y = = 2$",
        require, "moon_bad")
    t.raises("/moon_fails.moon:4: attempt to index upvalue 'x'", require, "moon_fails")
    t.ok(folder)
end)

-- About LINES lines that use most of the language; line LINES + 2 raises.
local function make_program(lines)
    local parts, count = { "import insert from table\nout = {}\n" }, 0
    while #parts * 12 + 14 < lines do
        count = count + 1
        parts[#parts + 1] = ([[
do
  class Thing extends {__base: {}}
    size: N
    names: {"a", "b", "c"}
    new: (@name, @count=3) =>
      @items = [x * 2 for x in *{1, 2, 3} when x > 1]
    grow: (by=1) =>
      for i = 1, by
        continue if i == 2
        @count += i
      "#{@name} has #{@count} of #{#@items}"
  insert out, Thing("nN")\grow 3
]]):gsub("N", count)
    end
    local code = table.concat(parts)
    code = code .. ("\n"):rep(lines - select(2, code:gsub("\n", ""))) .. "f = ->\n  error 'end' -- last\nout, f"
    return code, count
end

t.test("a file of 1,000 lines", function()
    local code, count = make_program(1000)
    folder_with { ["moon_large.moon"] = code .. "\n" }
    local chunk = assert(package.loaders[2]("moon_large"))
    collectgarbage()
    local began = os.clock()
    chunk = assert(package.loaders[2]("moon_large"))
    local seconds = os.clock() - began
    print(("note 1,000 lines of MoonScript compile in %.0f ms"):format(seconds * 1000))
    t.ok(seconds < ((t.sanitized or t.emulated) and 20 or 2), "the time is bounded: " .. seconds)
    local out, f = chunk()
    t.eq(#out, count)
    t.eq(out[count], ("n%d has 7 of 2"):format(count))
    t.raises("/moon_large.moon:1002: end$", f)
end)

t.run()
