-- SPDX-License-Identifier: BSD-3-Clause
-- MoonScript: what does not compile is told with its line, in words for a person.

local t = require "harness"
local moonscript = require "moonscript.base"
local random = require "random"

local keep = {}

-- The message of `sssrun check` for CODE, without the name of the file.
local function check(code)
    local folder = keep.folder or t.tempdir()
    t.write_file(code, folder .. "/x.moon")
    local output, status = t.child.command(("cd %s && exec %s check x.moon"):format(folder,
        t.child.quote(t.child.program))):rest()
    return output:match("^sssrun: x%.moon:(.-)\n?$") or output, status
end

local function refused(code, wanted)
    local got, status = check(code)
    if got ~= wanted or status ~= 1 then
        t.eq(code .. "\n--> " .. got .. " " .. status, code .. "\n--> " .. wanted .. " 1")
    end
end

t.test("the line of what cannot be parsed", function()
    refused("class V\n  one: =>\n    1\n\n  far: =>\n    @x != 0 or @y += 0\n\n  two: =>\n    2\n",
        "6: cannot parse, left hand expression is not assignable: @x != 0 or @y += 0")
    refused("x = 1\nx + 1 = 2\n", "2: cannot parse, left hand expression is not assignable: x + 1 = 2")
    refused("a = 1\n\na or b = 2\n\nprint a\nprint a\n",
        "3: cannot parse, left hand expression is not assignable: a or b = 2")
    refused("x = 1\n\nf x = 2\ny = 3\n", "3: cannot parse, left hand expression is not assignable: f x = 2")
    refused("f = ->\n  g = ->\n    f! = 1\n  g", "3: cannot parse, left hand expression is not assignable: f! = 1")
    refused("a, b += 1", "1: cannot parse, left hand expression is not assignable: a, b += 1")
    refused("if x\n  1 = 2\n", "2: cannot parse, left hand expression is not assignable: 1 = 2")
    refused("print 1\n\"s\" ..= 'x'\n", "2: cannot parse, left hand expression is not assignable: \"s\" ..= 'x'")
    refused("x = 1\n\n\ny = )\nz = 2\n", "4: cannot parse: y = )")
    refused("x = 1\ny = = 2\nz = 3\n", "2: cannot parse: y = = 2")
    refused("switch x\n  when 1\n    2\n  whn 3\n    4\n", "4: cannot parse: whn 3")
    refused("class A\n  f: => 1\n  g = = 2\n  h: => 3\n", "3: cannot parse: g = = 2")
    refused("a = 5\nb = a ? 1 : 2\nc = 3\n", "2: cannot parse: b = a ? 1 : 2")
    refused("f = (a, b -> a\nprint 1\n", "1: cannot parse: f = (a, b -> a")
    refused("for i in 1, 2\n  print i\nfor x = 1\n  print x\n", "3: cannot parse: for x = 1")
    refused("x = 5 y = 6\n", "1: cannot parse: x = 5 y = 6")
    refused("if (x == 1) {\n  y()\n}\n", "3: cannot parse: }")
end)

t.test("the line that is not complete", function()
    refused("x =\ny = 2\n", "1: cannot parse: x =")
    refused("x = 1\nif x\nprint 1\n", "2: cannot parse: if x")
    refused("if true then\nprint 1\n", "1: cannot parse: if true then")
    refused("while x do\nprint 1", "1: cannot parse: while x do")
    refused("x = 1 +\n", "1: cannot parse: x = 1 +")
    refused("import a, b from\nx = 1\n", "1: cannot parse: import a, b from")
    refused("f x,\nprint 2\n", "1: cannot parse: f x,")
    refused("y = 1\nprint x for\n\n", "2: cannot parse: print x for")
end)

t.test("strings and brackets without an end", function()
    refused("z = 1\nx = \"abc\ny = 2\n", "2: cannot parse, unfinished string: x = \"abc")
    refused("x = 'abc\ny = 2\n", "1: cannot parse, unfinished string: x = 'abc")
    refused("x = {1, 2\ny = 3\n", "2: cannot parse, between brackets that open in line 1: y = 3")
    refused("print 1\nprint (2\nprint 3\n", "3: cannot parse, between brackets that open in line 2: print 3")
    refused("x = 1\nprint \"a #{1 + } b\"\n", "2: cannot parse: print \"a #{1 + } b\"")
    refused("print \"a #{} b\"\nx = 1", "1: cannot parse: print \"a #{} b\"")
end)

t.test("indentation", function()
    refused("x = 1\n  y = 2\nz = 3\n", "2: cannot parse: y = 2")
    refused("class A\n  f: =>\n    1\n   g: => 2\n", "4: cannot parse: g: => 2")
    refused("x = if y\n  1\n else\n  2\n", "3: cannot parse: else")
    refused("f = ->\n\tx = 1\n    y = 2\n\t z = 3\n", "4: cannot parse: z = 3")
end)

