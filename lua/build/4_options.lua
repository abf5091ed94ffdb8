-- SPDX-License-Identifier: BSD-3-Clause
-- The words after `sssrun build`: build.options(words).

local build = ...

-- Ends the build: exit status and message. Caught at the end of the last file.
local function stop(status, format, ...)
    error({status = status, message = format:format(...)}, 0)
end

-- The work cannot be done.
function build.fail(format, ...)
    stop(1, format, ...)
end

local function usage(format, ...)
    stop(2, format .. " (sssrun build --help lists the options)", ...)
end

local architectures = {x86_64 = "x86_64", amd64 = "x86_64", aarch64 = "aarch64", arm64 = "aarch64"}

local function architecture(value)
    return architectures[value] or usage("--target takes x86_64 or aarch64, not '%s'", value)
end

local function port(value)
    local shown, message = build.check_expose(value)
    return shown or usage("option '--expose': %s", message)
end

local function path(value)
    return value
end

-- Each option: its field, how its value is read (none: a flag), and whether it may be repeated.
local rows = {
    ["-o"] = {field = "out", read = path},
    ["--target"] = {field = "target", read = architecture},
    ["--runtime"] = {field = "runtime", read = path},
    ["--strip"] = {field = "strip"},
    ["--plain"] = {field = "plain"},
    ["--list"] = {field = "list"},
    ["--oci"] = {field = "oci", read = path},
    ["--expose"] = {field = "expose", read = port, many = true},
    ["--help"] = {field = "help"},
    ["-h"] = {field = "help"},
}

-- "--name=value" and "-oOUT" as name and value.
local function split(word)
    local name, value = word:match "^(%-%-[^=]+)=(.*)$"
    if name then return name, value end
    if word:find "^%-o." then return "-o", word:sub(3) end
    return word
end

local function set(options, row, name, value)
    if row.read and (value or "") == "" then usage("option '%s' needs a value", name) end
    if not row.read and value then usage("option '%s' takes no value", name) end
    if row.many then
        table.insert(options[row.field], row.read(value))
    elseif options[row.field] and row.read then
        usage("option '%s' is given twice", name)
    else
        options[row.field] = not row.read or row.read(value)
    end
end

local function check(options)
    if options.strip and options.plain then usage "--strip and --plain exclude each other" end
    if options.expose[1] and not options.oci then usage "--expose is for an image: --oci TAR" end
    if not options.main then usage "build needs a script: sssrun build MAIN" end
end

-- {main=, named={...}, out=, target=, ...}
function build.options(words)
    local options, plain, i = {expose = {}, named = {}}, {}, 1
    while words[i] do
        local name, value = split(words[i])
        if words[i] == "--" then
            for j = i + 1, #words do plain[#plain + 1] = words[j] end
            break
        elseif name:sub(1, 1) ~= "-" then
            plain[#plain + 1] = name
        else
            local row = rows[name] or usage("unknown option '%s'", name)
            if row.read and not value then i, value = i + 1, words[i + 1] end
            set(options, row, name, value)
        end
        i = i + 1
    end
    options.main = table.remove(plain, 1)
    options.named = plain
    if not options.help then check(options) end
    return options
end
