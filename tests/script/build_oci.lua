-- SPDX-License-Identifier: BSD-3-Clause
-- sssrun build --oci: images that other people's tools read, unpack and run.

local t = require "harness"
local bundle = require "bundle"

local quote = t.child.quote
local program = quote(t.child.program)
local top = arg[0]:match("^(/.*)/tests/script/[^/]*$") or os.getenv "PWD"

-- A command's output (both kinds) and exit status.
local function sh(format, ...)
    return t.child.command(format:format(...)):rest()
end

-- The output of a command that has to succeed.
local function succeed(format, ...)
    local output, status = sh(format, ...)
    if status ~= 0 then error(("status %s: %s"):format(status, output), 2) end
    return output
end

local function need(...)
    for _, command in ipairs { ... } do
        if not t.has(command) then t.skip(command .. " is not installed") end
    end
end

local write = require("files").write

local function exists(path)
    local file = io.open(path)
    return file and file:close()
end

-- A program of two modules and a file. It needs no other file to run.
local function make_sources(folder, name)
    write(folder .. "/" .. name .. ".lua", [[
        local sss = require "sss"
        local ffi = require "ffi"
        ffi.cdef "int getpid(void); int kill(int, int);"
        print(require("words").greet(arg[1]), sss.asset "motd.txt")
        io.stdout:flush()
        if arg[2] then
            ffi.C.kill(ffi.C.getpid(), tonumber(arg[2]))
            sss.sleep(10)
        end]])
    write(folder .. "/words.lua", "return { greet = function(name) return 'hello ' .. name end }")
    write(folder .. "/motd.txt", "be kind")
end

-- Builds an image of chat.lua: its path, and the folder of everything.
local function build(options, before)
    local folder = t.tempdir()
    make_sources(folder, "chat")
    succeed("cd %s && %s %s build --oci image.tar %s chat.lua motd.txt", folder, before or "",
        program, options or "")
    return folder .. "/image.tar", folder
end

-- The last line that skopeo or python printed, without blanks: JSON that is easy to compare.
local function compact(text)
    return (text:gsub("%s", ""))
end

-- By root, or in a user name space.
local function find_root()
    for _, way in ipairs { "", "unshare --user --map-root-user" } do
        if select(2, sh("%s chroot / true", way)) == 0 then return way end
    end
    t.skip "there is no root here"
end

-- skopeo unpacks an image's files as root's.
local function skopeo(words, ...)
    need "skopeo"
    return succeed(find_root() .. " skopeo " .. words, ...)
end

t.test("skopeo sees what it is", function()
    need "skopeo"
    local image = build "--expose 7000 --expose 53/udp --expose 7000/tcp"
    for _, kind in ipairs { "oci-archive:%s", "oci-archive:%s:chat:latest", "docker-archive:%s",
        "docker-archive:%s:chat:latest" } do
        local place = kind:format(image)
        local seen = compact(skopeo("inspect %s", place))
        t.match(seen, '"Created":"1970%-01%-01T00:00:00Z"')
        t.match(seen, '"Architecture":"[ar][mr][dm]64"')
        t.match(seen, '"Os":"linux"')
        t.match(seen, '"Layers":%["sha256:%x+"%]')
        local config = compact(skopeo("inspect --config %s", place))
        t.match(config, '"Entrypoint":%["/chat"%]')
        t.match(config, '"ExposedPorts":{"53/udp":{},"7000/tcp":{}}')
    end
    t.match(sh("%s skopeo inspect oci-archive:%s:other:latest", find_root(), image),
        "no descriptor found")
end)

t.test("without ports none are named", function()
    local config = skopeo("inspect --config oci-archive:%s", (build()))
    t.ok(not config:find "ExposedPorts")
end)

-- The image as a folder, by skopeo and umoci.
local function unpack_image(image, folder)
    skopeo("copy -q oci-archive:%s:chat:latest oci:%s/layout:chat", image, folder)
    succeed("umoci unpack --rootless --image %s/layout:chat %s/bundle", folder, folder)
    return folder .. "/bundle/rootfs"
