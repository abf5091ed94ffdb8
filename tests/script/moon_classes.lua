-- SPDX-License-Identifier: BSD-3-Clause
-- MoonScript, by its manual: classes.

local t = require "harness"
local says = require "moon_says"

local inventory = [[
class Inventory
  new: =>
    @items = {}
  add: (name) =>
    if @items[name]
      @items[name] += 1
    else
      @items[name] = 1
    @items[name]
]]

t.test("instances, methods, properties", function()
    says(inventory .. "inv = Inventory!\ninv\\add 'x'\nprint inv\\add('x'), Inventory!.items.x", "2 nil")
    says("class P\n  clothes: {}\n  give: (n) => table.insert @clothes, n\na, b = P!, P!\na\\give 1\nb\\give 2\nprint #a.clothes", "2")
    says("class A\n  __tostring: => 'an A'\n  __call: (x) => x\n  __add: (a, b) -> 7\nprint tostring(A!), A!(3), A! + 1", "an A 3 7")
    says("class A\n  'a b': 1, [1 + 1]: 2\n  if: => 3\nprint A['a b'], A[2], A!\\if!", "1 2 3")
    says("class A\n  new: (@x, @y=2) =>\na = A 1\nprint a.x, a.y, a.__class == A, A.__base.__class == A", "1 2 true true")
    says("class A\nprint A.__name, A!.__class.__name", "A A")
    says("class A\n  x: 1\n  y: => @x\nprint A.x, A!\\y!", "1 1")
    says("class a\nprint a != nil\nt = {}\nclass t.B\nprint t.B.__name\nclass t['C']\nprint t.C.__name", "true; B; C")
end)

t.test("inheritance", function()
    says(inventory .. "class Pack extends Inventory\n  size: 1\n  add: (name) =>\n    return 'full' if @items.x == @size\n    super name\np = Pack!\nprint p\\add('x'), p\\add 'x'", "1 full")
    says("class A\n  @__inherited: (child) => print @__name, child.__name\nclass B extends A", "A B")
    says("class A\n  @__inherited: (child) => child.tag = 'set'\nclass B extends A\nclass C extends B\nprint B.tag, C.tag, C.__parent == B", "set set true")
    says("class A\n  new: (@x) =>\nclass B extends A\nclass C extends B\n  new: (x) =>\n    super x + 1\nprint B(1).x, C(1).x", "1 2")
    says("class A\n  @s: 1\n  p: 2\nclass B extends A\nprint B.s, B.p, B!.s", "1 2 nil")
    says("m = {A: class\n  v: 1}\nclass B extends m.A\nprint B!.v", "1")
    says("class B extends (class A\n  f: => 4)\nprint B!\\f!", "4")
end)

t.test("super", function()
    local class = "class A\n  m: (...) => 'A' .. select '#', ...\n  n: 5\nclass B extends A\n"
    says(class .. "  m: (...) => super ...\nprint B!\\m(1, 2), B!\\m!", "A2 A0")
    says(class .. "  m: => super! .. super(1, 2) .. (super\\m 1) .. super.m @, 1, 2, 3\nprint B!\\m!", "A0A2A1A3")
    says(class .. "  m: => super == A, super.n\nprint B!\\m!", "true 5")
    says(class .. "  m: => super\\m\nprint B!.m(B!) 1", "A1")
    says(class .. "  m: => [super x for x in *{1, 2}]\nprint unpack B!\\m!", "A1 A1")
    says(class .. "  m: =>\n    f = -> super 1, 2\n    f!\nprint B!\\m!", "A2")
    says(class .. "  m: (x) => if x then super x else super!\nprint B!\\m(1), B!\\m!", "A1 A0")
    says("class A\n  @s: (x) => @__name .. x\nclass B extends A\n  @s: (x) => super(x) .. '!'\nprint B\\s 1", "B1!")
    says("class A\n  m: => 1\nclass B extends A\n  m: if true\n    => super! + 10\n  else\n    => 0\nprint B!\\m!", "11")
    says("class A\n  m: => 1\nwrap = (t) -> t.f\nclass B extends A\n  m: wrap {f: => super! + 5}\nprint B!\\m!", "6")
    says("class A\n  m: => 1\n  k: => 2\nclass B extends A\n  'm': => super! + 1\n  ['k']: => super! + 1\nprint B!\\m!, B!\\k!", "2 3")
    says("class A\n  new: => @a = 1\nclass B extends A\n  new: =>\n    super!\n    @b = @a + 1\nclass C extends B\n  new: =>\n    super!\n    @c = @b + 1\nprint C!.c", "3")
    says("class A\n  m: => 'old'\nclass B extends A\n  m: => super!\nA.__base.m = -> 'new'\nprint B!\\m!", "new")
    says("class A\n  m: => 'A'\nclass B\n  m: => 'B'\nclass C extends A\n  m: => super!\nC.__parent = B\nprint C!\\m!", "B")
    says("super = (x) -> x\nprint super 3", "3")
    says("class A\n  x: 1\n  super!", "Compile error: super can only be called in a method\n [3] >>    super!")
end)

