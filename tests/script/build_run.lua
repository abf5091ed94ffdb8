-- SPDX-License-Identifier: BSD-3-Clause
-- How a built program runs: arguments, exit status, environment, modules, files.

local t = require "harness"
local bundle = require "bundle"

-- A folder with FILES (name = text), in which COMMANDS are run.
local function folder_with(files)
    local folder = t.tempdir()
    for name, text in pairs(files) do
        local parent = name:match("^(.*)/")
        if parent then bundle.must("mkdir -p '%s/%s'", folder, parent) end
        t.write_file(text, folder .. "/" .. name)
    end
    return folder
end

local function build(files, arguments)
    local folder = folder_with(files)
    bundle.must("cd %s && $SSSRUN build %s", folder, arguments)
    return folder
end

t.test("arguments are the script's own; arg[0] is the program", function()
    local folder = build({ ["a.lua"] = "print(arg[0], #arg, select('#', ...), ...)" }, "a.lua")
    local output = bundle.must("cd %s && rm a.lua && ./a -e 1 --help '' 'x y' -- -", folder)
    t.eq(output, "./a\t7\t7\t-e\t1\t--help\t\tx y\t--\t-\n")
end)

t.test("the exit status is the script's", function()
    local folder = build({ ["a.lua"] = "if arg[1] == 'e' then error('why', 0) end\n"
        .. "if arg[1] == 's' then require 'sss'.spawn(error, 'lost') return end\n"
        .. "os.exit(tonumber(arg[1]))" }, "a.lua")
    for argument, wanted in pairs { ["0"] = 0, ["3"] = 3, ["255"] = 255, e = 1, s = 1 } do
        local output, status = bundle.sh(t.child.leaking .. "%s/a %s", folder, argument)
        t.eq(status, wanted, argument .. ": " .. output)
    end
    t.match(bundle.sh("%s/a e", folder), "^sssrun: why\n")
end)

t.test("the environment's LUA_* are not read", function()
    local folder = build({ ["a.lua"] = "print(package.path:find('nowhere'), x)" }, "a.lua")
    t.match(bundle.must("LUA_INIT='x = 1' LUA_PATH='nowhere/?.lua' %s/a", folder), "^nil\tnil")
end)

t.test("SSSRUN_AS_RUNTIME=1 makes a plain sssrun of it", function()
    local folder = build({ ["a.lua"] = "print 'packed'" }, "a.lua")
    t.match(bundle.must("SSSRUN_AS_RUNTIME=1 %s/a -e 'print(\"plain\", sss)' ", folder), "^plain\tnil")
    t.match(bundle.must("SSSRUN_AS_RUNTIME=1 %s/a --version", folder), "^sssrun %d")
    t.match(bundle.must("SSSRUN_AS_RUNTIME=1 %s/a build --list %s/a", folder, folder), "a.lua +main")
    t.match(bundle.must("SSSRUN_AS_RUNTIME= %s/a", folder), "^packed")
end)

t.test("a program builds another one, without its own files", function()
    local folder = build({ ["a.lua"] = "print 'first'", ["b.lua"] = "print 'second'",
        ["big"] = ("x"):rep(100000) }, "a.lua big")
    bundle.must("cd %s && SSSRUN_AS_RUNTIME=1 ./a build b.lua && $SSSRUN build -o c b.lua && cmp b c "
        .. "&& $SSSRUN build -o d --runtime a b.lua && cmp b d", folder)
    t.match(bundle.must("%s/b", folder), "^second")
end)

t.test("packed modules win over those on the disk", function()
    local folder = build({ ["a.lua"] = "print(require 'm', require 'n', pcall(require, 'o'))",
        ["m.lua"] = "return 'packed m'", ["n/init.lua"] = "return ..." }, "a.lua n")
    bundle.must("cd %s && echo 'return 1' >m.lua && rm -r n", folder)
    t.match(bundle.must("cd %s && ./a", folder), "^packed m\tn\tfalse\t.*no packed module 'o'")
    bundle.must("cd %s && echo 'return 2' >o.lua", folder)
    t.match(bundle.must("cd %s && ./a", folder), "^packed m\tn\ttrue\t2")
end)

t.test("modules that require each other, and main", function()
    local folder = build({ ["a.lua"] = "package.loaded.a = 'main' print(require 'b')",
        ["b.lua"] = "package.loaded.b = 'b' require 'c' return require 'a'",
        ["c.lua"] = "require 'b' require 'c.d'", ["c/d.lua"] = "require 'c.d.e'",
        ["c/d/e.lua"] = "return 1" }, "a.lua")
    t.match(bundle.must("cd / && %s/a", folder), "^main")
    t.match(bundle.must("$SSSRUN build --list %s/a", folder), "a.lua.*b.lua.*c.lua.*c/d.lua.*c/d/e.lua")
end)

