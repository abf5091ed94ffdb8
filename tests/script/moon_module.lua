-- SPDX-License-Identifier: BSD-3-Clause
-- The modules "moon", "moon.all" and "moonscript", as MoonScript's manual describes them.

local t = require "harness"
local moon = require "moon"
local moonscript = require "moonscript"

-- What the MoonScript CODE returns, in a list.
local function run(code, ...)
    return { assert(moonscript.loadstring('moon = require "moon"\n' .. code, "=code"))(...) }
end

t.test("is_class, is_instance, is_instance_of, is_subclass_of, type, is_object", function()
    local classes = "class A\nclass B extends A\nclass C\n"
    t.eq(run(classes .. "moon.is_class(A), moon.is_class(A!), moon.is_class(A.__base), moon.is_class({}), moon.is_class 1"),
        { true, false, false, false, false })
    t.eq(run(classes .. "moon.is_instance(B!), moon.is_instance(B), moon.is_instance(B.__base), moon.is_instance({}), moon.is_instance nil"),
        { true, false, false, false, false })
    t.eq(run(classes .. "moon.is_instance_of(B!, B), moon.is_instance_of(B!, A), moon.is_instance_of(A!, B), moon.is_instance_of C!, A"),
        { true, true, false, false })
    t.eq(run(classes .. "moon.is_subclass_of(B, A), moon.is_subclass_of(A, B), moon.is_subclass_of B, B"),
        { true, false, false })
    t.eq(run(classes .. "moon.type(B!) == B, moon.type(B), moon.type(B.__base), moon.type({}), moon.type(1), moon.type nil"),
        { true, "class", "table", "table", "number", "nil" })
    t.eq(run(classes .. "moon.is_object(A!) == A, moon.is_object(A) == A, moon.is_object({}), moon.is_object 1"),
        { true, true, nil, false })
    t.raises("expected instance, got table", moon.is_instance_of, {}, {})
    t.raises("expected class, got nil", moon.is_subclass_of, nil, {})
    t.eq(moon.is_class(setmetatable({ __base = 1 }, { __metatable = "hidden" })), false)
    t.eq(moon.is_instance(setmetatable({}, { __metatable = false })), false)
end)

t.test("p and dump", function()
    t.eq(moon.dump("x"), '"x"\n')
    t.eq(moon.dump { 1, a = { "b" } }, '{\n    [1] = 1\n    [a] = {\n        [1] = "b"\n    }\n}\n')
    local loop = {}
    loop[1] = loop
    t.match(moon.dump(loop), "^{\n    %[1%] = recursion%(table: 0x%x+%)%.%.%.\n}\n$")
    t.match(run("class Named\n  new: => @x = 1\nmoon.dump Named!")[1], "^<Named>{\n    %[x%] = 1\n}\n$")
    local output = t.child.command(("%s -m -e %s"):format(t.child.quote(t.child.program),
        t.child.quote 'require "moon.all"\np {hello: "world"}, 5, nil')):rest()
    t.eq(output, '{\n    [hello] = "world"\n}\n\n5\n\nnil\n\n')
end)

t.test("moon.all makes them global", function()
    local output = t.child.command(("%s -m -e %s"):format(t.child.quote(t.child.program), t.child.quote [[
all = require "moon.all"
class A
  new: (@x) =>
  f: => @x
print bind_methods(A 4).f!, type(A!) == A, fold({1, 2, 3}, (a, b) -> a + b), all == require "moon"
print debug.traceback != nil]])):rest()
    t.eq(output, "4\ttrue\t6\ttrue\ntrue\n")
end)

t.test("debug.upvalue", function()
    local hello, other = "world", nil
    local function f() return hello, other end
    t.eq(moon.debug.upvalue(f, "hello"), "world")
    moon.debug.upvalue(f, "hello", "foo")
    moon.debug.upvalue(f, "other", false)
    t.eq({ f() }, { "foo", false })
    moon.debug.upvalue(f, "hello", nil)
    t.eq(f(), nil)
    t.raises("Failed to find upvalue: none", moon.debug.upvalue, f, "none")
    t.ok(moon.debug.getinfo == debug.getinfo, "the rest is Lua's")
end)

t.test("run_with_scope", function()
    t.eq(run "f = (x) -> secret!, x, tostring 5\nmoon.run_with_scope f, {secret: -> 1}, 2", { 1, 2, "5" })
    t.eq(run "say = -> 'closure'\nmoon.run_with_scope (-> say!), {say: -> 'scope'}", { "closure" })
    t.eq(run "moon.run_with_scope (-> off), {off: false}", { false })
    t.eq(run "e = {}\nf = -> export made = 3\nmoon.run_with_scope f, e\ne.made", { nil })
end)

t.test("bind_methods, mixin, mixin_object, mixin_table", function()
    t.eq(run "class A\n  n: 10\n  f: (v) => @n + v\nb = moon.bind_methods A!\nb.f(1), b.f == b.f, b.n", { 11, true, 10 })
    t.eq(run "class F\n  new: (@var) =>\n  show: => @var\nclass S\n  new: => moon.mixin self, F, 'hi'\nS!\\show!, S!.__class == S", { "hi", true })
    t.eq(run "class L\n  new: => @l = {}\n  add: (x) => table.insert @l, x\nclass E\n  new: =>\n    @list = L!\n    moon.mixin_object @, @list, {'add'}\ne = E!\ne.add 'a'\ne\\add 'b'\ne.list.l[1], e.list.l[2]", { "a", "b" })
    local a = { hello = "world", cat = "dog" }
    moon.mixin_table(a, { cat = "mouse", foo = "bar" })
    t.eq(a, { hello = "world", cat = "mouse", foo = "bar" })
    moon.mixin_table(a, { hello = 1, cat = 2 }, { "cat" })
    t.eq(a, { hello = "world", cat = 2, foo = "bar" })
end)

