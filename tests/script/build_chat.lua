-- SPDX-License-Identifier: BSD-3-Clause
-- A server of several files as one program: it works, also where nothing else is, and after what
-- people do to programs.

local t = require "harness"
local bundle = require "bundle"

local function size_of(path)
    return tonumber(bundle.must("wc -c <%s", path):match("%d+"))
end

t.test("three modules and a data file become one program", function()
    local folder = bundle.built()
    bundle.must("cd %s && rm -rf src data", folder)
    bundle.works(folder .. "/chat")
    bundle.works(folder .. "/chat") -- nothing was used up
end)

t.test("build says what it has made", function()
    local folder = t.tempdir()
    local output = bundle.must("cd $CHAT && $SSSRUN build -o %s/chat chat.lua data", folder)
    local size, count = output:match("^%S*/chat: (%d+) bytes %([%w_]+%), (%d) files\n?$")
    t.eq(tonumber(size), size_of(folder .. "/chat"), output)
    t.eq(count, "5")
end)

t.test("--list tells what is inside, of a build and of a program", function()
    local folder = t.tempdir()
    local before = bundle.must("cd $CHAT && $SSSRUN build --list chat.lua data; ls %s", folder)
    t.match(before, "^ *%d+  chat.lua +main\n *%d+  chat/member.lua +required by chat.lua:7\n"
        .. " *%d+  chat/room.lua +required by chat.lua:6\n"
        .. " *%d+  chat/texts.lua +required by chat/member.lua:4\n *45  data/welcome.txt +named\n"
        .. " *%d+  packed\n *%d+  runtime\n *%d+  whole\n?$")
    local written = bundle.must("cd $CHAT && $SSSRUN build --list -o %s/chat chat.lua data", folder)
    t.eq(written, before)
    t.eq(tonumber(written:match("(%d+)  whole")), size_of(folder .. "/chat"))
    local read = bundle.must("$SSSRUN build --list %s/chat", folder)
    local function lines(text)
        return (text:gsub(" +required by [^\n]*", ""):gsub(" +named", ""))
    end
    t.eq(lines(read), lines(written))
end)

t.test("it works in an empty root", function()
    if t.sanitized then t.skip("the sanitized program needs libraries") end
    if not bundle.must("id -u"):find("^0") then t.skip("only root may chroot") end
    local folder, root = bundle.built(), t.tempdir()
    bundle.must("mv %s/chat %s/chat", folder, root)
    bundle.works("chroot " .. root .. " /chat")
end)

for name, command in pairs {
    ["strip"] = "strip -o copy chat",
    ["strip --strip-all in place"] = "cp chat copy && strip --strip-all copy",
    ["objcopy --strip-debug"] = "objcopy --strip-debug chat copy",
    ["cp --sparse=always"] = "cp --sparse=always chat copy",
    ["cat"] = "cat chat >copy && chmod +x copy",
} do
    t.test("it works after " .. name, function()
        local tool = command:match("^%a+")
        if not t.has(tool) then t.skip("there is no " .. tool) end
        local folder = bundle.built()
        bundle.must("cd %s && %s && rm -rf src data", folder, command)
        bundle.works(folder .. "/copy")
    end)
end

t.test("a bundle adds what is packed, and less than 4 KiB", function()
    local folder = t.tempdir()
    local list = bundle.must("cd $CHAT && $SSSRUN build --list -o %s/chat chat.lua data", folder)
    local packed, runtime, whole = list:match("(%d+)  packed\n *(%d+)  runtime\n *(%d+)  whole")
    local size, bare = size_of(folder .. "/chat"), size_of(t.child.quote(t.child.program))
    t.eq(tonumber(whole), size)
    t.eq(packed + runtime, size)
    t.ok(size - bare - packed < 4096, size .. " " .. bare .. " " .. packed)
end)