t.test("a folder is built as it runs; its modules are found first", function()
    local folder = folder_with { ["app/main.lua"] = "print(require 'm', require 'sub')",
        ["app/m.lua"] = "return 'of app'", ["m.lua"] = "return 'of the folder'",
        ["app/sub/init.lua"] = "return 'sub'" }
    bundle.must("cd %s && $SSSRUN build app/ -o one && rm -r app && ./one >out", folder)
    t.match(bundle.must("cat %s/out", folder), "^of app\tsub")
end)

t.test("a script beside a module of its own name", function()
    local folder = folder_with { ["bin/chat.lua"] = "print(require 'chat')",
        ["chat.lua"] = "return 'the module'" }
    bundle.must("cd %s && $SSSRUN build bin/chat.lua", folder)
    t.match(bundle.must("cd / && %s/chat", folder), "^the module")
end)

t.test("files keep every byte and name", function()
    local bytes = {}
    for i = 0, 255 do bytes[i] = string.char(i) end
    local data = table.concat(bytes, "", 0):rep(300)
    local folder = folder_with { ["a b/ä ö.dat"] = data, ["a b/.hidden"] = "", ["%s?'.txt"] = "odd",
        ["été.lua"] = "local sss = require 'sss' io.write(#sss.asset(arg[1]), ' ', "
            .. "tostring(sss.asset('%s?\\'.txt')), ' ', require 'mödul' )"
            .. " local f = io.open(arg[2], 'wb') f:write(sss.asset(arg[1])) f:close()",
        ["mödul.lua"] = "return 'mödul'" }
    bundle.must("cd %s && $SSSRUN build 'été.lua' './a b' \"%%s?'.txt\" && mv été ok", folder)
    t.match(bundle.must("cd %s && mkdir x && cd x && ../ok 'a b/ä ö.dat' copy", folder),
        "^76800 odd mödul")
    bundle.must("cd %s && cmp 'a b/ä ö.dat' x/copy && cd x && ../ok 'a b/.hidden' copy", folder)
end)

t.test("a large file is packed without being read into memory", function()
    if t.sanitized then t.skip("too slow with sanitizers") end
    local folder = folder_with { ["a.lua"] = "print(#require 'sss'.asset('part'))", ["part"] = "xyz" }
    bundle.need_room(folder, 2500)
    local output = bundle.must("cd %s && truncate -s 1G large && ulimit -v 200000 && "
        .. "exec $SSSRUN build a.lua large part", folder)
    t.match(output, "^a: 107%d%d%d%d%d%d%d bytes")
end)

-- Waits until the folder has a file whose name matches.
local function await_file(folder, pattern)
    t.await("a file " .. pattern, function()
        return t.output_of("ls -A " .. folder):find(pattern)
    end)
end

for signal, wanted in pairs { INT = 130, TERM = 143, HUP = 129 } do
    t.test("a build that ends by " .. signal .. " leaves nothing", function()
        local folder = folder_with { ["a.lua"] = "print(1)", ["a"] = "old" }
        bundle.need_room(folder, 2500)
        bundle.must("cd %s && truncate -s 1900M data", folder)
        local child = t.child.command(("cd %s && exec %s build a.lua data"):format(folder,
            t.child.quote(t.child.program)))
        await_file(folder, "%.part")
        child:kill(signal)
        local output, status = child:rest()
        t.eq(status, wanted, output)
        t.eq(bundle.must("cd %s && ls -A && cat a", folder), "a\na.lua\ndata\nold")
    end)
end

t.test("for the other architecture", function()
    if t.sanitized then t.skip("the release program does it") end
    local folder = folder_with { ["a.lua"] = "print(jit.arch, require 'm', ...) os.exit(7)",
        ["m.lua"] = "return 'm'" }
    local arm = t.child.program:match("^(.*)/[^/]*$") .. "/build/release-aarch64/sssrun"
    local file = io.open(arm)
    if not file then t.skip("make has not built it") end
    file:close()
    bundle.must("cd %s && $SSSRUN build --target arm64 --runtime %s a.lua", folder, arm)
    local qemu = t.has("qemu-aarch64-static") and "qemu-aarch64-static"
    if not qemu then t.skip("it is built, but there is no qemu to run it") end
    local output, status = bundle.sh("cd / && %s %s/a x", qemu, folder)
    t.eq(status, 7, output)
    t.match(output, "^arm64\tm\tx")
end)

t.test("a server for the other architecture", function()
    local arm = t.child.program:match("^(.*)/[^/]*$") .. "/build/release-aarch64/sssrun"
    local file = io.open(arm)
    if not file then t.skip("make has not built it") end
    file:close()
    if not t.has("qemu-aarch64-static") then t.skip("there is no qemu to run it") end
    local folder = bundle.built("--target aarch64 --runtime " .. arm)
    bundle.must("cd %s && rm -rf src data", folder)
    bundle.works("qemu-aarch64-static " .. folder .. "/chat")
end)

t.run()