t.test("defaultbl, extend, copy, fold", function()
    local fib = moon.defaultbl({ [0] = 0, [1] = 1 }, function(self, i) return self[i - 1] + self[i - 2] end)
    t.eq(fib[7], 13)
    t.eq(rawget(fib, 5), 5)
    t.eq(moon.defaultbl(function(_, key) return key .. "!" end).x, "x!")
    local first, second = { a = 1, b = 1 }, { b = 2, c = 2 }
    t.ok(moon.extend(first, second, { d = 3 }) == first, "the first one")
    t.eq({ first.a, first.b, first.c, first.d }, { 1, 1, 2, 3 })
    t.ok(moon.extend(second) == second and moon.extend() == nil, "one, or none")
    local copy = moon.copy(first)
    copy.a = 5
    t.eq({ first.a, copy.b }, { 1, 1 })
    t.eq(moon.fold({ 4, 3, 5 }, function(a, b) return a - b end), -4)
    t.eq({ moon.fold({ 7 }, error), moon.fold({}, error) }, { 7 })
end)

t.test("a person's own module moon is taken", function()
    local folder = t.tempdir()
    t.write_file("'mine'", folder .. "/moon.moon")
    local output = t.child.command(("cd %s && %s -e 'print((require \"moon\"))'"):format(folder,
        t.child.quote(t.child.program))):rest()
    t.eq(output, "mine\n")
end)

t.test("moonscript: loadstring, load, loadfile, dofile, to_lua", function()
    t.eq({ moonscript.loadstring("...", "=x")(1, 2) }, { 1, 2 })
    t.eq(moonscript.loadstring("10", { implicitly_return_root = false })(), nil)
    t.eq(moonscript.loadstring("v", "=x", "t", { v = 4 })(), 4)
    t.eq(moonscript.loadstring("v", "=x", "t", { v = 4 }, { implicitly_return_root = false })(), nil)
    local parts = { "x = 1\n", "x + ", "2" }
    t.eq(moonscript.load(function() return table.remove(parts, 1) end)(), 3)
    local path = t.tempdir() .. "/x.moon"
    t.write_file("#!/usr/bin/env sssrun\nf = (x) -> x * 2\nf (...) or 4", path)
    t.eq(moonscript.loadfile(path)(5), 10)
    t.eq(moonscript.dofile(path), 8)
    t.eq({ moonscript.loadstring "x = = 1" }, { nil, "Failed to parse:\n [1] >>    x = = 1" })
    t.match(select(2, moonscript.loadfile "/no/such.moon"), "No such file")
    t.raises("Failed to parse", moonscript.dofile, (function() t.write_file("x = = 1", path) return path end)())
    local code, lines = moonscript.to_lua "x = 124\nprint x"
    t.eq(code, "local x = 124\nreturn print(x)")
    t.eq(lines, { 1, 9 })
    t.eq({ moonscript.to_lua(5) }, { nil, "expecting string (got number)" })
    t.match(select(2, moonscript.to_lua "\ncontinue"), "^Compile error: continue must be inside of a loop\n %[2%] >>    continue")
end)

t.test("moonscript: errors have the lines of the source", function()
    local _, message = pcall(moonscript.loadstring("x = 1\n\n\nerror 'here'", "@mine.moon"))
    t.eq(message, "mine.moon:4: here")
    _, message = pcall(moonscript.loadstring "x = {\n  1\n}\nx.y.z = 1")
    t.match(message, "^%(moonscript.loadstring%):4: attempt to index field 'y'")
end)

t.test("moonscript: parse and compile one by one", function()
    local parse, compile = require "moonscript.parse", require "moonscript.compile"
    local tree = assert(parse.string "(-> 5)!")
    t.eq(assert(loadstring((compile.tree(tree))))(), 5)
    local nothing, message = parse.string "x = = 2"
    t.eq({ nothing, message }, { nil, "Failed to parse:\n [1] >>    x = = 2" })
    local text = "x = 1\n.y = 2"
    local code, why, position = compile.tree(parse.string(text))
    t.eq(code, nil)
    t.eq(compile.format_error(why, position, text),
        "Compile error: Short-dot syntax must be called within a with block\n [2] >>    .y = 2")
    t.raises("missing tree", compile.tree, nil)
end)

t.test("moonscript: loaders along package.moonpath", function()
    t.match(package.moonpath, "%.moon")
    local folder = t.tempdir()
    t.write_file("'along moonpath'", folder .. "/moon_path_module.moon")
    local before = package.moonpath
    package.moonpath = folder .. "/?.moon"
    t.after(function() package.moonpath = before end)
    t.eq(require "moon_path_module", "along moonpath")
    t.eq(moonscript.remove_loader(), true)
    t.eq({ moonscript.insert_loader(), moonscript.insert_loader() }, { true, false })
    t.eq(moonscript.create_moonpath "./?.lua;/x/?.so;/y/?/init.lua", "./?.moon;/y/?/init.moon")
end)

t.test("the function of moonscript.lines takes only what it can use", function()
    local load_mapped = require "moonscript.lines"
    t.eq(load_mapped("return 5", "=x", { 1 })(), 5)
    t.eq(load_mapped("return 5", "=x", { "x", -1, 2 ^ 60, {} })(), 5)
    t.eq({ load_mapped("x = = 1", "=x", { 1 }) }, { nil, "x:1: unexpected symbol near '='" })
    t.raises("bytecode", load_mapped, string.dump(function() end), "=x", { 1 })
    t.raises("table expected", load_mapped, "return 5", "=x", 1)
    t.raises("cannot number the lines", load_mapped, "return 5", "=x", {})
end)

t.run()
