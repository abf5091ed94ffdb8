-- SPDX-License-Identifier: BSD-3-Clause
-- `sssrun build`: options, files, the runtime, the program. Returns exit status and message.

local build = ...
local pack = build.pack

local function checked_runtime(path, target)
    local info, message = pack.runtime(path)
    if not info then build.fail("%s", message) end
    if target and info.arch ~= target then
        build.fail("%s is for %s, not for %s", path, info.arch, target)
    end
    return info
end

-- The places of another architecture's runtime.
local function places(own, target)
    local folder = own.path:match "^(.*)/[^/]*$" or "."
    return {folder .. "/sssrun-" .. target, folder .. "/../lib/sssrun/sssrun-" .. target}
end

local function find_runtime(options)
    if options.runtime then return checked_runtime(options.runtime, options.target) end
    local own, target = checked_runtime(), options.target
    if not target or target == own.arch then return own end
    local tried = places(own, target)
    for _, path in ipairs(tried) do
        if pack.stat(path) then return checked_runtime(path, target) end
    end
    build.fail("there is no runtime for %s: %s; `make runtimes` where sssrun is built makes it, "
        .. "and --runtime FILE names one", target, "tried " .. table.concat(tried, ", "))
end

-- MAIN's base name without its extension.
local function default_out(main)
    local name = main:gsub("/+$", ""):match "[^/]+$"
    if not name or name == "." or name == ".." then
        build.fail("a name for the program is missing: -o OUT")
    end
    return name:match "^(.+)%.lua$" or name:match "^(.+)%.moon$" or name
end

-- Nothing that the build reads is overwritten; `hint` tells how another name is given.
local function check_out(out, set, runtime, hint)
    local info = pack.stat(out)
    if not info then return end
    if info.type == "folder" then build.fail("%s is a folder: %s", out, hint) end
    if info.id == build.stat(runtime.path).id then
        build.fail("%s is the runtime: %s", out, hint)
    end
    for _, file in ipairs(set) do
        if file.id == info.id then build.fail("%s would be overwritten: %s", file.path, hint) end
    end
end

-- Two names of one file: of one that is there, or of none yet.
local function is_same(a, b)
    local one, other = pack.stat(a), pack.stat(b)
    if one or other then return one and other and one.id == other.id end
    return build.shown(a) == build.shown(b)
end

local function check_differ(out, options)
    if is_same(out, options.oci) then
        build.fail("%s would be program and image: -o OUT, --oci TAR", options.oci)
    end
end

local function check_outs(options, out, set, runtime)
    if out then check_out(out, set, runtime, "-o OUT names the program") end
    if options.oci then check_out(options.oci, set, runtime, "--oci TAR names the image") end
    if out and options.oci then check_differ(out, options) end
end

-- The ids of the outputs of an earlier build.
local function old_outs(paths)
    local ids = {}
    for _, path in pairs(paths) do
        local info = pack.stat(path)
        if info then ids[info.id] = true end
    end
    return ids
end

local function write(out, runtime, set, main)
    local files = {}
    for i, file in ipairs(set) do
        files[i] = {name = file.name, data = file.data, path = not file.data and file.path or nil}
    end
    local size, message = pack.write {runtime = runtime.path, out = out, main = main.name,
                                      files = files}
    return size or build.fail("%s", message)
end

local function make_image(options, program, runtime)
    local name = default_out(options.out or options.main)
    local size, message = build.oci {out = options.oci, program = program, arch = runtime.arch,
                                     name = name, expose = options.expose}
    if not size then return nil, message end
    return ("%s: %d bytes (image for %s)\n"):format(options.oci, size, runtime.arch)
end

-- The program is only wanted inside of the image, and goes away when a signal ends the build, too.
local function write_image(options, runtime, set, main)
    local program = options.oci .. ".program"
    if pack.stat(program) then build.fail("%s is in the way", program) end
    pack.doom(program)
    local done, said, message = pcall(function()
        write(program, runtime, set, main)
        return make_image(options, program, runtime)
    end)
    os.remove(program)
    pack.doom()
    if not done then error(said, 0) end
    io.write(said or build.fail("%s", message))
end

local function write_program(out, options, runtime, set, main)
    local size = write(out, runtime, set, main)
    if not options.list then
        io.write(("%s: %d bytes (%s), %d %s\n"):format(out, size, runtime.arch, #set,
            #set == 1 and "file" or "files"))
    end
    if options.oci then
        check_differ(out, options) -- now that it is there
        local said, message = make_image(options, out, runtime)
        io.write(said or build.fail("%s", message))
    end
    return size
end

-- Is MAIN a finished program? Then it is listed, if that was asked for.
local function handle_bundle(options)
    if build.stat(options.main).type ~= "file" then return false end
    local contents, message = pack.contents(options.main)
    if contents and options.list and #options.named == 0 then
        build.list_bundle(options.main, contents)
        return true
    elseif contents then
        build.fail("%s is a program that build has made; build --list %s shows what is in it",
            options.main, options.main)
    elseif pack.runtime(options.main) then
        build.fail("%s", message)
    end
    return false
end

local function run(options)
    if options.help then
        io.write(build.usage)
        return
    end
    if handle_bundle(options) then return end
    local out = options.out or not (options.list or options.oci) and default_out(options.main)
    local set, main = build.collect(options, old_outs{out or nil, options.oci})
    local runtime = find_runtime(options)
    check_outs(options, out, set, runtime)
    local size
    if out then
        size = write_program(out, options, runtime, set, main)
    elseif options.oci then
        write_image(options, runtime, set, main)
    end
    if options.list then build.list(set, size or write(nil, runtime, set, main)) end
end

-- What build.fail and its like raise is a table with status and message.
local done, problem = pcall(function() run(build.options(build.arguments)) end)
if done then return 0 end
if type(problem) == "table" and problem.status then return problem.status, problem.message end
error(problem, 0)