end

t.test("umoci unpacks one file, which runs there", function()
    need("skopeo", "umoci")
    local root = unpack_image(build())
    t.eq(succeed("cd %s && find . -mindepth 1 -printf '%%M %%P %%T@'", root),
        "-rwxr-xr-x chat 0.0000000000")
    if t.sanitized then t.skip "this program is not static" end
    t.eq(succeed("%s chroot %s /chat you", find_root(), root), "hello you\tbe kind\n")
end)

t.test("as process 1 it ends by a signal", function()
    need("skopeo", "umoci", "unshare")
    if t.sanitized then t.skip "this program is not static" end
    local way = find_root()
    if select(2, sh("%s unshare --pid --fork true", way)) ~= 0 then
        t.skip "there are no process id name spaces here"
    end
    local root = unpack_image(build())
    for _, number in ipairs { 15, 1 } do
        t.eq({ sh("%s unshare --pid --fork chroot %s /chat you %d", way, root, number) },
            { "hello you\tbe kind\n", 128 + number })
    end
end)

-- Follows every digest and every size from the index on.
local reader = [==[
import hashlib, io, json, sys, tarfile
outer = tarfile.open(sys.argv[1])
def text(name): return outer.extractfile(name).read()
def blob(d):
    data = text("blobs/sha256/" + d["digest"].split(":")[1])
    assert "sha256:" + hashlib.sha256(data).hexdigest() == d["digest"] and len(data) == d["size"]
    return data
assert json.loads(text("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
index = json.loads(text("index.json"))
[entry] = index["manifests"]
assert index["schemaVersion"] == 2
assert entry["annotations"] == {"org.opencontainers.image.ref.name": sys.argv[2] + ":latest"}
manifest = json.loads(blob(entry))
config = json.loads(blob(manifest["config"]))
[layer] = manifest["layers"]
assert config["rootfs"] == {"type": "layers", "diff_ids": [layer["digest"]]}
assert entry["platform"] == {"os": config["os"], "architecture": config["architecture"]}
[docker] = json.loads(text("manifest.json"))
assert docker["RepoTags"] == [sys.argv[2] + ":latest"]
assert text(docker["Config"]) == blob(manifest["config"])
assert [text(name) for name in docker["Layers"]] == [blob(layer)]
inner = tarfile.open(fileobj=io.BytesIO(blob(layer)))
[member] = inner.getmembers()
assert config["config"]["Entrypoint"] == ["/" + member.name] == ["/" + sys.argv[2]]
assert all(m.uid == m.gid == 0 and m.mtime == member.mtime for m in outer.getmembers() + [member])
open(sys.argv[3], "wb").write(inner.extractfile(member).read())
print(config["architecture"], oct(member.mode), member.mtime, config["created"])
]==]

-- What python finds: "amd64 0o755 0 1970-01-01T00:00:00Z", and the executable's path.
local function read_image(image, name)
    local script, executable = t.tempname(), t.tempname()
    write(script, reader)
    return succeed("python3 %s %s %s %s", script, quote(image), name, executable):match "[^\n]*",
        executable
end

local own = ({ x64 = "amd64", arm64 = "arm64" })[jit.arch]

t.test("python follows every digest", function()
    need "python3"
    local image, folder = build "--expose 7000 -o chat"
    local found, executable = read_image(image, "chat")
    t.eq(found, own .. " 0o755 0 1970-01-01T00:00:00Z")
    t.eq(sh("cmp %s %s/chat", executable, folder), "")
end)

t.test("the time of the image", function()
    need "python3"
    t.eq(read_image(build(nil, "SOURCE_DATE_EPOCH=1000000000"), "chat"),
        own .. " 0o755 1000000000 2001-09-09T01:46:40Z")
    local folder = t.tempdir()
    make_sources(folder, "chat")
    for _, time in ipairs { "", "x", "-1", "1.5", "8589934592", "1e3" } do
        local output, status = sh("cd %s && SOURCE_DATE_EPOCH=%s %s build --oci image.tar chat.lua",
            folder, time, program)
        t.eq({ output, status }, { ("sssrun: SOURCE_DATE_EPOCH is '%s': seconds from 0 to 8589934591 "
            .. "expected\n"):format(time), 1 })
        t.eq(succeed("ls -A %s", folder), "chat.lua\nmotd.txt\nwords.lua\n")
    end
end)

t.test("the other architecture", function()
    need "python3"
    local other = ({ x64 = "aarch64", arm64 = "x86_64" })[jit.arch]
    local runtime = ("%s/build/release-%s/sssrun"):format(top, other)
    if not exists(runtime) then t.skip("make has not made " .. runtime) end
    local image = build(("--target %s --runtime %s"):format(other, quote(runtime)))
    t.eq(read_image(image, "chat"),
        (own == "amd64" and "arm64" or "amd64") .. " 0o755 0 1970-01-01T00:00:00Z")
end)

t.test("equal input makes equal bytes", function()
    local one = build "--expose 7000 --expose 80"
    os.execute "sleep 1.1"
    local two = build("--expose 80/tcp --expose 7000", "umask 077; TZ=Asia/Tokyo LC_ALL=C")
    t.eq(sh("cmp %s %s", one, two), "")
end)

t.test("names of images", function()
    need "python3"
    local folder = t.tempdir() .. "/a folder"
    succeed("mkdir %s", quote(folder))
    make_sources(folder, "My Chat!")
    make_sources(folder, "\208\176")
    succeed("cd %s && %s build --oci 'an image.tar' 'My Chat!.lua' motd.txt", quote(folder), program)
    t.match(read_image(folder .. "/an image.tar", "my-chat"), " 0o755 0 ")
    local output, status = sh("cd %s && %s build --oci b.tar \208\176.lua motd.txt", quote(folder),
        program)
    t.match(output, "^sssrun: '\208\176' gives no name for an image: ")
    t.eq(status, 1)
    t.ok(not exists(folder .. "/b.tar"))
end)

t.test("ports that are none", function()
    local folder = t.tempdir()
    make_sources(folder, "chat")
    for _, port in ipairs { "0", "65536", "http", "80/sctp", "7000:7000" } do
        local output, status = sh("cd %s && %s build --oci image.tar --expose %s chat.lua", folder,
            program, port)
        t.match(output, "^sssrun: .*'" .. port .. "'")
        t.eq(status, 2)
        t.ok(not exists(folder .. "/image.tar"))
    end
end)

t.test("places where no image can be", function()
    local folder = t.tempdir()
    make_sources(folder, "chat")
    succeed("mkdir %s/full", folder)
    local places = { "full", "none/image.tar", "chat.lua/image.tar", "/dev/null/image.tar" }
    for _, place in ipairs(places) do
        local output, status = sh("cd %s && %s build --oci %s chat.lua motd.txt", folder, program,
            place)
        t.match(output, "^sssrun: [^\n]*" .. place .. "[^\n]*\n$")
        t.eq(status, 1)
        t.eq(succeed("cd %s && find . | sort", folder),
            ".\n./chat.lua\n./full\n./motd.txt\n./words.lua\n")
    end
end)

t.test("a large program takes no memory", function()
    need "python3"
    if t.sanitized then t.skip "a sanitizer needs more than the limit" end
    local folder = t.tempdir()
    bundle.need_room(folder, 1000)
    make_sources(folder, "chat")
    succeed("truncate -s 200M %s/motd.txt", folder)
    succeed("cd %s && ulimit -v 100000 && %s build --oci image.tar chat.lua motd.txt", folder,
        program)
    t.match(read_image(folder .. "/image.tar", "chat"), " 0o755 0 ")
end)

t.run()