t.test("what cannot be compiled", function()
    refused("print 1\nx = .field\n", "2: cannot compile: Short-dot syntax must be called within a with block")
    refused("print 1\nx = \\foo\n", "2: cannot compile: Short-colon syntax must be called within a with block")
    refused("print 1\n{1} = thing\n", "2: cannot compile: Can't destructure value of type: number")
    refused("print 1\n{foo!} = thing\n", "2: cannot compile: Can't destructure into chain ending in call")
    refused("print 1\n{...} = thing\n", "2: cannot compile: Can't destructure into '...'")
    refused("print 1\n\nf = ({1}) -> nil\n", "3: cannot compile: Can't destructure value of type: number")
    refused("print 1\nf = ({:a}, a) -> a\n",
        "2: cannot compile: Can't destructure into 'a': name is bound by another parameter")
    refused("f = ({:self}) => @x\n",
        "1: cannot compile: Can't destructure into 'self': name is bound by another parameter")
    refused("print 1\ncontinue\n", "2: cannot compile: continue must be inside of a loop")
    refused("for x in *y\n  f = ->\n    break\n", "3: cannot compile: break must be inside of a loop")
    refused("x = a[1,2]\n", "1: cannot compile: a slice can only be used behind * in a loop")
    refused("print 1\nend = 2\n", "2: cannot compile: 'end' is a keyword of Lua and cannot be a name")
    refused("f = (a, until) -> 1\n", "1: cannot compile: 'until' is a keyword of Lua and cannot be a name")
    refused("for repeat in *x do 1\n", "1: cannot compile: 'repeat' is a keyword of Lua and cannot be a name")
    refused("x = 1\nf = function() end\n", "2: cannot compile: 'function' is a keyword of Lua and cannot be a name")
    refused("x = 1\nnil = 5\n", "2: cannot compile: cannot assign to nil")
    refused("x = ...\nf = ->\n  print ...\n", "3: cannot compile: ... is no parameter of this function")
    refused("class A\n  x: 1\n  super!\n", "3: cannot compile: super can only be called in a method")
    refused("x = 1\nt = {@a: 2}\n", "2: cannot compile: a key with @ belongs to a class")
end)

t.test("limits of Lua have the line of the source", function()
    local names = {}
    for i = 1, 201 do names[i] = "x" .. i .. " = " .. i end
    refused("f = ->\n  " .. table.concat(names, "\n  "), "202: function at line 1 has more than 200 local variables")
    refused("print 1\nprint '\\400'\n", "2: invalid escape sequence near '''")
end)

t.test("nesting that is too deep is told, whatever is nested", function()
    for _, pair in ipairs { { "(", ")" }, { "{", "}" }, { "[", "]" }, { "f(", ")" }, { '"#{', '}"' }, { "-> ", "" },
        { "- ", "" }, { "not ", "" }, { "(a=", ") ->" }, { "if x then ", "" }, { "a: ", "" }, { "x\\y ", "" }, { "do ", "" },
        { "{a: ", "}" }, { "a[", "]" }, { "((", "))" } } do
        local got, status = check("\nx = " .. pair[1]:rep(5000) .. "1" .. pair[2]:rep(5000))
        t.eq(status, 1)
        t.match(got, "^2: cannot parse, nested too deeply %(200 levels%): x = ", pair[1])
    end
    local lines = {}
    for i = 0, 300 do lines[#lines + 1] = (" "):rep(i) .. "if x" end
    t.match(check(table.concat(lines, "\n") .. "\n" .. (" "):rep(400) .. "y"), "nested too deeply")
    lines = {}
    for i = 0, 300 do lines[#lines + 1] = (" "):rep(i) .. "while x" end
    t.match(check(table.concat(lines, "\n") .. "\n" .. (" "):rep(400) .. "y"), "nested too deeply")
end)

t.test("what LuaJIT nests no further is told with its line", function()
    local got = check("\n\nx = " .. ("-> "):rep(190) .. "1")
    t.ok(got == "" or got:find("^3: "), got)
    got = check("\n" .. "x = " .. ("a .. "):rep(5000) .. "b")
    t.ok(got == "" or got:find("^2: "), got)
end)

t.test("random text ends with a message, soon", function()
    local parts = { "if", " ", "\n", "  ", "x", "=", "->", "(", ")", "{", "}", "[", "]", '"', "#{", "'", "for", "in", "*", ",",
        "class", "extends", ":", "@", "\\", ".", "!", "with", "switch", "when", "then", "else", "do", "continue", "1", "+",
        "super", "import", "from", "export", "local", "return", "...", "=>", "unless", "while", "--", "[[", "]]", "+=", "not" }
    local chance = random.new()
    local began = os.clock()
    for _ = 1, t.sanitized and 100 or 1000 do
        local words = {}
        for i = 1, chance:int(1, 120) do words[i] = chance:pick(parts) end
        local code = table.concat(words)
        local ok, result, message = pcall(moonscript.to_lua, code)
        t.ok(ok, tostring(result) .. " for " .. code)
        if result == nil then
            t.match(message, "^%a[^\n]*:[^\n]*\n %[%d+%] >>    ", code)
            t.ok(not message:find("attempt to") and not message:find("%.lua:"), message .. " for " .. code)
        end
    end
    t.ok(os.clock() - began < (t.sanitized and 60 or 20), "it took " .. os.clock() - began)
end)

t.run()
