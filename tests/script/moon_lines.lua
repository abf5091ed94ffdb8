-- SPDX-License-Identifier: BSD-3-Clause
-- MoonScript: whatever tells a line tells that of the .moon source.

local t = require "harness"

-- The output of a .moon program, and its exit status.
local function run(code)
    local folder = t.tempdir()
    t.write_file(code, folder .. "/x.moon")
    local output, status = t.child.command(("cd %s && exec %s x.moon"):format(folder,
        t.child.quote(t.child.program))):rest()
    return output:match("^(.-)\n?$"), status
end

-- CODE fails; its message is "x.moon:LINE: WHAT", where LINE is the one of the source that ends with
-- "-- here", or WANTED.
local function fails_here(code, what, wanted)
    local output, status = run(code)
    local line = 0
    for text in (code .. "\n"):gmatch("(.-)\n") do
        line = line + 1
        if text:find("-- here\r?$") then wanted = line end
    end
    t.eq(status, 1)
    t.eq(output:match("^sssrun: ([^\n]*)"), ("x.moon:%d: %s"):format(wanted, what))
    return output
end

t.test("a plain error", function()
    fails_here('x = 1\n\nerror "oops" -- here\ny = 2', "oops")
    fails_here('x = nil\n\n\nprint x.y -- here', "attempt to index local 'x' (a nil value)")
    fails_here('-- comment\n\n  \nprint 1 + {} -- here\n', "attempt to perform arithmetic on a table value")
end)

t.test("with a #! line, a byte order mark, CRLF line ends, tabs", function()
    fails_here('#!/usr/bin/env sssrun\n\nerror "oops" -- here', "oops")
    fails_here('\239\187\191x = 1\nerror "oops" -- here\n', "oops")
    fails_here('\239\187\191#!/usr/bin/env sssrun\r\nx = 1\r\n\r\nerror "oops" -- here\r\n', "oops")
    fails_here('f = ->\n\tif true\n\t\tx = {}\n\t\tprint x.y.z -- here\n\tnil\nf!', "attempt to index field 'y' (a nil value)")
end)

t.test("in functions, one in the other", function()
    local output = fails_here([[
outer = (n) ->
  inner = ->
    x = {}

    x.y.z = n -- here
    x
  inner! + 1

x = outer(3) + 1]], "attempt to index field 'y' (a nil value)")
    t.match(output, "x%.moon:5: in function 'inner'\n%s*x%.moon:7: in function 'outer'\n%s*x%.moon:9: in main")
end)

t.test("a function that ends with error", function()
    fails_here('f = (x) ->\n  error "bad" unless x -- here\n\nf 1\nf nil\n', "bad")
    fails_here('f = (x) -> error "bad" -- here\n\nf 1\n', "bad")
    fails_here('f = (x) ->\n  return error "bad" -- here\n\nf 1\n', "bad")
    fails_here('f = (x) ->\n  if x\n    2\n  else\n    error "bad" -- here\n\nf!', "bad")
end)

t.test("error with a level", function()
    fails_here([[
check = (x) ->
  error "not a number", 2 unless type(x) == "number"

user = (x) ->
  check 1
  check x -- here
  x

user "x"]], "not a number")
    t.eq(run('f = -> error "none", 0\nprint pcall f'), "false\tnone")
end)

t.test("the error of a program is its own function", function()
    t.eq(run('error = (x) -> x .. "!"\nf = -> error "no"\nprint f!'), "no!")
    t.eq(run('f = (error) -> error "no"\nprint f (x) -> x .. "?"'), "no?")
end)