t.test("the same input gives the same bytes, in other folders and at other times", function()
    for _, options in ipairs { "", "--strip", "--plain" } do
        local one, other = bundle.built(options), t.tempdir()
        bundle.must("mkdir -p %s/a/b && cp -R %s/src %s/data %s/a/b && cd %s/a/b && "
            .. "find . -exec touch -d 2001-02-03 {} + && mv src/chat.lua src/x.lua && "
            .. "mv src/x.lua src/chat.lua && LUA_PATH='./src/?.lua' $SSSRUN build %s data/../src/chat.lua "
            .. "-o ../out ./data//welcome.txt", other, one, one, other, other, options)
        bundle.must("cmp %s/chat %s/a/out", one, other)
        bundle.must("! grep -q -a -e '%s' %s/chat", one, one)
    end
end)

t.test("errors name packed files and lines; without debug information no lines", function()
    local texts = { "", "--plain", "--strip" }
    for _, options in ipairs(texts) do
        local folder = bundle.built(options)
        local server = bundle.start(folder .. "/chat")
        local sss = require "sss"
        local client = sss.connect(server.address)
        client:settimeout(t.patience)
        client:send("fail\n")
        t.ok(client:receive("a"))
        client:close()
        local output = bundle.stop(server)
        if options == "--strip" then
            t.match(output, "somebody asked for it")
            t.ok(not output:find("texts.lua:12", 1, true), output)
        else
            t.match(output, "chat/texts.lua:12: somebody asked for it", options)
        end
    end
end)

t.test("--strip is smaller, --plain is the text", function()
    local function packed(options)
        local list = bundle.must("cd $CHAT && $SSSRUN build %s --list chat.lua data", options)
        return tonumber(list:match("(%d+)  packed"))
    end
    t.ok(packed("--strip") < packed(""))
    t.eq(packed("--plain"), tonumber(bundle.must("cd $CHAT && cat $(find . -type f) | wc -c")))
end)

-- Damage -----------------------------------------------------------------------------------------

-- Changes the byte at OFFSET behind the end of the runtime.
local function flip(path, offset)
    local file = assert(io.open(path, "r+b"))
    file:seek("set", offset)
    local byte = file:read(1):byte()
    file:seek("set", offset)
    file:write(string.char(bit.bxor(byte, 16)))
    file:close()
end

local function refused(path, what)
    local output, status = bundle.sh("exec timeout 100 %s 127.0.0.1:0", path)
    t.eq(status, 1, what .. ": " .. output)
    t.match(output, "^sssrun: [^\n]*chat: its packed files are damaged [^\n]*fresh copy\n?$", what)
end

t.test("a changed byte of what is packed is noticed", function()
    local folder = bundle.built()
    local path = folder .. "/chat"
    local list = bundle.must("$SSSRUN build --list %s", path)
    local welcome = t.read_file(path):find("Welcome to the chat", 1, true) - 1
    t.match(list, "data/welcome.txt")
    for _, offset in ipairs { welcome, welcome + 44, welcome - 1, welcome - 100, welcome - 1500 } do
        flip(path, offset)
        refused(path, "byte " .. offset)
        local output, status = bundle.sh("$SSSRUN build --list %s", path)
        t.eq(status, 1, output)
        t.match(output, "damaged")
        flip(path, offset)
    end
    bundle.works(path)
end)

t.test("a truncated program is noticed, and does not crash", function()
    local folder = bundle.built()
    local path = folder .. "/chat"
    local whole = t.read_file(path)
    local first -- of what is packed; the program's code holds these bytes too
    for at in whole:gmatch("()sssrun%z\1") do first = at - 1 end
    local last = whole:find("or quit.\n", 1, true) + 8
    for _, size in ipairs { first, first + 1, first + 8, first + 39, first + 500, last - 40, last - 1 } do
        bundle.must("head -c %d %s/chat >%s/cut.chat && chmod +x %s/cut.chat", size, folder, folder,
            folder)
        refused(folder .. "/cut.chat", "size " .. size)
    end
end)

t.run()
