-- SPDX-License-Identifier: BSD-3-Clause
-- What an image is made of: lua/build/1_sha256.lua, 1_tar.lua, and the names of 2_oci.lua.

local t = require "harness"
local random = require "random".new()

local top = arg[0]:match("^(.*)/tests/script/[^/]*$") or "."

local build = {}
for _, name in ipairs { "1_sha256", "1_tar", "2_oci" } do
    assert(loadfile(top .. "/lua/build/" .. name .. ".lua"))(build)
end

local write, output = require("files").write, t.output_of

t.test("digests that the standard publishes", function()
    t.eq(build.sha256 "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    t.eq(build.sha256 "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    t.eq(build.sha256(("a"):rep(1000000)),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
end)

-- TEXT fed in pieces of any size, also none.
local function in_pieces(text, longest)
    local digest, at = build.digest(), 1
    while at <= #text do
        local size = random:int(0, longest)
        digest:feed(text:sub(at, at + size - 1))
        at = at + size
    end
    return digest:finish()
end

t.test("every length up to 300, and long ones, against sha256sum", function()
    local folder, wanted, texts = t.tempdir(), {}, {}
    for size = 0, 300 do texts[size] = random:stream(size, 256) end
    for _, size in ipairs { 65535, 65536, 65537, 300001 } do
        texts[size] = random:stream(size, 256)
    end
    for size, text in pairs(texts) do write(folder .. "/" .. size, text) end
    for digits, size in output(("cd %s && sha256sum *"):format(folder)):gmatch("(%x+) +(%d+)") do
        wanted[tonumber(size)] = digits
    end
    for size, text in pairs(texts) do
        t.eq(build.sha256(text), wanted[size], "the digest of " .. size .. " bytes")
        t.eq(in_pieces(text, size > 300 and 5000 or 100), wanted[size], "in pieces, " .. size)
    end
end)

t.test("interpreted as well as compiled", function()
    local text = random:stream(10000, 256)
    local compiled = build.sha256(text)
    jit.off()
    local interpreted = build.sha256(text)
    jit.on()
    t.eq(interpreted, compiled)
end)

t.test("a large text takes no memory", function()
    local digest, piece = build.digest(), ("x"):rep(65536)
    digest:feed(piece)
    collectgarbage()
    local before = collectgarbage "count"
    for _ = 2, t.sanitized and 64 or 512 do digest:feed(piece) end
    collectgarbage()
    t.ok(collectgarbage "count" < before + 64)
end)

-- The kernel makes a file of any size that takes no room.
t.test("beyond 2^32 bits", function()
    if t.sanitized then t.skip "too slow" end
    local size, digest, piece = 513 * 1024 * 1024, build.digest(), ("\0"):rep(1024 * 1024)
    for _ = 1, size / #piece do digest:feed(piece) end
    local path = t.tempname()
    t.eq(digest:finish(), output(("truncate -s %d %s; sha256sum %s"):format(size, path, path))
        :match "^%x+")
end)

t.test("tar reads the archive", function()
    local tar, folder, pieces, names = build.tar, t.tempdir(), {}, {}
    for i, size in ipairs { 0, 1, 511, 512, 513, 10000 } do
        names[i] = ("%d/"):format(i) .. ("n"):rep(i * 16)
        local text = random:stream(size, 256)
        write(folder .. "/" .. i, text)
        table.insert(pieces, tar.header(names[i], size, i % 2 == 0 and 493 or 420, i * 1000000000))
        table.insert(pieces, text .. tar.padding(size))
    end
    write(folder .. "/a.tar", table.concat(pieces) .. tar.ending)
    local listed = output(("cd %s && TZ=UTC tar tvf a.tar --full-time 2>&1"):format(folder))
    t.match(listed, "%-rwxr%-xr%-x 0/0 +512 2096%-10%-02 07:06:40 4/" .. ("n"):rep(64) .. "\n")
    t.match(listed, "%-rw%-r%-%-r%-%- 0/0 +0 2001%-09%-09 01:46:40 1/" .. ("n"):rep(16) .. "\n")
    t.eq(output(("cd %s && mkdir x && tar xmf a.tar -C x 2>&1 && %s"):format(folder,
        "for i in 1 2 3 4 5 6; do cmp $i x/$i/*; done")), "")
end)

t.test("a file of 8 GiB minus one is the largest", function()
    local folder = t.tempdir()
    write(folder .. "/head", build.tar.header("large", build.tar.number_most, 420, 0))
    t.match(output(("tar tvf %s/head 2>/dev/null"):format(folder)), " 8589934591 1970")
    t.raises("assertion failed", build.tar.header, "large", build.tar.number_most + 1, 420, 0)
end)

t.test("ports", function()
    local check = build.check_expose
    t.eq({ check "7000", check "1/tcp", check "65535/udp" }, { "7000/tcp", "1/tcp", "65535/udp" })
    for _, text in ipairs { "", "0", "65536", "99999", "100000", "-1", "+1", "01", "1.5", "0x10",
        "1e3", " 1", "1 ", "http", "/tcp", "80/", "80/sctp", "80/TCP", "80tcp", "80/tcp/udp",
        "80/tcp ", "80\n", ("9"):rep(400) } do
        local port, message = check(text)
        t.eq(port, nil, text)
        t.ok(message:find("'" .. text .. "' is no port to expose: ", 1, true))
    end
end)

t.test("names", function()
    for text, wanted in pairs { chat = "chat", Chat = "chat", ["my chat"] = "my-chat",
        ["a.b_c-d"] = "a.b_c-d", ["a..b"] = "a-b", ["a--b__c"] = "a-b-c", [".hidden."] = "hidden",
        ["-x_"] = "x", ["gr\195\188n"] = "gr-n", ["a/../b"] = "a-b", ["a\nb\"c"] = "a-b-c",
        [("x"):rep(100)] = ("x"):rep(100) } do
        t.eq(build.image_name(text), wanted, text)
    end
    for _, text in ipairs { "", ".", "---", "\195\188", ("x"):rep(101) } do
        local name, message = build.image_name(text)
        t.eq(name, nil, text)
        t.ok(message:find("'" .. text .. "' gives no name for an image: ", 1, true))
    end
end)

t.run()