t.test("a class: constructor, methods, fields, parent", function()
    local class = [[
class Animal
  legs: 4
  new: (@name) =>
    @names = {}
    CTOR
  speak: (word="x") =>
    for i = 1, 2
      continue if i == 1
      METHOD
    word
a = Animal "ann"
a\speak!
]]
    local function with(place, code)
        return (class:gsub(place, (code:gsub("%%", "%%%%"))):gsub("CTOR", "nil"):gsub("METHOD", "nil"))
    end
    fails_here(with("CTOR", 'error "ctor" -- here'), "ctor")
    fails_here(with("CTOR", '@names.x.y = 1 -- here'), "attempt to index field 'x' (a nil value)")
    fails_here(with("METHOD", 'error "method" -- here'), "method")
    fails_here(with("METHOD", 'i.j.k = 1 -- here'), "attempt to index local 'i' (a number value)")
    local output = fails_here(with("CTOR", 'nil + 1 -- here'), "attempt to perform arithmetic on a nil value")
    t.match(output, "x%.moon:5: in function '__init'\n%s*x%.moon:1: in function 'Animal'\n%s*x%.moon:11: in main")
    fails_here("x = {}\n\nclass A extends x.y.z -- here\n  f: => 1\n", "attempt to index field 'y' (a nil value)")
    fails_here("x = 1\nclass A extends nothing -- here\n  f: => 1\n\n  g: =>\n    2\n",
        "attempt to index local '_parent_0' (a nil value)")
    fails_here("x = {}\nclass A\n  f: => 1\n  @size: x.y.z -- here\n  g: => 2\n", "attempt to index field 'y' (a nil value)")
    fails_here("x = {}\nclass A\n  f: => 1\n  size: x.y.z -- here\n  g: => 2\n", "attempt to index field 'y' (a nil value)")
end)

t.test("a comprehension", function()
    fails_here("list = {1, 2, {}}\n\nsums = [x + 1 for x in *list] -- here\nprint sums",
        "attempt to perform arithmetic on local 'x' (a table value)")
    fails_here("list = {1, 2, {}}\n\nt = {k, v + 1 for k, v in pairs list} -- here\n",
        "attempt to perform arithmetic on local 'v' (a table value)")
    fails_here("list = {1, {}}\nx = for v in *list\n  y = 1\n  y + v -- here\nprint x",
        "attempt to perform arithmetic on local 'v' (a table value)")
end)

t.test("tables, calls and blocks over several lines", function()
    fails_here('f = (x) -> x.a!\nf\n  a: ->\n    b = {}\n    b.c.d! -- here\n  e: 2\n', "attempt to index field 'c' (a nil value)")
    fails_here('x = {\n  a: 1\n  b: nil + 1 -- here\n  c: 3\n}', "attempt to perform arithmetic on a nil value")
    fails_here('x = 3\nswitch x\n  when 1\n    2\n  when 3\n    x.y.z = 1 -- here\n  else\n    4\n',
        "attempt to index local 'x' (a number value)")
    fails_here('text = "a\n b"\nlong = [[\n one\n two]]\ntext.x.y = long -- here\n', "attempt to index field 'x' (a nil value)")
    fails_here('x = 1\n\n{:a, :b} = nothing -- here\n', "attempt to index local '_obj_0' (a nil value)")
    fails_here('i = 0\nwhile i < 3\n  i += 1\n  continue if i < 2\n  if i\n    i.x.y = 1 -- here\n',
        "attempt to index local 'i' (a number value)")
end)

t.test("the value of a branch, whatever takes it", function()
    local takers = {"y = VALUE", "local y\ny = VALUE", "t = {}\nt.y = VALUE", "y = nil\ny or= VALUE",
        "f = ->\n  return VALUE\ny = f!", "print VALUE", "t = {\n  a: 1\n  b: VALUE\n}"}
    local branches = {
        "if x\n  z = 1\n  HERE\nelse\n  3",
        "if x == 2\n  3\nelse\n  z = 1\n  HERE",
        "if x == 2\n  3\nelseif x == 1\n  HERE",
        "unless x == 2\n  z = 1\n  HERE",
        "if x\n  z = 1\n  if z\n    q = 1\n    HERE\n  else\n    4",
        "switch x\n  when 1\n    z = 1\n    HERE\n  else\n    2",
        "switch x\n  when 2\n    z = 1\n  else\n    HERE",
        "do\n  z = 1\n  z = 2\n  HERE",
    }
    local failing = {["nothing! -- here"] = "attempt to call global 'nothing' (a nil value)",
        ["nothing.a.b -- here"] = "attempt to index global 'nothing' (a nil value)"}
    for _, taker in ipairs(takers) do
        local indent = taker:match("([ ]*)[^\n]*VALUE")
        for _, branch in ipairs(branches) do
            for code, what in pairs(failing) do
                local value = branch:gsub("HERE", code):gsub("\n", "\n" .. indent)
                fails_here("x = 1\n" .. taker:gsub("VALUE", value), what)
            end
        end
    end
end)