t.test("class variables, @ and @@", function()
    says("class T\n  @f: => @__name\nprint T\\f!, T!.f", "T nil")
    says("class C\n  @count: 0\n  new: => @@count += 1\nC!\nC!\nprint C.count", "2")
    says("class C\n  @make: (...) => @ ...\n  again: (...) => @@ ...\n  new: (@x) =>\na = C\\make 3\nprint a.x, a\\again(4).x, a.__class == C", "3 4 true")
    says("class C\n  @a: 1, @b: 2\n  c: 3\nprint C.a, C.b, C.c", "1 2 3")
    says("class C\n  @hi: (x) => x\n  go: => @@hi 5\nprint C!\\go!", "5")
    says("f = -> @ == self\ng = => @@ == @__class\nprint f!, g {__class: 1}", "true true")
    says("class C\n  m: => @end, @if!\n  end: 1\n  if: => 2\nprint C!\\m!", "1 2")
end)

t.test("statements in a class", function()
    says("class T\n  @class_var = 'hello'\n  print @__name\nprint T.class_var", "T; hello")
    says("class M\n  secret = 123\n  log = (m) -> 'LOG ' .. m\n  some: => log secret\nprint M!\\some!, secret", "LOG 123 nil")
    says("class M\n  if true\n    @x = 1\n  @y = 2 if true\n  print 'in'\n  z: 3\nprint M.x, M.y, M.z", "in; 1 2 3")
    says("class M\n  import insert from table\n  {:concat} = table\n  f: =>\n    l = {}\n    insert l, 'a'\n    concat l\nprint M!\\f!, insert", "a nil")
    says("class C\n  local cache\n  set: (v) => cache = v\n  get: => cache\nc = C!\nc\\set 5\nprint c\\get!, cache, C!\\get!", "5 nil 5")
    says("cache = 'outer'\nclass C\n  local cache\n  cache = 'inner'\n  get: => cache\nprint C!\\get!, cache", "inner outer")
    says("class A\nclass B extends A\n  local A\n  get: => A\nprint B!\\get!, B.__parent == A", "nil true")
    says("class M\n  size: secret\n  secret = 1\nprint M.size", "nil")
    says("n = 0\nclass M\n  n += 1\nprint n", "1")
end)

t.test("class expressions and classes without a name", function()
    says("x = class Bucket\n  drops: 0\n  add: => @drops += 1\nprint x.__name, Bucket == x", "Bucket true")
    says("Big = class\n  v: 1\nt = {}\nt.Small = class\nprint Big.__name, t.Small.__name, Big!.v", "Big Small 1")
    says("print (class).__name, (class Foo).__name", "nil Foo")
    says("f = -> class A\n  v: 2\nprint f!!.v", "2")
    says("f = (c) -> c.__name\nprint f class X", "X")
    says("x = class\nprint x.__name, x! != nil", "x true")
    says("A = class\nB = class extends A\nprint B.__parent == A, B.__name", "true B")
    says("t = {a: class A}\nprint t.a.__name, A", "A nil")
    says("make = (v) -> class\n  get: => v\nprint make(1)!\\get!, make(2)!\\get!", "1 2")
end)

t.test("a class in a loop, in a condition, with update of a property", function()
    says("list = for i = 1, 2\n  class C\n    get: => i\nprint list[1]!\\get!, list[2]!\\get!", "1 2")
    says("if true\n  class C\n    x: 1\n  print C.x\nprint C", "1; nil")
    says("class C\n  new: =>\n    @n = {a: {1}}\n    @n.a[1] += 1\n    @n['b'] or= 'z'\nprint C!.n.a[1], C!.n.b", "2 z")
end)

t.run()
