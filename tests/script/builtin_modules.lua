-- SPDX-License-Identifier: BSD-3-Clause
-- The modules of others that are part of the program: lpeg, re, moonscript.

local t = require "harness"
local lpeg = require "lpeg" -- it makes a global of that name, as re does

-- Runs CODE in a process whose package.path begins with a folder of these files: {name = text}.
local function run(files, code)
    local folder = t.tempdir()
    for name, text in pairs(files) do
        if name:find "/" then os.execute(("mkdir -p %s/%s"):format(folder, name:match "^(.*)/")) end
        t.write_file(text, folder .. "/" .. name)
    end
    local path = ("package.path = %q .. package.path\n"):format(
        ("%s/?.lua;%s/?/init.lua;"):format(folder, folder))
    return t.child.run(path .. code)
end

t.task("lpeg: patterns, captures, grammars", function()
    t.match(lpeg.version, "^LPeg 1%.")
    local digits = lpeg.C(lpeg.R "09" ^ 1)
    t.eq(lpeg.Ct(digits * ("," * digits) ^ 0):match "1,22,333x", {"1", "22", "333"})
    local nested = lpeg.P { "(" * (lpeg.V(1) + (1 - lpeg.S "()")) ^ 0 * ")" }
    t.eq(nested:match "(a(b)c)d", 8)
    t.eq(nested:match "(a", nil)
    t.raises("left recursive", lpeg.P, { lpeg.V(1) * "a" })
end)

t.test("re: patterns as text", function()
    local output, status = run({}, [[
        local re = require "re"
        print(re.match("10 + 20", "{%d+} ' + ' {%d+}"))
        print(re.gsub("hello", "[aeiou]", "."))
        print(pcall(re.compile, "'a"))]])
    t.eq(status, 0)
    t.match(output, "^10\t20\nh%.ll%.\nfalse\t[^\n]*pattern error")
end)

t.task("moonscript: the compiler, which leaves no global behind", function()
    local base = require "moonscript.base"
    local code = t.ok(base.to_lua "double = (x) -> x * 2\nreturn double 21")
    t.eq(assert(loadstring(code))(), 42)
    code = base.to_lua [[return "is #{6 * 7}"]]
    t.eq(assert(loadstring(code))(), "is 42")
    local nothing, message = base.to_lua "x = (->\n"
    t.eq(nothing, nil)
    t.match(message, "Failed to parse")
end)

t.test("moonscript: its main module, and its version", function()
    local output = run({}, [[
        print(require "moonscript" == require "moonscript.base")
        print(assert(require "moonscript".loadstring "return [i * i for i = 1, 3]")()[3])
        print(require "moonscript.version".version)]])
    t.match(output, "^true\n9\n%d+%.%d+")
end)

t.test("moonscript: globals of a script are no rules of its grammar", function()
    local output = run({}, [[
        Name, Block, Exp = "name", 7, {}
        print(require "moonscript.base".to_lua "x = 1")]])
    t.match(output, "^local x = 1\t")
end)

t.test("nothing of them is loaded before it is asked for", function()
    local output = run({}, [[
        require "sss"
        for name in pairs(package.loaded) do
            if name == "re" or name:find "lpeg" or name:find "moon" then print(name) end
        end
        print(rawget(_G, "re"), package.preload.moonscript)]])
    t.eq(output, "nil\tnil\n")
end)

t.test("a person's own module of that name is taken", function()
    local output = run({ ["re.lua"] = "return 'my re'", ["lpeg/init.lua"] = "return 'my lpeg'" },
        "print(require 're', require 'lpeg')")
    t.eq(output, "my re\tmy lpeg\n")
end)

t.test("a person's own MoonScript is taken, also after a part of the built-in one", function()
    local output = run({ ["moonscript/base.lua"] = "return 'my base'",
        ["moonscript/init.lua"] = "return 'my ' .. require 'moonscript.base'" },
        "require 'moonscript.parse' print(require 'moonscript', require 'moonscript.base')")
    t.eq(output, "my my base\tmy base\n")
end)

t.test("a name that is nowhere is looked for there too", function()
    t.raises("no built%-in module 'no%.where'", require, "no.where")
    t.raises("no built%-in module '%.%./license/LPeg'", require, "../license/LPeg")
end)

t.run()