t.test("debug.getinfo, tracebacks, jit.v", function()
    t.eq(run([[

f = ->
  info = debug.getinfo 1
  g = 1

  print info.currentline, info.linedefined, info.short_src, info.source, info.what
f!
print debug.getinfo(1).currentline, debug.getinfo(1).linedefined, debug.getinfo(1).what

]]), "3\t2\tx.moon\t@x.moon\tLua\n8\t0\tmain")
    local output = run([[
table.sort {1, 2}, (a, b) ->

  print debug.traceback "here"
  false]])
    t.match(output, "^here\nstack traceback:\n\t%S*moon:3: in function <x%.moon:1>")
    t.match(run('require("jit.v").on!\nx = 0\n\nfor i = 1, 200\n  x += i\nrequire("jit.v").off!'), "TRACE +%d+ x%.moon:[45] ")
end)

t.test("an expression over several lines, in each of them", function()
    fails_here('x = {a: 1}\nprint x.a,\n  x.b,\n  x.c.d, -- here\n  5\n', "attempt to index field 'c' (a nil value)")
    fails_here('f = (...) ->\nf 1,\n  2,\n  nil .. "x", -- here\n  3\n', "attempt to concatenate a nil value")
    fails_here('x = 1 +\n  2 +\n  nil + -- here\n  4\n', "attempt to perform arithmetic on a nil value")
    fails_here('t = {\n  a: 1\n  b: {\n    c: nil .. "x" -- here\n  }\n}\n', "attempt to concatenate a nil value")
    fails_here('s = "a #{1}\n b\n#{nil + 1}"\n', "attempt to perform arithmetic on a nil value", 3)
    fails_here('list = {1}\nz = [y.a.b -- here\n  for y in *list\n  when true]\n', "attempt to index local 'y' (a number value)")
    fails_here('switch 1\n  when 2\n    3\n  when nil + 1 -- here\n    4\n', "attempt to perform arithmetic on a nil value")
    fails_here('if false\n  1\nelseif nil + 1 -- here\n  2\n', "attempt to perform arithmetic on a nil value")
    fails_here('print "a"\nfoo = nil\nfoo -- here\n  a: 1\n  b: 2\n', "attempt to call local 'foo' (a nil value)")
    fails_here('foo = nil\n\nfoo 1, -- here\n  2,\n  -> 3\n', "attempt to call local 'foo' (a nil value)")
    fails_here('foo = nil\n\nx = foo -> -- here\n  2\n  3\nx', "attempt to call local 'foo' (a nil value)")
    fails_here('f = (a,\n  b=nil.x, -- here\n  c) ->\n  1\nf!\n', "attempt to index a nil value")
    fails_here('for x in *nil -- here\n  1\n', "attempt to get length of local '_list_0' (a nil value)")
    fails_here('x = 5\nprint x\n(x) 3 -- here\n', "attempt to call local 'x' (a number value)")
end)

t.test("in a task", function()
    local output, status = run([[
sss = require "sss"

work = (n) ->
  sss.sleep 0
  error "oops" if n
  nil

sss.spawn ->
  sss.sleep 0.001
  work {}
  nil
]])
    t.eq(status, 1)
    t.match(output, "^sssrun: [^\n]*x%.moon:5: oops\n")
    t.match(output, "x%.moon:5: in function 'work'\n%s*x%.moon:10: in function <x%.moon:8>")
end)

t.test("a file of 70,000 lines", function()
    fails_here("x = 1\n" .. ("\n"):rep(70000) .. "f = ->\n  y = 1\n  x.y.z = y -- here\nf!\n",
        "attempt to index upvalue 'x' (a number value)")
    fails_here("x = ->\n  y = 1\n" .. ("\n"):rep(70000) .. "  y.y.z = y -- here\nx!\n",
        "attempt to index local 'y' (a number value)")
end)

t.run()
